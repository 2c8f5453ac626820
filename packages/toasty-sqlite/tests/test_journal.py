"""The journal in its table."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest

from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import DatabaseError
from toasty_sql.statements import SqlStatement

WHEN = datetime(2025, 1, 17, 12, 0, 1, 123456, tzinfo=timezone.utc)
ENTRY = JournalEntry(
    version="20250117_120000_first",
    checksum="ast1:0123",
    source_hash="b2:4567",
    state=JournalState.RUNNING,
    done=1,
    total=3,
    statement="ALTER TABLE t ADD COLUMN it's",
    started=WHEN,
    finished=WHEN + timedelta(seconds=2),
    duration=2.5,
    error="oh “no”",
    applied_by="me@here",
    tool_version="0.1.0",
)


@pytest.fixture
def database(connect, file):
    database = connect(f"sqlite:{file}")
    database.create_journal()
    return database


def test_a_row_is_read_as_it_was_written(database):
    database.write_journal(ENTRY)

    assert database.read_journal() == [ENTRY]
    assert database.read_entry(ENTRY.version) == ENTRY


def test_a_row_of_little_is_read_as_it_was_written(database):
    entry = JournalEntry(version="1", checksum="")
    database.write_journal(entry)

    assert database.read_journal() == [entry]


@pytest.mark.parametrize("state", list(JournalState))
def test_every_state_is_kept(database, state):
    database.write_journal(ENTRY._replace(state=state))

    assert database.read_journal()[0].state is state


def test_times_are_in_utc_whatever_zone_they_come_in(database):
    zone = timezone(timedelta(hours=-5))
    database.write_journal(ENTRY._replace(started=WHEN.astimezone(zone)))

    assert str(database.read_journal()[0].started) == "2025-01-17 12:00:01.123456+00:00"


def test_a_row_is_written_in_place_of_the_old_one(database):
    database.write_journal(ENTRY)
    database.write_journal(ENTRY._replace(state=JournalState.APPLIED, statement=None))

    assert database.read_journal() == [ENTRY._replace(state=JournalState.APPLIED, statement=None)]


def test_rows_come_by_version(database):
    versions = ["3", "1", "2"]
    for version in versions:
        database.write_journal(ENTRY._replace(version=version))

    assert [entry.version for entry in database.read_journal()] == ["1", "2", "3"]


def test_a_row_is_taken_away(database):
    database.write_journal(ENTRY)
    database.delete_journal("another")
    assert database.read_journal() == [ENTRY]
    database.delete_journal(ENTRY.version)

    assert database.read_journal() == []
    assert database.read_entry(ENTRY.version) is None


def test_a_row_goes_with_the_transaction_that_wrote_it(database):
    with suppress(ValueError), database.transaction():
        database.write_journal(ENTRY)
        raise ValueError("no")

    assert database.read_journal() == []


def test_making_the_journal_again_changes_nothing(database, file):
    database.write_journal(ENTRY)
    before = file.read_bytes()
    database.create_journal()

    assert file.read_bytes() == before


def test_the_journal_can_be_made_inside_of_a_transaction(connect):
    database = connect()
    with database.transaction():
        database.create_journal()

    assert database.has_journal()


def test_reading_without_a_journal_changes_nothing(connect, file):
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE t (a INTEGER)")
    connection.close()
    before = file.read_bytes()
    database = connect(f"sqlite:{file}")

    assert database.read_journal() == []
    assert database.read_entry("1") is None
    assert file.read_bytes() == before


def test_the_journal_of_another_program_is_named(connect):
    database = connect()
    database.execute(SqlStatement("CREATE TABLE toasty_migrations (version TEXT, applied_at TEXT)"))

    with pytest.raises(DatabaseError, match="no column 'checksum'") as caught:
        database.read_journal()
    assert "rename that table" in (caught.value.hint or "")


def test_columns_of_a_newer_version_do_no_harm(database):
    database.write_journal(ENTRY)
    database.execute(SqlStatement("ALTER TABLE toasty_migrations ADD COLUMN more TEXT"))

    assert database.read_journal() == [ENTRY]


@pytest.mark.parametrize(("column", "value"), [("state", "paused"), ("started", "yesterday")])
def test_a_row_that_cannot_be_read_is_named(database, column, value):
    database.write_journal(ENTRY)
    database.execute(SqlStatement(f"UPDATE toasty_migrations SET {column} = ?", (value,)))

    with pytest.raises(DatabaseError, match="20250117_120000_first"):
        database.read_journal()


def test_toastys_own_tables_are_no_part_of_the_schema(database):
    assert database.introspect().tables == {}
