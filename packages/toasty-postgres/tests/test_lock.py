"""One runner at a time: as long as his session lives, or by the clock behind a pooling proxy."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest

from toasty_core.backends import JournalEntry, LockOwner
from toasty_core.errors import DatabaseError, LockHeld
from toasty_core.execution.lock import Lock, new_owner
from toasty_postgres.database import PostgresDatabase
from toasty_postgres.lock import EarlierStatement, Keys
from toasty_sql.statements import SqlStatement

Connect = Callable[[str], PostgresDatabase]
Sql = Callable[..., list[tuple[Any, ...]]]

LEASE = 60.0
HERE = "datname = current_database()"
NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
OWNER = LockOwner("one", "alpha", 11, "ann", NOON)
OTHER = LockOwner("two", "beta", 22, "bob", NOON)
SLOW = SqlStatement('CREATE INDEX CONCURRENTLY "slow" ON "t" (id)', in_transaction=False)


@pytest.fixture
def pair(connect: Connect, postgres_url: str) -> tuple[PostgresDatabase, PostgresDatabase]:
    """Two connections to one database, with its journal."""
    one, two = connect(postgres_url), connect(postgres_url)
    one.create_journal()
    return one, two


def test_it_has_one_owner_who_can_be_seen(pair: tuple[PostgresDatabase, PostgresDatabase]) -> None:
    one, two = pair
    assert one.take_lock(OWNER, LEASE) is None
    assert one.take_lock(OWNER, LEASE) is None
    assert two.take_lock(OTHER, LEASE) == OWNER
    assert two.lock_holder() == one.lock_holder() == OWNER
    two.release_lock(OTHER)
    assert two.lock_holder() == OWNER
    assert not one.lock_heartbeat
    one.release_lock(OWNER)
    one.release_lock(OWNER)
    assert one.lock_holder() is None
    assert two.take_lock(OTHER, LEASE) is None
    assert one.lock_holder() == OTHER


def test_it_ends_with_its_session(pair: tuple[PostgresDatabase, PostgresDatabase]) -> None:
    """The row may stay behind: it counts for nothing then."""
    one, two = pair
    one.take_lock(OWNER, LEASE)
    one.close()
    _until(lambda: two.lock_holder() is None)
    assert two.fetch("SELECT token FROM toasty_lock") == [("one",)]
    _until(lambda: two.take_lock(OTHER, LEASE) is None)


def test_nobody_waits_in_a_transaction(
    pair: tuple[PostgresDatabase, PostgresDatabase], sql: Sql
) -> None:
    one, two = pair
    one.take_lock(OWNER, LEASE)
    two.take_lock(OTHER, LEASE)

    assert sql(
        f"SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = 'toasty' AND {HERE}"
    ) == [("idle",)]


def test_two_schemas_of_a_database_have_two_locks(
    connect: Connect, postgres_url: str, sql: Sql
) -> None:
    sql("CREATE SCHEMA app")
    one, two = connect(postgres_url), connect(f"{postgres_url}?options=-csearch_path%3Dapp")
    for database in (one, two):
        database.create_journal()
    assert one.take_lock(OWNER, LEASE) is None
    assert two.take_lock(OTHER, LEASE) is None
    assert one.lock_holder() == OWNER
    assert two.lock_holder() == OTHER


def test_its_numbers_stay_the_same() -> None:
    """Another version of Toasty must mean the same lock."""
    assert Keys.of("app", "public") == Keys(-6560253949451126918, 4523822132087081970)


def test_a_concurrent_index_is_built_while_another_waits(
    pair: tuple[PostgresDatabase, PostgresDatabase],
) -> None:
    """A session that waited for the lock in a transaction, or in one statement, would be waited for in turn."""
    one, two = pair
    one.execute(SqlStatement("CREATE TABLE t AS SELECT generate_series(1, 200000) AS id"))
    one.take_lock(OWNER, LEASE)
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(one.execute, SLOW)
        asked = 0
        while not building.done():
            assert two.take_lock(OTHER, LEASE) == OWNER
            asked += 1
        building.result()
    assert asked
    assert one.statement_landed(SLOW, None, None) is True  # type: ignore[arg-type]
    with pytest.raises(LockHeld) as caught, Lock(two, 0.2):
        pytest.fail("there is another owner")
    assert "ann@alpha (process 11)" in str(caught.value)


CHILD = """
import sys
from toasty_core.execution.lock import new_owner
from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_sql.statements import SqlStatement
database = PostgresBackend().connect(Url.parse(sys.argv[1]))
database.create_journal()
assert database.take_lock(new_owner(), 60.0) is None
print("ready", flush=True)
database.execute(SqlStatement("SELECT pg_sleep(2)"))
"""


def test_a_killed_runners_last_statement_is_waited_for(connect: Connect, postgres_url: str) -> None:
    """Its process is gone, and its lock's session; the server still works for it, and who begins now is told."""
    command = [sys.executable, "-c", CHILD, postgres_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        database = connect(postgres_url)
        _until(
            lambda: database.fetch(
                "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(2)' AND datname = current_database()"
            )
        )
        child.kill()
    _until(lambda: database.lock_holder() is None)
    seen: list[LockOwner] = []
    with Lock(database, 30.0, seen.append) as lock:
        assert database.lock_holder() == lock.owner
    assert [type(owner) for owner in seen] == [EarlierStatement]
    assert "a statement of an earlier run" in str(seen[0])
    assert not database.fetch(
        f"SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%' AND {HERE}"
    )


def test_a_lost_table_is_made_again(pair: tuple[PostgresDatabase, PostgresDatabase]) -> None:
    one, two = pair
    one.run("DROP TABLE toasty_lock")
    assert one.lock_holder() is None
    one.release_lock(OWNER)
    one.create_journal()
    assert one.take_lock(OWNER, LEASE) is None
    assert two.lock_holder() == OWNER


# Behind a proxy that pools by the transaction.


def test_behind_a_pool_it_is_a_lease(connect: Connect, pooled: str) -> None:
    one, two = connect(pooled), connect(pooled)
    one.create_journal()
    assert one.take_lock(OWNER, 1.0) is None
    assert one.lock_heartbeat
    assert two.take_lock(OTHER, 1.0) == OWNER
    assert two.lock_holder() == OWNER
    time.sleep(0.6)
    assert one.take_lock(OWNER, 1.0) is None  # renewed
    time.sleep(0.6)
    assert two.take_lock(OTHER, 1.0) == OWNER
    time.sleep(0.6)
    assert two.lock_holder() is None
    assert two.take_lock(OTHER, LEASE) is None
    assert one.take_lock(OWNER, LEASE) == OTHER
    two.release_lock(OTHER)
    assert one.lock_holder() is None
    assert one.take_lock(OWNER, LEASE) is None


def test_with_and_without_the_pool_they_keep_apart(
    connect: Connect, pooled: str, postgres_url: str
) -> None:
    behind, direct = connect(pooled), connect(postgres_url)
    direct.create_journal()
    assert behind.take_lock(OWNER, LEASE) is None
    assert direct.take_lock(OTHER, LEASE) == OWNER
    assert direct.lock_holder() == OWNER
    behind.release_lock(OWNER)
    assert direct.take_lock(OTHER, LEASE) is None
    assert behind.take_lock(OWNER, LEASE) == OTHER
    assert behind.lock_holder() == OTHER
    direct.release_lock(OTHER)
    assert behind.take_lock(OWNER, LEASE) is None


def test_many_behind_a_pool_take_turns(connect: Connect, pooled: str) -> None:
    databases = [connect(pooled) for _ in range(6)]
    databases[0].create_journal()
    inside: list[int] = []
    most: list[int] = []

    def work(database: PostgresDatabase) -> None:
        with Lock(database, 30.0):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.05)
            inside.pop()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, databases))
    assert most == [1] * 6


