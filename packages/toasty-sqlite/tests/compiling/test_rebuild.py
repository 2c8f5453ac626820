"""A rebuild keeps rows and all that stands around a table."""

from __future__ import annotations

import pytest

from toasty_core.errors import CheckFailed, SchemaError, StatementFailed
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    DropColumn,
    DropForeignKey,
    DropIndex,
    ModifyColumn,
    RenameColumn,
    RenameTable,
    SetTableOptions,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    Generated,
    Identity,
    IndexColumn,
    IndexDef,
    Serial,
    TableDef,
    UniqueDef,
    expr,
    now,
)

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer", auto=True),
        ColumnDef("name", "String(20)", collation="NOCASE"),
        ColumnDef("age", "Integer", nullable=True),
        ColumnDef("double", "Integer", nullable=True, generated=Generated("age * 2")),
    ],
    ["id"],
    indexes=[
        IndexDef("by_name", ["name", IndexColumn("age", descending=True)]),
        IndexDef("adults", ["name"], where="age > 17"),
        IndexDef("by_lower", [expr("lower(name)")]),
    ],
)
POSTS = TableDef(
    "posts",
    [ColumnDef("id", "Integer", auto=Serial()), ColumnDef("author", "Integer")],
    ["id"],
    foreign_keys=[ForeignKeyDef("author", "users", "id", on_delete="cascade")],
)


@pytest.fixture
def users(world):
    world.create(USERS, POSTS)
    world.sql(
        "INSERT INTO users (id, name, age) VALUES (3, 'ann', 30), (7, 'bob', NULL), (9, 'x', 1)"
    )
    world.sql("DELETE FROM users WHERE id = 9")
    world.sql("INSERT INTO posts (author) VALUES (3), (3), (7)")
    return world


def add_check(text="age IS NULL OR age > 0"):
    return AddCheck("users", CheckDef(text))


def test_rows_of_children_stay_although_they_cascade(users):
    """Dropping the old table deletes nothing that points at it."""
    users.do(add_check())

    assert users.sql("SELECT author FROM posts ORDER BY id") == [(3,), (3,), (7,)]
    assert users.sql("SELECT id, name, age, double FROM users") == [
        (3, "ann", 30, 60),
        (7, "bob", None, None),
    ]


def test_children_still_point_at_the_table(users):
    """Their text is as it was, and foreign keys are enforced afterwards."""
    before = users.sql("SELECT sql FROM sqlite_master WHERE name = 'posts'")

    users.do(add_check())

    assert users.sql("SELECT sql FROM sqlite_master WHERE name = 'posts'") == before
    with pytest.raises(StatementFailed, match="FOREIGN KEY"):
        users.sql("INSERT INTO posts (author) VALUES (99)")


def test_the_counter_goes_on(users):
    """A number that was given to a deleted row is not given again."""
    users.do(add_check())

    users.sql("INSERT INTO users (name) VALUES ('new')")

    assert users.sql("SELECT max(id) FROM users") == [(10,)]


def test_the_counter_of_an_empty_table_goes_on(users):
    """The counter is kept although there is no row to see it by."""
    users.sql("DELETE FROM posts")
    users.sql("DELETE FROM users")

    users.do(add_check())
    users.sql("INSERT INTO users (name) VALUES ('new')")

    assert users.sql("SELECT id FROM users") == [(10,)]


def test_indexes_collations_and_generated_columns_stay(users):
    """All of it is as in the schema."""
    users.do(add_check())

    assert users.database.introspect() == users.backend.canonical_schema(users.schema)


def test_triggers_stay_and_fire(users):
    """A trigger of the user's vanishes with the old table and is made again."""
    users.sql("CREATE TABLE log (what TEXT)")
    users.sql(
        "CREATE TRIGGER noted AFTER INSERT ON users BEGIN INSERT INTO log VALUES ('; ' || new.name); END"
    )

    users.do(add_check())
    users.sql("INSERT INTO users (name) VALUES ('eve')")

    assert users.sql("SELECT what FROM log") == [("; eve",)]


