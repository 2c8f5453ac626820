"""These operations become those."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.diff import optimize
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateSequence,
    CreateTable,
    DeleteRows,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropSequence,
    DropTable,
    DropUnique,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    ModifySequence,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    Run,
    SetTableComment,
    SetTableOptions,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
)

ID = ColumnDef("id", "Integer")
AGE = ColumnDef("age", "Integer", nullable=True)
USERS = TableDef("users", [ID], primary_key=["id"])
POSTS = TableDef("posts", [ID], primary_key=["id"])
START = SchemaSnapshot.of(
    evolve(
        USERS,
        columns=[ID, ColumnDef("name", "Text"), ColumnDef("old", "Text")],
        indexes=[IndexDef("ix", ["name"])],
        uniques=[UniqueDef("name", "uq")],
    ),
    evolve(POSTS, columns=[ID, ColumnDef("author", "Integer")]),
    sequences=[SequenceDef("numbers")],
)
INDEX = IndexDef("by_id", ["id"])
UNIQUE = UniqueDef("id", "one")
CHECK = CheckDef("id > 0", "positive")
KEY = ForeignKeyDef("author", "users", "id", "posts_author")


def add(**attributes) -> AddColumn:
    return AddColumn("users", evolve(AGE, **attributes))


PAIRS = {
    "a table that goes again": ([CreateTable(TableDef("t", [ID])), DropTable("t")], []),
    "a table and its column": (
        [CreateTable(TableDef("t", [ID])), AddColumn("t", AGE), RenameColumn("t", "age", "years")],
        [CreateTable(TableDef("t", [ID, evolve(AGE, name="years")]))],
    ),
    "a table and all its parts": (
        [
            CreateTable(TableDef("t", [ID, AGE])),
            ChangePrimaryKey("t", ["id"]),
            CreateIndex("t", INDEX),
            AddUnique("t", UNIQUE),
            AddCheck("t", CHECK),
            AddForeignKey("t", ForeignKeyDef("id", "users", "id")),
            ModifyColumn("t", "age", type="Text"),
            SetTableComment("t", "new"),
            RenameTable("t", "u"),
            DropColumn("u", "age"),
        ],
        [
            CreateTable(
                TableDef(
                    "u",
                    [ID],
                    primary_key=["id"],
                    indexes=[INDEX],
                    uniques=[UNIQUE],
                    checks=[CHECK],
                    foreign_keys=[ForeignKeyDef("id", "users", "id")],
                    comment="new",
                )
            )
        ],
    ),
    "a column that goes again": ([add(), DropColumn("users", "age")], []),
    "a column with another name": (
        [add(), RenameColumn("users", "age", "years")],
        [AddColumn("users", evolve(AGE, name="years"))],
    ),
    "a column that is filled later": (
        [add(), ModifyColumn("users", "age", nullable=False, fill=18)],
        [AddColumn("users", evolve(AGE, nullable=False), fill=18)],
    ),
    "two changes of a column": (
        [
            ModifyColumn("users", "name", nullable=True),
            ModifyColumn("users", "name", type="String(9)", comment="short"),
        ],
        [ModifyColumn("users", "name", nullable=True, type="String(9)", comment="short")],
    ),
    "a change of a column that goes": (
        [ModifyColumn("users", "old", nullable=True), DropColumn("users", "old")],
        [DropColumn("users", "old")],
    ),
    "a chain of names": (
        [RenameColumn("users", "old", "a"), RenameColumn("users", "a", "b")],
        [RenameColumn("users", "old", "b")],
    ),
    "there and back": (
        [RenameColumn("users", "old", "a"), RenameColumn("users", "a", "old")],
        [],
    ),
    "a column that goes under another name": (
        [RenameColumn("users", "old", "a"), DropColumn("users", "a")],
        [DropColumn("users", "old")],
    ),
    "a chain of table names": (
        [RenameTable("users", "a"), RenameTable("a", "b"), RenameTable("b", "users")],
        [],
    ),
    "a table that goes under another name": (
        [RenameTable("users", "a"), DropTable("a")],
        [DropTable("users")],
    ),
    "an index that goes again": (
        [CreateIndex("users", INDEX), RenameIndex("users", "by_id", "x"), DropIndex("users", "x")],
        [],
    ),
    "names of an index": (
        [RenameIndex("users", "ix", "a"), RenameIndex("users", "a", "b")],
        [RenameIndex("users", "ix", "b")],
    ),
    "an index that goes under another name": (
        [RenameIndex("users", "ix", "a"), DropIndex("users", "a")],
        [DropIndex("users", "ix")],
    ),
    "constraints that go again": (
        [
            AddUnique("users", UNIQUE),
            DropUnique("users", "one"),
            AddCheck("users", CHECK),
            DropCheck("users", "positive"),
            AddForeignKey("posts", KEY),
            DropForeignKey("posts", "posts_author"),
        ],
        [],
    ),
    "constraints with another name": (
        [AddCheck("users", CHECK), RenameConstraint("users", CHECK, None)],
        [AddCheck("users", evolve(CHECK, name=None))],
    ),
    "names of a constraint": (
        [
            RenameConstraint("users", UniqueDef("name", "uq"), "a"),
            RenameConstraint("users", UniqueDef("name", "a"), "b"),
        ],
        [RenameConstraint("users", UniqueDef("name", "uq"), "b")],
    ),
    "keys, comments and options": (
        [
            ChangePrimaryKey("users", None),
            ChangePrimaryKey("users", PrimaryKeyDef("name")),
            SetTableComment("users", "a"),
            SetTableComment("users", "b"),
            SetTableOptions("users", {"sqlite": {"strict": True}}),
            SetTableOptions("users", {}),
        ],
        [
            ChangePrimaryKey("users", PrimaryKeyDef("name")),
            SetTableComment("users", "b"),
            SetTableOptions("users", {}),
        ],
    ),
    "sequences": (
        [
            CreateSequence(SequenceDef("s")),
            ModifySequence(SequenceDef("s", start=2)),
            ModifySequence(SequenceDef("numbers", start=3)),
            DropSequence("numbers"),
        ],
        [CreateSequence(SequenceDef("s", start=2)), DropSequence("numbers")],
    ),
    "what is in between touches other tables": (
        [
            add(),
            AddColumn("posts", AGE),
            InsertRows("posts", [{"id": 1}]),
            DropColumn("users", "age"),
        ],
        [AddColumn("posts", AGE), InsertRows("posts", [{"id": 1}])],
    ),
    "what is left meets what was before": (
        [
            add(),
            CreateIndex("users", INDEX),
            DropIndex("users", "by_id"),
            DropColumn("users", "age"),
        ],
        [],
    ),
}


@pytest.mark.parametrize(("before", "after"), PAIRS.values(), ids=PAIRS)
def test_these_become_those(before, after):
    assert optimize(before, START) == tuple(after)


def work(live: object) -> None:
    """Stands for a user's function."""


