"""What cannot be meant is refused before anything changes."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects.postgresql.base import PGDialect

from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateSequence,
    CreateTable,
    ModifyColumn,
    RenameColumn,
    RenameTable,
    SetTableOptions,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    SequenceDef,
    TableDef,
    UniqueDef,
)
from toasty_postgres.ddl import PostgresTableWriter

WRONG = {"postgresql": {"includes": ["a"]}}
A = ColumnDef("a", "Integer")
PEOPLE = TableDef("people", [A, ColumnDef("b", "Integer", nullable=True)], primary_key=["a"])

UNKNOWN = [
    (CreateTable(TableDef("t", [A], options=WRONG)), "table 't'"),
    (CreateTable(TableDef("t", [ColumnDef("a", "Text", options=WRONG)])), "column t.a"),
    (
        CreateTable(TableDef("t", [A], primary_key=PrimaryKeyDef(["a"], options=WRONG))),
        "primary key (a) of t",
    ),
    (AddColumn("people", ColumnDef("c", "Text", options=WRONG)), "column people.c"),
    (ModifyColumn("people", "b", options=WRONG), "column people.b"),
    (CreateIndex("people", IndexDef("i", ["b"], options=WRONG)), "index 'i' of people"),
    (AddUnique("people", UniqueDef(["b"], options=WRONG)), "unique (b) of people"),
    (AddCheck("people", CheckDef("b > 1", options=WRONG)), "check (b > 1) of people"),
    (
        AddForeignKey("people", ForeignKeyDef(["b"], "people", options=WRONG)),
        "foreign key (b) of people",
    ),
    (
        ChangePrimaryKey("people", PrimaryKeyDef(["b"], options=WRONG)),
        "primary key (b) of people",
    ),
    (SetTableOptions("people", WRONG), "table 'people'"),
]


@pytest.mark.parametrize(("operation", "words"), UNKNOWN, ids=lambda it: str(it)[:30])
def test_an_option_that_postgresql_does_not_know_is_refused(live, operation, words):
    live.create(PEOPLE)
    was = live.database.introspect()

    with pytest.raises(Unsupported, match="postgresql has no option 'includes' here") as caught:
        live.apply(operation)

    assert caught.value.what.startswith(words)
    assert live.database.introspect() == was


def test_the_near_name_is_told(live):
    live.create(PEOPLE)

    with pytest.raises(Unsupported) as caught:
        live.apply(AddUnique("people", UniqueDef(["b"], options=WRONG)))

    assert caught.value.hint == "did you mean 'include'?"


def test_a_second_key_over_the_same_columns_is_looked_at_too(live):
    live.create(PEOPLE)
    live.apply(AddUnique("people", UniqueDef(["b"], name="one")))

    with pytest.raises(Unsupported, match="has no option 'includes' here"):
        live.apply(AddUnique("people", UniqueDef(["b"], name="other", options=WRONG)))


def test_an_option_that_the_catalog_knows_and_nobody_writes_is_refused(live):
    live.create(PEOPLE)

    with pytest.raises(Unsupported, match="no option 'not_enforced'"):
        live.apply(
            AddCheck("people", CheckDef("b > 1", options={"postgresql": {"not_enforced": True}}))
        )


def test_all_that_sqlalchemy_knows_is_taken():
    ours = {kind.__name__.removesuffix("Def"): kind for kind in PostgresTableWriter.option_names}
    theirs = {
        item.__name__.removesuffix("Constraint"): set(names)
        for item, names in PGDialect.construct_arguments
    }

    unknown = {
        name: known - {"where"} - set(PostgresTableWriter.option_names[ours[name]])
        for name, known in theirs.items()
        if name in ours
    }

    assert set(unknown) == {"Table", "Index", "PrimaryKey", "Unique", "ForeignKey", "Check"}
    assert not any(unknown.values())


LONG = "n" * 64
IN_BYTES = "ü" * 32
TOO_LONG = [
    CreateTable(TableDef(LONG, [A])),
    CreateTable(TableDef("t", [ColumnDef(LONG, "Integer")])),
    CreateTable(TableDef("t", [A], schema=IN_BYTES)),
    CreateTable(TableDef("t", [ColumnDef("a", f"Enum('x', name='{IN_BYTES}')")])),
    AddColumn("people", ColumnDef(IN_BYTES, "Integer", nullable=True)),
    AddColumn("people", ColumnDef("c", f"Enum('x', name='app.{LONG}')", nullable=True)),
    RenameColumn("people", "b", LONG),
    RenameTable("people", IN_BYTES),
    CreateSequence(SequenceDef(LONG)),
]


@pytest.mark.parametrize("operation", TOO_LONG, ids=lambda operation: operation.describe()[:30])
def test_a_name_that_the_database_would_cut_is_refused(live, operation):
    live.create(PEOPLE)
    was = live.database.introspect()

    with pytest.raises(Unsupported, match="is too long a name") as caught:
        live.apply(operation)

    assert "at most 63 bytes here, and this one has 64" in (caught.value.reason or "")
    assert live.database.introspect() == was


def test_names_of_63_bytes_are_taken(live):
    longest, in_bytes = "n" * 63, "ü" * 31
    live.create(TableDef(longest, [ColumnDef(in_bytes, "Integer")], primary_key=[in_bytes]))

    live.there_and_back(RenameColumn(longest, in_bytes, longest), RenameTable(longest, in_bytes))
