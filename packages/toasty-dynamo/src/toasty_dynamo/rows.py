"""Rows as items: insert, upsert, update, delete, and transform with a Python function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toasty_core.backends import only_for
from toasty_core.errors import SchemaError, Unsupported
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
from toasty_dynamo.limits import KeyPart, key_parts, misfit
from toasty_dynamo.names import BACKEND
from toasty_dynamo.settings import SENTINEL
from toasty_dynamo.sqlish import read_condition
from toasty_dynamo.values import Made, encoded, kind_of, shown


def insert(operation: InsertRows, before: SchemaSnapshot) -> Iterator[ItemStatement]:
    """New items, all of them in one statement."""
    table = before.table(operation.table)
    parts = key_parts(table)
    items = tuple(_fitting(table, operation.rows, parts))
    numbered = tuple(c.name for c in table.columns if c.auto is not None)
    rules = rules_of(table, before)
    yield PutItems(table.key, table.key_columns, items, numbered, uniques_of(table), rules, parts)


def _fitting(
    table: TableDef, rows: Sequence[Row], parts: tuple[KeyPart, ...]
) -> Iterator[dict[str, Given]]:
    """The rows as items. Raises SchemaError for the first that cannot be one, with its number and its key."""
    for number, row in enumerate(rows, start=1):
        try:
            item = item_of(table, row)
        except SchemaError as error:
            why = f": {error.what}"
        else:
            known = {name: value for name, value in item.items() if isinstance(value, dict)}
            found = misfit(known, parts)
            why = f" {found}" if found else ""
        if why:
            raise SchemaError(f"{_row(table, number, len(rows), row)}{why}")
        yield item


def _row(table: TableDef, number: int, count: int, row: Row) -> str:
    """What a row is called in an error: `Row 2 of 3 for people (id = 7)`."""
    key = ", ".join(f"{name} = {shown(row[name])}" for name in table.key_columns if name in row)
    return f"Row {number} of {count} for {table.key}{f' ({key})' if key else ''}"


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
    from toasty_core.schema.expression_trees import fields_of
    from toasty_dynamo.evaluating import value_of
    from toasty_dynamo.sqlish import read_value

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
    parts = key_parts(table)
    items = _fitting(table, operation.rows, parts)
    rows = tuple((item, tuple(row)) for item, row in zip(items, operation.rows, strict=True))
    match = operation.key_columns(before)
    yield UpsertItems(table.key, table.key_columns, match, rows, uniques_of(table), parts)


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
            _refuse_value(table, name, new_value(table.column(name), given, table.key))
    if operation.values:
        function = setter(table, operation.values)
        yield transformation(table, operation, function, guarded=operation.where)


def _refuse_value(table: TableDef, name: str, value: Given | None) -> None:
    """Raises SchemaError for a value that no item of the table has room for."""
    found = misfit({name: value}, key_parts(table)) if isinstance(value, dict) else None
    if found is not None:
        raise SchemaError(f"Every item of {table.key} that is updated {found}")


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
        key_parts(table),
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
