"""Which features an operation needs."""

from __future__ import annotations

import pytest

from toasty_core import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    Generated,
    IndexColumn,
    IndexDef,
    TableDef,
    UniqueDef,
    expr,
)
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropIndex,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    SetTableComment,
    UpdateRows,
)
from toasty_core.operations.needs import needed_features

TABLE = TableDef(
    "sales",
    [
        ColumnDef("id", "Integer", auto=True),
        ColumnDef("net", "Integer", default=1),
        ColumnDef("gross", "Integer", generated=Generated("net * 2")),
        ColumnDef("name", "String", collation="NOCASE"),
    ],
    primary_key=["id"],
    schema="shop",
    checks=[CheckDef("net > 0")],
    uniques=[UniqueDef(["name"])],
    foreign_keys=[ForeignKeyDef("net", "others")],
    indexes=[IndexDef("i", [IndexColumn("name", descending=True)], where="net > 1")],
)


@pytest.mark.parametrize(
    ("operation", "needed"),
    [
        (CreateTable(TableDef("t", [ColumnDef("id", "Integer")], primary_key=["id"])), ()),
        (CreateTable(TableDef("t", [ColumnDef("id", "Integer")])), ("keyless_tables",)),
        (
            CreateTable(TABLE),
            (
                "schemas",
                "auto",
                "defaults",
                "generated_columns",
                "collations",
                "unique_constraints",
                "check_constraints",
                "foreign_keys",
                "indexes",
                "partial_indexes",
                "descending_indexes",
            ),
        ),
        (AddColumn("t", ColumnDef("a", "Integer")), ()),
        (AddColumn("t", ColumnDef("a", "Integer"), fill=expr("b + 1")), ("sql",)),
        (AddColumn("t", ColumnDef("a", "Integer", default=expr("1 + 1"))), ("defaults", "sql")),
        (ModifyColumn("t", "a", type="Text", comment="c"), ("modify_type",)),
        (ModifyColumn("t", "a", nullable=True, default=None), ("nullability", "defaults")),
        (CreateIndex("t", IndexDef("i", ["a"])), ("indexes",)),
        (CreateIndex("t", IndexDef("i", ["a"], unique=True)), ("unique_indexes",)),
        (
            CreateIndex("t", IndexDef("i", [expr("lower(a)")])),
            ("indexes", "expression_indexes"),
        ),
        (CreateIndex("t", IndexDef("i", ["a"], only=["other"])), ()),
        (DropIndex("t", "i"), ()),
        (AddUnique("t", UniqueDef(["a"])), ("unique_constraints",)),
        (AddCheck("t", CheckDef("a > 0", only=["other"])), ()),
        (ChangePrimaryKey("t", ["a"]), ("change_primary_key",)),
        (ChangePrimaryKey("t", None), ("change_primary_key", "keyless_tables")),
        (SetTableComment("t", "words"), ()),
        (InsertRows("t", [{"a": 1}]), ()),
        (UpdateRows("t", {"a": 1}, {"b": 2}), ()),
        (UpdateRows("t", {"a": expr("a + 1")}), ("sql",)),
        (UpdateRows("t", {"a": 1}, "a > 1"), ("sql",)),
        (ExecuteSql("SELECT 1"), ("sql",)),
        (ExecuteSql("SELECT 1", only=["other"]), ()),
    ],
    ids=str,
)
def test_an_operation_needs(operation, needed):
    assert needed_features(operation, "mine") == needed
