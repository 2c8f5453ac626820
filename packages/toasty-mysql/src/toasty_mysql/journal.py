"""The journal and the lock's row: in InnoDB and exact to the letter, whatever the database's default is."""

from __future__ import annotations

from typing import Any

from toasty_core.backends import JournalEntry
from toasty_mysql.literals import literal
from toasty_sql import journal

_TABLE = "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"

CREATE_JOURNAL = f"{journal.CREATE_JOURNAL.replace(' TEXT', ' LONGTEXT')} {_TABLE}"
"""Makes the journal's table where it is missing. TEXT would hold 64 KB."""

LOCK = "toasty_lock"
"""The name of the table that says who holds the lock."""

CREATE_LOCK = f"""CREATE TABLE IF NOT EXISTS {LOCK} (
    id INTEGER NOT NULL PRIMARY KEY,
    token VARCHAR(255) NOT NULL,
    host VARCHAR(255) NOT NULL,
    pid INTEGER NOT NULL,
    username VARCHAR(255) NOT NULL,
    since VARCHAR(40) NOT NULL,
    connection BIGINT NOT NULL
) {_TABLE}"""
"""Makes the lock's table where it is missing."""

READ_ENTRY = f"{journal.READ_JOURNAL} WHERE version = %s"
"""The row of one version."""

HAS_ENTRY = f"SELECT 1 FROM {journal.JOURNAL} WHERE version = %s"
"""Finds something where there is a row of this version."""

_LONGEST = 20_000
_WRITE = f"REPLACE INTO {journal.JOURNAL} ({', '.join(journal.COLUMNS)}) VALUES"


def write_sql(*rows: str) -> str:
    """Writes rows that `row_sql` gave, new or in place of the old ones, all or none."""
    return f"{_WRITE} {', '.join(rows)}"


def row_sql(entry: JournalEntry) -> str:
    """The row of an entry, as `VALUES` takes it."""
    return f"({', '.join(map(_stored, _row_of(entry)))})"


def change_sql(before: JournalEntry, after: JournalEntry) -> str:
    """Writes what is new in a row that is there: shorter, and quicker to read and to write."""
    sets = ", ".join(
        f"{name} = {_stored(new)}"
        for name, old, new in zip(journal.COLUMNS, _row_of(before), _row_of(after), strict=True)
        if new != old
    )
    where = f"WHERE version = {_stored(after.version)}"
    return f"UPDATE {journal.JOURNAL} SET {sets or 'version = version'} {where}"


def _row_of(entry: JournalEntry) -> tuple[Any, ...]:
    """The row that is stored for an entry. What is for people only is cut: the statement, the error."""
    if len(entry.statement or "") > _LONGEST or len(entry.error or "") > _LONGEST:
        entry = entry._replace(statement=_cut(entry.statement), error=_cut(entry.error))
    return journal.entry_values(entry)


def _stored(value: Any) -> str:
    """A value as a literal; most are none, texts in which nothing has to be escaped, or numbers."""
    if value is None:
        return "NULL"
    kind = type(value)
    if kind is str and "'" not in value and "\\" not in value and "\0" not in value:
        return f"'{value}'"
    return repr(value) if kind is int or kind is float else literal(value)


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}... ({len(text) - _LONGEST} more characters)"
