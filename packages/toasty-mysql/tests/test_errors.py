"""What the server says becomes one clear error, and the connection stays good where it can."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pymysql
import pytest

from toasty_core.backends import Caution
from toasty_core.errors import DatabaseError, LockNotAvailable, StatementFailed
from toasty_sql.statements import CallStatement


@pytest.fixture
def people(database):
    """A table with two rows, and one that may point at them."""
    database.run("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(50)) ENGINE=InnoDB")
    database.run("INSERT INTO people VALUES (1, 'Ada'), (2, 'Ada')")
    database.run("CREATE TABLE posts (id INT PRIMARY KEY, author INT) ENGINE=InnoDB")
    database.run("INSERT INTO posts VALUES (1, 1), (2, 7)")
    database.prepare(Caution(lock_wait=1.0))
    return database


def failed(database, sql, *values):
    with pytest.raises(StatementFailed) as caught:
        database.run(sql, values)
    assert "error " in caught.value.what
    return caught.value


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("ALTER TABLE people ADD UNIQUE (name)", "two rows have the same"),
        ("INSERT INTO people VALUES (1, 'x')", "two rows have the same"),
        ("ALTER TABLE posts ADD FOREIGN KEY (author) REFERENCES people (id)", "does not stand"),
        ("ALTER TABLE posts ADD CHECK (author < 5)", "breaks the check"),
        ("ALTER TABLE people MODIFY name INT", "look at the rows"),
        ("INSERT INTO people VALUES (3, REPEAT('x', 51))", "look at the rows"),
        ("CREATE TABLE people (id INT)", "migrate:baseline"),
        ("ALTER TABLE people ADD COLUMN name INT", "migrate:baseline"),
        (f"CREATE TABLE {'x' * 65} (id INT)", "64 characters"),
        ("SELEKT 1", "read by this very server"),
        ("CREATE TABLE t (a VARCHAR(20000) CHARACTER SET utf8mb4)", "Text"),
        ("ALTER TABLE people MODIFY id BIGINT, ALGORITHM=INPLACE", "--allow-blocking"),
        ("ALTER TABLE people ADD FULLTEXT (name), LOCK=NONE", "--allow-blocking"),
    ],
)
def test_what_the_database_refuses(people, sql, hint):
    error = failed(people, sql)

    assert hint in error.hint
    assert error.statement == sql
    assert people.fetch("SELECT count(*) FROM people") == [(2,)]


def test_nulls_for_a_column_that_must_not(people):
    people.run("ALTER TABLE people ADD COLUMN age INT")

    assert failed(people, "ALTER TABLE people MODIFY age INT NOT NULL").hint


# Rights.


def test_no_right_to_make_the_journal(connect, mysql_url, users):
    database = connect(users(mysql_url, "SELECT, INSERT"))
    assert database.read_journal() == []
    with pytest.raises(StatementFailed, match="toasty_migrations") as caught:
        database.create_journal()

    assert "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON `" in (caught.value.hint or "")
    assert "TO `deploy`@`%`" in (caught.value.hint or "")


def test_no_right_to_read_the_journal(database, connect, mysql_url, users):
    database.create_journal()
    reader = connect(users(mysql_url, "CREATE"))
    with pytest.raises(StatementFailed, match="SELECT command denied") as caught:
        reader.read_journal()

    assert "Toasty keeps its journal in this database" in (caught.value.hint or "")


def test_no_right_to_change_the_schema(people, connect, mysql_url, users):
    database = connect(users(mysql_url, "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP"))
    database.create_journal()
    error = failed(database, "ALTER TABLE people ADD COLUMN age INT")

    assert error.hint.startswith("GRANT ALTER ON `")
    assert "goes on from here" in error.hint


def test_no_right_of_the_whole_server(connect, mysql_url, users):
    database = connect(users(mysql_url, "ALL"))
    error = failed(database, "SET GLOBAL wait_timeout = 1")

    assert "ON *.* TO" in error.hint


# Others in the way.


def test_a_lock_of_others_is_waited_for_a_while(people, admin):
    admin.run("START TRANSACTION")
    admin.run("SELECT * FROM people")
    began = time.monotonic()
    with pytest.raises(LockNotAvailable) as caught:
        people.run("ALTER TABLE people ADD COLUMN age INT")

    assert 0.9 < time.monotonic() - began < 5
    assert caught.value.statement == "ALTER TABLE people ADD COLUMN age INT"
    admin.run("COMMIT")
    people.run("ALTER TABLE people ADD COLUMN age INT")


def test_a_deadlock_may_be_tried_again(people, admin):
    def other():
        with suppress(pymysql.err.OperationalError):
            admin.run("UPDATE people SET name = 'x' WHERE id = 1")
            admin.run("COMMIT")

    admin.run("CREATE TABLE ballast (id INT PRIMARY KEY)")
    admin.run("START TRANSACTION")
    admin.run(
        "INSERT INTO ballast VALUES (1), (2), (3), (4), (5), (6)"
    )  # the lighter one is the victim
    admin.run("UPDATE people SET name = 'x' WHERE id = 2")

    def deadlock(thread):
        with people.transaction():
            people.run("UPDATE people SET name = 'y' WHERE id = 1")
            thread.start()
            time.sleep(0.3)
            people.run("UPDATE people SET name = 'y' WHERE id = 2")

    thread = threading.Thread(target=other)
    with pytest.raises(LockNotAvailable):
        deadlock(thread)
    thread.join()

    deadlock(threading.Thread(target=time.sleep, args=(0,)))
    assert people.fetch("SELECT DISTINCT name FROM people") == [("y",)]


def test_a_function_that_met_a_lock_is_not_called_again(people, admin):
    admin.run("START TRANSACTION")
    admin.run("UPDATE people SET name = 'x'")

    def rename(live):
        live.execute("UPDATE people SET name = 'z'")

    with pytest.raises(StatementFailed) as caught, people.transaction():
        people.execute(CallStatement(rename, "rename"))

    assert type(caught.value) is StatementFailed


# A connection that is cut.


def test_a_connection_that_is_killed_between_statements(people, admin):
    ((number,),) = people.fetch("SELECT CONNECTION_ID()")
    admin.run(f"KILL {number}")
    time.sleep(0.2)
    with pytest.raises(DatabaseError, match="lost") as caught:
        people.run("DELETE FROM people")

    assert not isinstance(caught.value, StatementFailed)
    with pytest.raises(
        DatabaseError, match="lost"
    ):  # it is never made anew by itself: the lock would be gone
        people.fetch("SELECT 1")
    people.close()
    people.close()


def test_a_connection_that_is_killed_in_the_middle_of_a_statement(people, admin):
    ((number,),) = people.fetch("SELECT CONNECTION_ID()")
    killer = threading.Timer(0.3, admin.run, [f"KILL {number}"])
    killer.start()
    with pytest.raises(DatabaseError, match="whether it took effect is not known") as caught:
        people.run("INSERT INTO posts SELECT 5, SLEEP(20)")
    killer.join()

    assert not isinstance(caught.value, StatementFailed)
    assert "run the command again" in (caught.value.hint or "")
    assert admin.run("SELECT count(*) FROM posts") in ([(2,)], [(3,)])  # MySQL 9 keeps the row


def test_a_statement_that_is_killed_has_no_effect(people, admin):
    ((number,),) = people.fetch("SELECT CONNECTION_ID()")
    killer = threading.Timer(0.3, admin.run, [f"KILL QUERY {number}"])
    killer.start()
    with pytest.raises(StatementFailed):
        people.run("INSERT INTO posts SELECT id + 10, SLEEP(20) FROM people")
    killer.join()

    assert people.fetch("SELECT count(*) FROM posts") == [(2,)]


def test_a_connection_that_is_lost_in_a_transaction_leaves_nothing(people, admin):
    ((number,),) = people.fetch("SELECT CONNECTION_ID()")

    def work():
        with people.transaction():
            people.run("DELETE FROM people")
            admin.run(f"KILL {number}")
            time.sleep(0.2)
            people.run("DELETE FROM posts")

    with pytest.raises(DatabaseError, match="lost") as caught:
        work()

    assert not isinstance(caught.value, StatementFailed)
    assert admin.run("SELECT count(*) FROM people") == [(2,)]


def test_a_server_that_shuts_down(connect, own_server):
    server = own_server("mariadb")
    database = connect(server.create_database("shop"))
    database.run("CREATE TABLE t (id INT PRIMARY KEY)")
    thread = threading.Timer(0.5, server.stop)
    thread.start()
    with pytest.raises(DatabaseError, match="lost") as caught:
        database.run("INSERT INTO t SELECT SLEEP(30)")
    thread.join()

    assert not isinstance(caught.value, StatementFailed)


def test_a_server_that_only_reads(connect, own_server):
    server = own_server("mysql")
    database = connect(server.create_database("shop"))
    database.run("SET GLOBAL super_read_only = ON")
    error = failed(database, "CREATE TABLE t (id INT)")

    assert "primary" in error.hint


# Ctrl-C.


def test_ctrl_c_ends_the_statement_on_the_server_too(people, admin):
    people.create_journal()
    ((number,),) = people.fetch("SELECT CONNECTION_ID()")
    main = threading.main_thread()
    threading.Timer(0.5, _interrupt, [main]).start()
    with pytest.raises(KeyboardInterrupt):
        people.run("INSERT INTO posts SELECT id + 10, SLEEP(20) FROM people")

    deadline = time.monotonic() + 5
    while admin.run(f"SELECT 1 FROM information_schema.processlist WHERE id = {number}"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert admin.run("SELECT count(*) FROM posts") == [(2,)]
    assert people.read_journal() == []  # where things stand can still be read
    with pytest.raises(StatementFailed):
        people.run("DELETE FROM people")  # but nothing more is done


def _interrupt(thread):
    import signal

    signal.pthread_kill(thread.ident, signal.SIGINT)


# Secrets.


def test_no_error_shows_the_password(connect, mysql_url, users):
    database = connect(users(mysql_url, "ALL"))
    error = failed(database, "SELECT 'pä/ss' FROM nowhere")

    assert "pä/ss" not in str(error)
    assert "***" in error.statement
