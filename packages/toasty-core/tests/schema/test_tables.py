"""Tables and their parts."""

from __future__ import annotations

import pytest

from toasty_core.errors import SchemaError
from toasty_core.schema import (
    Action,
    CheckDef,
    ColumnDef,
    Deferral,
    Expression,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    TableDef,
    UniqueDef,
    expr,
)
from toasty_core.schema.tables import describe_part, find_part

ID = ColumnDef("id", "Integer")
NAME = ColumnDef("name", "Text")


def users(**parts) -> TableDef:
    return TableDef("users", [ID, NAME], primary_key=["id"], **parts)


def test_a_table_is_known_by_its_schema_and_name():
    assert TableDef("orders", [], schema="sales").key == "sales.orders"
    assert users().key == "users"


def test_a_primary_key_may_be_given_by_its_columns():
    assert users().primary_key == PrimaryKeyDef(("id",))
    assert TableDef("a", [ID], primary_key="id").key_columns == ("id",)
    assert TableDef("a", [ID], primary_key=[]).primary_key is None


def test_the_order_of_indexes_and_constraints_means_nothing():
    a, b = IndexDef("a", ["id"]), IndexDef("b", ["id"])
    x, y = UniqueDef("id"), UniqueDef("name", "uq")
    c, d = CheckDef("1", "c"), CheckDef(expr(sqlite="1"))
    e, f = ForeignKeyDef("id", "a"), ForeignKeyDef("id", "b")

    assert users(indexes=[a, b], uniques=[x, y], checks=[c, d], foreign_keys=[e, f]) == users(
        indexes=[b, a], uniques=[y, x], checks=[d, c], foreign_keys=[f, e]
    )


def test_what_is_not_there_is_an_error_with_the_nearest_name():
    table = users(indexes=[IndexDef("ix_name", ["name"])])

    with pytest.raises(SchemaError, match="table 'users' has no column 'nam'") as column:
        table.column("nam")
    with pytest.raises(SchemaError, match="table 'users' has no index 'ix_nam'") as index:
        table.index("ix_nam")
    assert column.value.hint == "did you mean 'name'?"
    assert index.value.hint == "did you mean 'ix_name'?"


def test_columns_are_added_replaced_and_taken_away_in_a_new_table():
    table = users()

    assert table.with_column(ColumnDef("x", "Text")).column_names == ("id", "name", "x")
    assert table.replace_column("id", ColumnDef("x", "Text")).column_names == ("x", "name")
    assert table.without_column("name").column_names == ("id",)
    assert table.column_names == ("id", "name")
    with pytest.raises(SchemaError, match="already has a column 'id'"):
        table.with_column(ID)


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"indexes": [IndexDef("ix", ["name"])]}, "index 'ix'"),
        ({"uniques": [UniqueDef("name")]}, r"unique \(name\)"),
        ({"foreign_keys": [ForeignKeyDef("name", "a", name="fk")]}, "foreign key 'fk'"),
    ],
)
def test_a_column_that_something_stands_on_cannot_be_taken_away(parts, what):
    with pytest.raises(SchemaError, match=f"cannot drop column users.name: {what} stands on it"):
        users(**parts).without_column("name")


def test_the_parts_of_an_index_are_columns_expressions_or_both():
    index = IndexDef(
        "ix", ["a", expr("lower(b)"), IndexColumn("c", descending=True)], where="a > 0"
    )

    assert index.columns == (
        IndexColumn("a"),
        IndexColumn(expression=Expression("lower(b)")),
        IndexColumn("c", descending=True),
    )
    assert index.column_names == ("a", "c")
    assert index.where == Expression("a > 0")


def test_actions_and_deferrals_may_be_given_as_texts():
    key = ForeignKeyDef("a", "b", on_delete="SET NULL", on_update="cascade", deferral="deferred")

    assert (key.on_delete, key.on_update) == (Action.SET_NULL, Action.CASCADE)
    assert key.deferral is Deferral.DEFERRED
    with pytest.raises(ValueError, match="'drop' is no foreign key action; one of 'no action'"):
        ForeignKeyDef("a", "b", on_delete="drop")


def test_a_constraint_is_found_by_its_name_or_by_what_it_is():
    named, bare = UniqueDef("id", "uq_id"), UniqueDef("name")

    assert find_part((named, bare), "uq_id", "users") is named
    assert find_part((named, bare), UniqueDef("name"), "users") is bare
    with pytest.raises(SchemaError, match=r"has no constraint unique \(id\)"):
        find_part((named, bare), UniqueDef("id"), "users")
    with pytest.raises(SchemaError, match="did you mean 'uq_id'"):
        find_part((named, bare), "uq_i", "users")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (IndexDef("ix", ["a"]), "index 'ix'"),
        (UniqueDef(["a", "b"]), "unique (a, b)"),
        (CheckDef("a > 0"), "check (a > 0)"),
        (PrimaryKeyDef("a"), "primary key (a)"),
        (ForeignKeyDef("a", "b", name="fk"), "foreign key 'fk'"),
    ],
)
def test_a_part_is_described_in_words(part, words):
    assert describe_part(part) == words
