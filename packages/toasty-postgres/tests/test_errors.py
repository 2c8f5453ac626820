"""What the server refuses is one clear error: its words, the place in the SQL, what to do."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from toasty_core.errors import DatabaseError, StatementFailed
from toasty_core.url import Url
from toasty_postgres.database import PostgresDatabase
from toasty_postgres.errors import shown_statement
from toasty_sql.statements import SqlStatement

Connect = Callable[[str], PostgresDatabase]
Sql = Callable[..., list[tuple[Any, ...]]]


def failure(database: PostgresDatabase, *texts: str) -> StatementFailed:
    """The error of the last of these statements."""
    with pytest.raises(StatementFailed) as caught:
        run(database, *texts)
    return caught.value


def run(database: PostgresDatabase, *texts: str) -> None:
    """Runs statements in one transaction."""
    statements = [SqlStatement(text) for text in texts]
    with database.transaction(statements):
        for statement in statements:
            database.execute(statement)


@pytest.fixture
def reader(
    connect: Connect, postgres_url: str, sql: Sql
) -> Iterator[Callable[[], PostgresDatabase]]:
    """Connects as a user who has no rights but to connect; the user goes with the test."""
    name = Url.parse(postgres_url).database
    sql(f'CREATE ROLE "reader_{name}" LOGIN')
    opened: list[PostgresDatabase] = []

    def open_() -> PostgresDatabase:
        opened.append(connect(postgres_url.replace("//postgres@", f"//reader_{name}@")))
        return opened[-1]

    yield open_
    for database in opened:
        database.close()
    sql(f'DROP OWNED BY "reader_{name}"')
    sql(f'DROP ROLE "reader_{name}"')


# The place in the SQL.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT nope", "SELECT nope\n       ^"),
        ("SELECT 'ä😀', nope\nLIMIT 1", "SELECT 'ä😀', nope\n             ^\nLIMIT 1"),
        ("SELECT\n  1,\n  nope\n", "SELECT\n  1,\n  nope\n  ^"),
    ],
)
def test_the_place_is_shown(database: PostgresDatabase, text: str, expected: str) -> None:
    assert failure(database, text).statement == expected


def test_long_sql_is_shown_around_the_place() -> None:
    lines = [f"line {number}" for number in range(1000)]
    sql = "\n".join(lines)
    shown = shown_statement(sql, sql.index("line 500") + 6)

    assert shown.splitlines() == ["...", *lines[495:501], "     ^", "line 501"]
    assert len(shown_statement("x" * 5000, 2500)) < 500
    assert shown_statement("x" * 5000, None) == "x" * 1000 + "..."


def test_the_servers_detail_and_hint_are_told(database: PostgresDatabase) -> None:
    error = failure(
        database, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (1)"
    )

    assert "duplicate key" in error.what
    assert "Key (id)=(1) already exists" in error.what
    guess = failure(database, "CREATE TABLE t (name text)", "SELECT nam FROM t")
    assert "t.name" in str(guess.hint)


@pytest.mark.parametrize(
    ("before", "text", "words", "hint"),
    [
        (
            "CREATE TABLE t (id int)",
            "CREATE TABLE t (id int)",
            "already exists",
            "migrate:baseline",
        ),
        (
            "CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t",
            "ALTER TABLE t DROP COLUMN id",
            "view v depends on column id",
            "drop what depends on it first",
        ),
        ("SELECT 1", "VACUUM", "inside a transaction block", "of its own"),
        (
            "CREATE TYPE mood AS ENUM ('a')",
            "ALTER TYPE mood ADD VALUE 'b'; CREATE TABLE t (m mood DEFAULT 'b')",
            "unsafe use of new value",
            "in the next migration",
        ),
        (
            "SET LOCAL statement_timeout = 50",
            "SELECT pg_sleep(5)",
            "statement timeout",
            "run the command again",
        ),
    ],
)
def test_what_to_do_about_it(
    database: PostgresDatabase, before: str, text: str, words: str, hint: str
) -> None:
    if "TYPE" in before:
        database.run(before)
        before = "SELECT 1"
    error = failure(database, before, text)

    assert words in error.what
    assert hint in str(error.hint)


def test_text_that_postgresql_cannot_take(database: PostgresDatabase) -> None:
    database.run("CREATE TABLE t (n text)")
    for text in ("a\0b", "\ud800"):
        with pytest.raises(StatementFailed) as caught:
            database.execute(SqlStatement("INSERT INTO t VALUES (%s)", (text,)))
        assert caught.value.statement == "INSERT INTO t VALUES (%s)"
    assert database.fetch("SELECT * FROM t") == []


def test_an_error_never_shows_the_password(connect: Connect, postgres_url: str) -> None:
    url = postgres_url.replace("postgres@", "postgres:s3cr%40t@")
    database = connect(url)
    for text in (
        "SELECT 's3cr@t'::int",
        "SELECT 's3cr%40t'::int",
        "ALTER ROLE nobody PASSWORD 's3cr@t'",
    ):
        error = failure(database, text)
        printed = "".join(traceback.format_exception(error)) + repr(error)
        assert "s3cr" not in printed


# Rights.


def test_no_right_to_make_the_journal(reader: Callable[[], PostgresDatabase]) -> None:
    database = reader()
    assert database.read_journal() == []
    with pytest.raises(StatementFailed) as caught:
        database.create_journal()

    assert "permission denied for schema public" in caught.value.what
    assert 'GRANT USAGE, CREATE ON SCHEMA "public" TO "reader_' in str(caught.value.hint)


def test_no_right_to_the_journal_that_is_there(
    reader: Callable[[], PostgresDatabase], database: PostgresDatabase
) -> None:
    database.create_journal()
    with pytest.raises(DatabaseError) as caught:
        reader().read_journal()

    assert "GRANT SELECT, INSERT, UPDATE, DELETE" in str(caught.value.hint)


def test_rights_that_end_half_way(reader: Callable[[], PostgresDatabase], sql: Sql) -> None:
    """Nothing of the migration is left, and the next run goes on when the right is given."""
    ((name,),) = sql("SELECT current_database()")
    sql(f'GRANT USAGE, CREATE ON SCHEMA public TO "reader_{name}"')
    sql("CREATE TABLE theirs (id int)")
    database = reader()
    database.create_journal()
    error = failure(database, "CREATE TABLE mine (id int)", "ALTER TABLE theirs ADD COLUMN n int")

    assert "must be owner of table theirs" in error.what
    assert "connect as the owner" in str(error.hint)
    assert sql("SELECT to_regclass('mine')") == [(None,)]
    sql(f'ALTER TABLE theirs OWNER TO "reader_{name}"')
    run(database, "ALTER TABLE theirs ADD COLUMN n int")


def test_a_server_that_only_reads(connect: Connect, postgres_url: str) -> None:
    database = connect(f"{postgres_url}?options=-cdefault_transaction_read_only%3Don")
    assert database.read_journal() == []
    with pytest.raises(StatementFailed, match="read-only") as caught:
        database.create_journal()

    assert "target_session_attrs=read-write" in str(caught.value.hint)


def test_an_error_that_nothing_is_known_of_says_where_to_look(database: PostgresDatabase) -> None:
    error = failure(database, "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'ZZ123'; END $$")

    assert error.hint == (
        "PostgreSQL calls it ZZ123: https://www.postgresql.org/docs/current/errcodes-appendix.html"
        " says what that is"
    )
