"""The whole contract for the author of a backend.

A backend is two classes. `Backend` knows the database without a connection: which features it has, and
how an operation is said in its words. `Database` is one connection: it executes, looks into the catalog,
keeps the journal and the lock. `toasty_core.testing` holds the tests that both must pass.

What the two take and give are the values of `backend_values`, which are to be had from here, too. This module is
imported at start-up: it imports no operations, and neither should a backend's `__init__`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar

from toasty_core.backend_values import (
    Caution,
    Compiled,
    DataCheck,
    Effect,
    Features,
    JournalEntry,
    JournalState,
    LockOwner,
    ScriptPart,
    Statement,
    Support,
    TableSize,
    Violations,
    Work,
)

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from toasty_core.operations.base import Operation
    from toasty_core.schema.columns import ColumnDef
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.schema.tables import TableDef
    from toasty_core.url import Url


class Live:
    """What `db.run(function)` gets: the live database, in the middle of its migration.

    Backends add the handle itself: `connection` for SQL, `database` for MongoDB, `client` for DynamoDB.
    """

    def __init__(self, backend: str) -> None:
        self.backend = backend


class Backend(ABC):
    """A kind of database. It holds no connection and no state; everything here works offline."""

    name: ClassVar[str]
    """The backend's name, as `only=`, options and variants use it: `sqlite`, `postgresql`."""
    title: ClassVar[str] = ""
    """What people call it where the name stands for several: `MariaDB`. Empty: the name."""
    features: ClassVar[Features]
    backups: ClassVar[bool] = False
    """Can it make a backup of a table before something in it is lost (`Caution.backup`)?"""

    @abstractmethod
    def compile(self, operation: Operation, before: SchemaSnapshot) -> Iterable[Statement]:
        """The statements for one operation, given the schema before it.

        Pure and repeatable; `before` may change after the last statement is taken, so keep nothing of it.
        Raises Unsupported with the reason.
        """

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        return ()

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations of a migration, in order.

        A backend that does several operations in one go (a rebuild of a table) overrides this.
        """
        state: SchemaSnapshot = before.draft()
        for operation in operations:
            checks = tuple(self.checks(operation, state))
            yield Compiled((operation,), tuple(self.compile(operation, state)), checks)
            state = operation.apply(state)

    def canonical(self, column: ColumnDef) -> ColumnDef:
        """The column as `introspect` will report it back."""
        return column

    def canonical_table(self, table: TableDef) -> TableDef:
        """The table as `introspect` will report it back."""
        from attrs import evolve

        return evolve(table, columns=(self.canonical(column) for column in table.columns))

    def canonical_schema(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it back."""
        return schema.map_tables(self.canonical_table)

    @property
    def form(self) -> str:
        """What `Database.prepare` found that statements depend on, as text for the journal."""
        return ""

    def in_form(self, form: str) -> Backend:
        """The backend as it was when `form` was noted: a resume compiles what the run before compiled."""
        return self

    @abstractmethod
    def connect(self, url: Url) -> Database:
        """A connection. Raises ConnectionFailed with what to do; never shows a password."""

    def script(self, parts: Iterable[ScriptPart]) -> Iterator[str]:
        """The lines of a script that a database's own client runs to the same schema and journal."""
        from toasty_core.errors import Unsupported

        raise Unsupported(f"{self.name} has no client that runs scripts", hint="drop --offline")


