"""Rows as SQL of MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from toasty_core.errors import SchemaError
from toasty_core.operations.data import DeleteRows, InsertRows, UpdateRows, UpsertRows
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.statements import RowStatement
from toasty_sql.rows import RowWriter
from toasty_sql.statements import SqlStatement

_NEW = "toasty_new"


class MysqlRowWriter(RowWriter):
    """Writes statements on rows. `INSERT ... ON DUPLICATE KEY UPDATE` is what updates a row that is there."""

    dialect: MysqlDialect

    def __init__(self, dialect: MysqlDialect) -> None:
        super().__init__(dialect)

    def insert(self, operation: InsertRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """INSERT."""
        return _shown(super().insert(operation, before))

    def update(self, operation: UpdateRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """UPDATE."""
        return _shown(super().update(operation, before))

    def delete(self, operation: DeleteRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """DELETE."""
        return _shown(super().delete(operation, before))

    def upsert(self, operation: UpsertRows, before: SchemaSnapshot) -> Iterator[SqlStatement]:
        """INSERT that updates the rows that are there already."""
        table, key = before.table(operation.table), operation.key_columns(before)
        _must_be_unique(table, key)
        return _shown(self._upserts(operation, table, key))

    def _upserts(
        self, operation: UpsertRows, table: TableDef, key: tuple[str, ...]
    ) -> Iterator[SqlStatement]:
        for columns, rows in groupby(operation.rows, key=tuple):
            yield from self._inserts(table, tuple(rows), self.upsert_tail(columns, key))

    def upsert_tail(self, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
        """What stands behind the values: MariaDB has VALUES() for them, MySQL a name for the new row."""
        quote = self.dialect.quote
        others = [column for column in columns if column not in key]
        if self.dialect.is_mariadb:
            head, sets = "", [f"{quote(c)} = VALUES({quote(c)})" for c in others]
        else:
            head, sets = f" AS {_NEW}", [f"{quote(c)} = {_NEW}.{quote(c)}" for c in others]
        same = [f"{quote(key[0])} = {quote(key[0])}"] if self.dialect.is_mariadb else []
        same = same or [f"{quote(key[0])} = {_NEW}.{quote(key[0])}"]
        return f"{head} ON DUPLICATE KEY UPDATE {', '.join(sets or same)}"

    def _insert(
        self, table: TableDef, columns: tuple[str, ...], rows: list[Any], tail: str
    ) -> SqlStatement:
        if not columns:
            return SqlStatement(f"INSERT INTO {self.dialect.table(table)} () VALUES (){tail}")
        return super()._insert(table, columns, rows, tail)


def _shown(statements: Iterator[SqlStatement]) -> Iterator[SqlStatement]:
    return (RowStatement(statement.sql, statement.parameters) for statement in statements)


def _must_be_unique(table: TableDef, key: tuple[str, ...]) -> None:
    """The database looks at all of a table's keys, so the one that is meant must be one."""
    keys = [set(table.key_columns), *(set(unique.columns) for unique in table.uniques)]
    keys += [set(index.column_names) for index in table.indexes if index.unique]
    if set(key) not in keys:
        raise SchemaError(
            f"cannot upsert into {table.key!r} by ({', '.join(key)}): it is no key of the table",
            hint="add a unique constraint over these columns first",
        )
