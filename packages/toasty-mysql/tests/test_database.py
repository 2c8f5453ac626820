"""One connection: its session, values, statements and transactions."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from toasty_core.backends import Caution, DataCheck, TableSize
from toasty_core.errors import CheckFailed, DatabaseError, StatementFailed
from toasty_mysql import MariadbBackend, MysqlBackend
from toasty_mysql.flavour import Flavour
from toasty_mysql.session import SQL_MODE
from toasty_sql.statements import AssertStatement, QueryStatement, SqlStatement


def names(database):
    return [name for (name,) in database.fetch("SELECT name FROM people ORDER BY id")]


# The session.


def test_the_server_says_which_of_the_two_it_is(database, mysql_url):
    is_mariadb = mysql_url.startswith("mariadb:")

    assert database.server.flavour is (Flavour.MARIADB if is_mariadb else Flavour.MYSQL)
    assert type(database.backend) is (MariadbBackend if is_mariadb else MysqlBackend)
    assert database.version() == f"{'MariaDB' if is_mariadb else 'MySQL'} " + ".".join(
        map(str, database.backend.version)
    )


def test_the_session_is_strict_and_in_utc(connect, mysql_url, admin):
    admin.run("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
    admin.run("SET GLOBAL time_zone = '+05:00', GLOBAL foreign_key_checks = 0")
    try:
        database = connect(mysql_url)
        mode, zone, keys, auto = database.fetch(
            "SELECT @@sql_mode, @@time_zone, @@foreign_key_checks, @@autocommit"
        )[0]
    finally:
        admin.run("SET GLOBAL sql_mode = DEFAULT, GLOBAL time_zone = DEFAULT")
        admin.run("SET GLOBAL foreign_key_checks = DEFAULT")

    assert set(mode.split(",")) == set(SQL_MODE.split(","))
    assert (zone, keys, auto) == ("+00:00", 1, 1)


def test_what_does_not_fit_is_never_cut(people):
    with pytest.raises(StatementFailed, match="name"):
        people.run("INSERT INTO people VALUES (3, %s)", ("x" * 51,))
    people.run("CREATE TABLE old (id INT PRIMARY KEY, at DATE) ENGINE=MyISAM")
    with pytest.raises(StatementFailed, match="0000-00-00"):
        people.run("INSERT INTO old VALUES (1, '0000-00-00')")


def test_zero_stays_zero_in_a_numbered_column(database):
    database.run("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY)")
    database.run("INSERT INTO t VALUES (0)")

    assert database.fetch("SELECT id FROM t") == [(0,)]


def test_prepare_bounds_the_waits_and_finds_the_large_tables(people, admin):
    admin.run("ANALYZE TABLE people")
    backend = people.prepare(Caution(large_table=2, lock_wait=1.2))

    assert people.fetch("SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout") == [(2, 2)]
    assert backend is people.backend
    assert backend.large == {"people"}
    assert backend.version == people.server.version
    assert people.prepare(Caution(large_table=3)).large == frozenset()
    assert people.prepare(Caution(large_table=None)).large == frozenset()


def test_the_form_of_a_backend_comes_back(people):
    backend = people.backend.of(people.server, ["people", "posts"])
    found = MysqlBackend().in_form(backend.form)

    assert type(found) is type(backend)
    assert (found.version, found.large) == (backend.version, backend.large)
    assert json.loads(backend.form)["large"] == ["people", "posts"]
    assert MysqlBackend().in_form("").version == (8, 4)
    assert MysqlBackend().in_form('{"flavour": "Db2"}').version == (8, 4)


def test_sizes(people, admin):
    people.create_journal()
    people.run("CREATE VIEW some AS SELECT id FROM people")
    admin.run("ANALYZE TABLE people")

    assert people.sizes() == {"people": TableSize(2, 16384)}


# Values.


@pytest.mark.parametrize(
    "value",
    [
        'it\'s \\ "quoted" %s ünïcödé 🐍\nand a second line',
        "100%",
        None,
        7,
        Decimal("1.50"),
        b"\x00\xff'\\",
        datetime(2025, 1, 2, 3, 4, 5, 678900),
    ],
)
def test_values_come_back_as_they_were(database, value):
    kinds = {
        str: "TEXT",
        int: "INT",
        Decimal: "DECIMAL(10,2)",
        bytes: "BLOB",
        datetime: "DATETIME(6)",
    }
    kind = kinds.get(type(value), "TEXT")
    database.run(f"CREATE TABLE `%s ? 100%` (id INT PRIMARY KEY, v {kind}) COMMENT 'a %s ''\\\\'")
    database.run("INSERT INTO `%s ? 100%` (id, v) VALUES (%s, %s)", (1, value))

    assert database.fetch("SELECT v FROM `%s ? 100%` WHERE id = %s", (1,)) == [(value,)]


@pytest.mark.parametrize("values", [(1,), (1, 2, 3)])
def test_values_that_do_not_fit_the_marks(people, values):
    with pytest.raises(StatementFailed, match=r"%s"):
        people.run("INSERT INTO people VALUES (%s, %s)", values)


def test_a_value_that_sql_cannot_have(people):
    with pytest.raises(StatementFailed):
        people.run("INSERT INTO people VALUES (%s, %s)", (3, float("nan")))


# Statements.


def test_statements_are_executed_by_their_kind(people):
    people.execute(SqlStatement("UPDATE people SET name = %s WHERE id = 1", ("Eve",)))
    people.execute(AssertStatement("SELECT id FROM people WHERE id > 5", "never"))
    with pytest.raises(CheckFailed, match="two") as caught:
        people.execute(AssertStatement("SELECT name FROM people WHERE id = 2", "two"))

    assert caught.value.findings == ("Bob",)
    assert names(people) == ["Eve", "Bob"]


def test_rows_that_fail_a_check_are_counted_and_shown(people):
    query = QueryStatement("SELECT count(*) FROM people", "SELECT name FROM people ORDER BY id")

    assert people.violations(DataCheck("people", "", "", query)) == (2, ("Ada", "Bob"))


def test_a_statement_takes_one_at_a_time(people):
    with pytest.raises(StatementFailed):
        people.run("DELETE FROM people; DELETE FROM people")
    assert names(people) == ["Ada", "Bob"]


def test_a_statement_that_gives_rows_leaves_none_behind(people):
    people.run("SELECT * FROM people")
    people.run("CHECK TABLE people")

    assert names(people) == ["Ada", "Bob"]


def test_a_statement_that_the_server_would_not_take(people, connect, mysql_url, admin):
    ((largest,),) = admin.run("SELECT @@global.max_allowed_packet")
    admin.run("SET GLOBAL max_allowed_packet = 1048576")
    try:
        database = connect(mysql_url)
        with pytest.raises(StatementFailed, match="max_allowed_packet") as caught:
            database.run("INSERT INTO people VALUES (3, %s)", ("x" * 1_100_000,))
        assert names(database) == ["Ada", "Bob"]
    finally:
        admin.run(f"SET GLOBAL max_allowed_packet = {largest}")

    assert len(str(caught.value)) < 1500


# Transactions.


def insert_and(people, sql):
    """A row and a statement in one transaction."""
    with people.transaction():
        people.run("INSERT INTO people VALUES (3, 'Eve')")
        people.run(sql)


def test_a_transaction_commits_rows_together(people, admin):
    with people.transaction():
        people.run("INSERT INTO people VALUES (3, 'Eve')")
        assert admin.run("SELECT count(*) FROM people") == [(2,)]

    assert admin.run("SELECT count(*) FROM people") == [(3,)]


def test_a_transaction_that_fails_leaves_nothing(people):
    with pytest.raises(StatementFailed):
        insert_and(people, "SELECT nothing")

    assert names(people) == ["Ada", "Bob"]
    people.run("INSERT INTO people VALUES (3, 'Eve')")


def test_transactions_do_not_nest(people):
    with (
        people.transaction(),
        pytest.raises(DatabaseError, match="open already"),
        people.transaction(),
    ):
        pass  # pragma: no cover


def test_with_a_statement_that_commits_by_itself_there_is_no_transaction(people, admin):
    ddl = SqlStatement("ALTER TABLE people ADD COLUMN age INT", in_transaction=False)
    with people.transaction([ddl]):
        people.run("INSERT INTO people VALUES (3, 'Eve')")
        assert admin.run("SELECT count(*) FROM people") == [(3,)]
        people.execute(ddl)

    assert len(people.fetch("SELECT age FROM people")) == 3


@pytest.mark.parametrize(
    "sql",
    [
        "COMMIT",
        "  /* so */ rollback",
        "begin",
        "START TRANSACTION",
        "ALTER TABLE people ADD COLUMN age INT",
        "-- now\nDROP TABLE people",
        "# now\ntruncate people",
        "CREATE TABLE more (id INT)",
        "SET autocommit = 1",
        "RENAME TABLE people TO persons",
        "ANALYZE TABLE people",
        "GRANT SELECT ON *.* TO root",
        "LOCK TABLES people WRITE",
    ],
)
def test_what_commits_is_refused_in_a_transaction_before_it_does_harm(people, sql):
    with pytest.raises(StatementFailed) as caught:
        insert_and(people, sql)

    assert caught.value.hint
    assert names(people) == ["Ada", "Bob"]


@pytest.mark.parametrize(
    "sql",
    [
        "SAVEPOINT here",
        "CREATE TEMPORARY TABLE some (id INT)",
        "DROP TEMPORARY TABLE IF EXISTS some",
        "SET @x = 1",
        "UPDATE people SET name = 'ALTER TABLE'",
        "/* COMMIT */ SELECT 1",
    ],
)
def test_what_does_not_commit_is_not_refused(people, sql):
    with people.transaction():
        people.run(sql)
        people.run("INSERT INTO people VALUES (3, 'Eve')")

    assert len(names(people)) == 3


def test_a_procedure_that_commits_is_noticed(people):
    people.run("CREATE PROCEDURE sneaky() ALTER TABLE people ADD COLUMN age INT")
    with pytest.raises(StatementFailed, match="ended in the middle"):
        insert_and(people, "CALL sneaky()")
