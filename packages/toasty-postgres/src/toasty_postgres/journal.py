"""The journal as PostgreSQL keeps it, and its statements as whole texts.

A text without parameters can go out together with the BEGIN or COMMIT beside it: one message for what would
take two or three. The tables are named with their schema, whatever a migration does to the search_path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toasty_core.backends import JournalEntry
from toasty_sql import journal
from toasty_sql.journal import COLUMNS, JOURNAL, entry_values
from toasty_sql.literals import literal

LOCK = "toasty_lock"
"""The name of the lock's table."""

_SETS = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
_LOCK_COLUMNS = """(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token VARCHAR(255) NOT NULL,
    host VARCHAR(255) NOT NULL,
    pid INTEGER NOT NULL,
    username VARCHAR(255) NOT NULL,
    since VARCHAR(40) NOT NULL,
    expires TIMESTAMP WITH TIME ZONE
)"""


class JournalTables:
    """The names of Toasty's own tables in one schema, and the statements about them."""

    def __init__(self, schema: str) -> None:
        quoted = '"' + schema.replace('"', '""') + '"'
        self.schema = schema
        self.journal = f"{quoted}.{JOURNAL}"
        self.lock = f"{quoted}.{LOCK}"
        self.read = f"SELECT * FROM {self.journal}"

    @property
    def create(self) -> str:
        """Makes both tables where they are missing."""
        made = journal.CREATE_JOURNAL.replace(JOURNAL, self.journal, 1)
        return f"{made};\n{self.create_lock}"

    @property
    def create_lock(self) -> str:
        """Makes the lock's table where it is missing."""
        return f"CREATE TABLE IF NOT EXISTS {self.lock} {_LOCK_COLUMNS}"

    def read_one(self, version: str) -> str:
        """The row of one version."""
        return f"{self.read} WHERE version = {stored_literal(version)}"

    def has(self, version: str) -> str:
        """Finds something where there is a row of this version."""
        return f"SELECT 1 FROM {self.journal} WHERE version = {stored_literal(version)}"

    def write(self, entry: JournalEntry) -> str:
        """Writes one row, new or in place of the old one."""
        return self._insert(entry_values(entry))

    def _insert(self, values: Sequence[Any]) -> str:
        texts = ", ".join(map(stored_literal, values))
        return (
            f"INSERT INTO {self.journal} ({', '.join(COLUMNS)}) VALUES ({texts})"
            f" ON CONFLICT (version) DO UPDATE SET {_SETS}"
        )

    def delete(self, version: str) -> str:
        """Takes the row of one version away."""
        return f"DELETE FROM {self.journal} WHERE version = {stored_literal(version)}"


def stored_literal(value: Any) -> str:
    """A value of the journal as a literal. Text that PostgreSQL cannot keep is written in escapes."""
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return literal(value)
    text: str = value
    if text.isascii() and "'" not in text and "\0" not in text:
        return f"'{text}'"  # nearly all
    if "\0" in text or not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return "'" + text.replace("'", "''") + "'"
