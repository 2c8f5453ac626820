"""Questions about items that are asked before the first change: each is a scan with a test of what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from attrs import field, frozen

from toasty_core import operations as ops
from toasty_core.backends import DataCheck, only_for
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import ForeignKeyDef, IndexDef, UniqueDef
from toasty_core.schema.expression_trees import Condition
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_dynamo.command_line import command_text
from toasty_dynamo.conversion import Conversion
from toasty_dynamo.edits import Table
from toasty_dynamo.filters import (
    ALWAYS,
    Av,
    Either,
    Every,
    Guard,
    Has,
    Is,
    Not,
    Size,
    Test,
    is_empty,
)
from toasty_dynamo.indexes import attribute_type, index_key
from toasty_dynamo.item_statements import Column, ItemStatement, Link, Unique
from toasty_dynamo.limits import MOST, misfit_in_key
from toasty_dynamo.names import BACKEND
from toasty_dynamo.rows import column_kind
from toasty_dynamo.scanning import Reading
from toasty_dynamo.settings import SENTINEL
from toasty_dynamo.values import Kind, kind_of, stored_types

_CORRECT = "correct these items first"


@frozen
class Unfit:
    """The value of the attribute cannot be converted."""

    name: str
    conversion: Conversion


@frozen
class Broken:
    """The row breaks a condition."""

    columns: tuple[Column, ...]
    condition: Condition


@frozen
class Repeated:
    """The values of these attributes stand in another item too."""

    unique: Unique


@frozen
class Orphaned:
    """What the item points at is not there."""

    link: Link


@frozen
class Unkeyed:
    """The value of the attribute, which is of type `kind` in a key, cannot be in one of so many bytes."""

    name: str
    kind: str
    most: int

    @property
    def guard(self) -> Guard:
        """What the service can tell of it: it counts characters, of four bytes at most."""
        wrong = Not(Is(self.name, (self.kind,)))
        if self.kind == "N":
            return wrong
        empty = Test(self.name, "=", {self.kind: b"" if self.kind == "B" else ""})
        return Either((wrong, empty, Size(self.name, ">", {"N": str(self.most // 4)})))

    def fails(self, value: Av | None) -> bool:
        """Can this value not be in the key?"""
        return value is None or self.kind not in value or bool(misfit_in_key(value, self.most))


@frozen
class Found:
    """It is enough that the scan finds the item."""


Trial: TypeAlias = "Unfit | Broken | Repeated | Orphaned | Unkeyed | Found"


@frozen
class Question(ItemStatement):
    """Which items fulfil the guard and fail the trial? `shown` are attributes to show besides the key."""

    table: str
    key: tuple[str, ...]
    guard: Guard
    trial: Trial
    only: tuple[str, ...]
    shown: tuple[str, ...] = ()
    prefix: str = field(default="", kw_only=True, eq=False)

    def reading(self, name: str) -> Reading:
        """What is read; `name` is what the service knows the table by."""
        return Reading(Table(name, self.key), self.guard, self.only)

    def __str__(self) -> str:
        return command_text("Scan", self.reading(self.table).request())


def checks(operation: Operation, before: SchemaSnapshot) -> Iterator[DataCheck]:
    """What must hold of the items before an operation."""
    if not only_for(BACKEND, getattr(operation, "only", ())):
        return
    match operation:
        case ops.AddColumn(table, column):
            yield from _added(before.table(table), column, operation.fill)
        case ops.ModifyColumn(table):
            yield from _modified(before.table(table), operation, before)
        case ops.RenameColumn(table, old, new):
            yield from _renamed(before.table(table), old, new)
        case ops.CreateIndex(table, index) if only_for(BACKEND, index.only):
            yield from _indexed(before.table(table), index)
        case ops.AddUnique(table, unique) if _by_sentinels(unique):
            yield _duplicates(before.table(table), unique.columns)
    yield from _more(operation, before)


def _more(operation: Operation, before: SchemaSnapshot) -> Iterator[DataCheck]:
    match operation:
        case ops.AddCheck(table, check) if only_for(BACKEND, check.only) and _asked(check):
            yield from _broken(before.table(table), check)
        case ops.AddForeignKey(table, key) if only_for(BACKEND, key.only) and _asked(key):
            yield orphans(before, before.table(table), key)
        case ops.ChangePrimaryKey(table, key) if key is not None:
            yield from _keyed(before.table(table), key.columns)


def _asked(part: Any) -> bool:
    """Is a look at all items asked for: `options={"dynamodb": {"check": True}}`?"""
    return bool(part.options.get(BACKEND, {}).get("check"))


def _by_sentinels(unique: UniqueDef) -> bool:
    mine = only_for(BACKEND, unique.only)
    return mine and unique.options.get(BACKEND, {}).get("unique") == SENTINEL


def _ask(table: TableDef, guard: Guard, trial: Trial | None = None, *names: str) -> Question:
    shown = tuple(name for name in names if name not in table.key_columns)
    only = tuple(dict.fromkeys((*table.key_columns, *names)))
    return Question(table.key, table.key_columns, guard, trial or Found(), only, shown)


def _added(table: TableDef, column: ColumnDef, fill: Any) -> Iterator[DataCheck]:
    where, name = f"{table.key}.{column.name}", column.name
    if fill is None and column.needs_fill:
        hint = "give fill=... in the migration, a default, or nullable=True"
        what = "have no value for the new column"
        yield DataCheck(where, what, hint, _ask(table, is_empty(name)))
    wrong = _other_type(name, kind_of(column))
    if wrong is not None:
        what = f"have an attribute {name!r} already, which is no {column.type}"
        yield DataCheck(where, what, _CORRECT, _ask(table, wrong, None, name))


def _other_type(name: str, kind: Kind) -> Guard | None:
    """The attribute is there with a value of another type; None where any type will do."""
    kinds = stored_types(kind)
    return Every((Has(name), Not(Is(name, ("NULL", *kinds))))) if kinds else None


def _modified(
    table: TableDef, operation: ops.ModifyColumn, before: SchemaSnapshot
) -> Iterator[DataCheck]:
    old, new = table.column(operation.column), operation.new_column(before)
    where, conversion = f"{table.key}.{old.name}", Conversion(kind_of(old), kind_of(new))
    if operation.using is None and conversion.may_fail:
        hint = 'correct these items first, or give using=expr(dynamodb="...")'
        query = _ask(table, Has(old.name), Unfit(old.name, conversion), old.name)
        yield DataCheck(where, f"cannot become {new.type}", hint, query)
    if old.nullable and not new.nullable and operation.fill is None:
        hint = "give fill=... in the migration, or set the values first"
        what = "are null, and the column may no longer be"
        yield DataCheck(where, what, hint, _ask(table, is_empty(old.name)))


def _renamed(table: TableDef, old: str, new: str) -> Iterator[DataCheck]:
    if old not in table.key_columns:
        what = f"have both {old!r} and {new!r}: the rename would overwrite one"
        hint = f"take {new!r} out of these items first"
        yield DataCheck(f"{table.key}.{old}", what, hint, _ask(table, Every((Has(old), Has(new)))))


def _indexed(table: TableDef, index: IndexDef) -> Iterator[DataCheck]:
    """What an index cannot hold makes the application's own writes fail once the index is there."""
    for name, most in zip(index_key(table, index), MOST, strict=False):
        column = next((c for c in table.columns if c.name == name), None)
        kind = attribute_type(column) if column is not None else None
        if kind is None or most >= _room(table, name) > 0:
            continue
        trial = Unkeyed(name, kind, most)
        guard = Every((Has(name), trial.guard))
        what = f"have a value of {name!r} that the index {index.name!r} cannot hold"
        hint = (
            "correct these items first: a key of an index is of one type, neither null nor empty,"
            f" and {most:,} bytes long at most"
        )
        yield DataCheck(f"{table.key}.{name}", what, hint, _ask(table, guard, trial, name))


