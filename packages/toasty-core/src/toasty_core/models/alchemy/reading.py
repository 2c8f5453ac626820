"""Reads SQLAlchemy's metadata: its tables and sequences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from toasty_core.errors import ModelError
from toasty_core.models.alchemy.column_types import TypeReader
from toasty_core.models.alchemy.defaults import sequence_key
from toasty_core.models.alchemy.tables import read_table
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef


def read_metadata(metadata: Iterable[sa.MetaData]) -> SchemaSnapshot:
    """All tables and sequences, in the order of their declaration.

    Raises ModelError for what cannot be read, and for a table that stands in two of them.
    """
    reader = TypeReader()
    tables: dict[str, TableDef] = {}
    sequences: dict[str, SequenceDef] = {}
    for one in metadata:
        for table in one.tables.values():
            read = read_table(table, reader)
            if read.key in tables:
                raise ModelError(
                    f"Two MetaData have a table {read.key!r}.", hint="name one: module:metadata"
                )
            tables[read.key] = read
        sequences.update((item.key, item) for item in _sequences(one))
    return SchemaSnapshot(tables, sequences)


def _sequences(metadata: sa.MetaData) -> Iterator[SequenceDef]:
    """The sequences, for the databases that have them: SQLAlchemy makes none elsewhere.

    One that is optional is only for databases that cannot number rows otherwise.
    """
    for sequence in sorted(metadata._sequences.values(), key=sequence_key):
        if not sequence.optional:
            yield SequenceDef(
                str(sequence.name),
                start=sequence.start,
                increment=sequence.increment,
                minimum=sequence.minvalue,
                maximum=sequence.maxvalue,
                cycle=bool(sequence.cycle),
                cache=sequence.cache,
                schema=str(sequence.schema) if sequence.schema else None,
                only=("postgresql", "mariadb"),
            )
