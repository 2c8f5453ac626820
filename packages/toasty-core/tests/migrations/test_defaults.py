"""A literal default must be a value of its column's type, in a migration file as in a model."""

from __future__ import annotations

import pytest

from toasty_core.errors import SchemaError
from toasty_core.schema import ColumnDef, SchemaSnapshot, TableDef

USERS = TableDef(
    "users", [ColumnDef("id", "Integer"), ColumnDef("age", "Integer", nullable=True, default=1)]
)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            'db.add_column("users", ColumnDef("born", "Date", default="soon"))',
            "the default 'soon' of users.born is no value of the type Date",
        ),
        (
            'db.modify_column("users", "age", default="old")',
            "the default 'old' of users.age is no value of the type Integer",
        ),
        (
            'db.modify_column("users", "age", type="Text")',
            "the default 1 of users.age is no value of the type Text",
        ),
        (
            'db.create_table(TableDef("t", [ColumnDef("a", "Boolean", default="perhaps")]))',
            "the default 'perhaps' of t.a is no value of the type Boolean",
        ),
    ],
)
def test_a_default_of_a_wrong_type_is_told_with_its_line(record_body, line, what):
    recording = record_body("from toasty_core import TableDef", line)

    with pytest.raises(SchemaError) as caught:
        recording.apply(SchemaSnapshot.of(USERS))

    assert caught.value.what == what
    assert (caught.value.where or "").endswith("_sample.py:9")
    assert "expr(" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "column",
    [
        'ColumnDef("a", "Date", default="2025-01-17")',
        'ColumnDef("a", "Date", default=expr("current_date"))',
        'ColumnDef("a", "Integer", default="7")',
        'ColumnDef("a", "Boolean", default=True)',
        'ColumnDef("a", "Json", default=[1])',
    ],
)
def test_a_default_that_fits_is_taken(record_body, column):
    recording = record_body("from toasty_core import expr", f'db.add_column("users", {column})')

    assert recording.apply(SchemaSnapshot.of(USERS)).table("users").has_column("a")
