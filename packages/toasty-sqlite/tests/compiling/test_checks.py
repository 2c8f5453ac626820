"""What is asked of the rows before the first change."""

from __future__ import annotations

import pytest

from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropColumn,
    ModifyColumn,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    TableDef,
    UniqueDef,
    expr,
    now,
)

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String", nullable=True),
        ColumnDef("team", "Integer", nullable=True),
    ],
    ["id"],
)
TEAMS = TableDef("teams", [ColumnDef("id", "Integer")], ["id"])


@pytest.fixture
def users(world):
    world.create(USERS, TEAMS)
    world.sql("INSERT INTO users VALUES (1, 'ann', 1), (2, 'ann', 9), (3, NULL, NULL)")
    world.sql("INSERT INTO teams VALUES (1)")
    return world


@pytest.mark.parametrize(
    ("operation", "where", "count", "example"),
    [
        (AddColumn("users", ColumnDef("mail", "String")), "users.mail", 3, "id = 1"),
        (
            AddColumn("users", ColumnDef("n", "Integer", default=expr("NULL"))),
            "users.n",
            3,
            "id = 1",
        ),
        (ModifyColumn("users", "name", nullable=False), "users.name", 1, "id = 3"),
        (
            AddColumn("users", ColumnDef("n", "String"), fill=expr("name")),
            "users.n",
            1,
            "id = 3",
        ),
        (AddUnique("users", UniqueDef("name")), "users.name", 1, "'ann' stands 2 times"),
        (
            CreateIndex("users", IndexDef("u", ["name"], unique=True)),
            "users (index u)",
            1,
            "'ann' stands 2 times",
        ),
        (
            CreateIndex("users", IndexDef("u", [expr("length(name)")], unique=True)),
            "users (index u)",
            1,
            "3 stands 2 times",
        ),
        (ChangePrimaryKey("users", ["name"]), "users.name", 1, "'ann' stands 2 times"),
        (
            AddForeignKey("users", ForeignKeyDef("team", "teams", "id")),
            "users.team",
            1,
            "id = 2: 9",
        ),
        (AddForeignKey("users", ForeignKeyDef("team", "teams")), "users.team", 1, "id = 2: 9"),
        (AddForeignKey("users", ForeignKeyDef("team", "users")), "users.team", 1, "id = 2: 9"),
        (AddCheck("users", CheckDef("team < 5", "few")), "users check 'few'", 1, "id = 2"),
    ],
)
def test_rows_that_do_not_fit_are_counted_and_shown(users, operation, where, count, example):
    """The place, the number, and the key of the first one."""
    found = users.failing(operation)

    assert list(found) == [where]
    assert found[where].count == count
    assert found[where].examples[0] == example


@pytest.mark.parametrize(
    "operation",
    [
        AddColumn("users", ColumnDef("mail", "String"), fill="?"),
        AddColumn("users", ColumnDef("mail", "String", default="x")),
        AddColumn("users", ColumnDef("at", "DateTime", default=now())),
        AddColumn("users", ColumnDef("mail", "String", nullable=True)),
        ModifyColumn("users", "name", nullable=False, fill="?"),
        AddUnique("users", UniqueDef(["name", "id"])),
        CreateIndex("users", IndexDef("i", ["name"])),
        CreateIndex("users", IndexDef("i", ["name"], unique=True, where="id <> 2")),
        CreateIndex("users", IndexDef("i", ["name", IndexColumn("id")], unique=True)),
        AddCheck("users", CheckDef("team < 50")),
        AddCheck("users", CheckDef("team < 5", only=["postgresql"])),
        DropColumn("users", "name"),
    ],
)
def test_rows_that_fit_pass(users, operation):
    """Nulls pass wherever SQL lets them."""
    assert users.failing(operation) == {}


def test_a_fill_that_must_be_unique(users):
    """One value for all rows does not do."""
    found = users.failing(
        AddColumn("users", ColumnDef("mail", "String"), fill="?"),
        CreateIndex("users", IndexDef("u", ["mail"], unique=True)),
    )

    assert found["users (index u)"].examples == ("'?' stands 3 times",)


def test_a_fill_that_points_at_a_table_that_is_new(users):
    """Nothing is in it yet."""
    found = users.failing(
        CreateTable(TableDef("plans", [ColumnDef("id", "Integer")], ["id"])),
        AddColumn("users", ColumnDef("plan", "Integer"), fill=1),
        AddForeignKey("users", ForeignKeyDef("plan", "plans", "id")),
    )

    assert found["users.plan"].count == 3


def test_checks_see_the_rows_as_they_will_be(users):
    """Converted and filled, in one question."""
    users.do(ModifyColumn("users", "name", nullable=False, fill="7"))
    users.sql("UPDATE users SET name = id || '0'")

    found = users.failing(
        ModifyColumn("users", "name", type="Integer"), AddCheck("users", CheckDef("name < 30", "c"))
    )

    assert list(found) == ["users check 'c'"]
    assert found["users check 'c'"].count == 1


def test_an_empty_table_takes_any_column(world):
    """There is no row without a value."""
    world.create(USERS)

    assert world.failing(AddColumn("users", ColumnDef("mail", "String"))) == {}
    world.do(AddColumn("users", ColumnDef("mail", "String")))
    assert not world.database.introspect().table("users").column("mail").nullable


def test_the_hint_says_what_to_write(users):
    """With the names of the table and the column."""
    parts = users.compile(AddColumn("users", ColumnDef("mail", "String")))

    hint = parts[0].checks[0].hint

    assert 'db.add_column("users", ColumnDef("mail", ...), fill=...)' in hint


def test_another_order_may_make_values_the_same(users):
    """`ANN` is `ann` without case."""
    users.do(
        ModifyColumn("users", "name", nullable=True), AddUnique("users", UniqueDef(["name", "id"]))
    )
    users.sql("UPDATE users SET name = 'ANN', id = 7 WHERE id = 2")
    users.do(CreateIndex("users", IndexDef("u", ["name"], unique=True)))

    found = users.failing(ModifyColumn("users", "name", collation="NOCASE"))

    assert found["users (index u)"].count == 1


def test_numbers_that_the_database_does_not_give_must_come_from_somewhere(users):
    """SQLite numbers keys and nothing else."""
    column = ColumnDef("number", "Integer", auto=True)

    assert list(users.failing(AddColumn("users", column))) == ["users.number"]
    assert users.failing(AddColumn("users", column), ChangePrimaryKey("users", ["number"])) == {}
