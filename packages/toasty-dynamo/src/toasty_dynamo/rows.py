"""Rows as items: insert, upsert, update, delete, and transform with a Python function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toasty_core.backends import only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.data import (
    DeleteRows,
    InsertRows,
    Row,
    TransformRows,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Function, FunctionName, Literal
from toasty_dynamo.conditions import guard_of, keys_of
from toasty_dynamo.edits import Given, Now
from toasty_dynamo.expressions import is_null, own_text, setter
from toasty_dynamo.item_statements import (
    Column,
    DeleteItems,
    ItemStatement,
    Link,
    PutItems,
    Rules,
    TransformItems,
    Unique,
    UpsertItems,
)
from toasty_dynamo.names import BACKEND
from toasty_dynamo.settings import SENTINEL
from toasty_dynamo.sqlish import read_condition
from toasty_dynamo.values import Made, encoded, kind_of


def insert(operation: InsertRows, before: SchemaSnapshot) -> Iterator[ItemStatement]:
    """New items, all of them in one statement."""
    table = before.table(operation.table)
    items = tuple(item_of(table, row) for row in operation.rows)
    numbered = tuple(c.name for c in table.columns if c.auto is not None)
    rules = rules_of(table, before)
    yield PutItems(table.key, table.key_columns, items, numbered, uniques_of(table), rules)


def item_of(table: TableDef, row: Row) -> dict[str, Given]:
    """A row as an item, with the defaults of what it leaves out; what is null is left out."""
    found: dict[str, Given] = {}
    for column in table.columns:
        if column.name in row or column.default is not None:
            value = new_value(column, row.get(column.name, column.default), table.key)
            if value is not None:
                found[column.name] = value
    return found


def new_value(column: ColumnDef, given: Any, table: str) -> Given | None:
    """A value for a new item; None for null. Raises Unsupported for an expression, SchemaError for a misfit."""
    if given is None or is_null(given):
        return None
    if isinstance(given, Expression):
        return _constant(column, given, table)
    if isinstance(given, Function):
        return Now(kind_of(column)) if given.name is FunctionName.NOW else Made.UUID
    value = given.value if isinstance(given, Literal) else given
    return None if value is None else encoded(kind_of(column), value, f"{table}.{column.name}")


def _constant(column: ColumnDef, given: Expression, table: str) -> Given | None:
    """An expression that speaks of no column."""
    from toasty_dynamo.evaluating import value_of
    from toasty_dynamo.sqlish import fields_of, read_value

    found = read_value(own_text(given))
    if fields_of(found):
        raise Unsupported(
            f"the value of {table}.{column.name} is computed from other columns",
            reason="a new item takes values",
        )
    value = value_of(found, {})
    return None if value is None else encoded(kind_of(column), value, f"{table}.{column.name}")


def uniques_of(table: TableDef) -> tuple[Unique, ...]:
    """The unique constraints that sentinels keep."""
    return tuple(
        Unique(unique.columns)
        for unique in table.uniques
        if only_for(BACKEND, unique.only)
        and unique.options.get(BACKEND, {}).get("unique") == SENTINEL
    )


def rules_of(table: TableDef, schema: SchemaSnapshot) -> Rules:
    """What rows that migrations insert are held against, as DynamoDB itself keeps none of it."""
    required = tuple(c.name for c in table.columns if not c.nullable)
    checks = [_check(check) for check in table.checks if only_for(BACKEND, check.only)]
    return Rules(
        tuple(column_kind(column) for column in table.columns),
        required,
        tuple(check for check in checks if check is not None),
        tuple(_links(table, schema)),
    )


def _check(check: CheckDef) -> Any:
    """The check as text and tree; None where it cannot be read: then only the application keeps it."""
    from toasty_core.errors import SchemaError

    text = check.expression.for_backend(BACKEND)
    try:
        return (text, read_condition(text)) if text is not None else None
    except SchemaError:
        return None


def _links(table: TableDef, schema: SchemaSnapshot) -> Iterator[Link]:
    for key in table.foreign_keys:
        if only_for(BACKEND, key.only) and schema.has_table(key.table):
            parent = schema.table(key.table)
            references = key.references or parent.key_columns
            yield Link(key.columns, parent.key, references, parent.key_columns)


def column_kind(column: ColumnDef) -> Column:
    """A column with what its attribute holds."""
    return Column(column.name, kind_of(column))


def upsert(operation: UpsertRows, before: SchemaSnapshot) -> Iterator[ItemStatement]:
    """Items that are set or put in."""
    table = before.table(operation.table)
    rows = tuple((item_of(table, row), tuple(row)) for row in operation.rows)
    match = operation.key_columns(before)
    yield UpsertItems(table.key, table.key_columns, match, rows, uniques_of(table))


def update(operation: UpdateRows, before: SchemaSnapshot) -> Iterator[ItemStatement]:
    """Items whose attributes are set, each exactly once."""
    table = before.table(operation.table)
    for name, given in operation.values.items():
        if name in table.key_columns:
            raise Unsupported(
                f"the primary key's column {table.key}.{name} cannot be updated",
                reason="the key of an item never changes",
                hint="insert new rows and delete the old ones",
            )
        if not isinstance(given, Expression | Function):
            new_value(table.column(name), given, table.key)
    if operation.values:
        function = setter(table, operation.values)
        yield transformation(table, operation, function, guarded=operation.where)


def transform(operation: TransformRows, before: SchemaSnapshot) -> Iterator[ItemStatement]:
    """Items through a Python function."""
    table = before.table(operation.table)
    yield transformation(table, operation, operation.function, guarded=operation.where)


def transformation(
    table: TableDef, operation: Any, function: Any, guarded: Any = None
) -> TransformItems:
    """A function for the items that `guarded`, a `where`, chooses."""
    if isinstance(guarded, Expression):
        own_text(guarded)
    return TransformItems(
        table.key,
        table.key_columns,
        tuple(column_kind(column) for column in table.columns),
        function,
        operation.describe(),
        guard_of(table, guarded),
        keys_of(table, guarded),
        uniques_of(table),
    )


def delete(operation: DeleteRows, before: SchemaSnapshot) -> Iterator[ItemStatement]:
    """Items that go."""
    table = before.table(operation.table)
    where = operation.where
    if isinstance(where, Expression):
        own_text(where)
    keys = keys_of(table, where) if isinstance(where, Mapping) else None
    uniques = uniques_of(table)
    yield DeleteItems(table.key, table.key_columns, guard_of(table, where), keys, uniques)
