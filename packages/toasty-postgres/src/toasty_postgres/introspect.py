"""The live schema as a snapshot, from a handful of questions for any number of tables.

The tables of the current schema (the first of the search path that exists) have no schema in their definitions;
those of all other schemas of the users do. Views, partitions, temporary tables, what extensions made and
Toasty's own tables are left out, and so are indexes that are not valid: what a failed CREATE INDEX CONCURRENTLY
left is of no use to anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from toasty_core.schema import types
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef
from toasty_postgres import catalog
from toasty_postgres.catalog_rows import (
    ClassRow,
    ColumnRow,
    ConstraintRow,
    IndexRow,
    SequenceRow,
    Surroundings,
    TableRow,
)
from toasty_postgres.introspect_table import TableReader
from toasty_postgres.reading import Names

Fetch = Callable[..., list[tuple[Any, ...]]]
"""Sends a query with its parameters and gives all rows."""


def introspect(fetch: Fetch, *, only_tables: Iterable[str] | None = None) -> SchemaSnapshot:
    """The tables and sequences of the database; of the tables only those with the keys `only_tables`, if given."""
    version, home = fetch(catalog.VERSION)[0]
    tables = [TableRow(*row) for row in fetch(catalog.TABLES)]
    sequences = [SequenceRow(*row) for row in fetch(catalog.SEQUENCES)]
    keys = {row.oid: _key(row.schema, row.name, home) for row in tables}
    if only_tables is not None:
        wanted = frozenset(only_tables)
        tables = [row for row in tables if keys[row.oid] in wanted]
    found = _Tables(fetch, version, home, keys, sequences)
    read = list(found.read(tables))
    free = [row for row in sequences if row.shown not in found.taken and not _is_ours(row.name)]
    return SchemaSnapshot.of(*read, sequences=[_sequence(row, home) for row in free])


def introspect_temporary(fetch: Fetch) -> list[TableDef]:
    """The temporary tables of this session, without a schema."""
    version, home = fetch(catalog.VERSION)[0]
    tables = [TableRow(*row)._replace(schema=home) for row in fetch(catalog.TEMPORARY_TABLES)]
    sequences = [SequenceRow(*row) for row in fetch(catalog.ALL_SEQUENCES)]
    return list(_Tables(fetch, version, home, {}, sequences).read(tables))


def _key(schema: str, name: str, home: str | None) -> str:
    return name if schema == home else f"{schema}.{name}"


def _is_ours(name: str) -> bool:
    return name.startswith("toasty_")


def _sequence(row: SequenceRow, home: str | None) -> SequenceDef:
    return row.numbering.sequence(row.name, None if row.schema == home else row.schema)


class _Tables:
    """Asks for all that belongs to tables, and puts the answers together.

    `taken` are the sequences that number a column, once the tables are read.
    """

    def __init__(
        self,
        fetch: Fetch,
        version: int,
        home: str | None,
        keys: dict[int, str],
        sequences: list[SequenceRow],
    ) -> None:
        self._fetch = fetch
        self._version = version
        self._home = home
        self._keys = keys
        self._sequences = sequences
        self.taken = {row.shown for row in sequences if row.owner == "i"}

    def read(self, tables: Sequence[TableRow]) -> Iterator[TableDef]:
        oids = _array(row.oid for row in tables)
        columns, constraints, indexes = _Grouped(), _Grouped(), _Grouped()
        column_rows = [ColumnRow(*row) for row in self._fetch(catalog.COLUMNS, (oids,))]
        asked = catalog.constraints_sql(self._version)
        constraint_rows = [ConstraintRow(*row) for row in self._fetch(asked, (oids,))]
        index_rows = [IndexRow(*row) for row in self._fetch(catalog.INDEXES, (oids,))]
        around = self._surroundings(column_rows, index_rows)
        columns.add(column_rows)
        constraints.add(constraint_rows)
        indexes.add(index_rows)
        for row in tables:
            parts = columns.of(row.oid), constraints.of(row.oid), indexes.of(row.oid)
            reader = TableReader(row, *parts, around)
            self.taken.update(reader.serials)
            yield reader.read()

    def _surroundings(
        self, columns: Sequence[ColumnRow], indexes: Sequence[IndexRow]
    ) -> Surroundings:
        classes = self._fetch(catalog.OPERATOR_CLASSES) if indexes else []
        enums = list(self._enums())
        numbers = {
            (row.table, row.column): row
            for row in self._sequences
            if row.table is not None and row.column is not None
        }
        shown = {row.shown: _key(row.schema, row.name, self._home) for row in self._sequences}
        return Surroundings(
            home=self._home,
            enums={oid: enum for oid, _, enum in enums},
            enum_lists={oid: enum for _, oid, enum in enums},
            collations=self._collations(columns, indexes),
            classes={row[0]: ClassRow(*row) for row in classes},
            numbers=numbers,
            names=Names(shown, self._home),
            keys=self._keys,
        )

    def _enums(self) -> Iterator[tuple[int, int, types.Enum]]:
        for oid, array, schema, name, labels in self._fetch(catalog.ENUMS):
            yield oid, array, types.Enum(*labels, name=_key(schema, name, self._home))

    def _collations(
        self, columns: Sequence[ColumnRow], indexes: Sequence[IndexRow]
    ) -> dict[int, str]:
        """The names of those collations that are said, with the schema of one that is elsewhere."""
        used = {row.own_collation for row in columns if row.own_collation}
        used |= {int(oid) for row in indexes for oid in row.collations.split()}
        if not used:
            return {}
        near = ("pg_catalog", self._home)
        rows = self._fetch(catalog.COLLATIONS, (_array(sorted(used)),))
        return {oid: name if schema in near else f"{schema}.{name}" for oid, schema, name in rows}


def _array(oids: Iterable[int]) -> str:
    return "{" + ",".join(map(str, oids)) + "}"


class _Grouped:
    """Rows by their table."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Any]] = defaultdict(list)

    def add(self, rows: Iterable[Any]) -> None:
        for row in rows:
            self._rows[row.table].append(row)

    def of(self, table: int) -> list[Any]:
        return self._rows.get(table, [])
