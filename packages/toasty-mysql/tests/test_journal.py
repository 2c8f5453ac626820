"""The journal: what goes out with which message, and what it holds."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from toasty_core.backends import Caution, JournalEntry, JournalState
from toasty_core.errors import DatabaseError, StatementFailed
from toasty_sql.statements import CallStatement, SqlStatement

LONG = JournalEntry(
    version="20250101_000000_it_is",
    checksum="ast1:0123",
    state=JournalState.RUNNING,
    total=2,
    statement="x" * 100_000,
    started=datetime(2025, 1, 1, 12, tzinfo=timezone.utc),
    error="ünï" * 30_000,
    form='{"large": []}',
)
IN_FLIGHT = LONG._replace(statement="CREATE TABLE t (n INT)", error=None)
THROUGH = IN_FLIGHT._replace(state=JournalState.APPLIED, done=2, statement=None)
CREATE = SqlStatement("CREATE TABLE IF NOT EXISTS t (n INT)", again=True)
STATES = "SELECT state FROM toasty_migrations ORDER BY version"


@pytest.fixture
def running(people):
    """As it is while migrations run."""
    people.create_journal()
    people.prepare(Caution())
    return people


def states(admin):
    return [tuple(row) for row in admin.run(STATES)]


def test_a_row_goes_out_with_its_statement_and_what_failed_at_once(running, admin):
    running.write_journal(IN_FLIGHT)
    assert states(admin) == []
    running.run("CREATE TABLE t (n INT)")
    assert states(admin) == [("running",)]
    running.write_journal(IN_FLIGHT._replace(state=JournalState.FAILED, error="no"))
    assert states(admin) == [("failed",)]


def test_a_row_of_a_migration_that_is_through_goes_out_with_the_next_message(running, admin):
    running.write_journal(IN_FLIGHT)
    running.execute(CREATE)
    running.write_journal(THROUGH)
    assert states(admin) == [("running",)]
    running.write_journal(IN_FLIGHT._replace(version="20250102_000000_next"))
    assert states(admin) == [("running",)]
    running.run("CREATE TABLE u (n INT)")
    assert states(admin) == [("applied",), ("running",)]


def test_a_row_of_a_statement_that_is_through_is_overtaken_by_that_of_the_next(running, admin):
    running.write_journal(IN_FLIGHT)
    running.execute(CREATE)
    running.write_journal(IN_FLIGHT._replace(done=1, statement=None))
    running.write_journal(IN_FLIGHT._replace(done=1, statement="CREATE TABLE u (n INT)"))
    running.run("CREATE TABLE u (n INT)")

    assert admin.run("SELECT done, statement FROM toasty_migrations") == [
        (1, "CREATE TABLE u (n INT)")
    ]


@pytest.mark.parametrize(
    "what", ["settle_journal", "read_journal", "create_journal", "introspect", "close"]
)
def test_a_row_of_a_migration_that_is_through_waits_for_no_statement_of_its_own(
    running, admin, what
):
    running.write_journal(IN_FLIGHT)
    running.execute(CREATE)
    running.write_journal(THROUGH)
    getattr(running, what)()

    assert states(admin) == [("applied",)]


def test_a_row_after_a_statement_that_no_catalog_tells_of_is_written_at_once(running, admin):
    running.write_journal(IN_FLIGHT)
    running.execute(SqlStatement("CREATE TABLE t (n INT)"))
    running.write_journal(THROUGH)

    assert states(admin) == [("applied",)]


def test_a_row_that_was_not_in_flight_is_written_at_once(running, admin):
    running.write_journal(THROUGH)

    assert states(admin) == [("applied",)]


def test_a_row_that_cannot_be_written_keeps_its_statement_back(running, admin):
    running.run("DROP TABLE toasty_migrations")
    running.write_journal(IN_FLIGHT)
    with pytest.raises(StatementFailed, match="toasty_migrations"):
        running.run("CREATE TABLE t (n INT)")

    assert not admin.run("SHOW TABLES LIKE 't'")


def test_rows_are_written_after_a_function_that_failed(running, admin):
    def own(live):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError), running.transaction():
        running.execute(CallStatement(own, "own"))
    running.write_journal(IN_FLIGHT)
    running.run("CREATE TABLE t (n INT)")

    assert states(admin) == [("running",)]


def test_reading_makes_no_journal(database, admin):
    assert database.read_journal() == []
    assert database.read_entry("x") is None
    assert not database.has_entry("x")
    assert not database.has_journal()
    assert database.lock_holder() is None
    assert admin.run("SHOW TABLES") == []


def test_long_texts_are_cut_and_say_so(database):
    database.create_journal()
    database.write_journal(LONG)
    (row,) = database.read_journal()

    assert row.statement == "x" * 20_000 + "... (80000 more characters)"
    assert row.error is not None
    assert row._replace(statement=LONG.statement, error=LONG.error) == LONG


def test_the_journal_is_in_innodb_whatever_the_default(database, admin, connect, mysql_url):
    admin.run("ALTER DATABASE CHARACTER SET latin1")
    database = connect(mysql_url)
    database.run("SET SESSION default_storage_engine = MyISAM")
    database.create_journal()
    engines = database.fetch(
        "SELECT DISTINCT engine, table_collation FROM information_schema.tables"
        " WHERE table_schema = DATABASE()"
    )

    assert engines == [("InnoDB", "utf8mb4_bin")]


def test_versions_are_told_apart_by_every_letter(database):
    database.create_journal()
    for version in ("a", "A", "ä"):
        database.write_journal(LONG._replace(version=version))

    assert [row.version for row in database.read_journal()] == ["A", "a", "ä"]
    assert not database.has_entry("Ä")


def test_a_journal_of_another_program(database):
    database.run("CREATE TABLE toasty_migrations (id INT PRIMARY KEY)")
    with pytest.raises(DatabaseError, match="another program or version"):
        database.read_journal()
