"""Values of one type become values of another by meaning, and what cannot is found before."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from toasty_core.operations import ModifyColumn
from toasty_core.schema import ColumnDef, TableDef, coerce_type

FITS = [
    ("String", "Integer", ["1", " -7 ", "+5", "007", None], [1, -7, 5, 7, None]),
    ("String", "Integer", ["999999999999999999"], [999999999999999999]),
    ("Text", "Decimal(10, 2)", ["1.50", "-.5", "1e3"], [1.5, -0.5, 1000]),
    ("Text", "Double", ["1", "2.25"], [1.0, 2.25]),
    ("String", "Boolean", ["true", "F", "1", "no", None], [1, 0, 1, 0, None]),
    ("String", "Date", ["2024-02-29", "2024-01-01 00:00:00"], ["2024-02-29", "2024-01-01"]),
    (
        "String",
        "DateTime",
        ["2024-01-02", "2024-01-02T03:04:05"],
        ["2024-01-02 00:00:00.000000", "2024-01-02 03:04:05"],
    ),
    ("String", "Time", ["12:30", "23:59:59.5"], ["12:30", "23:59:59.5"]),
    (
        "String(36)",
        "Uuid",
        ["6F9619FF-8B86-D011-B42D-00C04FC964FF"],
        ["6f9619ff8b86d011b42d00c04fc964ff"],
    ),
    (
        "Uuid",
        "String(36)",
        ["6f9619ff8b86d011b42d00c04fc964ff", None],
        ["6f9619ff-8b86-d011-b42d-00c04fc964ff", None],
    ),
    ("String", "Json", ['{"a": 1}', "plain"], ['{"a": 1}', "plain"]),
    ("Json", "Text", ['{"a": 1}', "5"], ['{"a": 1}', "5"]),
    ("Json", "Date", ['"2024-01-02"', None], ["2024-01-02", None]),
    ("Json", "Uuid", [f'"{"6f9619ff" * 4}"'], ["6f9619ff" * 4]),
    ("String", "Binary", ["ab"], [b"ab"]),
    ("Integer", "String", [5, None], ["5", None]),
    ("Integer", "BigInteger", [5], [5]),
    ("Integer", "Double", [5], [5.0]),
    ("Integer", "Boolean", [0, 1, None], [0, 1, None]),
    ("Boolean", "Integer", [0, 1], [0, 1]),
    ("Boolean", "Json", [0, 1, None], ["false", "true", None]),
    ("Decimal(5, 2)", "Decimal(7, 3)", [1.25], [1.25]),
    ("Double", "Integer", [2.0, None], [2, None]),
    ("Date", "DateTime", ["2024-01-02", None], ["2024-01-02 00:00:00.000000", None]),
    ("DateTime", "Date", ["2024-01-02 00:00:00.000000"], ["2024-01-02"]),
    ("DateTime", "String", ["2024-01-02 03:04:05"], ["2024-01-02 03:04:05"]),
    ("Enum('a', 'b')", "String", ["a", "b"], ["a", "b"]),
    ("String", "Enum('a', 'b')", ["a", "other", None], ["a", "other", None]),
    ("Enum('a', 'b')", "Enum('a', 'b', 'long')", ["a"], ["a"]),
    ("String", "String(2)", ["longer"], ["longer"]),
    ("Char(32)", "Uuid", ["whatever it is"], ["whatever it is"]),
    ("Native('anything')", "Integer", ["x"], ["x"]),
]
UNFIT = [
    ("String", "Integer", ["", "1.5", "abc", "1 2", "--1", "99999999999999999999"]),
    ("String", "Decimal(10, 2)", ["", "1.2.3", "1,5", "abc", "."]),
    ("String", "Boolean", ["", "2", "maybe"]),
    ("String", "Date", ["2024-02-30", "now", "2024-01-02 03:04:05", "1.1.2024"]),
    ("String", "DateTime", ["2024-02-30", "2451545", "now", "2024-01-02 25:00"]),
    ("String", "DateTime", ["0000-01-01", "2024-01-02 24:00", "2024-01-02  03:04", "2024-01-02\n"]),
    ("String", "Time", ["12", "25:00", "24:00", "12:00\n"]),
    ("String", "Uuid", ["6f96", "zf9619ff8b86d011b42d00c04fc964ff"]),
    ("String", "Json", ["007"]),
    ("Json", "Date", ['"soon"', "{", "[]", "12"]),
    ("Enum('a', 'b', 'x')", "Enum('a', 'b', 'long')", ["x"]),
    ("Enum('a', 'x')", "Enum('a', 'b')", ["x"]),
    ("Integer", "Boolean", [2, -1]),
    ("Integer", "Date", [20240101]),
    ("Double", "Integer", [1.5]),
    ("DateTime", "Date", ["2024-01-02 03:04:05", "never"]),
    ("DateTime", "Time", ["2024-01-02 03:04:05"]),
]


def fill(world, old, values):
    world.create(
        TableDef("t", [ColumnDef("id", "Integer"), ColumnDef("v", old, nullable=True)], ["id"])
    )
    for value in values:
        world.sql("INSERT INTO t (v) VALUES (?)", value)


@pytest.mark.parametrize(("old", "new", "values", "expected"), FITS)
def test_what_fits_becomes_the_same_value(world, old, new, values, expected):
    """No check fails, and the values are those of the new type."""
    fill(world, old, values)
    change = ModifyColumn("t", "v", type=new)

    assert world.failing(change) == {}
    world.do(change)

    found = [value for (value,) in world.sql("SELECT v FROM t ORDER BY id")]
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


@pytest.mark.parametrize(("old", "new", "values"), UNFIT)
def test_what_does_not_fit_is_counted_and_shown(world, old, new, values):
    """Each of the values fails; null never does."""
    fill(world, old, [*values, None])

    found = world.failing(ModifyColumn("t", "v", type=new))["t.v"]

    assert found.count == len(values)
    assert found.examples[0] == f"id = 1: {values[0]!r}"
    assert len(found.examples) <= 5


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new, _, _ in FITS])
def test_a_type_of_a_family_keeps_its_own_way_back(world, old, new):
    """What was converted and converted back is the same as before, or is found to be unfit."""
    fill(world, old, [])
    world.do(ModifyColumn("t", "v", type=new))
    world.do(ModifyColumn("t", "v", type=old))

    assert world.schema.table("t").column("v").type == coerce_type(old)


def test_sqlalchemy_reads_what_a_date_became(world):
    """A date that became a moment is midnight."""
    fill(world, "Date", ["2024-01-02"])
    world.do(ModifyColumn("t", "v", type="DateTime"))
    row = world.sql("SELECT v FROM t")[0]
    read = sa.DateTime().dialect_impl(sa.create_engine("sqlite://").dialect)

    processor = read.result_processor(sa.create_engine("sqlite://").dialect, None)

    assert processor is not None
    read_back = processor(row[0])
    assert read_back is not None
    assert read_back.isoformat() == "2024-01-02T00:00:00"


def test_two_conversions_of_one_column_are_done_in_one_rebuild(world):
    """Text becomes a number, and the number a truth."""
    fill(world, "String", ["1", "0"])

    parts = world.do(ModifyColumn("t", "v", type="Integer"), ModifyColumn("t", "v", type="Boolean"))

    assert len(parts) == 1
    assert world.sql("SELECT v FROM t ORDER BY id") == [(1,), (0,)]
