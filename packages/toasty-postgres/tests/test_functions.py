"""What a user's function may do with the live connection, and what it must leave."""

from __future__ import annotations

from typing import Any

import pytest

from toasty_core.errors import DatabaseError, StatementFailed
from toasty_postgres.database import PostgresDatabase
from toasty_sql.statements import CallStatement, SqlStatement


def test_a_function_works_in_the_transaction(database: PostgresDatabase) -> None:
    def fill(live: Any) -> None:
        live.execute("INSERT INTO t VALUES (%s)", (1,))
        live.execute("INSERT INTO t VALUES (%(id)s)", {"id": 2})
        with live.connection.cursor() as cursor:
            cursor.execute("INSERT INTO t VALUES (3)")
        assert live.fetch("SELECT count(*) FROM t") == [(3,)]
        assert live.fetch("SELECT 5 % 2") == [(1,)]

        raise RuntimeError("changed my mind")

    def migrate() -> None:
        with database.transaction():
            database.execute(SqlStatement("CREATE TABLE t (id int)"))
            database.execute(CallStatement(fill, "fill"))

    with pytest.raises(RuntimeError, match="changed my mind"):
        migrate()
    assert database.fetch("SELECT to_regclass('t')") == [(None,)]


def commit(live: Any) -> None:
    live.connection.commit()


def commit_and_begin(live: Any) -> None:
    live.connection.commit()
    live.execute("BEGIN")


def roll_back(live: Any) -> None:
    live.connection.rollback()


def swallow(live: Any) -> None:
    try:
        live.execute("SELECT nothing")
    except StatementFailed:
        return


def close(live: Any) -> None:
    live.connection.close()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (commit, "was ended in the middle"),
        (commit_and_begin, "was ended in the middle"),
        (roll_back, "was ended in the middle"),
        (swallow, "error was caught"),
        (close, "closed the connection"),
    ],
)
def test_what_a_function_must_leave(database: PostgresDatabase, function: Any, words: str) -> None:
    with pytest.raises(DatabaseError, match=words), database.transaction():
        database.execute(CallStatement(function, "function"))


def test_a_function_may_catch_an_error_behind_a_savepoint(database: PostgresDatabase) -> None:
    def try_it(live: Any) -> None:
        live.execute("CREATE TABLE t (id int)")
        with pytest.raises(StatementFailed), live.connection.transaction():
            live.execute("INSERT INTO t VALUES ('x')")

    with database.transaction():
        database.execute(CallStatement(try_it, "try_it"))
    assert database.fetch("SELECT * FROM t") == []


def test_a_driver_error_in_a_function_is_ours(database: PostgresDatabase) -> None:
    def fail(live: Any) -> None:
        live.connection.execute("SELECT nothing")

    with pytest.raises(StatementFailed, match="nothing"), database.transaction():
        database.execute(CallStatement(fail, "fail"))
