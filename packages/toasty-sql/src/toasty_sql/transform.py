"""Rows that go through a Python function, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from toasty_core.backends import Statement
from toasty_core.errors import SchemaError
from toasty_sql.codecs import Codec
from toasty_sql.statements import SqlStatement


@frozen
class TransformColumn:
    """A column of the row that the function gets: `decode` makes the value it sees, `encode` the one stored."""

    name: str
    quoted: str
    decode: Codec
    encode: Codec


@frozen
class TransformStatement(Statement):
    """Calls `function(row)` for the rows of a table, in batches by its key.

    `table` is the quoted name; `key` are quoted expressions whose values together tell rows apart and order
    them (a primary key, or SQLite's rowid); `where` is SQL or None. `run` does it all, given a function that
    fetches all rows of a query and one that executes.
    """

    table: str
    columns: tuple[TransformColumn, ...]
    key: tuple[str, ...]
    key_names: tuple[str, ...]
    function: Callable[[dict[str, Any]], Mapping[str, Any] | None]
    description: str
    where: str | None = None
    parameters: tuple[Any, ...] = ()
    batch_size: int = 1000
    placeholder: str = field(default="?", kw_only=True)

    def __str__(self) -> str:
        where = f" where {self.where}" if self.where else ""
        return f"-- Python: {self.description}, {self.batch_size} rows at a time, for {self.table}{where}"

    def batch(self, after: tuple[Any, ...] | None) -> SqlStatement:
        """The query for the rows behind the key `after`; its first columns are the key."""
        marks = ", ".join(self.placeholder for _ in self.key)
        keys = ", ".join(self.key)
        conditions = [f"({self.where})"] if self.where else []
        conditions += [f"({keys}) > ({marks})"] if after is not None else []
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = ", ".join((*self.key, *(column.quoted for column in self.columns)))
        sql = f"SELECT {columns} FROM {self.table}{where} ORDER BY {keys} LIMIT {self.batch_size:d}"
        return SqlStatement(sql, (*self.parameters, *(after or ())))

    def update(self, key: Sequence[Any], changes: Mapping[str, Any]) -> SqlStatement | None:
        """The statement that stores what the function returned for one row; None when nothing changes."""
        if not changes:
            return None
        columns = {column.name: column for column in self.columns}
        for name in changes:
            self._must_be_settable(name, columns)
        sets = ", ".join(f"{columns[name].quoted} = {self.placeholder}" for name in changes)
        where = " AND ".join(f"{part} = {self.placeholder}" for part in self.key)
        values = [columns[name].encode(value) for name, value in changes.items()]
        return SqlStatement(f"UPDATE {self.table} SET {sets} WHERE {where}", (*values, *key))

    def _must_be_settable(self, name: str, columns: Mapping[str, TransformColumn]) -> None:
        if name not in columns:
            raise SchemaError(
                f"{self.description} returned {name!r}, which is no column of {self.table}"
            )
        if name in self.key_names:
            raise SchemaError(
                f"{self.description} changes the key column {name!r}",
                hint="use db.execute_sql for keys: rows are found by them meanwhile",
            )

    def run(
        self,
        fetch: Callable[[SqlStatement], Sequence[Sequence[Any]]],
        execute: Callable[[SqlStatement], object],
    ) -> int:
        """Transforms all rows, and returns how many it saw."""
        seen, after = 0, None
        while rows := fetch(self.batch(after)):
            for row in rows:
                self._transform(row, execute)
            seen += len(rows)
            after = tuple(rows[-1][: len(self.key)])
        return seen

    def _transform(self, row: Sequence[Any], execute: Callable[[SqlStatement], object]) -> None:
        key, values = row[: len(self.key)], row[len(self.key) :]
        pairs = zip(self.columns, values, strict=True)
        given = {column.name: column.decode(value) for column, value in pairs}
        before = dict(given)
        changed = {
            name: value
            for name, value in (self.function(given) or {}).items()
            if name not in before or before[name] != value or type(before[name]) is not type(value)
        }
        statement = self.update(key, changed)
        if statement is not None:
            execute(statement)