def test_a_migration_behind_a_pool(connect: Connect, pooled: str, postgres_url: str) -> None:
    """Its settings hold in its transactions, and stay with nobody else's session."""
    from toasty_core.backends import Caution

    database, direct = connect(pooled), connect(postgres_url)
    database.create_journal()
    database.prepare(Caution(lock_wait=2))
    with Lock(database, 5.0) as lock:
        with database.transaction():
            assert not database.has_entry("v1")
            assert database.fetch("SHOW lock_timeout") == [("2s",)]
            database.execute(SqlStatement("CREATE TABLE t (id int)"))
            database.write_journal(JournalEntry("v1", "x"))
        lock.check()
    assert direct.has_entry("v1")
    assert database.fetch("SHOW lock_timeout") == [("0",)]


def test_a_parameter_that_the_proxy_does_not_pass_on(connect: Connect, pooled: str) -> None:
    with pytest.raises(DatabaseError, match="proxy") as caught:
        connect(f"{pooled}?options=-csearch_path%3Dapp")
    assert "ignore_startup_parameters" in str(caught.value.hint)


def test_a_dead_owners_lease_ends_at_once(connect: Connect, pooled: str) -> None:
    """On the machine where it ran, one can see that the process is gone."""
    one, two = connect(pooled), connect(pooled)
    one.create_journal()
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    owner = new_owner()._replace(pid=gone.pid)
    assert one.take_lock(owner, LEASE) is None
    with Lock(two, 5.0) as lock:
        assert two.lock_holder() == lock.owner


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
