"""Which operations are done together, and in which order."""

from __future__ import annotations

import pytest

from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    CreateIndex,
    CreateSequence,
    CreateTable,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropTable,
    ModifyColumn,
    RenameColumn,
    RenameIndex,
    SetTableComment,
    UpdateRows,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    SequenceDef,
    TableDef,
    UniqueDef,
)

A = TableDef("a", [ColumnDef("id", "Integer"), ColumnDef("x", "Integer", nullable=True)], ["id"])
B = TableDef("b", [ColumnDef("id", "Integer"), ColumnDef("y", "Integer", nullable=True)], ["id"])
TO_B = AddForeignKey("a", ForeignKeyDef("x", "b", "id", "to_b"))
TO_A = AddForeignKey("b", ForeignKeyDef("y", "a", "id", "to_a"))


@pytest.fixture
def both(world):
    world.create(A, B)
    return world


def test_one_rebuild_serves_all_changes_of_a_table(both, kinds):
    """Whatever stands between them, as long as it is about other tables."""
    parts = both.do(
        AddCheck("a", CheckDef("x > 0")),
        AddColumn("b", ColumnDef("z", "Integer", nullable=True)),
        AddUnique("a", UniqueDef(["x"], "ux")),
        CreateIndex("a", IndexDef("ix", ["x"])),
    )

    assert kinds(parts) == [["add_column"], ["add_check", "add_unique", "create_index"]]
    assert [len(part.statements) for part in parts] == [1, 1]
    assert both.database.introspect() == both.backend.canonical_schema(both.schema)


def test_foreign_keys_of_a_circle_stand_in_create_table(world, kinds):
    """SQLite takes one to a table that does not stand yet."""
    parts = world.do(CreateTable(A), CreateTable(B), TO_B, TO_A)

    assert kinds(parts) == [["create_table", "add_foreign_key"]] * 2
    assert all(str(s).startswith("CREATE TABLE") for part in parts for s in part.statements)


def test_a_change_of_rows_stands_between(both, kinds):
    """What comes before it is done before."""
    parts = both.do(
        AddCheck("a", CheckDef("x > 0")),
        UpdateRows("a", {"x": 5}),
        AddUnique("a", UniqueDef(["x"])),
    )

    assert kinds(parts) == [["add_check"], ["update_rows"], ["add_unique"]]


def test_a_rename_stands_between(both, kinds):
    """It is done natively, so that triggers and views follow."""
    parts = both.do(
        AddCheck("a", CheckDef("1 > 0")),
        RenameColumn("a", "x", "z"),
        AddUnique("a", UniqueDef("z")),
    )

    assert kinds(parts) == [["add_check"], ["rename_column"], ["add_unique"]]


def test_a_table_that_goes_away_is_not_rebuilt_first(both, kinds):
    """Its keys and indexes go with it."""
    both.do(TO_B, CreateIndex("a", IndexDef("ix", ["x"])))

    parts = both.do(
        DropForeignKey("a", "to_b"), DropIndex("a", "ix"), DropTable("b"), DropTable("a")
    )

    assert kinds(parts) == [["drop_table"], ["drop_foreign_key", "drop_index", "drop_table"]]
    assert both.texts() == []
    assert both.database.introspect().tables == {}


def test_a_table_that_comes_and_goes_leaves_no_trace(world):
    """Nothing at all is done for it."""
    assert world.texts(CreateTable(A), CreateIndex("a", IndexDef("i", ["x"])), DropTable("a")) == []


def test_circles_come_into_being_and_go_away_with_rows(both):
    """With rows that point at each other all the way."""
    both.do(TO_B, TO_A)
    both.sql("INSERT INTO a VALUES (1, NULL)")
    both.sql("INSERT INTO b VALUES (1, 1)")
    both.sql("UPDATE a SET x = 1")

    both.do(AddCheck("a", CheckDef("x > 0")), AddCheck("b", CheckDef("y > 0")))
    both.do(DropForeignKey("a", "to_b"), DropForeignKey("b", "to_a"), DropTable("b"))

    assert both.sql("SELECT * FROM a") == [(1, 1)]


def test_a_foreign_key_may_point_at_what_becomes_unique_in_the_same_migration(both):
    """The table that is pointed at comes first, whatever the order of the operations."""
    both.sql("INSERT INTO b VALUES (1, 7)")
    both.sql("INSERT INTO a VALUES (1, 7)")

    both.do(
        AddForeignKey("a", ForeignKeyDef("x", "b", "y", "to_y")),
        AddUnique("b", UniqueDef(["y"], "uy")),
    )

    assert both.database.introspect() == both.backend.canonical_schema(both.schema)


def test_an_index_name_may_move_to_another_table(both):
    """The old one is gone before the new one is made, although their tables change anyway."""
    both.do(CreateIndex("a", IndexDef("i", ["x"])))

    both.do(
        AddCheck("b", CheckDef("1 > 0")),
        DropIndex("a", "i"),
        CreateIndex("b", IndexDef("i", ["y"])),
        AddCheck("a", CheckDef("1 > 0")),
    )

    assert both.database.introspect() == both.backend.canonical_schema(both.schema)


@pytest.mark.parametrize(
    "column",
    [
        ColumnDef("n", "String", nullable=True),
        ColumnDef("n", "String", default="x"),
        ColumnDef("n", "Integer", default=5, nullable=True),
        ColumnDef("n", "Integer", nullable=True, generated=None),
    ],
)
def test_add_column_is_native_where_sqlite_takes_it(both, column):
    """No rebuild for a plain column."""
    assert [text.split()[0] for text in both.texts(AddColumn("a", column))] == ["ALTER"]


def test_a_fill_of_a_native_column_is_an_update(both):
    """Nothing is left behind as a default."""
    texts = both.texts(AddColumn("a", ColumnDef("n", "Integer", nullable=True), fill=3))

    assert texts == ['ALTER TABLE "a" ADD COLUMN "n" INTEGER;', 'UPDATE "a" SET "n" = 3;']


def test_an_index_is_renamed_by_making_it_anew(both):
    """SQLite has no other way."""
    both.do(CreateIndex("a", IndexDef("i", ["x"], unique=True)))

    texts = both.texts(RenameIndex("a", "i", "j"))

    assert texts == ['DROP INDEX "i";', 'CREATE UNIQUE INDEX "j" ON "a" ("x");']


@pytest.mark.parametrize(
    "operation",
    [
        SetTableComment("a", "said"),
        ModifyColumn("a", "x", comment="said"),
        ModifyColumn("a", "x", options={"mysql": {"charset": "latin1"}}),
        CreateIndex("a", IndexDef("gin", ["x"], only=["postgresql"])),
        AddUnique("a", UniqueDef(["x"], only=["postgresql"])),
        AddForeignKey("a", ForeignKeyDef("x", "b", only=["mysql"])),
    ],
)
def test_what_is_not_for_sqlite_does_nothing(both, operation):
    """The operation counts as done."""
    parts = both.do(operation)

    assert [part.statements for part in parts] == [()]


def test_sqlite_has_no_sequences(both):
    """The error says so."""
    with pytest.raises(Unsupported, match="sequence") as caught:
        both.texts(CreateSequence(SequenceDef("s")))

    assert caught.value.reason


def test_sqlite_has_no_schemas(world):
    """The error says so."""
    with pytest.raises(Unsupported, match="sales"):
        world.texts(CreateTable(TableDef("t", A.columns, ["id"], schema="sales")))


def test_dropping_a_column_is_native(both):
    """From 3.35 on."""
    assert both.texts(DropColumn("a", "x")) == ['ALTER TABLE "a" DROP COLUMN "x";']