class Database(ABC):
    """One connection. Drivers' exceptions leave it only as DatabaseError."""

    lock_heartbeat: ClassVar[bool] = False
    """Must the lock be renewed while a long statement runs? Set it where the lock is a lease that ends by
    the clock; `take_lock` is then also called from another thread than the rest."""

    lock_is_sessions: ClassVar[bool] = False
    """Does the lock live exactly as long as this connection? Nobody else can have written the journal then since
    it was read under the lock, and the runner does not ask again before each migration."""

    backend: Backend
    url: Url

    listener: Callable[[str], None] | None = None
    """Who hears what is under way; a run sets it to `Progress.working`."""

    def tell(self, text: str) -> None:
        """Says what is under way, now and then while one statement takes long."""
        if self.listener is not None:
            self.listener(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Ends the connection; again does nothing."""

    @abstractmethod
    def version(self) -> str:
        """The server's product and version, for people: `SQLite 3.40.1`."""

    def prepare(self, caution: Caution) -> Backend:
        """Makes the session ready for a run, and gives the backend as this very server needs it.

        Such as for its version, and with other statements for tables that are large today.
        """
        return self.backend

    def sizes(self) -> Mapping[str, TableSize]:
        """How large the tables are, by key, as far as the database keeps count."""
        return {}

    def blockers(self, tables: Sequence[str]) -> tuple[str, ...]:
        """The sessions that hold locks on these tables, with what they do: one sentence each."""
        return ()

    @abstractmethod
    def execute(self, statement: Statement) -> None:
        """Sends one statement.

        Raises StatementFailed; LockNotAvailable when somebody else was in the way and it may be tried again.
        """

    @abstractmethod
    def transaction(self, statements: Sequence[Statement] = ()) -> AbstractContextManager[None]:
        """All or nothing for what happens inside, where the backend can.

        `statements` are those about to run, for settings that must stand before the transaction.
        """

    @abstractmethod
    def introspect(self) -> SchemaSnapshot:
        """The live schema, without Toasty's own tables."""

    def normalised(self, schema: SchemaSnapshot, live: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it, where the server itself has to say how it writes expressions.

        `live` is what `introspect` reports now. Changes nothing; is asked outside of transactions.
        """
        return self.backend.canonical_schema(schema)

    @abstractmethod
    def violations(self, check: DataCheck) -> Violations:
        """How many rows fail the check."""

    @abstractmethod
    def live(self) -> Live:
        """The handle for `db.run(function)`."""

    def has_landed(self, operation: Operation, before: SchemaSnapshot) -> bool | None:
        """Did the operation take effect? Asks the catalog; None when that cannot tell."""
        return None

    def statement_landed(
        self, statement: Statement, operation: Operation, before: SchemaSnapshot
    ) -> bool | None:
        """Did this one of the several statements of an operation take effect? None when nothing can tell."""
        return None

    @abstractmethod
    def create_journal(self) -> None:
        """Makes the journal and the lock's place, where they are missing."""

    @abstractmethod
    def read_journal(self) -> list[JournalEntry]:
        """All rows, by version; empty when there is no journal yet. Changes nothing."""

    def read_entry(self, version: str) -> JournalEntry | None:
        """The row of one version."""
        return next((row for row in self.read_journal() if row.version == version), None)

    def has_entry(self, version: str) -> bool:
        """Is there a row of this version? Make it one quick query: the runner asks before each migration, unless
        `lock_is_sessions`."""
        return self.read_entry(version) is not None

    @abstractmethod
    def write_journal(self, entry: JournalEntry) -> None:
        """Writes the row of this version, new or in place of the old one.

        The row that ends a migration may wait for the next message to the database, if after a crash the catalog
        tells that the last statement landed; `settle_journal` sends it at once.
        """

    def settle_journal(self) -> None:  # noqa: B027 - most backends keep nothing back
        """Sends the row that `write_journal` kept back, if it did. The runner calls it after the last migration."""

    @abstractmethod
    def delete_journal(self, version: str) -> None:
        """Takes the row of this version away."""

    @abstractmethod
    def take_lock(self, owner: LockOwner, lease: float) -> LockOwner | None:
        """Takes the lock for `lease` seconds, or renews it. Returns at once: None, or who holds it."""

    def lock_holder(self) -> LockOwner | None:
        """Who holds the lock now, as far as can be seen. Changes nothing."""
        return None

    @abstractmethod
    def release_lock(self, owner: LockOwner) -> None:
        """Gives the lock back; nothing happens when `owner` does not hold it."""


def only_for(backend: Backend | str, only: Sequence[str]) -> bool:
    """Is a definition or operation with this `only` meant for the backend?"""
    name = backend if isinstance(backend, str) else backend.name
    return not only or name in only


__all__ = [
    "Backend",
    "Caution",
    "Compiled",
    "DataCheck",
    "Database",
    "Effect",
    "Features",
    "JournalEntry",
    "JournalState",
    "Live",
    "LockOwner",
    "ScriptPart",
    "Statement",
    "Support",
    "TableSize",
    "Violations",
    "Work",
    "only_for",
]
