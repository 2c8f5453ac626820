"""The whole contract for the author of a backend.

A backend is two classes. `Backend` knows the database without a connection: which features it has, and
how an operation is said in its words. `Database` is one connection: it executes, looks into the catalog,
keeps the journal and the lock. `toasty_core.testing` holds the tests that both must pass.

This module is imported at start-up: it imports no operations, and neither should a backend's `__init__`. Its
values are NamedTuples, which are frozen too and ready sooner than attrs' classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from toasty_core.operations.base import Operation
    from toasty_core.schema.columns import ColumnDef
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.schema.tables import TableDef
    from toasty_core.url import Url


class Support(Enum):
    """How a backend stands to a feature. NATIVE and EMULATED must pass the kit, the others must raise Unsupported."""

    NATIVE = "native"
    EMULATED = "emulated"
    NOT_YET = "not yet"
    NEVER = "never"

    def __bool__(self) -> bool:
        return self in (Support.NATIVE, Support.EMULATED)


_NEVER = Support.NEVER


class Features(NamedTuple):
    """What a database can do. What is not said is NEVER; `reasons` says why, by the feature's name."""

    transactional_ddl: Support = _NEVER
    """A migration and its journal row commit together."""
    transactional_rows: Support = _NEVER
    """Changes of rows and the journal's row commit together."""
    rename_table: Support = _NEVER
    """A table gets another name and keeps its rows."""
    rename_column: Support = _NEVER
    """A column gets another name and keeps its values."""
    drop_column: Support = _NEVER
    """A column goes away with its values."""
    modify_type: Support = _NEVER
    """A column gets another type and its values are converted."""
    nullability: Support = _NEVER
    """A column may be null or not, and the database enforces it."""
    defaults: Support = _NEVER
    """The database fills in values for rows that bring none."""
    auto: Support = _NEVER
    """The database numbers rows."""
    generated_columns: Support = _NEVER
    """Columns computed from others."""
    collations: Support = _NEVER
    """Columns with an order of their own."""
    comments: Support = _NEVER
    """Comments on tables and columns are kept by the database."""
    change_primary_key: Support = _NEVER
    """A table with rows gets another primary key."""
    unique_constraints: Support = _NEVER
    """Unique constraints are enforced."""
    check_constraints: Support = _NEVER
    """Checks are enforced."""
    foreign_keys: Support = _NEVER
    """Foreign keys are enforced."""
    constraint_names: Support = _NEVER
    """Constraints keep the names that they are given."""
    indexes: Support = _NEVER
    """Indexes on one column or several."""
    unique_indexes: Support = _NEVER
    """Indexes that let a value stand only once."""
    partial_indexes: Support = _NEVER
    """Indexes over some of the rows."""
    expression_indexes: Support = _NEVER
    """Indexes over expressions."""
    descending_indexes: Support = _NEVER
    """Index columns in descending order."""
    sequences: Support = _NEVER
    """Sequences that stand on their own."""
    schemas: Support = _NEVER
    """Namespaces for tables."""
    sql: Support = _NEVER
    """`execute_sql`, and expressions in SQL."""
    commands: Support = _NEVER
    """`execute_command`: native commands other than SQL."""
    nested_fields: Support = _NEVER
    """`rename_field`, `add_field`, `drop_field`: fields of nested documents."""
    reasons: Mapping[str, str] = MappingProxyType({})
    """Why a feature is EMULATED, NOT_YET or NEVER, for the error and the docs."""


class Work(Enum):
    """What a statement makes the database do with the rows that are there."""

    CATALOG = "touches no rows"
    SCAN = "reads all rows"
    BUILD = "builds an index"
    REWRITE = "writes the table anew"


class Effect(NamedTuple):
    """What a statement means for those who use a table while it runs.

    `table` is the table's key, `lock` the lock in the database's own words (`ACCESS EXCLUSIVE`, `LOCK=NONE`).
    `blocking`: writers have to wait for as long as the work takes, which on a large table is long.
    """

    table: str
    lock: str
    work: Work = Work.CATALOG
    blocking: bool = False


class TableSize(NamedTuple):
    """How large a table is today, as the database estimates it."""

    rows: int
    bytes: int


