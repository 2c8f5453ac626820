"""One connection to a SQLite database: transactions, statements, journal, lock.

Imported for every command with a `sqlite:` URL; what only some commands need is imported where it is used.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from toasty_core.backends import Backend, Statement
from toasty_core.errors import ConnectionFailed, DatabaseError, StatementFailed
from toasty_sql.database import SqlDatabase
from toasty_sql.journal import JOURNAL, entry_values, read_entries
from toasty_sqlite import foreign_keys
from toasty_sqlite.connection import Mode, Place, check_folder, open_place, read_place
from toasty_sqlite.errors import DRIVER_ERRORS, boundary, translated
from toasty_sqlite.journal import CREATE_JOURNAL, HAS_ENTRY, READ_ENTRY, WRITE_JOURNAL
from toasty_sqlite.lock import CREATE_LOCK, LOCK, lock_boundary, read_lease, release, take

if TYPE_CHECKING:
    from toasty_core.backends import JournalEntry, LockOwner
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.url import Url
    from toasty_sqlite.live import SqliteLive
    from toasty_sqlite.statements import DropColumnInPlace, ForeignKeyCheck, RebuildTable

_ENDS = re.compile(r"\s*(BEGIN|COMMIT|END|ROLLBACK(?!\s+(TRANSACTION\s+)?TO\b))\b", re.IGNORECASE)
_STEPS = 100_000
"""After how many steps of SQLite's machine it looks whether Ctrl-C was pressed."""


def connect(backend: Backend, url: Url) -> SqliteDatabase:
    """A connection to the database of `url`. A file that is not there is made by the first write only.

    Raises UrlError for a URL that cannot be, ConnectionFailed for a file that cannot be opened.
    """
    place = read_place(url)
    check_folder(place)
    return SqliteDatabase(backend, place)