def test_views_stay(users):
    """Views on the table, and views on those, can be read as before."""
    users.sql("CREATE VIEW grown AS SELECT name FROM users WHERE age > 17")
    users.sql("CREATE VIEW counted AS SELECT count(*) AS n FROM grown")

    users.do(add_check())

    assert users.sql("SELECT n FROM counted") == [(1,)]


def test_a_view_that_would_break_stops_the_migration(users):
    """Nothing is changed, and the error names the view."""
    users.sql("CREATE VIEW ages AS SELECT age FROM users")
    before = users.sql("SELECT sql FROM sqlite_master ORDER BY name")

    with pytest.raises(StatementFailed, match="age"):
        users.do(
            DropIndex("users", "by_name"),
            add_check("1 > 0"),
            DropIndex("users", "adults"),
            ModifyColumn("users", "double", generated=None),
            DropColumn("users", "age"),
        )

    assert users.sql("SELECT sql FROM sqlite_master ORDER BY name") == before


def test_a_trigger_that_would_break_stops_the_migration(users):
    """It is compiled once more at the end."""
    users.sql("CREATE TRIGGER t AFTER UPDATE OF name ON users BEGIN SELECT old.double; END")

    with pytest.raises(StatementFailed, match="double"):
        users.do(add_check(), DropColumn("users", "double"))


FREE_AGE = (
    *(DropIndex("users", name) for name in ("by_name", "adults")),
    ModifyColumn("users", "double", generated=None),
)


@pytest.mark.parametrize(
    "trigger",
    [
        "AFTER DELETE ON log BEGIN UPDATE users SET age = 1; END",
        "INSTEAD OF DELETE ON names BEGIN DELETE FROM users WHERE age = 1; END",
        "AFTER UPDATE ON users BEGIN UPDATE users SET age = 1 WHERE id = new.id; END",
    ],
)
@pytest.mark.parametrize("more", [(), (ModifyColumn("users", "name", type="Text"),)])
def test_a_trigger_elsewhere_that_would_break_stops_the_migration(users, trigger, more):
    """SQLite itself looks neither at those of other tables nor at what a trigger sets."""
    users.do(*FREE_AGE)
    users.sql("CREATE TABLE log (what TEXT)")
    users.sql("CREATE VIEW names AS SELECT id, name FROM users")
    users.sql(f"CREATE TRIGGER t {trigger}")
    before = users.sql("SELECT sql FROM sqlite_master ORDER BY name")

    with pytest.raises(StatementFailed, match="age") as caught:
        users.do(*more, DropColumn("users", "age"))

    assert "drop it first" in (caught.value.hint or "")
    assert users.sql("SELECT sql FROM sqlite_master ORDER BY name") == before


def test_a_trigger_elsewhere_that_is_broken_already_is_left_alone(users):
    users.do(*FREE_AGE)
    users.sql("CREATE TABLE log (what TEXT)")
    users.sql("CREATE TRIGGER t AFTER DELETE ON log BEGIN UPDATE users SET nowhere = 1; END")

    users.do(DropColumn("users", "age"))
    users.do(add_check("id > 0"))

    assert users.sql("SELECT name FROM sqlite_master WHERE type = 'trigger'") == [("t",)]


def test_a_rename_beside_a_broken_view_and_a_name_of_ours_that_is_taken_say_what_to_do(users):
    users.sql("CREATE VIEW v AS SELECT * FROM nowhere")
    users.sql("CREATE TABLE toasty_new_users (a INTEGER)")

    with pytest.raises(StatementFailed, match="error in view v") as renamed:
        users.do(RenameTable("users", "people"))
    with pytest.raises(StatementFailed, match="already exists") as rebuilt:
        users.do(add_check())

    assert "drop it first" in (renamed.value.hint or "")
    assert "names that begin with toasty_" in (rebuilt.value.hint or "")


def test_a_trigger_that_is_broken_already_is_left_alone(users):
    """It is made again as it was."""
    users.sql("CREATE TRIGGER t AFTER UPDATE ON users BEGIN SELECT old.nowhere; END")

    users.do(add_check())

    assert users.sql("SELECT name FROM sqlite_master WHERE type = 'trigger'") == [("t",)]


