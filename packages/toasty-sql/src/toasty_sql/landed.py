"""Asks the catalog whether an operation took effect: for runs that crashed half-way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import evolve

from toasty_core.operations.base import Operation
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef


def landed(
    operation: Operation,
    before: SchemaSnapshot,
    live: SchemaSnapshot,
    normalised: Callable[[SchemaSnapshot, SchemaSnapshot], SchemaSnapshot],
) -> bool | None:
    """True when the `live` schema is as `operation` leaves it, False when it is as before.

    None when the operation changes nothing that the backend keeps (rows, comments on SQLite), or when the
    live schema is neither: then nothing can tell. `normalised` is that of the database.
    """
    before = before.frozen()
    # Of the whole schema, as a table's form may depend on others: a foreign key names no columns of its target.
    was = normalised(before, live)
    will_be = normalised(operation.apply(before), live)
    tables = _changed(was.tables, will_be.tables)
    sequences = _changed(was.sequences, will_be.sequences)

    def part(schema: SchemaSnapshot) -> SchemaSnapshot:
        return _part(schema, tables, sequences)

    if part(was) == part(will_be):
        return None
    if part(live) == part(will_be):
        return True
    return False if part(live) == part(was) else None


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The names of what is new, gone or different."""
    names = sorted({*before, *after})
    return [name for name in names if before.get(name) != after.get(name)]


def _part(
    schema: SchemaSnapshot, tables: Iterable[str], sequences: Iterable[str]
) -> SchemaSnapshot:
    """Only these tables and sequences; the columns in one order, as their order has no meaning."""
    return SchemaSnapshot(
        {key: _ordered(schema.tables[key]) for key in tables if key in schema.tables},
        {key: schema.sequences[key] for key in sequences if key in schema.sequences},
    )


def _ordered(table: TableDef) -> TableDef:
    return evolve(table, columns=sorted(table.columns, key=lambda column: column.name))
