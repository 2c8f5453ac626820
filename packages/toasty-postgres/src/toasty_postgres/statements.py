"""Statements that only PostgreSQL needs, which look at the live database in the middle of their work.

A `Database` executes each with its `run`, given a function that fetches all rows of a query and one that
executes. `script()` is the same without anybody looking, for a script.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from toasty_core.backends import Effect, Statement, Work
from toasty_core.errors import StatementFailed
from toasty_postgres.effects import Lock, effect
from toasty_postgres.following import text_array
from toasty_postgres.literals import text_literal
from toasty_postgres.names import quote, stored_name
from toasty_postgres.views import Places, any_views, restore_views, save_views
from toasty_sql.statements import SqlStatement

Fetch = Callable[[SqlStatement], Sequence[Sequence[Any]]]
Execute = Callable[[SqlStatement], object]


class LiveStatement(Statement):
    """A statement that looks before it acts."""

    __slots__ = ()

    @abstractmethod
    def run(self, fetch: Fetch, execute: Execute) -> None:
        """Does it all."""

    @abstractmethod
    def script(self) -> Iterator[SqlStatement]:
        """The same as plain statements."""


@frozen(repr=False)
class AroundViews(LiveStatement):
    """`statements`, and around them the views that stand on the columns that they change."""

    statements: tuple[SqlStatement, ...]
    places: Places

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Those of its statements."""
        return tuple(dict.fromkeys(each for one in self.statements for each in one.effects))

    def run(self, fetch: Fetch, execute: Execute) -> None:
        """Saves the views when there are any, changes the columns, makes the views again."""
        views = bool(fetch(SqlStatement(any_views(self.places))))
        for statement in self.script() if views else self.statements:
            execute(statement)

    def script(self) -> Iterator[SqlStatement]:
        """Save, change, restore."""
        yield SqlStatement(save_views(self.places))
        yield from self.statements
        yield SqlStatement(restore_views(self.places))

    def __str__(self) -> str:
        changes = "\n".join(map(str, self.statements))
        return (
            f"-- views that stand on it are saved, dropped and made again around this:\n{changes}"
        )


_INDEX = """SELECT i.indisvalid, t.oid = to_regclass({table}), i.indisunique,
    ARRAY(SELECT coalesce(a.attname::text, '') FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
        WHERE k.place <= i.indnkeyatts ORDER BY k.place) = {columns}
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
WHERE c.relname = {name} AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass({table}))"""


@frozen(repr=False)
class ConcurrentIndex(LiveStatement):
    """CREATE INDEX CONCURRENTLY, which others may write during.

    A build that fails leaves an invalid index behind, which IF NOT EXISTS would take for a good one: it is
    dropped first. One that stands, because a run before was cut off, is left. `columns` are its key columns,
    an empty name for an expression; `table` is the quoted name, `key` the table's key.
    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    """

    sql: str
    name: str
    table: str
    key: str
    columns: tuple[str, ...]
    unique: bool = False
    prefix: str = ""

    @property
    def transactional(self) -> bool:
        """It stands in no transaction."""
        return False

    @property
    def repeatable(self) -> bool:
        """It looks what is there."""
        return True

    @property
    def effects(self) -> tuple[Effect, ...]:
        """It builds, and nobody waits."""
        return (effect(self.key, Lock.SHARE_UPDATE_EXCLUSIVE, Work.BUILD),)

    @property
    def _drop(self) -> SqlStatement:
        return SqlStatement(
            f"DROP INDEX CONCURRENTLY IF EXISTS {self.prefix}{quote(self.name)}",
            in_transaction=False,
        )

    def run(self, fetch: Fetch, execute: Execute) -> None:
        """Drops what a broken build left, builds, and makes sure that the index is valid."""
        found = self._found(fetch)
        if found is not None and not found[0]:
            execute(self._drop)
            found = None
        if found is not None:
            self._must_be_this(found)
            return
        execute(SqlStatement(self.sql, in_transaction=False))
        after = self._found(fetch)
        if after is None or not after[0]:
            raise StatementFailed(
                f"The index {self.name!r} was built, but is not valid.", statement=self.sql
            )

    def _found(self, fetch: Fetch) -> Sequence[Any] | None:
        query = _INDEX.format(
            table=text_literal(self.table),
            name=text_literal(stored_name(self.name)),
            columns=text_array(stored_name(name) if name else "" for name in self.columns),
        )
        rows = fetch(SqlStatement(query))
        return rows[0] if rows else None

    def _must_be_this(self, found: Sequence[Any]) -> None:
        _, same_table, unique, same_columns = found
        if not same_table or not same_columns or unique != self.unique:
            raise StatementFailed(
                f"There already is an index {self.name!r}, and it is another one.",
                hint="drop or rename it first, or give the new one another name",
                statement=self.sql,
            )

    def script(self) -> Iterator[SqlStatement]:
        """Without a look: what a broken build left must go first."""
        yield SqlStatement(self.sql, in_transaction=False)

    def __str__(self) -> str:
        return f"{self.sql};"


_BLOCKS = """SELECT c.relkind = 'p', pg_relation_size(c.oid) / current_setting('block_size')::int
FROM pg_class AS c WHERE c.oid = {table}::regclass"""
_STEP = 1000
_PASSES = 5


@frozen(repr=False)
class BatchedFill(LiveStatement):
    """Fills the nulls of a column piece by piece, so that writers wait for a few rows only.

    Each piece commits by itself; what others add meanwhile has the column's default already. `table` is the
    quoted name, `key` the table's key, `value` SQL over the row.
    """

    table: str
    key: str
    column: str
    value: str

    @property
    def transactional(self) -> bool:
        """Each piece is a transaction of its own."""
        return False

    @property
    def repeatable(self) -> bool:
        """It fills only what is null."""
        return True

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Rows are locked for as long as their piece takes."""
        return (effect(self.key, Lock.ROW_EXCLUSIVE, Work.REWRITE),)

    def run(self, fetch: Fetch, execute: Execute) -> None:
        """Goes over the table by its blocks, and again for rows that moved meanwhile."""
        for _ in range(_PASSES):
            partitioned, blocks = fetch(
                SqlStatement(_BLOCKS.format(table=text_literal(self.table)))
            )[0]
            if partitioned:
                execute(SqlStatement(self._update(""), in_transaction=False))
                return
            for first in range(0, blocks + 1, _STEP):
                where = f"ctid >= '({first},0)'::tid AND ctid < '({first + _STEP},0)'::tid AND "
                execute(SqlStatement(self._update(where), in_transaction=False))
            query = f"SELECT 1 FROM {self.table} WHERE {quote(self.column)} IS NULL LIMIT 1"
            if not fetch(SqlStatement(query)):
                return

    def _update(self, where: str) -> str:
        column = quote(self.column)
        return f"UPDATE {self.table} SET {column} = {self.value} WHERE {where}{column} IS NULL"

    def script(self) -> Iterator[SqlStatement]:
        """All at once: nobody is there to count the blocks."""
        yield SqlStatement(self._update(""))

    def __str__(self) -> str:
        return f"-- {_STEP} blocks of {self.table} at a time:\n{self._update('')};"
