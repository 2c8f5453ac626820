"""Do the arguments that a person wrote fit?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from toasty_core.errors import SchemaError
from toasty_core.operations import Operation
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    SequenceDef,
    TableDef,
    UniqueDef,
)

LAZY = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
"""The flags of functions that do nothing when they are called."""

_Value = TypeVar("_Value")

_EXAMPLES: dict[type[Any], str] = {
    str: 'a text, such as "users"',
    ColumnDef: 'ColumnDef(name="email", type="String")',
    IndexDef: 'IndexDef(name="idx_users_email", columns=["email"])',
    UniqueDef: 'UniqueDef(columns=["email"], name="uq_users_email")',
    CheckDef: 'CheckDef(expression="age >= 0", name="ck_users_age")',
    ForeignKeyDef: 'ForeignKeyDef(columns=["user_id"], table="users")',
    PrimaryKeyDef: 'PrimaryKeyDef(columns=["id"])',
    SequenceDef: 'SequenceDef(name="order_numbers")',
    TableDef: 'TableDef(name="users", columns=[ColumnDef(name="id", type="Integer")])',
    Operation: 'AddColumn("users", ColumnDef(name="email", type="String"))',
}

_PARTS: tuple[tuple[str, type[Any]], ...] = (
    ("columns", ColumnDef),
    ("indexes", IndexDef),
    ("uniques", UniqueDef),
    ("checks", CheckDef),
    ("foreign_keys", ForeignKeyDef),
)


def expect(value: object, kind: type[Any], *others: type[Any]) -> Any:
    """`value`, which must be a `kind` or one of `others`. Raises SchemaError that shows how to write one."""
    if isinstance(value, (kind, *others)):
        return value
    words = " or ".join(item.__name__ for item in (kind, *others))
    raise SchemaError(f"{value!r} stands where a {words} should", hint=f"write {_EXAMPLES[kind]}")


def expect_table(table: TableDef) -> TableDef:
    """A table made of what tables are made of. Raises SchemaError for the first part that is not."""
    expect(table, TableDef)
    expect(table.name, str)
    for attribute, kind in _PARTS:
        for part in getattr(table, attribute):
            if type(part) is not kind:  # spares the call for nearly all of them
                expect(part, kind)
    return table


def expect_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """A list of mappings. Raises SchemaError for anything else."""
    if isinstance(rows, (Mapping, str)) or not isinstance(rows, Iterable):
        raise _no_rows(rows)
    found = tuple(rows)
    for row in found:
        if not isinstance(row, Mapping):
            raise _no_rows(row)
    return found


def _no_rows(value: object) -> SchemaError:
    return SchemaError(
        f"{value!r} stands where rows should", hint='write [{"id": 1, "name": "Ada"}]'
    )


def expect_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A mapping from column to value. Raises SchemaError for anything else."""
    if not isinstance(values, Mapping):
        raise SchemaError(
            f"{values!r} stands where columns and values should", hint='write {"name": "Ada"}'
        )
    return values


def expect_function(function: Callable[..., _Value]) -> Callable[..., _Value]:
    """A function. Raises SchemaError for anything else, the result of a call above all."""
    if not callable(function):
        raise SchemaError(
            f"{function!r} stands where a function should",
            hint="pass the function itself, without calling it: db.run(backfill)",
        )
    code = getattr(function, "__code__", None)
    if code is not None and code.co_flags & LAZY:
        raise SchemaError(
            f"{code.co_name}() must neither be async nor yield: calling it would do nothing",
            hint=f"write: def {code.co_name}(...), without async and yield",
        )
    return function


def expect_state(state: Iterable[Operation]) -> tuple[Operation, ...]:
    """Operations, of which one alone may stand without a list. Raises SchemaError for anything else."""
    items = (state,) if isinstance(state, Operation) else tuple(state)
    return tuple(expect(item, Operation) for item in items)
