"""One connection to a PostgreSQL database: transactions, statements, journal, lock.

Imported for every command that connects to a `postgresql:` URL; what only some need is imported where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from toasty_core.backends import Backend, Caution, Statement
from toasty_core.errors import DatabaseError, StatementFailed
from toasty_postgres import settings
from toasty_postgres.connection import Session, Target, read_target
from toasty_postgres.journal import JournalTables
from toasty_postgres.transactions import Transactions
from toasty_sql.database import SqlDatabase
from toasty_sql.journal import read_entries

if TYPE_CHECKING:
    from toasty_core.backends import JournalEntry, LockOwner, TableSize
    from toasty_core.operations.base import Operation
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.url import Url
    from toasty_postgres.live import PostgresLive
    from toasty_postgres.lock import RunnerLock

_CONCURRENTLY = r"(?i)\bCONCURRENTLY\b"
_WHERE = """SELECT pg_catalog.current_database(), pg_catalog.current_schema(), pg_catalog.pg_backend_pid(),
    pg_catalog.to_regclass(pg_catalog.quote_ident(pg_catalog.current_schema()) || '.toasty_migrations') IS NOT NULL"""
_ATTEMPTS = 10
"""How often to try to make the journal while others make it too."""


def connect(backend: Backend, url: Url) -> PostgresDatabase:
    """A connection to the database of `url`.

    Raises UrlError for a URL that cannot be, ConnectionFailed when the server cannot be reached or refuses us.
    """
    return PostgresDatabase(backend, read_target(url))


class PostgresDatabase(SqlDatabase):
    """One connection to a PostgreSQL database. Use `connect`."""

    placeholder: ClassVar[str] = "%s"

    def __init__(self, backend: Backend, target: Target) -> None:
        self.backend = backend
        self.url = target.url
        self._target = target
        self._session = Session(target)
        self._lock: RunnerLock | None = None
        try:
            self._look_around()
        except BaseException:
            self._session.close()
            raise

    def _look_around(self) -> None:
        self._session.send(settings.setting(settings.ALWAYS))
        self._name, schema, process, knows = self._session.rows(_WHERE)[0]
        self._home: str | None = schema
        self._tables = JournalTables(schema) if schema is not None else None
        self._knows_journal = bool(knows)
        self._is_proxied = process != self._session.announced_pid
        self._work = Transactions(self._session, settings.ALWAYS, proxied=self._is_proxied)

    # The connection.

    def close(self) -> None:
        """Ends the connection; again does nothing."""
        if self._lock is not None:
            self._lock.close()
        self._session.close()

    def version(self) -> str:
        """The server's product and version."""
        return "PostgreSQL {}.{}".format(*self._session.version)

    def prepare(self, caution: Caution) -> Backend:
        """Sets how long to wait for locks, and tells the backend the server's version and its large tables."""
        from toasty_postgres.backend import PostgresBackend

        self._work.use({**settings.ALWAYS, **settings.for_runs(caution)})
        least = caution.large_table
        sizes = {} if least is None else self.sizes()
        large = [key for key, size in sizes.items() if least is not None and size.rows >= least]
        self.backend = PostgresBackend(self._session.version, large)
        return self.backend

    # SQL.

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes SQL. Raises StatementFailed, LockLost."""
        self._must_hold_lock()
        self._work.send(sql, parameters)

    def query(
        self, sql: str, parameters: Sequence[Any] = ()
    ) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
        """The names of the columns and all rows of a query. Raises StatementFailed."""
        cursor = self._work.ask(sql, parameters)
        return [column.name for column in cursor.description or ()], cursor.fetchall()

    def execute(self, statement: Statement) -> None:
        """Sends one statement. Raises StatementFailed, or LockNotAvailable when others are in the way."""
        if statement.transactional or self._work.is_open or self._is_proxied:
            super().execute(statement)
            return
        with self._unhurried(re.search(_CONCURRENTLY, str(statement)) is not None):
            super().execute(statement)

    def execute_other(self, statement: Statement) -> None:
        """A statement that looks at the live database in the middle of its work."""
        from toasty_postgres.statements import LiveStatement

        if not isinstance(statement, LiveStatement):
            super().execute_other(statement)
            return
        statement.run(self._fetch, self.execute)

    @contextmanager
    def _unhurried(self, needed: bool) -> Iterator[None]:
        """Waits for locks without end: CONCURRENTLY waits for all others, and leaves ruins when it gives up."""
        before = self._session.rows("SHOW lock_timeout")[0][0] if needed else "0"
        if before == "0":
            yield
            return
        self._session.send("SET lock_timeout = 0")
        try:
            yield
        finally:
            if self._session.is_open and not self._session.is_busy:
                self._session.send(settings.setting({"lock_timeout": before}))

    # Transactions.

    def transaction(self, statements: Sequence[Statement] = ()) -> AbstractContextManager[None]:
        """All or nothing for what happens inside."""
        return self._work.transaction(self._must_hold_lock)

    def call(self, function: Callable[[Any], object]) -> None:
        """Calls a function of the user's, which cannot end the transaction."""
        self._must_hold_lock()
        with self._work.guarded():
            function(self.live())

    def live(self) -> PostgresLive:
        """The handle for `db.run(function)`."""
        from toasty_postgres.live import PostgresLive

        return PostgresLive(self._session.connection, self.url)

    # Questions.

    def introspect(self) -> SchemaSnapshot:
        """The live schema, without Toasty's own tables."""
        from toasty_postgres.introspect import introspect

        return introspect(self.fetch)

    def normalised(self, schema: SchemaSnapshot, live: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it: the server is asked how it writes expressions."""
        from toasty_postgres.normalised import normalised

        return normalised(
            schema,
            live,
            home=self._home,
            fetch=self.fetch,
            run=self.run,
            transaction=self.transaction,
        )

    def sizes(self) -> Mapping[str, TableSize]:
        """How large the tables are, by key."""
        from toasty_postgres.activity import table_sizes

        return table_sizes(self.fetch)

    def blockers(self, tables: Sequence[str]) -> tuple[str, ...]:
        """The sessions that hold locks on these tables, with what they do."""
        from toasty_postgres.activity import blocking_sessions

        return blocking_sessions(self.fetch, tables)

    def statement_landed(
        self, statement: Statement, operation: Operation, before: SchemaSnapshot
    ) -> bool | None:
        """Did this one statement take effect? Asks the catalog; None when that cannot tell."""
        from toasty_postgres.landing import statement_landed

        return statement_landed(statement, self.fetch, operation, before)

    # The journal.

    def has_journal(self) -> bool:
        """Is there a journal? Changes nothing."""
        if not self._knows_journal and self._tables is not None:
            name = self._tables.journal
            found = bool(self.fetch("SELECT pg_catalog.to_regclass(%s) IS NOT NULL", (name,))[0][0])
            self._knows_journal = found and not self._work.is_open  # what is not committed may go
            return found
        return self._knows_journal

    def create_journal(self) -> None:
        """Makes the journal and the lock's place, where they are missing."""
        tables = self._own_tables
        for attempt in range(1, _ATTEMPTS + 1):
            if self._has_own_tables():
                self._knows_journal = not self._work.is_open
                return
            try:
                self.run(tables.create)
            except StatementFailed as error:
                # another runner made them at the same moment: IF NOT EXISTS does not see what is not committed
                if attempt == _ATTEMPTS or not _is_race(error):
                    raise

    def _has_own_tables(self) -> bool:
        tables = self._own_tables
        sql = "SELECT pg_catalog.to_regclass(%s) IS NOT NULL AND pg_catalog.to_regclass(%s) IS NOT NULL"
        return bool(self.fetch(sql, (tables.journal, tables.lock))[0][0])

    @property
    def _own_tables(self) -> JournalTables:
        if self._tables is None:
            raise DatabaseError(
                "The search_path names no schema that is there and may be used.",
                where=str(self.url),
                hint="make the schema (CREATE SCHEMA), allow its use (GRANT USAGE, CREATE ON SCHEMA), "
                "or name another with ?options=-csearch_path%3DNAME in the URL",
            )
        return self._tables

    def read_journal(self) -> list[JournalEntry]:
        """All rows, by version; empty when there is no journal yet. Changes nothing."""
        return read_entries(*self.query(self._own_tables.read)) if self.has_journal() else []

    def read_entry(self, version: str) -> JournalEntry | None:
        """The row of one version."""
        if not self.has_journal():
            return None
        rows = read_entries(*self.query(self._own_tables.read_one(version)))
        return rows[0] if rows else None

    def has_entry(self, version: str) -> bool:
        """Is there a row of this version? Goes out together with the BEGIN before it."""
        if not self.has_journal():
            return False
        return self._work.ask_along(self._own_tables.has(version)).fetchone() is not None

    def write_journal(self, entry: JournalEntry) -> None:
        """Writes the row of this version; inside of a transaction it goes out with what follows."""
        self._work.send_later(self._own_tables.write(entry))

    def delete_journal(self, version: str) -> None:
        """Takes the row of this version away."""
        self._work.send_later(self._own_tables.delete(version))

    # The lock.

    @property
    def lock_heartbeat(self) -> bool:  # type: ignore[override]  # known only once the lock is taken
        """Is the lock a lease, that must be renewed? Behind a proxy that pools by the transaction."""
        from toasty_postgres.lock import Kind

        return self._lock is not None and self._lock.kind is Kind.LEASE

    @property
    def lock_is_sessions(self) -> bool:  # type: ignore[override]  # known only once the lock is taken
        """Does the lock live as long as the session? Not behind a proxy that pools by the transaction."""
        from toasty_postgres.lock import Kind

        return self._lock is not None and self._lock.kind is Kind.SESSION

    def _runner_lock(self) -> RunnerLock:
        if self._lock is None:
            from toasty_postgres.lock import Keys, RunnerLock

            keys = Keys.of(self._name, self._own_tables.schema)
            self._lock = RunnerLock(self._session, self._second_session, keys, self._own_tables)
        return self._lock

    def _second_session(self) -> Session:
        session = Session(self._target)
        if not self._is_proxied:
            session.send(settings.setting(settings.for_lock()))
        return session

    def _must_hold_lock(self) -> None:
        if self._lock is not None:
            self._lock.must_hold()

    def take_lock(self, owner: LockOwner, lease: float) -> LockOwner | None:
        """Takes the lock, or renews it. Returns at once: None, or who holds it."""
        return self._runner_lock().take(owner, lease)

    def lock_holder(self) -> LockOwner | None:
        """Who holds the lock now. Changes nothing."""
        if self._tables is None or not self._has_own_tables():
            return None
        return self._runner_lock().holder(self._session)

    def release_lock(self, owner: LockOwner) -> None:
        """Gives the lock back; nothing happens when `owner` does not hold it."""
        if self._tables is not None and self._has_own_tables():
            self._runner_lock().release(owner)


def _is_race(error: StatementFailed) -> bool:
    code = getattr(error.__cause__, "sqlstate", None)
    return code in ("23505", "42P07", "42710", "XX000")
