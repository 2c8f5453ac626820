"""What SQLite could not do, or would do in silence, is refused before anything is changed."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.errors import SchemaError, StatementFailed, Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropIndex,
    ModifyColumn,
    SetTableOptions,
)
from toasty_core.operations.base import Operation
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    IndexDef,
    PrimaryKeyDef,
    Serial,
    TableDef,
    UniqueDef,
    expr,
)

ID = ColumnDef("id", "Integer", auto=True)
TENANT = ColumnDef("tenant", "Integer")
AGE = ColumnDef("age", "Integer", nullable=True)
PEOPLE = TableDef("people", [ID, TENANT, AGE], primary_key=["id"])

# Numbers


@pytest.mark.parametrize("auto", [True, Serial()])
def test_a_key_of_several_columns_is_not_numbered(world, auto):
    columns = [TENANT, ColumnDef("id", "Integer", auto=auto)]
    with pytest.raises(Unsupported, match="number the rows of 'people' by 'id'") as caught:
        world.compile(CreateTable(TableDef("people", columns, primary_key=["tenant", "id"])))

    assert "has several" in (caught.value.reason or "")
    assert caught.value.hint is not None


def test_a_table_without_rowid_is_not_numbered(world):
    options = {"sqlite": {"without_rowid": True}}
    with pytest.raises(Unsupported, match="number the rows") as caught:
        world.compile(CreateTable(TableDef("people", [ID], primary_key=["id"], options=options)))

    assert "WITHOUT ROWID" in (caught.value.reason or "")


def test_a_table_that_says_so_numbers_its_rows_by_itself(world):
    options = {"sqlite": {"autoincrement": False}}
    key = ["tenant", "id"]
    world.create(TableDef("people", [TENANT, ID], primary_key=key, options=options))


def test_a_numbered_key_cannot_become_one_of_several(world):
    world.create(PEOPLE)
    with pytest.raises(Unsupported, match="number the rows"):
        world.compile(ChangePrimaryKey("people", ["tenant", "id"]))


def test_only_the_table_as_it_will_be_counts(world):
    world.create(PEOPLE)
    world.do(
        ChangePrimaryKey("people", ["tenant", "id"]),
        ModifyColumn("people", "id", auto=None),
    )

    assert world.sql("SELECT name FROM pragma_table_info('people') WHERE pk ORDER BY pk") == [
        ("tenant",),
        ("id",),
    ]


# Options

WRONG = {"sqlite": {"strickt": True}}


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (CreateTable(TableDef("t", [AGE], options=WRONG)), "table 't'"),
        (CreateTable(TableDef("t", [ColumnDef("a", "Text", options=WRONG)])), "column t.a"),
        (
            CreateTable(TableDef("t", [AGE], primary_key=PrimaryKeyDef(["age"], options=WRONG))),
            "primary key (age) of t",
        ),
        (AddColumn("people", ColumnDef("a", "Text", options=WRONG)), "column people.a"),
        (ModifyColumn("people", "age", options=WRONG), "column people.age"),
        (CreateIndex("people", IndexDef("i", ["age"], options=WRONG)), "index 'i' of people"),
        (AddUnique("people", UniqueDef(["age"], options=WRONG)), "unique (age) of people"),
        (AddCheck("people", CheckDef("age > 1", options=WRONG)), "check (age > 1) of people"),
        (SetTableOptions("people", WRONG), "table 'people'"),
    ],
)
def test_an_option_that_sqlite_does_not_know_is_refused(world, operation, words):
    world.create(PEOPLE)
    with pytest.raises(Unsupported, match="has no option 'strickt'") as caught:
        world.compile(operation)

    assert caught.value.what.startswith(words)


def test_the_near_name_is_told(world):
    with pytest.raises(Unsupported) as caught:
        world.compile(CreateTable(TableDef("t", [AGE], options=WRONG)))

    assert caught.value.hint == "did you mean 'strict'?"


def test_options_have_names_and_values(world):
    with pytest.raises(Unsupported, match="must be names with values"):
        world.compile(CreateTable(TableDef("t", [AGE], options={"sqlite": "strict"})))  # type: ignore[dict-item]


def test_options_of_other_backends_are_theirs(world):
    world.create(TableDef("t", [AGE], options={"mysql": {"engine": "InnoDB"}}))


# Fills


@pytest.mark.parametrize(
    "operation",
    [
        AddColumn("people", ColumnDef("size", "Integer"), fill="large"),
        ModifyColumn("people", "age", nullable=False, fill="old"),
        ModifyColumn("people", "age", type="Date", nullable=False, fill=7),
    ],
)
def test_a_fill_of_another_type_is_refused(world, operation: Operation):
    world.create(PEOPLE)
    with pytest.raises(SchemaError, match="is no value of the type"):
        world.compile(operation)


def test_an_expression_fills_whatever_it_gives(world):
    world.create(PEOPLE)
    world.do(ModifyColumn("people", "age", nullable=False, fill=expr("1 + 1")))


# Names of indexes


@pytest.mark.parametrize("name", ["by_age", "BY_AGE"])
def test_indexes_of_two_tables_have_two_names(world, name):
    world.create(PEOPLE, evolve(PEOPLE, name="pets", indexes=[IndexDef("by_age", ["age"])]))
    with pytest.raises(Unsupported, match="two indexes") as caught:
        world.compile(CreateIndex("people", IndexDef(name, ["age"])))

    assert "'people'" in caught.value.what
    assert "'pets'" in caught.value.what


def test_an_index_s_name_is_free_again_when_it_goes(world):
    world.create(PEOPLE, evolve(PEOPLE, name="pets", indexes=[IndexDef("by_age", ["age"])]))
    world.do(DropIndex("pets", "by_age"), CreateIndex("people", IndexDef("by_age", ["age"])))


def test_an_index_of_another_backend_takes_no_name(world):
    theirs = IndexDef("by_age", ["age"], only="postgresql")
    world.create(PEOPLE, evolve(PEOPLE, name="pets", indexes=[theirs]))
    world.do(CreateIndex("people", IndexDef("by_age", ["age"])))


# What stands in the way


def test_a_temporary_table_of_the_same_name_is_told(world):
    world.create(PEOPLE)
    world.sql('CREATE TEMP TABLE "People" (id)')
    with pytest.raises(StatementFailed, match="a temporary table of that name hides it") as caught:
        world.do(ModifyColumn("people", "age", nullable=False, fill=1))

    assert "DROP TABLE temp." in (caught.value.hint or "")
