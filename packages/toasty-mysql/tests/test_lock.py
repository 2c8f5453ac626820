"""One runner at a time: on the session that migrates, known by name, gone with the session."""

from __future__ import annotations

import threading
import time

import pytest

from toasty_core.execution.lock import LEASE, new_owner
from toasty_mysql.lock import lock_name


@pytest.fixture
def two(connect, mysql_url):
    """Two runners on one database."""
    first, second = connect(mysql_url), connect(mysql_url)
    first.create_journal()
    return first, second


def test_one_has_it_and_the_other_is_told_who(two):
    first, second = two
    ours, theirs = new_owner(), new_owner()
    assert first.take_lock(ours, LEASE) is None
    holder = second.take_lock(theirs, LEASE)

    assert holder[:4] == ours[:4]
    assert str(ours.pid) in str(holder)
    assert second.lock_holder() == holder
    assert abs((holder.since - ours.since).total_seconds()) < 0.001


def test_it_is_renewed_and_given_back(two):
    first, second = two
    ours, theirs = new_owner(), new_owner()
    assert first.take_lock(ours, LEASE) is None
    assert first.take_lock(ours, LEASE) is None
    second.release_lock(theirs)
    second.release_lock(ours)  # another session's is not given back, whatever the token
    assert second.take_lock(theirs, LEASE) is not None
    first.release_lock(ours)

    assert first.lock_holder() is None
    assert second.take_lock(theirs, LEASE) is None
    first.release_lock(ours)
    assert first.lock_holder() is not None


def test_it_ends_with_the_session(two):
    first, second = two
    first.take_lock(new_owner(), LEASE)
    first.close()
    deadline = time.monotonic() + 5
    while second.take_lock(new_owner(), LEASE) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_outlives_what_commits(two):
    first, second = two
    first.take_lock(new_owner(), LEASE)
    first.run("CREATE TABLE t (id INT PRIMARY KEY)")
    first.run("ALTER TABLE t ADD COLUMN name INT")
    with first.transaction():
        first.run("INSERT INTO t VALUES (1, 1)")

    assert second.take_lock(new_owner(), LEASE) is not None


def test_it_is_noticed_when_it_was_taken_from_us(two):
    first, second = two
    ours, theirs = new_owner(), new_owner()
    first.take_lock(ours, LEASE)
    first.run("DO RELEASE_ALL_LOCKS()")
    assert first.take_lock(ours, LEASE) is not None
    second.take_lock(theirs, LEASE)

    assert first.take_lock(ours, LEASE).token == theirs.token


def test_each_database_has_its_own(two, connect, admin, mysql_url):
    first, _ = two
    first.take_lock(new_owner(), LEASE)
    ((name,),) = admin.run("SELECT DATABASE()")
    admin.run(f"CREATE DATABASE {name}_two")
    try:
        other = connect(f"{mysql_url}_two")
        other.create_journal()
        assert other.take_lock(new_owner(), LEASE) is None
    finally:
        admin.run(f"DROP DATABASE {name}_two")


def test_names_are_short_and_differ():
    names = [
        "shop",
        "Shop",
        "SHOP",
        "x" * 64,
        "x" * 63 + "y",
        "X" * 64,
        "schön",
        "schon",
        "a-b",
        "",
    ]
    locks = [lock_name(name) for name in names]

    assert lock_name("shop") == "toasty:shop"
    assert len({lock.lower() for lock in locks}) == len(names)
    assert max(map(len, locks)) <= 64


def test_another_program_that_takes_our_lock_is_named_too(two, admin):
    _, second = two
    ((name, number),) = admin.run("SELECT DATABASE(), CONNECTION_ID()")
    admin.run("SELECT GET_LOCK(%s, 0)", lock_name(name))
    holder = second.take_lock(new_owner(), LEASE)

    assert "root from localhost" in str(holder) or "root from 127.0.0.1" in str(holder)
    assert f"connection {number}" in str(holder)


def test_before_there_is_a_journal_one_can_ask(database, admin):
    assert database.lock_holder() is None
    ((name,),) = admin.run("SELECT DATABASE()")
    admin.run("SELECT GET_LOCK(%s, 0)", lock_name(name))

    assert database.lock_holder() is not None


def test_a_runner_that_is_busy_is_shown_at_what(two, admin):
    first, second = two
    first.take_lock(new_owner(), LEASE)
    thread = threading.Thread(target=first.fetch, args=("SELECT SLEEP(1)",))
    thread.start()
    time.sleep(0.3)
    holder = second.take_lock(new_owner(), LEASE)
    thread.join()

    assert "SELECT SLEEP(1)" in str(holder)


def test_a_user_without_rights_on_the_server_may_lock(connect, mysql_url, users):
    url = users(mysql_url, "SELECT, INSERT, UPDATE, DELETE, CREATE")
    first, second = connect(url), connect(mysql_url)
    first.create_journal()
    ours = new_owner()
    assert first.take_lock(ours, LEASE) is None
    assert second.take_lock(new_owner(), LEASE).token == ours.token
    first.release_lock(ours)
    theirs = new_owner()
    assert second.take_lock(theirs, LEASE) is None
    assert first.take_lock(ours, LEASE).token == theirs.token
