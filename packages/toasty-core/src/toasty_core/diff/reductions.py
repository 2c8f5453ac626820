"""Two operations in a row that are one, or none: `AddColumn` and `RenameColumn` are an `AddColumn`."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

from attrs import evolve

from toasty_core.errors import SchemaError
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateSequence,
    CreateTable,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropSequence,
    DropTable,
    DropUnique,
    ModifyColumn,
    ModifySequence,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetTableComment,
    SetTableOptions,
)
from toasty_core.schema.constraints import ConstraintDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef

Reduced = tuple[Operation, ...] | None
"""What two operations are together; None when they stay two."""

_OF_ONE_TABLE = (
    AddCheck,
    AddColumn,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropUnique,
    ModifyColumn,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetTableComment,
    SetTableOptions,
)


@singledispatch
def reduce(first: Operation, second: Operation) -> Reduced:
    """The one operation, or none, that does what `first` and then `second` do; None when there is no such thing."""
    return None


@reduce.register
def _(first: CreateTable, second: Operation) -> Reduced:
    key = first.table.key
    if second == DropTable(key):
        return ()
    if isinstance(second, AddForeignKey) and second.table == key:
        return _created(first.table, lambda table: _with_foreign_key(table, second))
    if isinstance(second, _OF_ONE_TABLE) and _table_of(second) == key:
        return _created(first.table, lambda table: _applied(table, second))
    return None


def _table_of(operation: Operation) -> str:
    if isinstance(operation, RenameTable):
        return operation.old
    name: str = operation.table  # type: ignore[attr-defined]  # all of _OF_ONE_TABLE have it
    return name


def _created(table: TableDef, change: Callable[[TableDef], TableDef]) -> Reduced:
    try:
        return (CreateTable(change(table)),)
    except SchemaError:
        return None


def _applied(table: TableDef, operation: Operation) -> TableDef:
    (changed,) = operation.apply(SchemaSnapshot.of(table)).tables.values()
    return changed


def _with_foreign_key(table: TableDef, operation: AddForeignKey) -> TableDef:
    return evolve(table, foreign_keys=(*table.foreign_keys, operation.foreign_key))


@reduce.register
def _(first: AddColumn, second: Operation) -> Reduced:
    table, column = first.table, first.column
    match second:
        case DropColumn(table=t, column=name) if (t, name) == (table, column.name):
            return ()
        case RenameColumn(table=t, old=old, new=new) if (t, old) == (table, column.name):
            return (evolve(first, column=evolve(column, name=new)),)
        case ModifyColumn(table=t, column=name) if (t, name) == (table, column.name):
            return _added_and_modified(first, second)
    return None


def _added_and_modified(first: AddColumn, second: ModifyColumn) -> Reduced:
    """One addition, if existing rows end with the value that both would have given them."""
    column = first.column
    has_value = (
        first.fill is not None
        or column.default is not None
        or column.auto is not None
        or column.generated is not None
    )
    changes = second.changes()
    of_values = {"type", "default", "auto", "generated"} & set(changes)
    if second.using is not None or (has_value and of_values) or _gives_old_rows_nothing(changes):
        return None
    if has_value and first.fill is None and second.fill is not None:
        return None  # the default may be null for some rows
    fill = first.fill if has_value else second.fill
    return (AddColumn(first.table, evolve(column, **changes), fill),)


def _gives_old_rows_nothing(changes: dict[str, Any]) -> bool:
    """A default that comes later is not for rows that are there; an added column's is."""
    return any(changes.get(name) is not None for name in ("default", "auto"))


@reduce.register
def _(first: ModifyColumn, second: Operation) -> Reduced:
    place = (first.table, first.column)
    match second:
        case DropColumn(table=t, column=name) if (t, name) == place:
            return (second,)
        case ModifyColumn(table=t, column=name) if (t, name) == place:
            return _modified_twice(first, second)
    return None


def _modified_twice(first: ModifyColumn, second: ModifyColumn) -> Reduced:
    """One change, unless values go through a type in between, or nulls are filled meanwhile."""
    before, after = first.changes(), second.changes()
    converts = {"type", "generated"} & set(before) and {"type", "generated"} & set(after)
    if converts or first.using is not None or second.using is not None:
        return None
    if first.fill is not None or (second.fill is not None and "type" in before):
        return None
    return (ModifyColumn(first.table, first.column, fill=second.fill, **{**before, **after}),)


