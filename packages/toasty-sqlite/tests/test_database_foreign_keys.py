"""Foreign keys are enforced, and never cost rows."""

from __future__ import annotations

import pytest

from toasty_core.errors import CheckFailed, StatementFailed
from toasty_sql.statements import SqlStatement

SETUP = (
    "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
    "CREATE TABLE child (p INTEGER REFERENCES parent (id) ON DELETE CASCADE)",
    "INSERT INTO parent VALUES (1), (2)",
    "INSERT INTO child VALUES (1), (1), (2)",
)


@pytest.fixture
def database(connect):
    database = connect()
    for sql in SETUP:
        database.execute(SqlStatement(sql))
    return database


def run(database, *texts):
    statements = [SqlStatement(text) for text in texts]
    with database.transaction(statements):
        for statement in statements:
            database.execute(statement)


def count(database, table="child"):
    return database.fetch(f"SELECT count(*) FROM {table}")[0][0]


def test_a_row_that_points_at_nothing_is_refused(database):
    with pytest.raises(StatementFailed, match="FOREIGN KEY") as caught:
        run(database, "INSERT INTO child VALUES (3)")

    assert "?foreign_keys=off" in (caught.value.hint or "")


def test_deleting_a_parent_takes_its_children_along(database):
    run(database, "DELETE FROM parent WHERE id = 1")

    assert count(database) == 1


def test_a_rebuild_by_hand_keeps_the_children(database):
    run(
        database,
        "CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO new_parent (id) SELECT id FROM parent",
        "DROP TABLE parent",
        "ALTER TABLE new_parent RENAME TO parent",
    )

    assert count(database) == 3
    assert database.fetch("PRAGMA foreign_keys") == [(1,)]


def test_a_rebuild_by_hand_that_loses_parents_is_refused(database):
    wanted = r"2 row\(s\) of table 'child' would point at nothing"
    with pytest.raises(CheckFailed, match=wanted) as caught:
        run(
            database,
            "CREATE TABLE new_parent (id INTEGER PRIMARY KEY)",
            "INSERT INTO new_parent (id) SELECT id FROM parent WHERE id > 1",
            "DROP TABLE parent",
            "ALTER TABLE new_parent RENAME TO parent",
        )

    assert "ON DELETE and ON UPDATE do nothing" in (caught.value.hint or "")
    assert (count(database), count(database, "parent")) == (3, 2)
    assert database.fetch("PRAGMA foreign_keys") == [(1,)]


def test_rows_that_pointed_at_nothing_before_are_no_hindrance(database):
    database.execute(SqlStatement("PRAGMA foreign_keys = OFF"))
    database.execute(SqlStatement("INSERT INTO child VALUES (99)"))
    database.execute(SqlStatement("PRAGMA foreign_keys = ON"))
    run(
        database,
        "DROP TABLE IF EXISTS missing",
        "INSERT INTO child VALUES (2)",
    )

    assert count(database) == 5


def test_a_key_that_points_at_columns_that_are_not_unique_is_no_hindrance(database):
    run(
        database,
        "CREATE TABLE loose (a INTEGER)",
        "CREATE TABLE mismatch (a INTEGER REFERENCES loose (a))",
        "DROP TABLE IF EXISTS missing",
        "UPDATE parent SET id = id",
    )

    assert database.introspect().has_table("mismatch")


def test_the_setting_of_the_url_stays(connect):
    database = connect("sqlite::memory:?foreign_keys=off")
    for sql in SETUP:
        database.execute(SqlStatement(sql))
    run(database, "DROP TABLE parent", "INSERT INTO child VALUES (3)")

    assert count(database) == 4
    assert database.fetch("PRAGMA foreign_keys") == [(0,)]
