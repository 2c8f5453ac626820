"""The journal as SQLite keeps it: one tree on disk instead of a table and an index, and a short way to write."""

from __future__ import annotations

from toasty_sql import journal

CREATE_JOURNAL = f"{journal.CREATE_JOURNAL} WITHOUT ROWID"
"""Makes the journal's table where it is missing."""

WRITE_JOURNAL = "INSERT OR REPLACE INTO {} ({}) VALUES ({})".format(
    journal.JOURNAL, ", ".join(journal.COLUMNS), ", ".join("?" * len(journal.COLUMNS))
)
"""Writes one row. Every migration prepares this anew, as the schema has changed, and ON CONFLICT takes longer."""

READ_ENTRY = f"{journal.READ_JOURNAL} WHERE version = ?"
"""The row of one version."""

HAS_ENTRY = f"SELECT 1 FROM {journal.JOURNAL} WHERE version = ?"
"""Finds something where there is a row of this version, and reads none of its columns."""
