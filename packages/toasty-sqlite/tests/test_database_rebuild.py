"""A table that is rebuilt keeps its rows, and everything around it stays as it was."""

from __future__ import annotations

import pytest

from toasty_core.errors import SchemaError, StatementFailed
from toasty_core.operations import AddCheck, CreateTable, ModifyColumn
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    Generated,
    IndexDef,
    SchemaSnapshot,
    TableDef,
)
from toasty_sql.statements import SqlStatement

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer", auto=True),
        ColumnDef("name", "String(40)", collation="NOCASE"),
        ColumnDef("low", "String", generated=Generated("lower(name)"), nullable=True),
    ],
    primary_key=["id"],
    indexes=[IndexDef("by_name", ["name"], where="id > 0")],
)
POSTS = TableDef(
    "posts",
    [ColumnDef("id", "Integer", auto=True), ColumnDef("author", "Integer")],
    primary_key=["id"],
    foreign_keys=[ForeignKeyDef("author", "users", "id", on_delete="cascade")],
)
AROUND = (
    "CREATE TABLE log (what TEXT)",
    "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob'), (9, 'gone')",
    "DELETE FROM users WHERE id = 9",
    "INSERT INTO posts VALUES (1, 1), (2, 1), (3, 2)",
    "CREATE VIEW names AS SELECT id, name FROM users",
    "CREATE VIEW short_names AS SELECT id, substr(name, 1, 1) AS letter FROM names",
    "CREATE TRIGGER told AFTER INSERT ON users BEGIN INSERT INTO log VALUES (new.name); END",
    "CREATE TRIGGER asked INSTEAD OF INSERT ON names BEGIN INSERT INTO users (name) VALUES (new.name); END",
    "CREATE TRIGGER from_posts AFTER INSERT ON posts"
    " BEGIN UPDATE users SET name = name || '!' WHERE id = new.author; END",
    "CREATE INDEX by_hand ON users (length(name))",
)
CHANGE = ModifyColumn("users", "name", type="Text", nullable=True)


@pytest.fixture
def database(connect):
    database = connect()
    migrate(database, [CreateTable(USERS), CreateTable(POSTS)], SchemaSnapshot())
    for sql in AROUND:
        database.execute(SqlStatement(sql))
    return database


def migrate(database, operations, before):
    parts = database.backend.compile_all(operations, before)
    statements = [statement for part in parts for statement in part.statements]
    with database.transaction(statements):
        for statement in statements:
            database.execute(statement)


def rebuild(database, operation=CHANGE):
    migrate(database, [operation], SchemaSnapshot.of(USERS, POSTS))


def objects(database):
    query = "SELECT type, name, sql FROM sqlite_master WHERE name <> 'users' ORDER BY type, name"
    return database.fetch(query)


def test_rows_children_and_counter_are_kept(database):
    rebuild(database)

    assert database.fetch("SELECT id, name, low FROM users") == [
        (1, "Ann", "ann"),
        (2, "Bob", "bob"),
    ]
    assert database.fetch("SELECT count(*) FROM posts") == [(3,)]
    database.execute(SqlStatement("INSERT INTO users (name) VALUES ('Eve')"))
    assert database.fetch("SELECT max(id) FROM users") == [(10,)]


def test_views_triggers_and_indexes_are_kept_word_for_word(database):
    before = objects(database)
    rebuild(database)

    assert objects(database) == before


def test_views_and_triggers_still_work(database):
    rebuild(database)
    database.execute(SqlStatement("INSERT INTO names (name) VALUES ('Eve')"))
    database.execute(SqlStatement("INSERT INTO posts (author) VALUES (10)"))

    assert database.fetch("SELECT what FROM log WHERE what = 'Eve'") == [("Eve",)]
    assert database.fetch("SELECT name FROM users WHERE id = 10") == [("Eve!",)]
    assert database.fetch("SELECT letter FROM short_names WHERE id = 10") == [("E",)]


def test_children_still_point_at_the_table(database):
    rebuild(database)

    assert database.introspect().table("posts").foreign_keys == POSTS.foreign_keys
    database.execute(SqlStatement("DELETE FROM users WHERE id = 1"))
    assert database.fetch("SELECT count(*) FROM posts") == [(1,)]


@pytest.mark.parametrize("fails", [False, True])
def test_settings_are_as_before(database, fails):
    if fails:
        with pytest.raises(StatementFailed, match="CHECK constraint failed"):
            rebuild(database, AddCheck("users", CheckDef("id > 1")))
    else:
        rebuild(database)

    assert database.fetch("PRAGMA foreign_keys") == [(1,)]
    assert database.fetch("PRAGMA legacy_alter_table") == [(0,)]
    assert database.fetch("SELECT count(*) FROM users") == [(2,)]


def test_the_schema_is_what_was_asked_for(database):
    rebuild(database)
    backend, after = database.backend, CHANGE.apply(SchemaSnapshot.of(USERS, POSTS))
    live = database.introspect()

    assert live.table("posts") == backend.canonical_schema(after).table("posts")
    assert live.table("users").columns == backend.canonical_schema(after).table("users").columns


def test_a_column_that_no_migration_knows_is_not_lost(database):
    database.execute(SqlStatement("ALTER TABLE users ADD COLUMN by_hand TEXT DEFAULT 'x'"))
    with pytest.raises(SchemaError, match="by_hand"):
        rebuild(database)

    assert database.fetch("SELECT by_hand FROM users WHERE id = 1") == [("x",)]


def test_a_rebuild_outside_of_a_transaction_begins_one(database):
    before = SchemaSnapshot.of(USERS, POSTS)
    (statement,) = database.backend.compile(CHANGE, before)
    database.execute(statement)

    assert database.introspect().table("users").column("name").nullable
    assert database.fetch("SELECT count(*) FROM posts") == [(3,)]