STAY = {
    "rows of the table are written in between": [
        add(),
        InsertRows("users", [{"age": 1}]),
        DropColumn("users", "age"),
    ],
    "rows of a new table are written in between": [
        CreateTable(TableDef("t", [ID])),
        DeleteRows("t"),
        DropTable("t"),
    ],
    "SQL in between": [add(), ExecuteSql("UPDATE users SET age = 1"), DropColumn("users", "age")],
    "a function in between": [add(), Run(work), DropColumn("users", "age")],
    "a default that came later is not for the rows that were there": [
        add(),
        ModifyColumn("users", "age", default=1),
    ],
    "values that would be converted": [add(default=1), ModifyColumn("users", "age", type="Text")],
    "values that go through another type": [
        ModifyColumn("users", "name", type="String(3)"),
        ModifyColumn("users", "name", type="Text"),
    ],
    "nulls that are filled meanwhile": [
        ModifyColumn("users", "name", nullable=False, fill="x"),
        ModifyColumn("users", "name", nullable=True),
    ],
    "the parent came later": [
        CreateTable(TableDef("child", [ID])),
        CreateTable(TableDef("parent", [ID], primary_key=["id"])),
        AddForeignKey("child", ForeignKeyDef("id", "parent", "id")),
    ],
    "the name of the index is taken meanwhile": [
        CreateTable(TableDef("t", [ID])),
        DropIndex("users", "ix"),
        CreateIndex("t", IndexDef("ix", ["id"])),
    ],
    "the index went with its table": [
        CreateTable(TableDef("t", [ID])),
        DropTable("users"),
        CreateIndex("t", IndexDef("ix", ["id"])),
    ],
}


@pytest.mark.parametrize("operations", STAY.values(), ids=STAY)
def test_these_stay_as_they_are(operations):
    assert optimize(operations, START) == tuple(operations)
