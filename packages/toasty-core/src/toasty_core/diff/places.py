"""What an operation touches, so that others may be moved past it only where it does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from toasty_core.operations import (
    AddColumn,
    ChangePrimaryKey,
    CreateSequence,
    CreateTable,
    DropForeignKey,
    DropSequence,
    DropTable,
    ExecuteCommand,
    ExecuteSql,
    ModifyColumn,
    ModifySequence,
    Operation,
    RenameColumn,
    RenameIndex,
    RenameTable,
    Run,
)
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import NextValue

Places: TypeAlias = frozenset[tuple[str, str]]
"""Tables, sequences and names of indexes and constraints, each with the word for what it is."""


def is_barrier(operation: Operation) -> bool:
    """Nothing is moved past native work: nobody knows what it touches."""
    return isinstance(operation, ExecuteSql | ExecuteCommand | Run)


def places_of(operation: Operation, before: SchemaSnapshot) -> Places:
    """All that the operation reads or changes, the schema being as it is `before`."""
    return frozenset(_places(operation, before))


def _places(operation: Operation, before: SchemaSnapshot) -> Iterator[tuple[str, str]]:
    for key in operation.touches():
        yield "table", key
    match operation:
        case CreateTable(table):
            yield from _of_table(table)
        case DropTable(key):
            yield from _of_table(before.table(key))
        case RenameTable(key, new):
            yield from (("name", key.casefold()), ("name", new.casefold()))
            yield from (("table", referrer.key) for referrer in before.referrers(key))
        case RenameColumn(key):
            yield from (("table", referrer.key) for referrer in before.referrers(key))
        case ChangePrimaryKey(key, new_key):
            yield from _named(before.table(key).primary_key)
            yield from _named(new_key)
        case DropForeignKey(_, _):
            yield "table", operation.found(before).table
        case AddColumn(_, column):
            yield from _of_column(column)
        case ModifyColumn(table=key, column=name):
            yield from _of_column(before.table(key).column(name))
            yield from _of_column(operation.new_column(before))
        case CreateSequence(sequence) | ModifySequence(sequence):
            yield "sequence", sequence.key
        case DropSequence(key):
            yield "sequence", key
        case RenameIndex(_, old, new):
            yield "name", old.casefold()
            yield "name", new.casefold()
        case _:
            yield from _names(operation)


def _names(operation: Operation) -> Iterator[tuple[str, str]]:
    """The names in the fields of an operation on an index or a constraint."""
    for attribute in ("index", "unique", "check", "foreign_key", "constraint", "new"):
        yield from _named(getattr(operation, attribute, None))


def _named(part: object) -> Iterator[tuple[str, str]]:
    """The name of a part, or the part itself where it is a name."""
    name = part if isinstance(part, str) else getattr(part, "name", None)
    if name:
        yield "name", name.casefold()


def _of_table(table: TableDef) -> Iterator[tuple[str, str]]:
    yield "name", table.key.casefold()
    yield from _named(table.primary_key)
    for parts in (table.indexes, table.uniques, table.checks, table.foreign_keys):
        for part in parts:
            yield from _named(part)
    for key in table.foreign_keys:
        yield "table", key.table
    for column in table.columns:
        yield from _of_column(column)


def _of_column(column: ColumnDef) -> Iterator[tuple[str, str]]:
    if isinstance(column.default, NextValue):
        yield "sequence", column.default.sequence
