"""What must hold of a table's rows before an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from toasty_core import operations as ops
from toasty_core.backends import DataCheck, only_for
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import ForeignKeyDef, IndexDef, UniqueDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef, describe_part
from toasty_mysql.conversion import Conversion
from toasty_mysql.ddl import index_length
from toasty_mysql.futures import Future, Futures, quoted
from toasty_mysql.links import resolved
from toasty_sql.brackets import without_brackets
from toasty_sql.checks import NULLS, CheckWriter, Rows
from toasty_sql.fills import has_no_value

if TYPE_CHECKING:
    from toasty_mysql.compiler import MysqlCompiler


class MysqlCheckWriter(CheckWriter):
    """Questions in the words of MySQL and MariaDB, where `||` is no way to join texts."""

    def shown(self, expression: str) -> str:
        """A value as text, cut short."""
        return f"COALESCE(LEFT(CAST({expression} AS CHAR), 60), 'NULL')"

    def joined(self, *parts: str) -> str:
        """Texts one behind the other."""
        return f"CONCAT({', '.join(parts)})" if parts else ""


class RowChecks:
    """The questions about one operation, given the schema before it.

    With `futures` they are asked of the rows before the whole migration, where that can be; else of the rows just
    before the operation.
    """

    def __init__(
        self, compiler: MysqlCompiler, before: SchemaSnapshot, futures: Futures | None = None
    ) -> None:
        self.compiler, self.before = compiler, before
        self.dialect, self.tables = compiler.dialect, compiler.tables
        self.ask = MysqlCheckWriter(compiler.dialect)
        self.futures = futures

    def of(self, operation: Operation) -> Iterable[DataCheck]:
        """The questions about an operation."""
        if self.futures is None:
            return self._of(operation)
        key = getattr(operation, "table", None)
        future = self.futures.of(self.before.table(key)) if isinstance(key, str) else None
        if future is not None and future.is_new:
            return ()
        if future is None or not self._is_known(operation, future):
            return list(RowChecks(self.compiler, self.before).of(operation))
        return [check._replace(ahead=True) for check in self._of(operation)]

    def _is_known(self, operation: Operation, future: Future) -> bool:
        """Can the question be asked before the migration begins?"""
        if isinstance(operation, ops.AddForeignKey):
            parent = self._future(self.before.table(operation.foreign_key.table))
            key = resolved(operation.foreign_key, self.before)
            ends = (
                (*map(future.column, key.columns), *map(parent.column, key.references))
                if parent
                else (None,)
            )
            return None not in ends
        return future.columns is None or all(
            future.columns.get(name) for name in self._named(operation)
        )

    def _named(self, operation: Operation) -> tuple[str, ...]:
        """The columns that the question names. A check and an index may name any."""
        match operation:
            case ops.ModifyColumn(column=name, using=None):
                return (name,)
            case ops.AddUnique(unique=part):
                return part.columns
            case ops.ChangePrimaryKey(primary_key=part) if part is not None:
                return part.columns
            case ops.CreateIndex(index=part) if all(p.name for p in part.columns):
                return part.column_names
            case ops.AddColumn():
                return ()
        return self.before.table(operation.touches()[0]).column_names

    def _future(self, table: TableDef) -> Future | None:
        return Future(self.dialect.table(table)) if self.futures is None else self.futures.of(table)

    def _source(self, table: TableDef) -> str:
        """The rows, as what stands behind FROM."""
        future = self._future(table)
        if future is None or future.columns is None:
            return future.source if future else self.dialect.table(table)
        columns = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in future.columns.items())
        return f"(SELECT {columns or '1'} FROM {future.source}) AS found"

    def _of(self, operation: Operation) -> Iterable[DataCheck]:
        asks: dict[type[Operation], Callable[[Any], Iterable[DataCheck]]] = {
            ops.AddColumn: self._new_column,
            ops.ModifyColumn: self._changed_column,
            ops.CreateIndex: self._index,
            ops.AddUnique: self._unique,
            ops.AddCheck: self._check,
            ops.AddForeignKey: self._foreign_key,
            ops.ChangePrimaryKey: self._key,
        }
        ask = asks.get(type(operation))
        return () if ask is None else ask(operation)

    def rows(self, table: TableDef) -> Rows:
        """The rows of a table."""
        return Rows(self._source(table), table.name, self._key_of(table))

    def _key_of(self, table: TableDef) -> tuple[str, ...]:
        """The key's columns, as far as their values are known."""
        future = self._future(table)
        return tuple(name for name in table.key_columns if future is None or future.column(name))

    def _place(self, table: TableDef, columns: tuple[str, ...]) -> str:
        """`users.email`, or `users (first, last)`."""
        many = f"{table.name} ({', '.join(columns)})"
        return f"{table.name}.{columns[0]}" if len(columns) == 1 else many

    # columns

    def _new_column(self, operation: ops.AddColumn) -> Iterator[DataCheck]:
        column, fill = operation.column, operation.fill
        filled = fill is not None and self.dialect.value_sql(fill, column.type) is not None
        if not self._wants_value(column) or filled:
            return
        table = operation.table
        hint = (
            f'say fill=... in db.add_column("{table}", ColumnDef("{column.name}", ...), fill=...); or'
            f" generate it again with --fill {table}.{column.name}=VALUE, or give the column a default,"
            " or nullable=True"
        )
        what = has_no_value(column, fill, self.dialect.name)
        place = f"{table}.{column.name}"
        yield self.ask.any_rows(self.rows(self.before.table(table)), place, what, hint)

    def _wants_value(self, column: ColumnDef) -> bool:
        """Must each row have a value that the database does not give?"""
        if column.nullable or column.generated is not None:
            return False
        if column.auto is not None and self.tables.can_be_numbered(column):
            return False
        default = self.dialect.default_sql(column)
        return default is None or without_brackets(default).upper() == "NULL"

    def _changed_column(self, operation: ops.ModifyColumn) -> Iterator[DataCheck]:
        table, new = self.before.table(operation.table), operation.new_column(self.before)
        old = table.column(operation.column)
        if new.generated is not None:
            return
        yield from self._unfit(operation, table, old, new)
        yield from self._nulls(operation, table, old, new)
        if self.compiler.new_value(operation, old, new) is not None:
            yield from self._keys_of(operation, table, old, new)

    def _conversion(
        self, operation: ops.ModifyColumn, old: ColumnDef, new: ColumnDef
    ) -> Conversion:
        using = operation.using.for_backend("mysql") if operation.using else None
        if using is not None:
            return Conversion(using)
        return self.compiler.conversion(old, new)

    def _unfit(
        self, operation: ops.ModifyColumn, table: TableDef, old: ColumnDef, new: ColumnDef
    ) -> Iterator[DataCheck]:
        unfit = self._conversion(operation, old, new).unfit
        if unfit:
            yield self.ask.failing(
                self.rows(table),
                " OR ".join(f"({condition})" for condition in unfit),
                self.ask.shown(self.dialect.quote(old.name)),
                f"{table.name}.{old.name}",
                f"cannot become {new.type.for_backend('mysql')}",
                f'say how: db.modify_column("{table.name}", "{old.name}", ..., using=expr("..."))',
            )

    def _nulls(
        self, operation: ops.ModifyColumn, table: TableDef, old: ColumnDef, new: ColumnDef
    ) -> Iterator[DataCheck]:
        value = self._conversion(operation, old, new).sql
        was_loose = old.nullable and old.name not in table.key_columns
        if new.nullable or (not was_loose and operation.using is None):
            return
        if operation.fill and self.dialect.value_sql(operation.fill, new.type) is not None:
            return
        condition = f"({value or self.dialect.quote(old.name)}) IS NULL"
        place = f"{table.name}.{old.name}"
        hint = (
            f'say fill=... in db.modify_column("{table.name}", "{old.name}", nullable=False, fill=...); or'
            f" generate it again with --fill {place}=VALUE"
        )
        yield self.ask.failing(self.rows(table), condition, None, place, NULLS, hint)

    def _keys_of(
        self, operation: ops.ModifyColumn, table: TableDef, old: ColumnDef, new: ColumnDef
    ) -> Iterator[DataCheck]:
        """New values may be the same where the old ones were not."""
        value = self._conversion(operation, old, new).sql or self.dialect.quote(old.name)
        keys = [(table.key_columns, "the primary key")]
        keys += [(u.columns, describe_part(u)) for u in self.tables.chosen(table.uniques)]
        keys += [(i.column_names, describe_part(i)) for i in self.tables.indexes(table) if i.unique]
        for columns, words in keys:
            if old.name in columns:
                parts = [f"({value})" if c == old.name else self.dialect.quote(c) for c in columns]
                yield self._duplicates(table, tuple(parts), self._place(table, columns), words)

    # keys and indexes

    def _duplicates(
        self, table: TableDef, parts: tuple[str, ...], place: str, word: str
    ) -> DataCheck:
        what = f"stand more than once, and {word} lets them stand only once"
        return self.ask.duplicates(self.rows(table), parts, None, place, what)

    def _unique(self, operation: ops.AddUnique) -> Iterator[DataCheck]:
        table, unique = self.before.table(operation.table), operation.unique
        if only_for("mysql", unique.only) and not self._is_unique(table, unique.columns):
            parts = tuple(map(self.dialect.quote, unique.columns))
            words = describe_part(unique)
            yield self._duplicates(table, parts, self._place(table, unique.columns), words)

    def _is_unique(self, table: TableDef, columns: tuple[str, ...]) -> bool:
        """Can these columns not hold the same values twice, as it is?"""
        keys: list[UniqueDef] = list(self.tables.chosen(table.uniques))
        return columns == table.key_columns or any(u.columns == columns for u in keys)

    def _index(self, operation: ops.CreateIndex) -> Iterator[DataCheck]:
        table, index = self.before.table(operation.table), operation.index
        if index.unique and only_for("mysql", index.only):
            parts = tuple(self._index_part(index, at) for at in range(len(index.columns)))
            place = f"{table.name} (index {index.name})"
            yield self._duplicates(table, parts, place, describe_part(index))

    def _index_part(self, index: IndexDef, position: int) -> str:
        part = index.columns[position]
        if part.name is None:
            return f"({self.tables.index_expression(part)})"
        name, length = self.dialect.quote(part.name), index_length(index, part.name)
        text = f"LEFT({name}, {length})" if length else name
        return f"{text} COLLATE {part.collation}" if part.collation else text

    def _key(self, operation: ops.ChangePrimaryKey) -> Iterator[DataCheck]:
        table, key = self.before.table(operation.table), operation.primary_key
        if key is None or key.columns == table.key_columns:
            return
        hint = f"fill it first: db.update_rows({table.name!r}, {{...: ...}}, where={{...: None}})"
        for name in key.columns:
            if table.column(name).nullable and name not in table.key_columns:
                yield self.ask.nulls(self.rows(table), name, hint)
        if not self._is_unique(table, key.columns):
            parts = tuple(map(self.dialect.quote, key.columns))
            place = self._place(table, key.columns)
            yield self._duplicates(table, parts, place, "the primary key")

    # constraints

    def _check(self, operation: ops.AddCheck) -> Iterator[DataCheck]:
        table, check = self.before.table(operation.table), operation.check
        condition = check.expression.for_backend("mysql")
        if condition is not None and only_for("mysql", check.only):
            yield self.ask.failing(
                self.rows(table),
                f"NOT ({condition})",
                None,
                f"{table.name} {describe_part(check)}",
                "break the check",
                "change those rows first, with db.update_rows or db.execute_sql",
            )

    def _foreign_key(self, operation: ops.AddForeignKey) -> Iterator[DataCheck]:
        table = self.before.table(operation.table)
        if not only_for("mysql", operation.foreign_key.only):
            return
        key = resolved(operation.foreign_key, self.before)
        if len(key.columns) != len(key.references):
            return
        place, parent = self._place(table, key.columns), self.before.table(key.table)
        future = self._future(parent)
        if future is not None and future.is_new:
            yield self._points_at_new(table, key, place)
        else:
            rows = Rows(self._bare(table), table.name, self._key_of(table))
            there = self._bare(parent)
            yield self.ask.orphans(rows, key.columns, there, key.references, place, parent.name)

    def _bare(self, table: TableDef) -> str:
        """The rows without a name of their own, which the question gives them."""
        return self._source(table).removesuffix(" AS found")

    def _points_at_new(self, table: TableDef, key: ForeignKeyDef, place: str) -> DataCheck:
        filled = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in key.columns)
        what = f"point at table {key.table}, which is new and empty"
        hint = f"leave {', '.join(key.columns)} null, or create and fill {key.table} in a migration before"
        return self.ask.failing(self.rows(table), filled, None, place, what, hint)


__all__ = ["MysqlCheckWriter", "RowChecks"]
