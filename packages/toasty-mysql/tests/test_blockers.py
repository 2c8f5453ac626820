"""Who is in the way, as far as the server tells."""

from __future__ import annotations

import threading
import time

import pytest

from toasty_core.backends import Caution
from toasty_core.errors import LockNotAvailable


@pytest.fixture
def people(database):
    database.run("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(50)) ENGINE=InnoDB")
    database.run("INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob')")
    database.prepare(Caution(lock_wait=1.0))
    return database


def blocked(database, sql):
    with pytest.raises(LockNotAvailable):
        database.run(sql)
    return database.blockers(["people"])


@pytest.mark.parametrize(
    "sql", ["ALTER TABLE people ADD COLUMN age INT", "UPDATE people SET name = 'x'"]
)
def test_a_session_that_is_idle_in_a_transaction(people, admin, sql):
    ((number,),) = admin.run("SELECT CONNECTION_ID()")
    admin.run("START TRANSACTION")
    admin.run("SELECT * FROM people FOR UPDATE")
    (sentence,) = blocked(people, sql)

    assert sentence.startswith(f"connection {number} (root from ")
    assert "has been idle for" in sentence
    assert f"KILL {number} ends it" in sentence


def test_a_session_that_is_busy(people, open_admin, mysql_url):
    admin = open_admin(mysql_url)
    thread = threading.Thread(target=admin.run, args=("SELECT SLEEP(1.2) FROM people",))
    thread.start()
    time.sleep(0.3)
    (sentence,) = blocked(people, "ALTER TABLE people ADD COLUMN age INT")
    thread.join()

    assert "SELECT SLEEP(1.2) FROM people" in sentence


def test_a_session_of_another_database_is_not_in_the_way(people, open_admin, mysql_url):
    """Its table is called the same, and is another."""
    admin = open_admin(mysql_url)
    admin.run("USE information_schema")
    ((number,),) = admin.run("SELECT CONNECTION_ID()")
    thread = threading.Thread(target=admin.run, args=("SELECT SLEEP(1), 'people'",))
    thread.start()
    listed = f"SELECT info FROM information_schema.processlist WHERE id = {number}"
    while "SLEEP" not in str(people.fetch(listed)):
        assert thread.is_alive()
    found = people.blockers(["people"])
    thread.join()

    assert not any(f"connection {number} " in sentence for sentence in found)


def test_nobody_is_in_the_way(people, admin):
    found = people.blockers(["people"])
    ours = admin.run("SELECT id FROM information_schema.processlist WHERE db = DATABASE()")

    # Where MariaDB has no list of locks, sessions of other databases are named.
    assert not any(f"connection {number} " in sentence for (number,) in ours for sentence in found)
    assert people.blockers([]) == ()


def test_a_user_who_may_not_see_others_is_told_nothing_and_nothing_fails(
    people, admin, connect, mysql_url, users
):
    database = connect(users(mysql_url, "ALL"))
    database.prepare(Caution(lock_wait=1.0))
    admin.run("START TRANSACTION")
    admin.run("SELECT * FROM people")
    found = blocked(database, "ALTER TABLE people ADD COLUMN age INT")

    assert all("connection" not in sentence for sentence in found)
