"""Rows as PostgreSQL's statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from attrs import evolve, frozen

from toasty_core.operations.data import (
    DeleteRows,
    InsertRows,
    Row,
    TransformRows,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Identity
from toasty_postgres.dialect import PostgresDialect
from toasty_postgres.literals import literal, text_literal
from toasty_postgres.names import quote, stored_name
from toasty_postgres.sql_text import outside_of_quotes
from toasty_sql.rows import RowWriter
from toasty_sql.statements import SqlStatement
from toasty_sql.transform import TransformStatement

_MARK = "\0"
"""Stands for a value while a statement is written: no text of PostgreSQL's can hold it."""


@frozen
class RowStatement(SqlStatement):
    """A statement on rows; its values show as PostgreSQL's literals."""

    def __str__(self) -> str:
        if not self.parameters:
            return f"{self.sql};"
        values = iter(self.parameters)
        return f"{outside_of_quotes('%s', lambda _: literal(next(values)), self.sql)};"


@frozen
class PostgresTransform(TransformStatement):
    """Rows that go through a Python function, in PostgreSQL's words."""

    def batch(self, after: tuple[object, ...] | None) -> SqlStatement:
        """The query for the rows behind the key `after`."""
        return bound(TransformStatement.batch(self, after))

    def update(self, key: object, changes: object) -> SqlStatement | None:
        """The statement that stores what the function returned for one row."""
        found = TransformStatement.update(self, key, changes)  # type: ignore[arg-type]
        return None if found is None else bound(found)


def bound(statement: SqlStatement) -> RowStatement:
    """The statement with `%s` for its values. What reads like one in the user's own SQL becomes `% s`."""
    sql = statement.sql
    if statement.parameters:
        sql = outside_of_quotes("%s", lambda _: "% s", sql).replace(_MARK, "%s")
    return RowStatement(sql, statement.parameters)


class _Marking(PostgresDialect):
    placeholder: ClassVar[str] = _MARK


class PostgresRowWriter(RowWriter):
    """Writes statements on rows."""

    max_parameters = 10_000

    def __init__(self) -> None:
        super().__init__(_Marking())

    def insert(self, operation: InsertRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """INSERT; numbers that rows bring along are not given again."""
        yield from map(bound, super().insert(operation, before))
        yield from self._counted(before.table(operation.table), operation.rows)

    def upsert(self, operation: UpsertRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """INSERT that updates the rows that are there; a row comes once in each statement."""
        key = operation.key_columns(before)
        for rows in _without_repeats(operation.rows, key):
            part = evolve(operation, rows=rows)
            yield from map(bound, super().upsert(part, before))
        yield from self._counted(before.table(operation.table), operation.rows)

    def update(self, operation: UpdateRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """UPDATE of the rows that are chosen."""
        return map(bound, super().update(operation, before))

    def delete(self, operation: DeleteRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """DELETE of the rows that are chosen."""
        return map(bound, super().delete(operation, before))

    def transform(
        self, operation: TransformRows, before: SchemaSnapshot
    ) -> Iterator[TransformStatement]:
        """Rows through a Python function, by the order of their key."""
        for plain in super().transform(operation, before):
            fields = {a.name: getattr(plain, a.name) for a in TransformStatement.__attrs_attrs__}
            yield PostgresTransform(**fields)

    def overriding(self, table: TableDef, columns: tuple[str, ...]) -> str:
        """OVERRIDING SYSTEM VALUE, for numbers that the database would always give itself."""
        autos = (table.column(name).auto for name in columns)
        always = any(isinstance(auto, Identity) and auto.always for auto in autos)
        return " OVERRIDING SYSTEM VALUE" if always else ""

    def _counted(self, table: TableDef, rows: tuple[Row, ...]) -> Iterator[SqlStatement]:
        """Moves the sequences of numbered columns behind the numbers that rows bring along."""
        for column in table.columns:
            rising = getattr(column.auto, "increment", None) or 1
            if column.auto and rising > 0 and any(row.get(column.name) is not None for row in rows):
                yield SqlStatement(_move_behind(self.dialect.table(table), column.name))


def _move_behind(table: str, column: str) -> str:
    of = f"pg_get_serial_sequence({text_literal(table)}, {text_literal(stored_name(column))})::regclass"
    return (
        f"SELECT setval(numbers, highest) FROM (SELECT {of} AS numbers, max({quote(column)}) AS highest FROM {table})"
        " AS brought WHERE highest > coalesce(pg_sequence_last_value(numbers), 0)"
    )


def _without_repeats(rows: tuple[Row, ...], key: tuple[str, ...]) -> Iterator[tuple[Row, ...]]:
    """The rows in as few runs as can be, in none of which a key stands twice."""
    run: list[Row] = []
    seen: set[str] = set()
    for row in rows:
        mark = repr([row[name] for name in key])
        if mark in seen:
            yield tuple(run)
            run, seen = [], set()
        run.append(row)
        seen.add(mark)
    if run:
        yield tuple(run)