def test_a_view_that_is_broken_already_is_left_alone(users):
    """It is no business of the migration."""
    users.sql("CREATE VIEW broken AS SELECT * FROM nowhere")

    users.do(add_check())

    assert users.sql("SELECT name FROM sqlite_master WHERE type = 'view'") == [("broken",)]


def test_an_index_that_no_migration_made_stays(users):
    """It vanishes with the old table and is made again."""
    users.sql("CREATE INDEX by_hand ON users (age)")

    users.do(add_check())

    assert users.sql("SELECT sql FROM sqlite_master WHERE name = 'by_hand'")


def test_a_column_that_no_migration_made_stops_the_rebuild(users):
    """Its values would be lost."""
    users.sql("ALTER TABLE users ADD COLUMN by_hand TEXT")

    with pytest.raises(SchemaError, match="by_hand"):
        users.do(add_check())


def test_rows_that_point_at_nothing_already_do_not_stop_it(users):
    """Only what the migration breaks counts."""
    users.sql("PRAGMA foreign_keys = OFF")
    users.sql("INSERT INTO posts (author) VALUES (99)")
    users.sql("PRAGMA foreign_keys = ON")

    users.do(add_check())

    assert users.sql("SELECT count(*) FROM posts") == [(4,)]


def test_a_new_foreign_key_that_rows_break_stops_the_migration(world):
    """`foreign_key_check` sees it before the commit."""
    world.create(USERS, TableDef("notes", [ColumnDef("user", "Integer")]))
    world.sql("INSERT INTO notes VALUES (5)")

    with pytest.raises(CheckFailed, match="notes"):
        world.do(AddForeignKey("notes", ForeignKeyDef("user", "users")))

    assert world.database.introspect().table("notes").foreign_keys == ()


def test_strict_and_without_rowid_stay(world):
    """Table options are kept, and can be set and taken away, with the rows."""
    options = {"sqlite": {"strict": True, "without_rowid": True}}
    world.create(
        TableDef("t", [ColumnDef("k", "Text"), ColumnDef("n", "Integer")], ["k"], options=options)
    )
    world.sql("INSERT INTO t VALUES ('a', 1), ('b', 2)")

    world.do(AddUnique("t", UniqueDef(["n"], "un")))

    assert world.database.introspect().table("t").options == options
    world.do(SetTableOptions("t", {}))
    assert world.database.introspect().table("t").options == {}
    world.do(SetTableOptions("t", options))
    assert world.sql("SELECT * FROM t") == [("a", 1), ("b", 2)]


def test_hidden_rowids_stay(world):
    """What refers to a row by its rowid finds it again."""
    world.create(TableDef("t", [ColumnDef("n", "Integer")]))
    world.sql("INSERT INTO t (rowid, n) VALUES (5, 1), (3, 2)")

    world.do(AddCheck("t", CheckDef("n > 0")))

    assert world.sql("SELECT rowid, n FROM t ORDER BY rowid") == [(3, 2), (5, 1)]


def test_a_new_key_numbers_the_rows_that_are_there(world):
    """In the order in which they were put in."""
    world.create(TableDef("t", [ColumnDef("n", "Integer")]))
    world.sql("INSERT INTO t VALUES (30), (10), (20)")

    world.do(
        AddColumn("t", ColumnDef("id", "Integer", auto=Identity())),
        ChangePrimaryKey("t", ["id"]),
    )

    assert world.sql("SELECT id, n FROM t ORDER BY id") == [(1, 30), (2, 10), (3, 20)]
    world.sql("INSERT INTO t (n) VALUES (40)")
    assert world.sql("SELECT max(id) FROM t") == [(4,)]


def test_another_primary_key(users):
    """The rows stay, and the old key is a plain column."""
    users.do(DropForeignKey("posts", POSTS.foreign_keys[0]))

    users.do(ChangePrimaryKey("users", ["name"]))

    assert users.sql("SELECT id, name FROM users") == [(3, "ann"), (7, "bob")]
    assert users.database.introspect().table("users").key_columns == ("name",)


