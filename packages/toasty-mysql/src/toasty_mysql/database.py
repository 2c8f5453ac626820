"""One connection to MySQL or MariaDB: the schema, the journal and the lock; see `channel` for SQL itself.

Imported for every command with a `mysql:` or `mariadb:` URL; what only some commands need is imported where it
is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from toasty_core.backends import Backend, Caution, Statement
from toasty_core.errors import StatementFailed
from toasty_mysql.backend import MysqlBackend
from toasty_mysql.channel import Channel
from toasty_mysql.connection import Place, read_place
from toasty_mysql.errors import is_missing_table
from toasty_mysql.journal import (
    CREATE_JOURNAL,
    CREATE_LOCK,
    HAS_ENTRY,
    LOCK,
    READ_ENTRY,
    change_sql,
    row_sql,
    write_sql,
)
from toasty_mysql.session import set_patience
from toasty_sql.journal import JOURNAL, READ_JOURNAL, read_entries

if TYPE_CHECKING:
    from toasty_core.backends import JournalEntry, LockOwner, TableSize
    from toasty_core.operations.base import Operation
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.url import Url


def connect(url: Url) -> MysqlDatabase:
    """A connection to the database of `url`. Raises UrlError and ConnectionFailed with what to do."""
    return MysqlDatabase(read_place(url))


class MysqlDatabase(Channel):
    """One connection to MySQL or MariaDB. Use `connect`."""

    lock_is_sessions: ClassVar[bool] = True  # GET_LOCK on this session

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._written: JournalEntry | None = None
        self._through = ("", "")
        self._last: Statement | None = None
        self.backend: Backend = MysqlBackend.of(self.server, texts=self._texts)

    def prepare(self, caution: Caution) -> Backend:
        """Bounds the wait for the locks of others, and notes which tables are large today."""
        self.run(set_patience(caution))
        self.join_messages()
        large: list[str] = []
        if caution.large_table is not None:
            sizes = self.sizes()
            large = [table for table, size in sizes.items() if size.rows >= caution.large_table]
        self.backend = MysqlBackend.of(self.server, large, self._texts)
        return self.backend

    def execute(self, statement: Statement) -> None:
        """Sends one statement. Raises StatementFailed."""
        self._last = statement
        super().execute(statement)

    # The schema.

    def introspect(self) -> SchemaSnapshot:
        """The live schema, without Toasty's own tables."""
        from toasty_mysql.introspect import introspect

        return introspect(self.fetch, self.server.flavour, self.server.version)

    def sizes(self) -> Mapping[str, TableSize]:
        """Rows and bytes of the tables, as the server estimates them."""
        from toasty_mysql.sizes import sizes

        return sizes(self.fetch)

    def blockers(self, tables: Sequence[str]) -> tuple[str, ...]:
        """The sessions that hold locks on these tables, as far as this user may see them."""
        from toasty_mysql.blockers import blockers

        return blockers(self.fetch, self.server.flavour, tables)

    def has_landed(self, operation: Operation, before: SchemaSnapshot) -> bool | None:
        """Did the operation take effect? Asks with the proof of its statement, where it has one."""
        statements = tuple(self.backend.compile(operation, before))
        if len(statements) == 1:
            landed = self._proven(statements[0])
            if landed is not None:
                return landed
        return super().has_landed(operation, before)

    def statement_landed(
        self, statement: Statement, operation: Operation, before: SchemaSnapshot
    ) -> bool | None:
        """Did this one of the statements of an operation take effect? None where it brings no proof."""
        return self._proven(statement)

    def _proven(self, statement: Statement) -> bool | None:
        from toasty_mysql.statements import holds

        proof = getattr(statement, "proof", None)
        return None if proof is None else holds(proof, self.fetch)

    # The journal.

    def has_journal(self) -> bool:
        """Is there a journal? Changes nothing."""
        return self._found(f"SELECT 1 FROM {JOURNAL} LIMIT 0") is not None

    def _found(
        self, sql: str, parameters: Sequence[Any] = ()
    ) -> tuple[Sequence[str], list[tuple[Any, ...]]] | None:
        """What a query finds; None where there is no such table."""
        try:
            return self.query(sql, parameters)
        except StatementFailed as error:
            if is_missing_table(error.__cause__):
                return None
            raise

    def create_journal(self) -> None:
        """Makes the journal and the lock's place, where they are missing."""
        for table, create in ((JOURNAL, CREATE_JOURNAL), (LOCK, CREATE_LOCK)):
            if self._found(f"SELECT 1 FROM {table} LIMIT 0") is None:
                self.run(create)

    def read_journal(self) -> list[JournalEntry]:
        """All rows, by version; empty when there is no journal yet. Changes nothing."""
        found = self._found(READ_JOURNAL)
        return [] if found is None else read_entries(*found)

    def read_entry(self, version: str) -> JournalEntry | None:
        """The row of one version."""
        found = self._found(READ_ENTRY, (version,))
        entries = [] if found is None else read_entries(*found)
        return entries[0] if entries else None

    def has_entry(self, version: str) -> bool:
        """Is there a row of this version?"""
        found = self._found(HAS_ENTRY, (version,))
        return found is not None and bool(found[1])

    def write_journal(self, entry: JournalEntry) -> None:
        """Writes the row of this version, new or in place of the old one.

        A row that says which statement is about to run goes out with it: one message for both, and the statement
        does not run if the row cannot be written. A row that says that one is through waits for the next message,
        where the catalog can tell: until then the journal says what a crash leaves, a statement in flight.
        """
        written, self._written = self._written, None if self._transacting else entry
        if self._transacting or entry.error is not None:  # what is rolled back was never written
            self.run(write_sql(row_sql(entry)))
        elif entry.statement is not None:
            self.send_later(write_sql(*self._unsent(entry.version), row_sql(entry)))
        elif _is_in_flight(written, entry.version) and _can_tell(self._last):
            self._through = entry.version, row_sql(entry)
            self.send_later(write_sql(self._through[1]))
        elif written is None or not self._change(written, entry):
            self.run(write_sql(row_sql(entry)))

    def _unsent(self, version: str) -> tuple[str, ...]:
        """The row of the migration before, if it waits still: it is then written with that of this version."""
        before, row = self._through
        return (row,) if self.take_back(write_sql(row)) and before != version else ()

    def _change(self, before: JournalEntry, after: JournalEntry) -> bool:
        """Writes what is new in a row. Was it there?"""
        if before.version != after.version:
            return False
        self.run(change_sql(before, after))
        return self._cursor.rowcount == 1

    def settle_journal(self) -> None:
        """Sends the row that waits for a message to go with, if one does."""
        self.flush()

    def delete_journal(self, version: str) -> None:
        """Takes the row of this version away."""
        self._written = None
        super().delete_journal(version)

    # The lock.

    def take_lock(self, owner: LockOwner, lease: float) -> LockOwner | None:
        """Takes the lock until it is given back or the session ends, or makes sure that it is still ours."""
        from toasty_mysql import lock

        name = lock.lock_name(self._database)
        if self._token == owner.token:
            return lock.still_held(self.fetch, name)
        holder = lock.take(self.fetch, self.run, name, owner)
        if holder is None:
            self._token = owner.token
        return holder

    def lock_holder(self) -> LockOwner | None:
        """Who holds the lock now. Changes nothing."""
        from toasty_mysql import lock

        return lock.holder(self._fetch_if_there, lock.lock_name(self._database))

    def _fetch_if_there(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found = self._found(sql, parameters)
        return [] if found is None else found[1]

    def release_lock(self, owner: LockOwner) -> None:
        """Gives the lock back; nothing happens when this session does not hold it for `owner`."""
        from toasty_mysql import lock

        if self._token == owner.token:
            self._token = None
            lock.release(self.fetch, self.run, lock.lock_name(self._database), owner)


def _is_in_flight(entry: JournalEntry | None, version: str) -> bool:
    return entry is not None and entry.version == version and entry.statement is not None


def _can_tell(statement: Statement | None) -> bool:
    """Is it known after a crash whether the statement took effect, or does a second time do no harm?"""
    if statement is None:
        return False
    return statement.repeatable or getattr(statement, "proof", None) is not None
