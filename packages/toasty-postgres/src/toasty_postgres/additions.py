"""What a new column takes: one statement where nobody waits for it, several on a large table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Statement, Work
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.values import Expression, Function, FunctionName, Literal, NextValue
from toasty_postgres import safe
from toasty_postgres.ddl import PostgresTableWriter
from toasty_postgres.deferred import LOOK_NOW, has_deferred
from toasty_postgres.names import quote
from toasty_postgres.parts import Parts, comment_on_column
from toasty_postgres.statements import BatchedFill
from toasty_sql.statements import SqlStatement

_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*\(")
_STABLE = (
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "lower",
    "upper",
    "coalesce",
    "make_interval",
    "make_date",
    "to_timestamp",
    "md5",
    "length",
    "round",
    "timezone",
    "current_setting",
)
"""Functions whose value is the same for all rows of one statement, so that PostgreSQL stores it once."""


class ColumnAddition:
    """One `AddColumn`, as statements; `large`: others write to the table, and it has many rows."""

    def __init__(
        self,
        operation: ops.AddColumn,
        before: SchemaSnapshot,
        writer: PostgresTableWriter,
        *,
        large: bool = False,
    ) -> None:
        self.operation, self.writer, self.large = operation, writer, large
        self.dialect = writer.dialect
        self.column = operation.column
        self.table = before.table(operation.table)
        self.parts = Parts(writer, self.table, before)
        self.quoted = quote(operation.column.name)

    def statements(self) -> Iterator[Statement]:
        """All of them."""
        fill = self.operation.fill
        value = None if fill is None else self.dialect.value_sql(fill, self.column.type)
        if value is None:
            yield from self._plain()
        elif isinstance(fill, Literal | Function) and is_same_for_all(fill):
            yield from self._as_default(value)
        else:
            yield from self._filled(value)
        if self.column.comment is not None:
            yield comment_on_column(self.table, self.parts.name, self.column)

    def _plain(self) -> Iterator[Statement]:
        default = self.dialect.default_sql(self.column)
        differs = default is not None and not is_same_for_all(self.column.default)
        if differs and self.large and default is not None:
            yield from self._in_pieces(default)
            return
        stored = self.column.generated is not None and self.column.generated.stored
        rewrites = differs or self.column.auto is not None or stored
        yield self._add(self.column, Work.REWRITE if rewrites else Work.CATALOG)

    def _as_default(self, value: str) -> Iterator[Statement]:
        """What is the same for all rows is stored once, as a default; then the column's own takes its place."""
        text = f"{self.quoted} {self.writer.column_type(self.column, self.table)}"
        not_null = self.writer.not_null(self.column)
        words = f"{text}{self.writer.collation(self.column)} DEFAULT {value}{not_null}"
        yield self.parts.alter(f"ADD COLUMN {words}")
        yield self.parts.alter(self._own_default())

    def _own_default(self) -> str:
        default = self.dialect.default_sql(self.column)
        action = f"SET DEFAULT {default}" if default is not None else "DROP DEFAULT"
        return f"ALTER COLUMN {self.quoted} {action}"

    def _filled(self, value: str) -> Iterator[Statement]:
        """Without a value at first, then with one for each row, then as it is to be."""
        if self.large:
            yield from self._in_pieces(value)
            return
        yield self._add(evolve(self.column, nullable=True, default=None), Work.CATALOG)
        yield SqlStatement(f"UPDATE {self.parts.name} SET {self.quoted} = {value}")
        if has_deferred(self.table):
            yield LOOK_NOW
        actions = [] if self.column.nullable else [f"ALTER COLUMN {self.quoted} SET NOT NULL"]
        if self.dialect.default_sql(self.column) is not None:
            actions.insert(0, self._own_default())
        if actions:
            yield self.parts.alter(*actions, work=Work.SCAN)

    def _in_pieces(self, value: str) -> Iterator[Statement]:
        yield self._add(evolve(self.column, nullable=True, default=None), Work.CATALOG)
        if self.dialect.default_sql(self.column) is not None:
            yield self.parts.alter(self._own_default())
        yield BatchedFill(self.parts.name, self.table.key, self.column.name, value)
        if not self.column.nullable:
            yield from safe.not_null(self.parts, self.column.name, self.writer.version)

    def _add(self, column: ColumnDef, work: Work) -> SqlStatement:
        return self.parts.alter(f"ADD COLUMN {self.writer.column(column, self.table)}", work=work)


def is_same_for_all(value: object) -> bool:
    """Is it one value for all rows of a statement? Of functions that are not known, none is taken to be."""
    if isinstance(value, Function):
        return value.name is FunctionName.NOW
    if isinstance(value, Expression):
        text = value.for_backend("postgresql") or ""
        return all(name.lower() in _STABLE for name in _CALL.findall(text)) and '"' not in text
    return not isinstance(value, NextValue)
