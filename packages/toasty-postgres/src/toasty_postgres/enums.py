"""Enums' own types: made before their first use, changed for all columns at once, dropped after their last.

A type is known by the columns that use it. Columns that say different things of one type are on their way
to the same: the first change that says something new changes the type, and the others find it done.
https://www.postgresql.org/docs/current/sql-altertype.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeGuard

from attrs import frozen

from toasty_core import operations as ops
from toasty_core.backends import Statement, Work
from toasty_core.operations.base import Operation
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Default, Literal
from toasty_postgres.ddl import PostgresTableWriter
from toasty_postgres.dialect import is_native
from toasty_postgres.effects import alone, ddl
from toasty_postgres.literals import text_literal
from toasty_postgres.names import must_fit, qualified, quote
from toasty_postgres.parts import Parts
from toasty_postgres.schemas import make_schema
from toasty_postgres.statements import AroundViews
from toasty_sql.statements import SqlStatement


@frozen
class Use:
    """A column that uses an enum's type."""

    table: TableDef
    column: ColumnDef
    enum: types.Enum


def native_enum(type_: Type) -> types.Enum | None:
    """The enum with a type of its own that a column's type is, or is an array of."""
    type_ = type_.for_backend("postgresql")
    while isinstance(type_, types.Array):
        type_ = type_.item.for_backend("postgresql")
    return type_ if isinstance(type_, types.Enum) and is_native(type_) else None


def uses(tables: Iterable[TableDef]) -> Iterator[Use]:
    """Every use of an enum's type in these tables."""
    for table in tables:
        for column in table.columns:
            enum = native_enum(column.type)
            if enum is not None:
                yield Use(table, column, enum)


def wanted_enums(operation: Operation) -> tuple[types.Enum, ...]:
    """The enums that must be there for an operation, each once."""
    found: list[types.Enum | None] = []
    if isinstance(operation, ops.CreateTable):
        found = [use.enum for use in uses([operation.table])]
    elif isinstance(operation, ops.AddColumn):
        found = [native_enum(operation.column.type)]
    elif isinstance(operation, ops.ModifyColumn) and isinstance(operation.type, Type):
        found = [native_enum(operation.type)]
    return tuple({enum.name: enum for enum in found if enum is not None}.values())


def left_enums(operation: Operation, before: SchemaSnapshot) -> tuple[str, ...]:
    """The names of the enums that an operation may be the last to let go of."""
    if isinstance(operation, ops.DropTable):
        return _names(use.enum for use in uses([before.table(operation.table)]))
    if isinstance(operation, ops.DropColumn):
        return _names([native_enum(before.table(operation.table).column(operation.column).type)])
    if isinstance(operation, ops.ModifyColumn) and isinstance(operation.type, Type):
        old = native_enum(before.table(operation.table).column(operation.column).type)
        new = native_enum(operation.type)
        return _names([old]) if old and (new is None or new.name != old.name) else ()
    return ()


