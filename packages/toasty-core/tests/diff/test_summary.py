"""A diff by the guide's types of migrations."""

from __future__ import annotations

from toasty_core.diff import Summary, classify, detect_changes, summarize
from toasty_core.operations import (
    AddColumn,
    Category,
    CreateTable,
    DropColumn,
    DropTable,
    Hazard,
    ModifyColumn,
)
from toasty_core.schema import ColumnDef, Generated, SchemaSnapshot, TableDef


def test_operations_are_grouped_in_their_order():
    email = ColumnDef("email", "Text")
    operations = [
        CreateTable(TableDef("posts", [email])),
        DropColumn("users", "age"),
        AddColumn("users", email),
        ModifyColumn("users", "name", type="Text"),
        DropTable("legacy"),
    ]
    summary = summarize(operations)
    assert summary == Summary(
        additive=("create table posts", "add column users.email"),
        modifying=("modify column users.name (type)",),
        destructive=("drop column users.age", "drop table legacy"),
    )
    assert summary.of(Category.DESTRUCTIVE) == summary.destructive
    assert [classify(operation) for operation in operations[:2]] == [
        Category.ADDITIVE,
        Category.DESTRUCTIVE,
    ]


def test_only_a_type_that_holds_less_may_lose_data():
    def users(*columns: ColumnDef) -> SchemaSnapshot:
        return SchemaSnapshot({"users": TableDef("users", columns)})

    old = users(
        ColumnDef("name", "String(100)"),
        ColumnDef("mood", "Enum('a', 'b')"),
        ColumnDef("age", "BigInteger"),
        ColumnDef("gone", "Text"),
        ColumnDef("loud", "Text", generated=Generated("upper(name)")),
    )
    new = users(
        ColumnDef("name", "String(200)"),
        ColumnDef("mood", "Enum('a', 'b', 'c')"),
        ColumnDef("age", "Integer"),
    )
    diff = detect_changes(old, new)

    found = {op.describe(): hazard for op, hazard in zip(diff, diff.hazards(), strict=True)}
    assert found == {
        "modify column users.name (type)": Hazard.SAFE,
        "modify column users.mood (type)": Hazard.SAFE,
        "modify column users.age (type)": Hazard.LOSSY,
        "drop column users.gone": Hazard.IRREVERSIBLE,
        "drop column users.loud": Hazard.SAFE,
    }
