"""One runner at a time: the lock's row."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from datetime import datetime, timezone

import pytest

from toasty_core.backends import LockOwner
from toasty_core.errors import DatabaseError
from toasty_core.url import Url
from toasty_sqlite import SqliteBackend

WHEN = datetime(2025, 1, 17, 12, 0, 1, tzinfo=timezone.utc)


def owner(token):
    return LockOwner(token=token, host="here", pid=17, user="me", since=WHEN)


@pytest.fixture
def one(connect, file):
    return connect(f"sqlite:{file}")


@pytest.fixture
def two(connect, file):
    return connect(f"sqlite:{file}")


def test_the_first_takes_it_and_the_second_learns_who_has_it(one, two):
    assert one.take_lock(owner("a"), 60) is None
    assert two.take_lock(owner("b"), 60) == owner("a")
    assert two.lock_holder() == owner("a")


def test_given_back_it_is_free(one, two):
    one.take_lock(owner("a"), 60)
    one.release_lock(owner("a"))

    assert one.lock_holder() is None
    assert two.take_lock(owner("b"), 60) is None


def test_only_its_owner_gives_it_back(one, two):
    one.take_lock(owner("a"), 60)
    two.release_lock(owner("b"))

    assert two.lock_holder() == owner("a")


def test_giving_back_what_was_never_taken_does_nothing(one, file):
    one.release_lock(owner("a"))

    assert not file.exists()


def test_it_ends_with_its_lease(one, two):
    one.take_lock(owner("a"), 0.05)
    time.sleep(0.06)

    assert two.lock_holder() is None
    assert two.take_lock(owner("b"), 60) is None
    assert one.take_lock(owner("a"), 60) == owner("b")


def test_it_is_renewed_by_taking_it_again(one, two):
    one.take_lock(owner("a"), 0.05)
    one.take_lock(owner("a"), 60)
    time.sleep(0.06)

    assert two.take_lock(owner("b"), 60) == owner("a")


def test_it_is_renewed_inside_of_a_transaction(one, two):
    one.create_journal()
    one.take_lock(owner("a"), 0.05)
    with one.transaction():
        assert one.take_lock(owner("a"), 60) is None
    time.sleep(0.06)

    assert two.take_lock(owner("b"), 60) == owner("a")


def test_while_a_migration_writes_its_owner_is_seen_at_once(one, two):
    one.create_journal()
    one.take_lock(owner("a"), 60)
    started = time.monotonic()
    with one.transaction():
        assert two.take_lock(owner("b"), 60) == owner("a")

    assert time.monotonic() - started < 2


def test_another_writer_is_told_of_and_not_waited_for(one, file):
    one.create_journal()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    holder = one.take_lock(owner("a"), 60)
    other.close()

    assert str(holder) == holder.name == "another program that writes to the database file"
    assert one.take_lock(owner("a"), 60) is None


def test_a_writer_does_not_take_away_what_we_have(one, file):
    one.take_lock(owner("a"), 60)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    exclusive = one.take_lock(owner("a"), 60)
    other.execute("COMMIT")
    other.execute("BEGIN IMMEDIATE")
    immediate = one.take_lock(owner("a"), 60)
    other.close()

    assert str(exclusive) == "another program that writes to the database file"
    assert immediate is None


def test_the_patience_of_the_connection_stays(connect, file):
    database = connect(f"sqlite:{file}?timeout=7")
    database.take_lock(owner("a"), 60)

    assert database.fetch("PRAGMA busy_timeout") == [(7000,)]


def _take(file: str, name: str, ready, results) -> None:
    with SqliteBackend().connect(Url.parse(f"sqlite:{file}")) as database:
        ready.wait()
        for _ in range(200):
            if database.take_lock(owner(name), 60) is None:
                results.put(name)
                return
            time.sleep(0.005)


def test_of_many_at_once_exactly_one_gets_it(file):
    context = multiprocessing.get_context("spawn")
    ready, results = context.Event(), context.Queue()
    names = [str(number) for number in range(4)]
    workers = [
        context.Process(target=_take, args=(str(file), name, ready, results)) for name in names
    ]
    for worker in workers:
        worker.start()
    ready.set()
    winner = results.get(timeout=60)
    for worker in workers:
        worker.join(timeout=60)

    assert results.empty()
    with SqliteBackend().connect(Url.parse(f"sqlite:{file}")) as database:
        assert database.lock_holder() == owner(winner)


@pytest.mark.parametrize(
    "damage",
    [
        "CREATE TABLE toasty_lock (other)",
        "CREATE VIEW toasty_lock AS SELECT 1 AS id",
        "CREATE TABLE toasty_lock (id, token, host, pid, username, since, expires); "
        "INSERT INTO toasty_lock VALUES (1, 'a', 'here', 17, 'me', '', 'never')",
    ],
)
def test_a_damaged_lock_says_what_to_do(one, file, damage):
    with sqlite3.connect(file) as connection:
        connection.executescript(damage)
    connection.close()

    for call in (one.lock_holder, lambda: one.take_lock(owner("b"), 60)):
        with pytest.raises(DatabaseError) as caught:
            call()
        assert "drop the table toasty_lock" in (caught.value.hint or "")
