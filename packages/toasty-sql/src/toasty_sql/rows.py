"""Rows as SQL: insert, upsert, update, delete, and transform with a Python function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from toasty_core.errors import SchemaError
from toasty_core.operations.data import (
    DeleteRows,
    InsertRows,
    Row,
    TransformRows,
    UpdateRows,
    UpsertRows,
    Where,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Function, Literal, NextValue
from toasty_sql.dialect import SqlDialect
from toasty_sql.statements import SqlStatement

if TYPE_CHECKING:
    from toasty_sql.transform import TransformStatement


class RowWriter:
    """Writes statements on rows in the words of a dialect. Subclasses state what differs."""

    max_parameters = 900

    def __init__(self, dialect: SqlDialect) -> None:
        self.dialect = dialect

    def insert(self, operation: InsertRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """INSERT, as many rows to a statement as it may have values."""
        table = before.table(operation.table)
        return self._inserts(table, operation.rows, "")

    def upsert(self, operation: UpsertRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """INSERT that updates the rows that are there already."""
        table, key = before.table(operation.table), operation.key_columns(before)
        for columns, rows in groupby(operation.rows, key=tuple):
            yield from self._inserts(table, tuple(rows), self.upsert_tail(columns, key))

    def upsert_tail(self, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
        """What stands behind the values of an INSERT that may meet rows of the same key."""
        quote = self.dialect.quote
        sets = [f"{quote(c)} = excluded.{quote(c)}" for c in columns if c not in key]
        action = f"DO UPDATE SET {', '.join(sets)}" if sets else "DO NOTHING"
        return f" ON CONFLICT ({self.dialect.quoted(key)}) {action}"

    def update(self, operation: UpdateRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """UPDATE of the rows that are chosen."""
        table, bound = before.table(operation.table), _Bound(self.dialect)
        if not operation.values:
            return
        sets = ", ".join(
            f"{self.dialect.quote(name)} = {bound.value(table, name, value)}"
            for name, value in operation.values.items()
        )
        where = bound.where(table, operation.where)
        yield bound.statement(f"UPDATE {self.dialect.table(table)} SET {sets}{where}")

    def delete(self, operation: DeleteRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """DELETE of the rows that are chosen."""
        table, bound = before.table(operation.table), _Bound(self.dialect)
        where = bound.where(table, operation.where)
        yield bound.statement(f"DELETE FROM {self.dialect.table(table)}{where}")

    def transform(
        self, operation: TransformRows, before: SchemaSnapshot
    ) -> Iterator[TransformStatement]:
        """Rows through a Python function, by the order of their key."""
        from toasty_sql.transform import TransformColumn, TransformStatement

        table, bound = before.table(operation.table), _Bound(self.dialect)
        where = bound.condition(table, operation.where)
        yield TransformStatement(
            self.dialect.table(table),
            columns=tuple(
                TransformColumn(
                    column.name,
                    self.dialect.quote(column.name),
                    self.dialect.decode(column.type),
                    self.dialect.encode(column.type),
                )
                for column in table.columns
            ),
            key=self.row_locator(table),
            key_names=table.key_columns,
            function=operation.function,
            description=operation.describe(),
            where=where,
            parameters=tuple(bound.parameters),
            batch_size=operation.batch_size,
            placeholder=self.dialect.placeholder,
        )

    def row_locator(self, table: TableDef) -> tuple[str, ...]:
        """Quoted expressions that together tell one row from another, never null."""
        return tuple(self.dialect.quote(name) for name in table.key_columns)

    def _inserts(self, table: TableDef, rows: tuple[Row, ...], tail: str) -> Iterator[SqlStatement]:
        for columns, alike in groupby(rows, key=tuple):
            chunk = max(1, self.max_parameters // max(1, len(columns)))
            todo = list(alike)
            for start in range(0, len(todo), chunk if columns else 1):
                yield self._insert(table, columns, todo[start : start + chunk], tail)

    def _insert(
        self, table: TableDef, columns: tuple[str, ...], rows: list[Row], tail: str
    ) -> SqlStatement:
        name = self.dialect.table(table)
        if not columns:
            return SqlStatement(f"INSERT INTO {name} DEFAULT VALUES{tail}")
        bound = _Bound(self.dialect)
        values = ", ".join(
            f"({', '.join(bound.value(table, column, row[column]) for column in columns)})"
            for row in rows
        )
        overriding = self.overriding(table, columns)
        head = f"INSERT INTO {name} ({self.dialect.quoted(columns)}){overriding} VALUES {values}"
        return bound.statement(head + tail)

    def overriding(self, table: TableDef, columns: tuple[str, ...]) -> str:
        """What an INSERT has to say where rows bring numbers that the database gives by itself."""
        return ""


class _Bound:
    """The values of one statement, as they come up from left to right."""

    def __init__(self, dialect: SqlDialect) -> None:
        self.dialect = dialect
        self.parameters: list[Any] = []

    def statement(self, sql: str) -> SqlStatement:
        return SqlStatement(sql, tuple(self.parameters))

    def value(self, table: TableDef, column: str, value: Any) -> str:
        """A placeholder; an expression stands as it is."""
        type_ = table.column(column).type.for_backend(self.dialect.name)
        if isinstance(value, Expression):
            return self.expression(value)
        if isinstance(value, Function | NextValue):
            return self.dialect.function_sql(value, type_)
        raw = value.value if isinstance(value, Literal) else value
        self.parameters.append(self.dialect.encode(type_)(raw))
        return self.dialect.placeholder

    def expression(self, expression: Expression) -> str:
        text = expression.for_backend(self.dialect.name)
        if text is None:
            raise SchemaError(
                f"the expression {str(expression)!r} has no text for {self.dialect.name}",
                hint=f'add it: expr(..., {self.dialect.name}="...")',
            )
        return f"({text})"

    def where(self, table: TableDef, where: Where) -> str:
        """WHERE and the condition; nothing for all rows."""
        condition = self.condition(table, where)
        return f" WHERE {condition}" if condition else ""

    def condition(self, table: TableDef, where: Where) -> str | None:
        if isinstance(where, Mapping):
            parts = [self.equals(table, name, value) for name, value in where.items()]
            return " AND ".join(parts) or None
        return None if where is None else self.expression(where)

    def equals(self, table: TableDef, name: str, value: Any) -> str:
        """`column = ?`; for None IS NULL, for a list IN."""
        quoted = self.dialect.quote(name)
        if value is None:
            return f"{quoted} IS NULL"
        if not isinstance(value, list | tuple | set | frozenset):
            return f"{quoted} = {self.value(table, name, value)}"
        given = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        marks = [self.value(table, name, item) for item in given if item is not None]
        found = f"{quoted} IN ({', '.join(marks)})" if marks else "1 = 0"
        return f"({found} OR {quoted} IS NULL)" if None in given else found