def test_a_fill_is_not_left_behind_as_a_default(users):
    """Rows get it; the column has no default."""
    users.do(AddColumn("users", ColumnDef("mail", "String"), fill="?"))

    assert users.sql("SELECT DISTINCT mail FROM users") == [("?",)]
    assert users.database.introspect().table("users").column("mail").default is None


def test_a_fill_may_compute_from_other_columns(users):
    """Even from one that goes away in the same migration."""
    users.do(
        AddColumn("users", ColumnDef("shout", "String"), fill=expr("upper(name)")),
        DropIndex("users", "by_name"),
        DropIndex("users", "adults"),
        DropIndex("users", "by_lower"),
        DropColumn("users", "name"),
    )

    assert users.sql("SELECT shout FROM users") == [("ANN",), ("BOB",)]


def test_a_fill_may_compute_from_a_column_that_was_just_filled(users, kinds):
    """Then the first change is done before."""
    parts = users.do(
        AddColumn("users", ColumnDef("a", "Integer"), fill=1),
        AddColumn("users", ColumnDef("b", "Integer"), fill=expr("a + 1")),
    )

    assert kinds(parts) == [["add_column"], ["add_column"]]
    assert users.sql("SELECT DISTINCT a, b FROM users") == [(1, 2)]


def test_a_default_that_add_column_refuses_reaches_the_rows(users):
    """`CURRENT_TIMESTAMP` is no constant: the table is rebuilt, and every row has a time."""
    users.do(AddColumn("users", ColumnDef("at", "DateTime", default=now())))

    assert users.sql("SELECT count(*) FROM users WHERE at IS NOT NULL") == [(2,)]


def test_a_column_that_may_be_null_no_longer_is_filled(users):
    """`fill` takes the place of nulls only."""
    users.do(ModifyColumn("users", "age", nullable=False, fill=1))

    assert users.sql("SELECT age FROM users ORDER BY id") == [(30,), (1,)]


def test_using_converts(users):
    """The user's expression decides."""
    users.do(
        ModifyColumn("users", "age", type="String(9)", using="age || ' years'", generated=None)
    )

    assert users.sql("SELECT age FROM users WHERE id = 3") == [("30 years",)]


def test_renames_change_triggers_views_and_foreign_keys(users):
    """SQLite does it natively."""
    users.sql("CREATE VIEW v AS SELECT name FROM users")
    users.sql(
        "CREATE TRIGGER t AFTER INSERT ON users BEGIN UPDATE users SET age = 1 WHERE name = ''; END"
    )

    users.do(
        DropIndex("users", "by_lower"),
        RenameTable("users", "people"),
        RenameColumn("people", "name", "full name"),
        RenameColumn("people", "id", "key"),
    )

    assert users.sql("SELECT * FROM v") == [("ann",), ("bob",)]
    assert users.database.introspect() == users.backend.canonical_schema(users.schema)


def test_a_rename_may_change_the_case_alone(users):
    """SQLite takes that for no change, so it goes by way of another name."""
    users.do(RenameTable("users", "Users"), RenameColumn("Users", "id", "ID"))

    assert users.database.introspect() == users.backend.canonical_schema(users.schema)
    assert users.sql("SELECT count(*) FROM users") == [(2,)]


def test_the_same_on_a_sqlite_that_cannot_drop_columns(new_world):
    """Before 3.35 the table is rebuilt for it."""
    world = new_world((3, 30))
    world.create(USERS)
    world.sql("INSERT INTO users (id, name, age) VALUES (1, 'ann', 30)")

    world.do(DropColumn("users", "double"))

    assert any("toasty_new_users" in str(s) for part in world.compiled for s in part.statements)
    assert world.sql("SELECT * FROM users") == [(1, "ann", 30)]


def test_a_check_that_rows_break_changes_nothing(users):
    """The copy fails, and the transaction with it."""
    before = users.sql("SELECT sql FROM sqlite_master ORDER BY name")

    with pytest.raises(StatementFailed):
        users.do(CreateIndex("posts", IndexDef("i", ["author"])), add_check("age > 99"))

    assert users.sql("SELECT sql FROM sqlite_master ORDER BY name") == before
    assert users.sql("SELECT count(*) FROM users") == [(2,)]