class SqliteDatabase(SqlDatabase):
    """One connection to a SQLite database. Use `connect`."""

    def __init__(self, backend: Backend, place: Place) -> None:
        self.backend = backend
        self.url = place.url
        self._place = place
        self._connection: sqlite3.Connection | None = None
        self._transacting = False
        self._knows_journal = False
        if place.exists:
            self._open(place.mode)

    # The connection.

    def close(self) -> None:
        """Ends the connection; again does nothing."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def version(self) -> str:
        """SQLite's version."""
        return f"SQLite {sqlite3.sqlite_version}"

    def _open(self, mode: Mode) -> sqlite3.Connection:
        if mode is Mode.MAY_CREATE and self._place.exists:
            mode = Mode.MUST_EXIST  # whoever deletes the file meanwhile gets no empty one instead
        connection = open_place(self._place, mode)
        connection.set_progress_handler(_go_on, _STEPS)
        self._connection = connection
        return connection

    @property
    def _reading(self) -> sqlite3.Connection | None:
        """The connection for what changes nothing; None while there is no file."""
        if self._connection is None and self._place.exists:
            return self._open(self._place.mode)
        return self._connection

    @property
    def _writing(self) -> sqlite3.Connection:
        """The connection for what may write; makes the file."""
        return self._connection or self._open(self._place.mode)

    # SQL.

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes one statement. Raises StatementFailed."""
        connection = self._writing
        if self._transacting and _ENDS.match(sql):
            raise _not_yours(sql)
        try:
            connection.execute(sql, parameters)
        except DRIVER_ERRORS as error:
            raise translated(error, self.url, statement=sql) from error
        self._must_still_be_open(sql)

    def query(
        self, sql: str, parameters: Sequence[Any] = ()
    ) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
        """The names of the columns and all rows of a query. Raises StatementFailed."""
        connection = self._reading
        if connection is None:
            raise ConnectionFailed(
                f"The file {self._place.path!r} does not exist.", where=str(self.url)
            )
        try:
            cursor = connection.execute(sql, parameters)
            return [column[0] for column in cursor.description or ()], cursor.fetchall()
        except DRIVER_ERRORS as error:
            raise translated(error, self.url, statement=sql) from error

    # Transactions.

    @contextmanager
    def transaction(self, statements: Sequence[Statement] = ()) -> Iterator[None]:
        """All or nothing for what happens inside; nobody else writes meanwhile.

        `statements` are those about to run: foreign keys are off for a rebuild, and looked at before the end.
        """
        if self._transacting:
            raise DatabaseError("A transaction is open already.", hint="end it before the next")
        connection = self._writing
        with foreign_keys.suited_to(statements, connection, self.url) as check:
            try:
                with boundary(self.url):
                    connection.execute("BEGIN IMMEDIATE")
                self._transacting = True
                check()
                yield
                self._must_still_be_open(None)
                check()
                with boundary(self.url, statement="COMMIT"):
                    connection.execute("COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise
            finally:
                self._transacting = False

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):  # what went wrong first is what is told
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("PRAGMA legacy_alter_table = OFF")

    def _must_still_be_open(self, sql: str | None) -> None:
        if self._transacting and not self._writing.in_transaction:
            raise StatementFailed(
                "The transaction of the migration was ended in the middle of it.",
                hint="leave BEGIN, COMMIT and ROLLBACK to Toasty, and look at what was done so far",
                statement=sql,
            )

    # Statements that are SQLite's own.

    def call(self, function: Callable[[Any], object]) -> None:
        """Calls a function of the user's, which cannot end the transaction."""
        from toasty_sqlite.live import guarded

        if not self._transacting:
            with boundary(self.url):
                function(self.live())
            return
        with guarded(self._writing, self.url):
            function(self.live())
        self._must_still_be_open(None)

    def execute_other(self, statement: Statement) -> None:
        """A rebuild, or a check of foreign keys."""
        from toasty_sqlite.statements import DropColumnInPlace, ForeignKeyCheck, RebuildTable

        match statement:
            case RebuildTable():
                self._rebuild(statement)
            case DropColumnInPlace():
                self._drop_column(statement)
            case ForeignKeyCheck():
                self._check_foreign_keys(statement)
            case _:
                super().execute_other(statement)

    def _rebuild(self, rebuild: RebuildTable) -> None:
        from toasty_sqlite.saved import read_saved, refuse_hidden

        if not self._transacting:
            with self.transaction([rebuild]):
                self._rebuild(rebuild)
            return
        with boundary(self.url, statement=str(rebuild)):
            refuse_hidden(self._writing, rebuild)
            saved = read_saved(self._writing, rebuild)
        for statement in rebuild.statements(saved):
            self.execute(statement)

    def _drop_column(self, drop: DropColumnInPlace) -> None:
        from toasty_sqlite.saved import working_triggers

        with boundary(self.url, statement=str(drop)):
            asked = working_triggers(self._writing, drop.table, drop.remaining)
        for sql in (drop.sql, *asked):
            self.run(sql)

    def _check_foreign_keys(self, check: ForeignKeyCheck) -> None:
        with boundary(self.url, statement=str(check)):
            count = foreign_keys.dangling(self._writing, check.table)
        foreign_keys.must_not_dangle(check.table, count, check.allowed)

    def live(self) -> SqliteLive:
        """The handle for `db.run(function)`."""
        from toasty_sqlite.live import SqliteLive

        return SqliteLive(self._writing, self.url)

    # The schema.

    def introspect(self) -> SchemaSnapshot:
        """The live schema, without Toasty's own tables; empty while there is no file."""
        from toasty_sqlite.introspect import introspect

        connection = self._reading
        if connection is None:
            from toasty_core.schema.snapshot import SchemaSnapshot

            return SchemaSnapshot()
        with boundary(self.url):
            return introspect(connection)

    # The journal.

    def has_journal(self) -> bool:
        """Is there a journal? Changes nothing."""
        if not self._knows_journal and self._reading is not None:
            found = self._has_table(JOURNAL)
            self._knows_journal = found and not self._transacting  # what is not committed may go
            return found
        return self._knows_journal

    def _has_table(self, name: str) -> bool:
        return bool(self.fetch("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)))

    def create_journal(self) -> None:
        """Makes the journal and the lock's place, where they are missing."""
        if self._reading is not None and self._has_table(JOURNAL) and self._has_table(LOCK):
            return
        if self._transacting:
            self.run(CREATE_JOURNAL)
            self.run(CREATE_LOCK)
            return
        with self.transaction():
            self.create_journal()

    def read_entry(self, version: str) -> JournalEntry | None:
        """The row of one version."""
        if not self.has_journal():
            return None
        columns, rows = self.query(READ_ENTRY, (version,))
        return read_entries(columns, rows)[0] if rows else None

    def has_entry(self, version: str) -> bool:
        """Is there a row of this version?"""
        return self.has_journal() and bool(self.fetch(HAS_ENTRY, (version,)))

    def write_journal(self, entry: JournalEntry) -> None:
        """Writes the row of this version, new or in place of the old one."""
        self.run(WRITE_JOURNAL, entry_values(entry))

    # The lock.

    def take_lock(self, owner: LockOwner, lease: float) -> LockOwner | None:
        """Takes the lock for `lease` seconds, or renews it. Returns at once: None, or who holds it."""
        connection = self._writing
        with lock_boundary(self.url):
            return take(connection, owner, lease)

    def lock_holder(self) -> LockOwner | None:
        """Who holds the lock now. Changes nothing."""
        connection = self._reading
        if connection is None:
            return None
        with lock_boundary(self.url):
            lease = read_lease(connection)
        return None if lease is None or lease.is_over else lease.owner

    def release_lock(self, owner: LockOwner) -> None:
        """Gives the lock back; nothing happens when `owner` does not hold it."""
        if self._reading is not None:
            with lock_boundary(self.url):
                release(self._reading, owner)


def _go_on() -> int:
    """Lets Python see to its signals while a long statement runs."""
    return 0


def _not_yours(sql: str) -> StatementFailed:
    return StatementFailed(
        "A migration cannot begin or end a transaction: it commits together with its journal row.",
        hint="leave BEGIN, COMMIT and ROLLBACK out; SAVEPOINT and RELEASE are free to use",
        statement=sql,
    )
