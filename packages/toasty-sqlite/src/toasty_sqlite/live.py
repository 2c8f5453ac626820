"""What `db.run(function)` gets on SQLite, and what watches over the transaction meanwhile."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from toasty_core.backends import Live
from toasty_core.errors import StatementFailed
from toasty_core.url import Url
from toasty_sqlite.errors import DRIVER_ERRORS, translated
from toasty_sqlite.foreign_keys import referenced_tables


class SqliteLive(Live):
    """The live database in the middle of a migration.

    ```python
    def number_the_users(live):
        for (id_,) in live.execute("SELECT id FROM users ORDER BY created").fetchall():
            live.execute("UPDATE users SET number = ? WHERE id = ?", (next(numbers), id_))
    ```

    Whatever it does is part of the migration's transaction, and goes when the migration fails.
    """

    def __init__(self, connection: sqlite3.Connection, url: Url) -> None:
        super().__init__("sqlite")
        self.connection = connection
        """The connection itself. Toasty begins and ends its transactions: do not commit."""
        self._url = url

    def execute(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> sqlite3.Cursor:
        """Executes one statement and returns its cursor. Raises StatementFailed."""
        try:
            return self.connection.execute(sql, parameters)
        except DRIVER_ERRORS as error:
            raise translated(error, self._url, statement=sql) from error


@contextmanager
def guarded(connection: sqlite3.Connection, url: Url) -> Iterator[None]:
    """Runs a user's function inside of a transaction, and refuses it what would break the migration.

    It may not end the transaction, and not drop a table that others point at while foreign keys are
    enforced: that would delete or refuse the rows that point there. Raises StatementFailed.
    """
    guard = _Guard(connection)
    connection.set_authorizer(guard.decide)
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, StatementFailed) as error:
        if guard.refused is not None:
            what, hint = guard.refused
            raise StatementFailed(what, hint=hint) from error
        if isinstance(error, StatementFailed):
            raise
        raise translated(error, url) from error
    finally:
        _unguard(connection)


def _unguard(connection: sqlite3.Connection) -> None:
    try:
        connection.set_authorizer(None if sys.version_info >= (3, 11) else _allow)
    except sqlite3.ProgrammingError as error:
        raise StatementFailed(
            "The function closed the connection, and what the migration had done is lost with it.",
            hint="leave the connection open: Toasty closes it",
        ) from error


class _Guard:
    """Decides what a user's function may do, and remembers what it was refused last."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        enforced = connection.execute("PRAGMA foreign_keys").fetchone()[0]
        self._kept = referenced_tables(connection) if enforced else frozenset()
        self.refused: tuple[str, str] | None = None

    def decide(
        self, action: int, first: str | None, second: str | None, *context: str | None
    ) -> int:
        if action == sqlite3.SQLITE_TRANSACTION:
            self.refused = (
                f"{(first or '').capitalize()} is Toasty's to say: a migration and its journal row commit together.",
                "leave it out; connection.commit(), executescript() and `with connection:` commit, too."
                " SAVEPOINT and RELEASE are free to use",
            )
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_DROP_TABLE and (first or "").lower() in self._kept:
            self.refused = (
                f"Dropping table {first!r} here would take along the rows that point at it.",
                "drop or rebuild it with db.drop_table, db.execute_sql or the other operations",
            )
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK


def _allow(*_: object) -> int:
    return sqlite3.SQLITE_OK
