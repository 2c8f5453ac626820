"""The rows as they will be half-way through a migration, said in terms of the rows before all of it.

Here every change of the schema is final. So what rows must fulfil for the tenth operation is asked before the
first one, of a SELECT that does to the rows what the nine before it would do.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from toasty_core import operations as ops
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mysql.conversion import convert
from toasty_mysql.dialect import MysqlDialect

_ROWS = (ops.InsertRows, ops.UpsertRows, ops.UpdateRows, ops.DeleteRows, ops.TransformRows)
_ANYTHING = (ops.ExecuteSql, ops.ExecuteCommand, ops.Run)


@frozen
class Future:
    """The rows of one table: `source` is the table as it is called now, `columns` are SQL by name.

    A column of which nobody knows the values is left out; `columns` is None while it is all as it was.
    `is_new`: the migration makes the table, so there are no rows.
    """

    source: str
    columns: Mapping[str, str] | None = None
    is_new: bool = False

    def with_column(self, table: TableDef, name: str, sql: str | None) -> Future:
        """With a column that is new or has other values; None: nobody knows them."""
        columns = dict(self._columns(table))
        columns.pop(name, None)
        return evolve(self, columns=columns if sql is None else {**columns, name: sql})

    def renamed(self, table: TableDef, old: str, new: str) -> Future:
        """With a column under another name."""
        columns = {new if n == old else n: sql for n, sql in self._columns(table).items()}
        return evolve(self, columns=columns)

    def column(self, name: str) -> str | None:
        """The values of a column, as SQL over the source."""
        return quoted(name) if self.columns is None else self.columns.get(name)

    def _columns(self, table: TableDef) -> Mapping[str, str]:
        if self.columns is not None:
            return self.columns
        return {name: quoted(name) for name in table.column_names}


def quoted(name: str) -> str:
    """A name in backticks; here none is refused."""
    return "`" + name.replace("`", "``") + "`"


class Futures:
    """What the operations so far will have done to rows. `follow` takes the next one in."""

    def __init__(self, dialect: MysqlDialect) -> None:
        self._dialect = dialect
        self._tables: dict[str, Future | None] = {}
        self._blind = False

    def of(self, table: TableDef) -> Future | None:
        """The rows of a table; None when they cannot be known before they are there."""
        if self._blind:
            return None
        return self._tables.get(table.key, Future(quoted(table.name)))

    def follow(self, operation: Operation, before: SchemaSnapshot) -> None:
        """Takes in what an operation does."""
        if isinstance(operation, _ANYTHING):
            self._blind = True
        elif isinstance(operation, _ROWS):
            self._tables[operation.table] = None
        elif isinstance(operation, ops.CreateTable):
            key = operation.table.key
            self._tables[key] = Future(quoted(operation.table.name), is_new=True)
        elif isinstance(operation, ops.RenameTable):
            found = self.of(before.table(operation.old))
            self._tables.pop(operation.old, None)
            self._tables[operation.new] = found
        elif isinstance(operation, ops.DropTable):
            self._tables.pop(operation.table, None)
        elif isinstance(
            operation, ops.AddColumn | ops.RenameColumn | ops.ModifyColumn | ops.DropColumn
        ):
            table = before.table(operation.table)
            found = self.of(table)
            if found is not None:
                self._tables[table.key] = self._column(operation, table, found)

    def _column(
        self,
        operation: ops.AddColumn | ops.RenameColumn | ops.ModifyColumn | ops.DropColumn,
        table: TableDef,
        future: Future,
    ) -> Future:
        if isinstance(operation, ops.RenameColumn):
            return future.renamed(table, operation.old, operation.new)
        if isinstance(operation, ops.DropColumn):
            return future.with_column(table, operation.column, None)
        if isinstance(operation, ops.AddColumn):
            return future.with_column(table, operation.column.name, self._first_value(operation))
        name = operation.column
        return future.with_column(table, name, self._next_value(operation, table, future))

    def _first_value(self, operation: ops.AddColumn) -> str | None:
        column, fill = operation.column, operation.fill
        if column.generated is not None or column.auto is not None:
            return None
        value = None if fill is None else self._dialect.value_sql(fill, column.type)
        if value is not None or self._dialect.is_random_default(column):
            return value
        return self._dialect.default_sql(column) or "NULL"

    def _next_value(
        self, operation: ops.ModifyColumn, table: TableDef, future: Future
    ) -> str | None:
        old, now = table.column(operation.column), future.column(operation.column)
        new: ColumnDef = evolve(old, **operation.changes())
        if now is None or new.generated is not None or old.generated is not None:
            return None
        value: str | None = convert(now, old.type, new.type).sql or now
        using = operation.using.for_backend("mysql") if operation.using else None
        if using is not None:  # it speaks of the columns under the names that they have now
            value = f"({using})" if future.columns is None else None
        fill = None if operation.fill is None else self._dialect.value_sql(operation.fill, new.type)
        return f"COALESCE({value}, {fill})" if value is not None and fill is not None else value
