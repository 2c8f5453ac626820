"""A diff by the guide's types of migrations."""

from __future__ import annotations

from toasty_core.diff import Summary, classify, summarize
from toasty_core.operations import (
    AddColumn,
    Category,
    CreateTable,
    DropColumn,
    DropTable,
    ModifyColumn,
)
from toasty_core.schema import ColumnDef, TableDef


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