class Caution(NamedTuple):
    """How a run treats a database that others use meanwhile.

    A table of `large_table` rows or more is changed in the forms that let others go on (None: none is that
    large); where a database has only a form that blocks writers, it needs `allow_blocking`. A statement waits
    `lock_wait` seconds for a lock that others hold, then makes way, and is tried `tries` times in all.

    `jobs` is how many calls may be under way at once where a backend changes tables side by side. `backup`: a
    backup is made before something is lost (True), is not (False), or the backend asks for one where it can (None);
    only a backend that has `backups` takes True.
    """

    large_table: int | None = 100_000
    allow_blocking: bool = False
    lock_wait: float = 3.0
    tries: int = 20
    jobs: int = 4
    backup: bool | None = None


class Statement(ABC):
    """One thing that is sent to a database. `str(statement)` is its text in a dry run.

    A backend's statements are values, such as `attrs.frozen` classes.
    """

    __slots__ = ()

    comment: ClassVar[str] = "--"
    """What begins a comment in its language: what a dry run says about it stands behind that."""

    @property
    def transactional(self) -> bool:
        """Can it stand in a transaction with others?"""
        return True

    @property
    def repeatable(self) -> bool:
        """Does it do no harm a second time? Then a crash in the middle of it leaves no question."""
        return False

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it means for those who use the tables meanwhile; empty where that is not known."""
        return ()

    @property
    def notice(self) -> str | None:
        """What a person should know of it, as a sentence; a plan says each one once."""
        return None

    @abstractmethod
    def __str__(self) -> str: ...


class DataCheck(NamedTuple):
    """A question that is asked before the first change: do all rows fit what is to come?

    `where` is the place (`users.email`), `what` a sentence about the rows that do not fit (`cannot become
    Integer`), `hint` what to write. `query` finds the rows; `Database.violations` runs it.

    `ahead`: the query is about the rows as they are before the whole migration, whatever the operations before
    this one do. Without it, it is about the rows as they are just before its own operation.
    """

    where: str
    what: str
    hint: str
    query: Statement
    ahead: bool = False


class Violations(NamedTuple):
    """How many rows fail a check, and up to five of them in words."""

    count: int  # type: ignore[assignment]  # hides tuple.count, for which there is no use
    examples: tuple[str, ...] = ()


class Compiled(NamedTuple):
    """Operations that are done together, and what is sent for them: checks first, then statements."""

    operations: tuple[Operation, ...]
    statements: tuple[Statement, ...]
    checks: tuple[DataCheck, ...] = ()


class JournalState(Enum):
    """Where a migration stands. RUNNING and REVERTING outlive only a crash."""

    RUNNING = "running"
    APPLIED = "applied"
    FAILED = "failed"
    REVERTING = "reverting"


class JournalEntry(NamedTuple):
    """One row of `toasty_migrations`. Times are in UTC; `duration` is in seconds.

    `checksum` is that of the operations' source, with its algorithm in front; `source_hash` that of the
    file's bytes, so that an unchanged file is known without parsing it. `done` of `total` statements are
    through, `statement` is the one in flight. `form` is what `Backend.form` said when they were compiled.
    """

    version: str
    checksum: str
    source_hash: str = ""
    state: JournalState = JournalState.APPLIED
    done: int = 0
    total: int = 0
    statement: str | None = None
    started: datetime | None = None
    finished: datetime | None = None
    duration: float | None = None
    error: str | None = None
    applied_by: str = ""
    tool_version: str = ""
    form: str = ""


class LockOwner(NamedTuple):
    """Who holds the lock: one runner. `token` is unique to it; `since` is in UTC."""

    token: str
    host: str
    pid: int
    user: str
    since: datetime

    @property
    def name(self) -> str:
        """Who it is, without the time."""
        return f"{self.user}@{self.host} (process {self.pid})"

    def __str__(self) -> str:
        return f"{self.name} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class ScriptPart(NamedTuple):
    """One migration of an offline script: its statements, and the journal row that it leaves (None: takes away)."""

    version: str
    compiled: tuple[Compiled, ...]
    entry: JournalEntry | None


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
        """Writes the row of this version, new or in place of the old one."""

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
