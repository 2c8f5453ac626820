"""Type changes carry the values over, and values that do not fit are found before."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from toasty_core.errors import CheckFailed
from toasty_core.operations import ModifyColumn
from toasty_core.schema import ColumnDef, TableDef, expr
from toasty_core.schema import types as t

ONE = UUID("12345678-1234-5678-1234-567812345678")
UTC = timezone.utc
JSONB = t.Native("JSONB", backend="postgresql")


def table(type_, **rest):
    return TableDef(
        "t",
        [ColumnDef("id", "Integer"), ColumnDef("v", type_, nullable=True, **rest)],
        primary_key=["id"],
    )


def fill(live, type_, values, **rest):
    live.create(table(type_, **rest))
    for number, value in enumerate(values):
        live.sql(f"INSERT INTO t VALUES ({number}, %s::text::{sql_type(type_)})", value)


def sql_type(type_):
    from toasty_core.schema import coerce_type
    from toasty_postgres.dialect import PostgresDialect

    return PostgresDialect().type_sql(coerce_type(type_))


FITTING = [
    ("SmallInteger", "BigInteger", ["7", None], [7, None]),
    ("BigInteger", "SmallInteger", ["-32768", "32767"], [-32768, 32767]),
    ("Integer", "String(5)", ["12345"], ["12345"]),
    ("Integer", "Boolean", ["0", "1", None], [False, True, None]),
    ("Boolean", "SmallInteger", ["true", "false"], [1, 0]),
    ("Boolean", "BigInteger", ["true"], [1]),
    ("Boolean", "Decimal(3, 1)", ["true"], [Decimal("1.0")]),
    ("Boolean", "String", ["true"], ["true"]),
    ("Decimal(5, 2)", "Integer", ["7.00"], [7]),
    ("Decimal(5, 2)", "Decimal(4, 1)", ["7.10", "999.90"], [Decimal("7.1"), Decimal("999.9")]),
    ("Double", "Decimal(5, 2)", ["1.256", "NaN"], [Decimal("1.26"), Decimal("NaN")]),
    ("Double", "Float(24)", ["1.5"], [1.5]),
    ("Double", "Integer", ["2"], [2]),
    ("String", "Integer", [" 12 ", "-7"], [12, -7]),
    ("String", "SmallInteger", ["12"], [12]),
    ("Text", "Decimal(10, 2)", ["1.5", "2e3"], [Decimal("1.50"), Decimal("2000.00")]),
    ("Text", "Double", ["1.5e300", "inf"], [1.5e300, float("inf")]),
    ("Text", "Boolean", ["yes", "F", "0"], [True, False, False]),
    ("Text", "Date", ["2024-02-29"], [date(2024, 2, 29)]),
    (
        "Text",
        "DateTime",
        ["2024-02-29 12:30", "2024-02-29"],
        [datetime(2024, 2, 29, 12, 30), datetime(2024, 2, 29)],
    ),
    (
        "Text",
        "DateTime(timezone=True)",
        ["2024-02-29T12:30:00+02"],
        [datetime(2024, 2, 29, 10, 30, tzinfo=UTC)],
    ),
    ("Text", "Time", ["12:30:01.5"], [time(12, 30, 1, 500000)]),
    (
        "Text",
        "Interval",
        ["3 days 02:00:00", "1 hour"],
        [timedelta(days=3, hours=2), timedelta(hours=1)],
    ),
    ("Text", "Uuid", [str(ONE), ONE.hex], [ONE, ONE]),
    ("Text", "Json", ['{"a": [1, "x,]", null]}', "5"], [{"a": [1, "x,]", None]}, 5]),
    ("Text", JSONB, ["[]", '"x"'], [[], "x"]),
    ("Text", "Binary", ["größe"], ["größe".encode()]),
    ("Text", "Char(3)", ["abc"], ["abc"]),
    ("Binary", "Text", ["größe"], ["größe"]),
    ("Binary", "Uuid", ["\\x" + ONE.hex], [ONE]),
    ("Uuid", "Binary", [str(ONE)], [ONE.bytes]),
    ("Uuid", "String(36)", [str(ONE)], [str(ONE)]),
    ("Date", "DateTime", ["2024-02-29"], [datetime(2024, 2, 29)]),
    ("DateTime", "Date", ["2024-02-29 00:00"], [date(2024, 2, 29)]),
    (
        "DateTime",
        "DateTime(timezone=True)",
        ["2024-02-29 12:00"],
        [datetime(2024, 2, 29, 12, tzinfo=UTC)],
    ),
    ("DateTime(timezone=True)", "DateTime", ["2024-02-29 12:00+02"], [datetime(2024, 2, 29, 10)]),
    ("Time", "Time(timezone=True)", ["12:00"], [time(12, tzinfo=UTC)]),
    ("Json", JSONB, ['{"a": 1}'], [{"a": 1}]),
    ("Json", "Text", ['{"a": 1}'], ['{"a": 1}']),
    ("Json", "Integer", ["7", '"8"'], [7, 8]),
    ("Integer", "Json", ["7"], [7]),
    ("Date", "Json", ["2024-02-29"], ["2024-02-29"]),
    ("Array(Integer)", "Json", ["{1,2}"], [[1, 2]]),
    ("Array(String)", "Array(Integer)", ["{1,2}"], [[1, 2]]),
    ("Array(Integer)", "Text", ["{1,2}"], ["{1,2}"]),
    ("Integer", "Date", [None], [None]),
    (t.Native("CITEXT"), "Text", [], []),
    ("String(5)", "Text", ["abc"], ["abc"]),
]


@pytest.mark.parametrize(("old", "new", "values", "want"), FITTING)
def test_values_that_fit_are_carried_over(live, old, new, values, want):
    if "CITEXT" in str(old):
        live.sql("CREATE EXTENSION citext")
    fill(live, old, values)
    live.sql("SET TIME ZONE 'UTC'")

    live.apply(ModifyColumn("t", "v", type=new))

    got = [row[0] for row in live.sql("SELECT v FROM t ORDER BY id")]
    assert repr(got) == repr(want) or got == want


UNFIT = [
    ("Integer", "SmallInteger", ["32768", "1"], ["id = 0: 32768"]),
    ("String(9)", "String(3)", ["abcd", "abc"], ["id = 0: abcd"]),
    ("Text", "Char(2)", ["abc", "ab"], ["id = 0: abc"]),
    ("Integer", "String(2)", ["123", "12"], ["id = 0: 123"]),
    ("Integer", "Boolean", ["2", "1"], ["id = 0: 2"]),
    ("Decimal(5, 2)", "Integer", ["1.50", "2.00"], ["id = 0: 1.50"]),
    ("Decimal(5, 2)", "Decimal(4, 1)", ["1.55", "2.50"], ["id = 0: 1.55"]),
    ("Decimal(5, 2)", "Decimal(3, 2)", ["10.00", "2.50"], ["id = 0: 10.00"]),
    ("BigInteger", "Decimal(3, 1)", ["100", "99"], ["id = 0: 100"]),
    (
        "Double",
        "Integer",
        ["1.5", "NaN", "3e9", "2"],
        ["id = 0: 1.5", "id = 1: NaN", "id = 2: 3000000000"],
    ),
    ("Double", "Decimal(3, 1)", ["Infinity", "100", "1"], ["id = 0: Infinity", "id = 1: 100"]),
    ("Double", "Float(24)", ["1e300", "1"], ["id = 0: 1e+300"]),
    (
        "Text",
        "Integer",
        ["x", "", "99999999999", "1"],
        ["id = 0: x", "id = 1: ", "id = 2: 99999999999"],
    ),
    ("Text", "Decimal(3, 1)", ["x", "100", "1.5"], ["id = 0: x", "id = 1: 100"]),
    ("Text", "Double", ["1e999", "1"], ["id = 0: 1e999"]),
    ("Text", "Boolean", ["maybe", "no"], ["id = 0: maybe"]),
    (
        "Text",
        "Date",
        ["2023-02-29", "soon", "2024-01-01 12:00", "2024-01-01"],
        ["id = 0: 2023-02-29", "id = 1: soon", "id = 2: 2024-01-01 12:00"],
    ),
    (
        "Text",
        "DateTime",
        ["2024-13-01 00:00", "2024-01-01 25:00", "2024-01-01"],
        ["id = 0: 2024-13-01 00:00", "id = 1: 2024-01-01 25:00"],
    ),
    ("Text", "Time", ["25:00", "12:00"], ["id = 0: 25:00"]),
    ("Text", "Interval", ["long", "1 day"], ["id = 0: long"]),
    ("Text", "Uuid", ["123", str(ONE)], ["id = 0: 123"]),
    ("Text", "Json", ["{a}", "", "{}"], ["id = 0: {a}", "id = 1: "]),
    ("Json", "Integer", ['"x"', "1"], ['id = 0: "x"']),
    ("DateTime", "Date", ["2024-01-01 12:00", "2024-01-01"], ["id = 0: 2024-01-01 12:00:00"]),
    ("Binary", "Uuid", ["abc"], ["id = 0: \\x616263"]),
    ("Integer", "Date", ["1", None], ["id = 0: 1"]),
]


@pytest.mark.parametrize(("old", "new", "values", "found"), UNFIT)
def test_values_that_do_not_fit_are_counted_and_shown(live, old, new, values, found):
    fill(live, old, values)

    with pytest.raises(CheckFailed, match=f"t.v: {len(found)} cannot become") as caught:
        live.apply(ModifyColumn("t", "v", type=new))

    assert sorted(caught.value.findings, key=str) == sorted(found)
    live.assert_exact()


def test_the_users_expression_is_taken(live):
    fill(live, "Text", ["a", "bbb", None])

    live.apply(
        ModifyColumn("t", "v", type="Integer", using=expr("length(v)"), fill=9, nullable=False)
    )

    assert live.rows("t") == [(0, 1), (1, 3), (2, 9)]


def test_values_are_converted_where_the_type_stays(live):
    fill(live, "Text", ["a"])

    live.apply(ModifyColumn("t", "v", type="Text", using=expr("upper(v)")))

    assert live.rows("t") == [(0, "A")]


def test_a_default_makes_way_and_comes_back(live):
    fill(live, "Text", ["5"], default="7")

    texts = live.there_and_back(ModifyColumn("t", "v", type="Integer", default=8))

    assert (
        'DROP DEFAULT, ALTER COLUMN "v" TYPE INTEGER USING "v"::INTEGER, ALTER COLUMN "v" SET DEFAULT 8'
        in texts[0]
    )


def test_what_is_computed_from_a_column_follows_its_type(live):
    from toasty_core.schema import CheckDef, Generated, IndexDef, UniqueDef

    live.create(
        TableDef(
            "t",
            [
                ColumnDef("id", "Integer"),
                ColumnDef("v", "Integer"),
                ColumnDef(
                    "twice", "BigInteger", nullable=True, generated=Generated("v * 2"), comment="so"
                ),
            ],
            primary_key=["id"],
            indexes=[IndexDef("ix", ["twice"]), IndexDef("ix2", [expr("twice + 1")])],
            uniques=[UniqueDef(["twice", "id"])],
            checks=[CheckDef("twice > 0", name="ck")],
        )
    )
    live.sql("INSERT INTO t VALUES (1, 2)")
    live.sql("CREATE VIEW w AS SELECT twice FROM t")

    live.there_and_back(ModifyColumn("t", "v", type="BigInteger"))

    assert live.sql("SELECT twice FROM w") == [(4,)]