@reduce.register
def _(first: RenameColumn, second: Operation) -> Reduced:
    place = (first.table, first.new)
    match second:
        case RenameColumn(table=t, old=old, new=new) if (t, old) == place:
            return () if new == first.old else (RenameColumn(first.table, first.old, new),)
        case DropColumn(table=t, column=name) if (t, name) == place:
            return (DropColumn(first.table, first.old),)
    return None


@reduce.register
def _(first: RenameTable, second: Operation) -> Reduced:
    if isinstance(second, RenameTable) and second.old == first.new:
        return () if second.new == first.old else (RenameTable(first.old, second.new),)
    if second == DropTable(first.new):
        return (DropTable(first.old),)
    return None


@reduce.register
def _(first: CreateIndex, second: Operation) -> Reduced:
    place = (first.table, first.index.name)
    match second:
        case DropIndex(table=t, index=name) if (t, name) == place:
            return ()
        case RenameIndex(table=t, old=old, new=new) if (t, old) == place:
            return (CreateIndex(first.table, evolve(first.index, name=new)),)
    return None


@reduce.register
def _(first: RenameIndex, second: Operation) -> Reduced:
    place = (first.table, first.new)
    match second:
        case DropIndex(table=t, index=name) if (t, name) == place:
            return (DropIndex(first.table, first.old),)
        case RenameIndex(table=t, old=old, new=new) if (t, old) == place:
            return () if new == first.old else (RenameIndex(first.table, first.old, new),)
    return None


@reduce.register
def _(first: AddUnique, second: Operation) -> Reduced:
    if isinstance(second, DropUnique) and _is(first.table, first.unique, second, second.unique):
        return ()
    if isinstance(second, RenameConstraint) and _is_renamed(first.table, first.unique, second):
        return (evolve(first, unique=evolve(first.unique, name=second.new)),)
    return None


@reduce.register
def _(first: AddCheck, second: Operation) -> Reduced:
    if isinstance(second, DropCheck) and _is(first.table, first.check, second, second.check):
        return ()
    if isinstance(second, RenameConstraint) and _is_renamed(first.table, first.check, second):
        return (evolve(first, check=evolve(first.check, name=second.new)),)
    return None


@reduce.register
def _(first: AddForeignKey, second: Operation) -> Reduced:
    key = first.foreign_key
    if isinstance(second, DropForeignKey) and _is(first.table, key, second, second.foreign_key):
        return ()
    if isinstance(second, RenameConstraint) and _is_renamed(first.table, key, second):
        return (evolve(first, foreign_key=evolve(key, name=second.new)),)
    return None


def _is(
    table: str,
    part: ConstraintDef,
    second: DropUnique | DropCheck | DropForeignKey,
    wanted: str | ConstraintDef,
) -> bool:
    """Does the drop mean this very constraint?"""
    same = part.name == wanted if isinstance(wanted, str) else part == wanted
    return second.table == table and same


def _is_renamed(table: str, part: ConstraintDef, second: RenameConstraint) -> bool:
    return second.table == table and second.constraint == part


@reduce.register
def _(first: RenameConstraint, second: Operation) -> Reduced:
    if not isinstance(second, RenameConstraint) or not _is_renamed(
        first.table, first.renamed(), second
    ):
        return None
    return () if second.new == first.constraint.name else (evolve(first, new=second.new),)


@reduce.register(ChangePrimaryKey)
@reduce.register(SetTableComment)
@reduce.register(SetTableOptions)
def _(first: ChangePrimaryKey | SetTableComment | SetTableOptions, second: Operation) -> Reduced:
    same = type(first) is type(second) and first.table == second.table
    return (second,) if same else None


@reduce.register
def _(first: CreateSequence, second: Operation) -> Reduced:
    if second == DropSequence(first.sequence.key):
        return ()
    if isinstance(second, ModifySequence) and second.sequence.key == first.sequence.key:
        return (CreateSequence(second.sequence),)
    return None


@reduce.register
def _(first: ModifySequence, second: Operation) -> Reduced:
    key = first.sequence.key
    if isinstance(second, ModifySequence) and second.sequence.key == key:
        return (second,)
    return (second,) if second == DropSequence(key) else None