def _room(table: TableDef, name: str) -> int:
    """How many bytes a value of the column has at most by the primary key that it is in; 0 where it is in none."""
    return dict(zip(table.key_columns, MOST, strict=False)).get(name, 0)


def _duplicates(table: TableDef, columns: tuple[str, ...]) -> DataCheck:
    guard = Every(tuple(Not(is_empty(name)) for name in columns))
    return DataCheck(
        f"{table.key}.{columns[0]}" if len(columns) == 1 else table.key,
        f"stand more than once as {', '.join(columns)}",
        "make the values different, or delete items, first",
        _ask(table, guard, Repeated(Unique(columns)), *columns),
    )


def _broken(table: TableDef, check: Any) -> Iterator[DataCheck]:
    from toasty_dynamo.conditions import expression_text
    from toasty_dynamo.sqlish import read_condition

    text = expression_text(check.expression)
    columns = tuple(column_kind(column) for column in table.columns)
    query = _ask(table, ALWAYS, Broken(columns, read_condition(text)))
    whole = Question(query.table, query.key, ALWAYS, query.trial, ())
    yield DataCheck(table.key, f"break the check {text}", _CORRECT, whole)


def orphans(schema: SchemaSnapshot, table: TableDef, key: ForeignKeyDef) -> DataCheck:
    """The question for items that point at nothing."""
    parent = schema.table(key.table)
    references = key.references or parent.key_columns
    link = Link(key.columns, parent.key, references, parent.key_columns)
    guard = Every(tuple(Not(is_empty(name)) for name in key.columns))
    return DataCheck(
        f"{table.key}.{key.columns[0]}",
        f"point at no item of {parent.key}",
        f"put what is missing into {parent.key}, or clear what points at it, first",
        _ask(table, guard, Orphaned(link), *key.columns),
    )


def _keyed(table: TableDef, columns: tuple[str, ...]) -> Iterator[DataCheck]:
    """What the new key needs: values of its type, and no two items with the same."""
    for name, most in zip(columns, MOST, strict=False):
        kind = attribute_type(table.column(name))
        if kind is None or most >= _room(table, name) > 0:
            continue
        trial = Unkeyed(name, kind, most)
        what = f"have no value of {name!r} that can be in a key, of {most:,} bytes at most"
        query = _ask(table, trial.guard, trial, name)
        yield DataCheck(f"{table.key}.{name}", what, _CORRECT, query)
    if not set(table.key_columns) <= set(columns):
        yield _duplicates(table, columns)


__all__ = [
    "Broken",
    "Found",
    "Orphaned",
    "Question",
    "Repeated",
    "Unfit",
    "Unkeyed",
    "checks",
    "orphans",
]
