"""What backends and the rest of Toasty hand each other: features, statements, checks, rows of the journal.

This module is imported at start-up: its values are NamedTuples, which are frozen too and ready sooner than attrs'
classes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from toasty_core.operations.base import Operation


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
    keyless_tables: Support = _NEVER
    """Tables without a primary key."""
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


class Statement:
    """One thing that is sent to a database. `str(statement)` is its text in a dry run.

    A backend's statements are values, such as `attrs.frozen` classes. (No ABC, for the same reason as `Operation`.)
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

    def cost(self, sizes: Mapping[str, TableSize]) -> str | None:
        """What the database charges for it, in its own units; `sizes` are those of tables by key. None: nothing."""
        return None

    @abstractmethod
    def __str__(self) -> str: ...

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class DataCheck(NamedTuple):
    """A question that is asked before the first change: do all rows fit what is to come?

    `where` is the place (`users.email`), `what` a sentence about the rows that do not fit (`cannot become
    Integer`), `hint` what to write. `query` finds the rows; `Database.violations` runs it.

    `ahead`: the query is about the rows as they are before the whole migration, whatever the operations before
    this one do. Without it, it is about the rows as they are just before its own operation.

    `operation` is the one that it is for, where several are compiled together.
    """

    where: str
    what: str
    hint: str
    query: Statement
    ahead: bool = False
    operation: Operation | None = None


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