def _names(enums: Iterable[types.Enum | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(enum.name for enum in enums if enum is not None and enum.name))


def concerns_enums(operations: Sequence[Operation]) -> bool:
    """Does one of the operations need an enum's type?"""
    return any(wanted_enums(operation) for operation in operations)


@frozen
class EnumWriter:
    """Writes what happens to the types around an operation; `later` are the operations behind it."""

    writer: PostgresTableWriter
    before: SchemaSnapshot
    operation: Operation
    later: Sequence[Operation] = ()

    def ready(self) -> Iterator[Statement]:
        """Makes or changes what the operation needs."""
        for enum in wanted_enums(self.operation):
            found = [use for use in uses(self.before.tables.values()) if use.enum.name == enum.name]
            if not found:
                yield from self._create(enum)
            elif all(use.enum.values != enum.values for use in found):
                yield from self._change(enum, found)

    def gone(self) -> Iterator[Statement]:
        """Drops the types that nothing uses any more."""
        names = left_enums(self.operation, self.before)
        if not names:
            return
        after = self.operation.apply(self.before.frozen())
        used = {use.enum.name for use in uses(after.tables.values())}
        for name in names:
            if name not in used:
                yield SqlStatement(f"DROP TYPE {qualified(name)}")

    def _create(self, enum: types.Enum) -> Iterator[SqlStatement]:
        name = enum.name or ""
        schema, dot, own = name.partition(".")
        must_fit(own or name)
        if dot:
            yield from make_schema(schema, self.before)
        yield self._create_type(enum)

    def _create_type(self, enum: types.Enum) -> SqlStatement:
        labels = ", ".join(map(text_literal, enum.values))
        return SqlStatement(f"CREATE TYPE {qualified(enum.name or '')} AS ENUM ({labels})")

    def _change(self, enum: types.Enum, found: list[Use]) -> Iterator[Statement]:
        old = self._own(found).enum.values
        if tuple(value for value in enum.values if value in old) == old:
            yield from self._add_values(enum, old)
        else:
            yield self._replace(enum, found)

    def _own(self, found: list[Use]) -> Use:
        """The column that the operation modifies, or the first one."""
        own = (use for use in found if self._is_modified(self.operation, use))
        return next(own, found[0])

    def _is_modified(self, operation: Operation, use: Use) -> TypeGuard[ops.ModifyColumn]:
        return (
            isinstance(operation, ops.ModifyColumn)
            and operation.table == use.table.key
            and operation.column == use.column.name
        )

    # values added

    def _add_values(self, enum: types.Enum, old: tuple[str, ...]) -> Iterator[Statement]:
        name = qualified(enum.name or "")
        used = self._uses_one([value for value in enum.values if value not in old], enum)
        for place, value in enumerate(enum.values):
            if value not in old:
                where = _where(enum.values, place, old)
                if used:
                    sql = f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {text_literal(value)}{where}"
                    yield alone(sql, again=True)
                else:
                    yield ddl(f"ALTER TYPE {name} ADD VALUE {text_literal(value)}{where}")

    def _uses_one(self, values: list[str], enum: types.Enum) -> bool:
        """Does the migration use a new value? PostgreSQL lets nobody before it is committed."""
        return any(
            _uses(operation, value, enum)
            for operation in (self.operation, *self.later)
            for value in values
        )

    # values taken away, or in another order

    def _replace(self, enum: types.Enum, found: list[Use]) -> Statement:
        """A new type in the place of the old one, with the values carried over."""
        schema, dot, last = (enum.name or "").rpartition(".")
        old = f"toasty_old_{last}"
        name, old_name = qualified(enum.name or ""), qualified(f"{schema}{dot}{old}")
        statements = [
            SqlStatement(f"ALTER TYPE {name} RENAME TO {quote(old)}"),
            self._create_type(enum),
        ]
        for _, group in groupby(found, key=lambda use: use.table.key):
            statements += self._convert(list(group), enum)
        statements.append(SqlStatement(f"DROP TYPE {old_name}"))
        places = tuple((self.writer.dialect.table(use.table), use.column.name) for use in found)
        return AroundViews(tuple(statements), places)

    def _convert(self, found: list[Use], enum: types.Enum) -> Iterator[SqlStatement]:
        """One table's columns; what holds a value of the old type in its text is made again after."""
        parts = Parts(self.writer, found[0].table, self.before)
        names = tuple(use.column.name for use in found)
        checks, indexes = parts.checks_on(names), parts.indexes_on(names)
        computed = parts.generated_from(names)
        yield from (parts.drop_column(column.name) for column in computed)
        yield from (parts.drop_check(check) for check in checks)
        yield from (parts.drop_index(index) for index in indexes)
        actions = [action for use in found for action in self._actions(use, enum)]
        yield parts.alter(*actions, work=Work.REWRITE)
        yield from (parts.create_index(index) for index in indexes)
        yield from (parts.add_check(check) for check in checks)
        for column in computed:
            yield from parts.add_column_again(column)

    def _actions(self, use: Use, enum: types.Enum) -> Iterator[str]:
        dialect, column = self.writer.dialect, use.column
        alter = f"ALTER COLUMN {quote(column.name)}"
        type_sql = dialect.type_sql(column.type)
        text = "text" + type_sql[len(qualified(use.enum.name or "")) :]
        value = quote(column.name)
        if self._is_modified(self.operation, use):
            using = self.operation.using
            written = using.for_backend(dialect.name) if using else None
            value = f"({written})" if written is not None else value
            column = self.operation.new_column(self.before)
        if dialect.default_sql(use.column) is not None:
            yield f"{alter} DROP DEFAULT"
        yield f"{alter} TYPE {type_sql} USING {value}::{text}::{type_sql}"
        default = dialect.default_sql(column)
        if default is not None and not _is_gone(column.default, enum):
            yield f"{alter} SET DEFAULT {default}"


def _is_gone(default: Default | None, enum: types.Enum) -> bool:
    """Is the default a value that goes away? Then the column is still to get another one."""
    label = default.value if isinstance(default, Literal) else None
    return isinstance(label, str) and not label.startswith("{") and label not in enum.values


def _where(values: tuple[str, ...], place: int, old: tuple[str, ...]) -> str:
    """Where a new value stands among the others; nothing when it is behind all old ones."""
    if not any(value in old for value in values[place:]):
        return ""
    if place == 0:
        return f" BEFORE {text_literal(old[0])}"
    return f" AFTER {text_literal(values[place - 1])}"


def _uses(operation: Operation, value: str, enum: types.Enum) -> bool:
    if isinstance(operation, ops.Run | ops.TransformRows):
        return True
    if isinstance(operation, ops.ExecuteSql):
        return value in operation.sql
    return repr(value)[1:-1] in repr(operation).replace(repr(enum), "")
