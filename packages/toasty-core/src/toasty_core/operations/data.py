"""Operations on rows, and native work. None of them changes the schema, but what `state` says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeAlias

from attrs import field, frozen

from toasty_core.errors import Irreversible, SchemaError
from toasty_core.operations.base import Category, Hazard, Operation
from toasty_core.schema.constraints import names
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.values import Expression, coerce_expression

Row: TypeAlias = Mapping[str, Any]
Where: TypeAlias = Mapping[str, Any] | Expression | None
"""Which rows: all (None), those whose columns equal the values (None: null, a list: any of them), or an expression."""


def _where(value: Mapping[str, Any] | Expression | str | None) -> Where:
    return coerce_expression(value) if isinstance(value, str) else value


def _rows(value: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(dict(row) for row in value)


def _operations(value: Iterable[Operation]) -> tuple[Operation, ...]:
    return tuple(value)


def _check_columns(schema: SchemaSnapshot, table: str, columns: Iterable[str]) -> SchemaSnapshot:
    for name in columns:
        schema.table(table).column(name)
    return schema


def _after(state: tuple[Operation, ...], schema: SchemaSnapshot) -> SchemaSnapshot:
    for operation in state:
        schema = operation.apply(schema)
    return schema


def _named(where: Where) -> tuple[str, ...]:
    return tuple(where) if isinstance(where, Mapping) else ()


@frozen(repr=False)
class InsertRows(Operation):
    """Puts rows into a table; each is a mapping from column to value."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: str
    rows: tuple[Row, ...] = field(converter=_rows)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        columns = dict.fromkeys(name for row in self.rows for name in row)
        schema.table(self.table)
        return _check_columns(schema, self.table, columns)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        key = before.table(self.table).key_columns
        if len(key) != 1 or not all(key[0] in row for row in self.rows):
            raise Irreversible("the inserted rows bring no key of one column to find them by")
        return DeleteRows(self.table, {key[0]: [row[key[0]] for row in self.rows]})

    def describe(self) -> str:
        return f"insert {len(self.rows)} row(s) into {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class UpsertRows(Operation):
    """Puts rows into a table, or updates those whose `key` columns are there already (seed data).

    Without `key`, the primary key's columns tell rows apart.
    """

    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    table: str
    rows: tuple[Row, ...] = field(converter=_rows)
    key: tuple[str, ...] = field(default=(), converter=names)

    def key_columns(self, before: SchemaSnapshot) -> tuple[str, ...]:
        """The columns that tell rows apart. Raises SchemaError when there are none."""
        key = self.key or before.table(self.table).key_columns
        if not key:
            raise SchemaError(f"table {self.table!r} has no primary key", hint='say key=["column"]')
        return key

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        key = self.key_columns(schema)
        for row in self.rows:
            missing = [name for name in key if name not in row]
            if missing:
                raise SchemaError(
                    f"a row for {self.table!r} has no value for its key column {missing[0]!r}"
                )
        columns = dict.fromkeys(name for row in self.rows for name in row)
        return _check_columns(schema, self.table, columns)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        raise Irreversible("the values that the rows had before are not known")

    def describe(self) -> str:
        return f"upsert {len(self.rows)} row(s) into {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class UpdateRows(Operation):
    """Sets columns of the rows that `where` chooses, to literals or `expr("...")` (a backfill)."""

    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    table: str
    values: Row
    where: Where = field(default=None, converter=_where)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        schema.table(self.table)
        return _check_columns(schema, self.table, (*self.values, *_named(self.where)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        raise Irreversible("the values that the rows had before are not known")

    def describe(self) -> str:
        return f"update {self.table} ({', '.join(self.values)})"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class DeleteRows(Operation):
    """Deletes the rows that `where` chooses."""

    category: ClassVar[Category] = Category.DESTRUCTIVE
    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    table: str
    where: Where = field(default=None, converter=_where)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        schema.table(self.table)
        return _check_columns(schema, self.table, _named(self.where))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        raise Irreversible("the deleted rows are not known")

    def describe(self) -> str:
        return f"delete rows from {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class TransformRows(Operation):
    """Calls `function(row)` for each row that `where` chooses, in batches of `batch_size` rows.

    The function gets a dict of the row and returns a dict of the columns to change, or None to leave it.
    """

    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    table: str
    function: Callable[[dict[str, Any]], Mapping[str, Any] | None]
    where: Where = field(default=None, converter=_where)
    batch_size: int = 1000

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        if not schema.table(self.table).key_columns:
            raise SchemaError(
                f"cannot transform the rows of {self.table!r}: it has no primary key",
                hint="use db.execute_sql or db.run",
            )
        return _check_columns(schema, self.table, _named(self.where))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        raise Irreversible("a Python function cannot be turned around")

    def describe(self) -> str:
        return f"transform {self.table} with {function_name(self.function)}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class ExecuteSql(Operation):
    """Runs SQL of the user's. `only` names the backends that it is for; empty: all.

    `state` lists the operations that say what the SQL did to the schema, so that the history knows.
    """

    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    sql: str
    only: tuple[str, ...] = field(default=(), converter=names)
    state: tuple[Operation, ...] = field(default=(), converter=_operations)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return _after(self.state, schema)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        raise Irreversible("SQL cannot be turned around")

    def describe(self) -> str:
        return f"execute SQL: {_first_words(self.sql)}"

    def touches(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for operation in self.state for key in operation.touches()))


@frozen(repr=False)
class ExecuteCommand(Operation):
    """Runs a native command of a database that speaks no SQL: `{"collMod": "users", ...}`."""

    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    command: Mapping[str, Any]
    only: tuple[str, ...] = field(default=(), converter=names)
    state: tuple[Operation, ...] = field(default=(), converter=_operations)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return _after(self.state, schema)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        raise Irreversible("a command cannot be turned around")

    def describe(self) -> str:
        return f"execute command {next(iter(self.command), '{}')}"

    def touches(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for operation in self.state for key in operation.touches()))


@frozen(repr=False)
class Run(Operation):
    """Calls a Python function with the live database when its turn comes (`live.connection`, ...)."""

    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    function: Callable[[Any], object]
    only: tuple[str, ...] = field(default=(), converter=names)
    state: tuple[Operation, ...] = field(default=(), converter=_operations)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return _after(self.state, schema)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        raise Irreversible("a Python function cannot be turned around")

    def describe(self) -> str:
        return f"run {function_name(self.function)}"

    def touches(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for operation in self.state for key in operation.touches()))


def function_name(function: Callable[..., object]) -> str:
    """The name of a user's function, for messages."""
    return getattr(function, "__qualname__", repr(function))


def _first_words(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 60 else line[:57] + "..."
