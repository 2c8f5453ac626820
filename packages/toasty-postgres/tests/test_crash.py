"""The connection is cut, or the server ends: one clear error, and the journal knows where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from toasty_core.backends import Caution, JournalEntry
from toasty_core.errors import ConnectionFailed, DatabaseError, LockLost, StatementFailed
from toasty_core.execution.lock import new_owner
from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_postgres.database import PostgresDatabase
from toasty_sql.statements import SqlStatement
from toasty_testservers import OwnServer

Connect = Callable[[str], PostgresDatabase]
Sql = Callable[..., list[tuple[Any, ...]]]
Relayed = Callable[[str], tuple[str, Any]]
OwnServers = Callable[[str], OwnServer]

OURS = "application_name = 'toasty' AND datname = current_database()"
ENTRY = JournalEntry("v1", "sha256:1")
CREATE = SqlStatement("CREATE TABLE t (id int)")


def migrate(database: PostgresDatabase, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """A migration, as the runner does it, with something that happens before its commit."""
    with database.transaction():
        database.has_entry("v1")
        database.execute(CREATE)
        database.write_journal(ENTRY)
        meanwhile()


def cut(database: PostgresDatabase) -> DatabaseError:
    """The error of a migration whose connection is cut somewhere in it."""
    with pytest.raises(DatabaseError) as caught:
        migrate(database)
    assert not isinstance(caught.value, StatementFailed), "the outcome is not known"
    assert "run the command again" in str(caught.value.hint)
    return caught.value


def test_cut_in_the_middle_of_a_statement(
    connect: Connect, postgres_url: str, relayed: Relayed
) -> None:
    url, relay = relayed(postgres_url)
    database = connect(url)
    database.create_journal()
    relay.cut_at = b"CREATE TABLE t"
    assert "was lost" in cut(database).what

    again = connect(postgres_url)
    assert not again.has_entry("v1")
    migrate(again)


def test_cut_before_the_answer_to_the_commit(
    connect: Connect, postgres_url: str, relayed: Relayed
) -> None:
    """Only the journal knows then that the migration is through, and it is asked."""
    url, relay = relayed(postgres_url)
    database = connect(url)
    database.create_journal()
    relay.cut_at, relay.after_answer = b";\nCOMMIT", True
    cut(database)

    again = connect(postgres_url)
    assert again.has_entry("v1")
    assert again.fetch("SELECT * FROM t") == []


def test_every_later_call_says_the_same(connect: Connect, postgres_url: str, sql: Sql) -> None:
    database = connect(postgres_url)
    sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}")
    time.sleep(0.1)
    for call in (database.read_journal, database.create_journal, database.sizes):
        with pytest.raises(DatabaseError, match="was lost"):
            call()
    database.close()


def test_the_server_is_stopped_while_we_run(own_server: OwnServers) -> None:
    """In order, and by kill -9; when it is there again, the next run finds what stands."""
    server = own_server("postgres18")
    url = server.create_database("app")
    for end in (server.stop, server.kill):
        with PostgresBackend().connect(Url.parse(url)) as database:
            assert isinstance(database, PostgresDatabase)
            database.create_journal()
            database.take_lock(new_owner(), 60.0)
            with pytest.raises(DatabaseError, match="was lost") as caught:
                migrate(database, meanwhile=end)
            assert not isinstance(caught.value, StatementFailed)
        with pytest.raises(ConnectionFailed, match="No server listens"):
            PostgresBackend().connect(Url.parse(url))
        server.start()
        with PostgresBackend().connect(Url.parse(url)) as database:
            assert isinstance(database, PostgresDatabase)
            assert database.take_lock(new_owner(), 60.0) is None
            assert database.read_journal() == []
            assert database.fetch("SELECT to_regclass('t')") == [(None,)]


def test_stopped_in_the_middle_of_a_long_statement(own_server: OwnServers) -> None:
    server = own_server("postgres18")
    with (
        PostgresBackend().connect(Url.parse(server.url("postgres"))) as database,
        ThreadPoolExecutor(1) as pool,
    ):
        sleeping = pool.submit(database.execute, SqlStatement("SELECT pg_sleep(60)"))
        time.sleep(0.3)
        server.stop()
        with pytest.raises(DatabaseError, match="was lost") as caught:
            sleeping.result()
    assert not isinstance(caught.value, StatementFailed)


def test_a_client_that_died_leaves_nothing_running(
    connect: Connect, postgres_url: str, sql: Sql
) -> None:
    """The server notices within a second, and ends what it still did for us."""
    database = connect(postgres_url)
    database.prepare(Caution())
    socket = psycopg.pq.PGconn.connect(postgres_url.encode())  # a client that we can leave
    settings = "SET client_connection_check_interval = '500ms'; SELECT pg_sleep(60)"
    socket.send_query(settings.encode())
    time.sleep(0.2)
    asked = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE query LIKE 'SET client%' AND datname = current_database()"
    )
    assert sql(asked) == [(1,)]
    socket.finish()
    deadline = time.monotonic() + 10
    while sql(asked) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_lost_lock_stops_the_run(connect: Connect, postgres_url: str, sql: Sql) -> None:
    """Before the next statement, and before the commit."""
    database = connect(postgres_url)
    database.create_journal()
    owner = new_owner()

    def lose() -> None:
        sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS} AND state = 'idle'"
        )
        time.sleep(0.2)

    def lose_and_go_on() -> None:
        lose()
        database.execute(SqlStatement("CREATE TABLE u (id int)"))

    for meanwhile in (lose, lose_and_go_on):
        assert database.take_lock(owner, 60.0) is None
        with pytest.raises(LockLost):
            migrate(database, meanwhile=meanwhile)
        database.release_lock(owner)
    assert sql("SELECT to_regclass('t'), to_regclass('u')") == [(None, None)]
