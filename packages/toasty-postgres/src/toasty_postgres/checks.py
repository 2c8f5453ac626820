"""What must hold of a table's rows before an operation, in the words of the catalog as it stands right then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from toasty_core import operations as ops
from toasty_core.backends import DataCheck, only_for
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef, describe_part
from toasty_core.schema.types import Type
from toasty_core.schema.values import Literal
from toasty_postgres.columns import ColumnChange
from toasty_postgres.conversion import Change, lost_labels
from toasty_postgres.ddl import PostgresTableWriter, not_valid
from toasty_postgres.enums import native_enum, uses
from toasty_postgres.names import quote
from toasty_sql.checks import NULLS, CheckWriter, Rows
from toasty_sql.fills import has_no_value


class OperationChecks:
    """The questions about one operation."""

    def __init__(self, writer: PostgresTableWriter, before: SchemaSnapshot) -> None:
        self.writer, self.before = writer.at(before), before
        self.dialect = writer.dialect
        self.asks = CheckWriter(writer.dialect)

    def all(self, operation: Operation) -> Iterator[DataCheck]:
        """Every question about the operation."""
        ask = _HANDLERS.get(operation.kind)
        if ask is not None:
            yield from ask(self, operation)

    def rows(self, table: TableDef) -> Rows:
        """The table's rows."""
        return Rows(self.dialect.table(table), table.key, table.key_columns)

    # columns

    def add_column(self, operation: ops.AddColumn) -> Iterator[DataCheck]:
        """A new column that must not be null has a value for every row."""
        column, rows = operation.column, self.rows(self.before.table(operation.table))
        if column.nullable or column.auto is not None or column.generated is not None:
            return
        given = operation.fill
        value = None if given is None else self.dialect.value_sql(given, column.type)
        place, hint = f"{operation.table}.{column.name}", self._fill_hint(operation, column)
        if value is None and self.dialect.is_null_default(column):
            what = has_no_value(column, given, self.dialect.name)
            hint = f"{hint}, or give the column a default, or nullable=True"
            yield self.asks.any_rows(rows, place, what, hint)
        elif value is not None and not isinstance(given, Literal):
            what = "would be null, and the column may not be"
            yield self.asks.failing(rows, f"({value}) IS NULL", None, place, what, hint)

    def _fill_hint(self, operation: ops.AddColumn | ops.ModifyColumn, column: ColumnDef) -> str:
        table, name = operation.table, column.name
        if isinstance(operation, ops.AddColumn):
            call = f'db.add_column("{table}", ColumnDef("{name}", ...), fill=...)'
        else:
            call = f'db.modify_column("{table}", "{name}", nullable=False, fill=...)'
        return f"say fill=... in {call}; or generate it again with --fill {table}.{name}=VALUE"

    def modify_column(self, operation: ops.ModifyColumn) -> Iterator[DataCheck]:
        """The values convert, and none is null where none may be."""
        change = ColumnChange(operation, self.before, self.writer)
        yield from self._unfit(operation, change)
        yield from self._labels(operation)
        if not change.becomes_filled and change.using is None:
            return
        filled = change.fill
        if change.is_nullable(change.new) or (filled is not None and change.using is None):
            return
        place, hint = (
            f"{operation.table}.{operation.column}",
            self._fill_hint(operation, change.new),
        )
        value = change.using or quote(operation.column)
        if filled is None and change.new.generated is None:
            yield self.asks.failing(
                self.rows(change.table), f"{value} IS NULL", None, place, NULLS, hint
            )

    def _unfit(self, operation: ops.ModifyColumn, change: ColumnChange) -> Iterator[DataCheck]:
        found = change.conversion
        if found is None or found.unfit is None:
            return
        table, name = operation.table, operation.column
        hint = f'say how: db.modify_column("{table}", "{name}", ..., using=expr("..."))'
        shown, what = self.asks.shown(change.column), f"cannot become {change.new.type}"
        yield self.asks.failing(
            self.rows(change.table), found.unfit, shown, f"{table}.{name}", what, hint
        )

    def _labels(self, operation: ops.ModifyColumn) -> Iterator[DataCheck]:
        """No column of an enum's type has a value that goes away."""
        new = native_enum(operation.type) if isinstance(operation.type, Type) else None
        if new is None:
            return
        for use in uses(self.before.tables.values()):
            own = use.table.key == operation.table and use.column.name == operation.column
            if use.enum.name != new.name or (own and operation.using is not None):
                continue
            value, type_ = quote(use.column.name), use.column.type.for_backend(self.dialect.name)
            is_list = type_ is not use.enum
            lost = lost_labels(
                Change("label" if is_list else value, use.enum, new, self.writer.version)
            )
            if lost is not None:
                lost = (
                    f"EXISTS (SELECT FROM unnest({value}) AS label WHERE {lost})"
                    if is_list
                    else lost
                )
                yield self._lost(use.table, use.column.name, lost, new)

    def _lost(self, table: TableDef, column: str, condition: str, new: Type) -> DataCheck:
        call = f'db.modify_column("{table.key}", "{column}", ..., using=expr("..."))'
        hint = f"change those rows first, or say how: {call}"
        shown = self.asks.shown(quote(column))
        place = f"{table.key}.{column}"
        return self.asks.failing(
            self.rows(table), condition, shown, place, f"cannot become {new}", hint
        )

    # keys and indexes

    def _duplicates(self, table: TableDef, columns: tuple[str, ...], word: str) -> DataCheck:
        what = f"stand more than once, and {word} lets them stand only once"
        parts, place = tuple(map(quote, columns)), self._place(table, columns)
        return self.asks.duplicates(self.rows(table), parts, None, place, what)

    def _place(self, table: TableDef, columns: tuple[str, ...]) -> str:
        """`users.email`, or `users (first, last)`."""
        return (
            f"{table.key}.{columns[0]}"
            if len(columns) == 1
            else f"{table.key} ({', '.join(columns)})"
        )

    def add_unique(self, operation: ops.AddUnique) -> Iterator[DataCheck]:
        """No values stand twice."""
        unique, table = operation.unique, self.before.table(operation.table)
        if only_for(self.dialect.name, unique.only):
            yield self._duplicates(table, unique.columns, describe_part(unique))

    def create_index(self, operation: ops.CreateIndex) -> Iterator[DataCheck]:
        """No values stand twice among the rows of a unique index."""
        index, table = operation.index, self.before.table(operation.table)
        if index.unique and only_for(self.dialect.name, index.only):
            where = index.where.for_backend(self.dialect.name) if index.where else None
            names = tuple(f"part_{number}" for number in range(len(index.columns)))
            parts = zip(self._index_parts(index), names, strict=True)
            selected = ", ".join(f"{part} AS {name}" for part, name in parts)
            condition = f" WHERE {where}" if where else ""
            # a constant among the parts would be no expression to group by
            source = f"(SELECT {selected} FROM {self.dialect.table(table)}{condition}) AS indexed"
            what = f"stand more than once, and {describe_part(index)} lets them stand only once"
            place = f"{table.key} (index {index.name})"
            yield self.asks.duplicates(Rows(source, table.key), names, None, place, what)

    def _index_parts(self, index: IndexDef) -> Iterator[str]:
        for part in index.columns:
            text = quote(part.name) if part.name is not None else self.writer.index_expression(part)
            yield f"{text} COLLATE {quote(part.collation)}" if part.collation else text

    def change_primary_key(self, operation: ops.ChangePrimaryKey) -> Iterator[DataCheck]:
        """The new key's values are there, and stand once."""
        key, table = operation.primary_key, self.before.table(operation.table)
        if key is None or key.columns == table.key_columns:
            return
        for name in key.columns:
            if table.column(name).nullable and name not in table.key_columns:
                hint = f'fill them first: db.update_rows("{table.key}", ...)'
                yield self.asks.nulls(self.rows(table), name, hint)
        if not (table.key_columns and set(table.key_columns) <= set(key.columns)):
            yield self._duplicates(table, key.columns, "the primary key")

    def add_check(self, operation: ops.AddCheck) -> Iterator[DataCheck]:
        """No row breaks the check."""
        check, table = operation.check, self.before.table(operation.table)
        text = check.expression.for_backend(self.dialect.name)
        if text is not None and only_for(self.dialect.name, check.only) and not not_valid(check):
            hint = "change those rows first, with db.update_rows or db.execute_sql"
            place = f"{table.key} {describe_part(check)}"
            yield self.asks.failing(
                self.rows(table), f"NOT ({text})", None, place, "break the check", hint
            )

    def add_foreign_key(self, operation: ops.AddForeignKey) -> Iterator[DataCheck]:
        """No row points at nothing."""
        key, table = operation.foreign_key, self.before.table(operation.table)
        parent = self.before.tables.get(key.table)
        if not only_for(self.dialect.name, key.only) or not_valid(key) or parent is None:
            return
        references = key.references or parent.key_columns
        if len(references) == len(key.columns):
            target, place = self.dialect.table(parent), self._place(table, key.columns)
            yield self.asks.orphans(self.rows(table), key.columns, target, references, place)


_HANDLERS: Mapping[str, Callable[[OperationChecks, Any], Iterator[DataCheck]]] = {
    ops.AddColumn.kind: OperationChecks.add_column,
    ops.ModifyColumn.kind: OperationChecks.modify_column,
    ops.AddUnique.kind: OperationChecks.add_unique,
    ops.CreateIndex.kind: OperationChecks.create_index,
    ops.ChangePrimaryKey.kind: OperationChecks.change_primary_key,
    ops.AddCheck.kind: OperationChecks.add_check,
    ops.AddForeignKey.kind: OperationChecks.add_foreign_key,
}
