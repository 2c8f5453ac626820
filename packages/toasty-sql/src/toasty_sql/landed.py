"""Asks the catalog whether an operation took effect: for runs that crashed half-way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import evolve

from toasty_core.backends import Backend
from toasty_core.operations.base import Operation
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef


def landed(
    operation: Operation,
    before: SchemaSnapshot,
    backend: Backend,
    introspect: Callable[[], SchemaSnapshot],
) -> bool | None:
    """True when the live schema is as `operation` leaves it, False when it is as before.

    None when the operation changes nothing that the backend keeps (rows, comments on SQLite), or when the
    live schema is neither: then nothing can tell.
    """
    before = before.frozen()
    after = operation.apply(before)
    tables = _changed(before.tables, after.tables)
    sequences = _changed(before.sequences, after.sequences)

    def part(schema: SchemaSnapshot) -> SchemaSnapshot:
        return _part(schema, tables, sequences)

    was = part(backend.canonical_schema(part(before)))
    will_be = part(backend.canonical_schema(part(after)))
    if was == will_be:
        return None
    live = part(introspect())
    if live == will_be:
        return True
    return False if live == was else None


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
