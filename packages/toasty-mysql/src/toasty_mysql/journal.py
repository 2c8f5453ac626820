"""The journal and the lock's row: in InnoDB and exact to the letter, whatever the database's default is."""

from __future__ import annotations

from toasty_core.backends import JournalEntry
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

WRITE_JOURNAL = "REPLACE INTO {} ({}) VALUES ({})".format(
    journal.JOURNAL, ", ".join(journal.COLUMNS), ", ".join(["%s"] * len(journal.COLUMNS))
)
"""Writes one row, new or in place of the old one."""

READ_ENTRY = f"{journal.READ_JOURNAL} WHERE version = %s"
"""The row of one version."""

HAS_ENTRY = f"SELECT 1 FROM {journal.JOURNAL} WHERE version = %s"
"""Finds something where there is a row of this version."""

_LONGEST = 20_000


def shortened(entry: JournalEntry) -> JournalEntry:
    """The entry as it is written: the statement in flight and the error are for people, and are cut."""
    return entry._replace(statement=_cut(entry.statement), error=_cut(entry.error))


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}... ({len(text) - _LONGEST} more characters)"
