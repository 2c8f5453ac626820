"""The journal as SQL: the table `toasty_migrations`, and its rows as `JournalEntry` values and back.

Times are kept as ISO text in UTC and read back exactly, whatever the database and its time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from operator import itemgetter
from typing import Any

from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import DatabaseError

JOURNAL = "toasty_migrations"
"""The name of the journal's table."""

_TYPES = (
    ("version", "VARCHAR(255) NOT NULL PRIMARY KEY"),
    ("checksum", "VARCHAR(255) NOT NULL"),
    ("source_hash", "VARCHAR(255) NOT NULL"),
    ("state", "VARCHAR(20) NOT NULL"),
    ("done", "INTEGER NOT NULL"),
    ("total", "INTEGER NOT NULL"),
    ("statement", "TEXT"),
    ("started", "VARCHAR(40)"),
    ("finished", "VARCHAR(40)"),
    ("duration", "DOUBLE PRECISION"),
    ("error", "TEXT"),
    ("applied_by", "VARCHAR(255) NOT NULL"),
    ("tool_version", "VARCHAR(40) NOT NULL"),
    ("form", "TEXT NOT NULL"),
)

COLUMNS = tuple(name for name, _ in _TYPES)
"""The journal's columns, in the order of the fields of `JournalEntry`."""

CREATE_JOURNAL = "CREATE TABLE IF NOT EXISTS {} (\n{}\n)".format(
    JOURNAL, ",\n".join(f"    {name} {type_}" for name, type_ in _TYPES)
)
"""Makes the journal's table where it is missing."""

READ_JOURNAL = f"SELECT * FROM {JOURNAL}"
"""All rows, in no order; with all columns, so that one that is missing is noticed and named."""


def write_journal_sql(placeholder: str = "?") -> str:
    """Writes one row, new or in place of the old one; its values come from `entry_values`."""
    names, marks = ", ".join(COLUMNS), ", ".join([placeholder] * len(COLUMNS))
    sets = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
    return (
        f"INSERT INTO {JOURNAL} ({names}) VALUES ({marks})"
        f" ON CONFLICT (version) DO UPDATE SET {sets}"
    )


def delete_journal_sql(placeholder: str = "?") -> str:
    """Takes the row of one version away."""
    return f"DELETE FROM {JOURNAL} WHERE version = {placeholder}"


def entry_values(entry: JournalEntry) -> tuple[Any, ...]:
    """The row that is stored for an entry, in the order of `COLUMNS`."""
    return (
        entry.version,
        entry.checksum,
        entry.source_hash,
        entry.state.value,
        entry.done,
        entry.total,
        entry.statement,
        time_text(entry.started),
        time_text(entry.finished),
        entry.duration,
        entry.error,
        entry.applied_by,
        entry.tool_version,
        entry.form,
    )


def read_entries(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[JournalEntry]:
    """The entries of the rows that `READ_JOURNAL` found, by version.

    `columns` are the names that the database gave with them. Raises DatabaseError when the table is not ours.
    """
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise DatabaseError(
            f"The table {JOURNAL} has no column {missing[0]!r}: another program or version made it.",
            hint=f"rename that table, or give it the columns {', '.join(COLUMNS)}",
        )
    in_order = itemgetter(*(columns.index(name) for name in COLUMNS))
    return [_entry(row) for row in sorted(map(in_order, rows), key=itemgetter(0))]


def _entry(row: Sequence[Any]) -> JournalEntry:
    try:
        state, started, finished = _STATES[row[3]], read_time(row[7]), read_time(row[8])
        return JournalEntry._make((*row[:3], state, *row[4:7], started, finished, *row[9:]))
    except (KeyError, TypeError, ValueError) as error:
        raise DatabaseError(
            f"The row of {row[0]!r} in {JOURNAL} cannot be read: {error}.",
            hint="was it written by a newer version of Toasty, or by hand?",
        ) from error


_STATES = {state.value: state for state in JournalState}


def time_text(time: datetime | None) -> str | None:
    """A time as it is kept: ISO text in UTC. One without a zone is taken to be in UTC."""
    if time is None:
        return None
    if time.tzinfo is not timezone.utc:
        time = time.astimezone(timezone.utc) if time.tzinfo else time.replace(tzinfo=timezone.utc)
    return time.isoformat()


def read_time(text: str | None) -> datetime | None:
    """The time that stands as ISO text. Raises ValueError for any other text."""
    return None if text is None else datetime.fromisoformat(text)
