"""Names: where a column is in a document, and what MongoDB takes as a name."""

from __future__ import annotations

from toasty_core.errors import Unsupported
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef

BACKEND = "mongodb"
OWN = "toasty_"
"""What collections of Toasty's own begin with."""
MARK = "_toasty"
"""The field that marks a document while a transformation is on its way, where there are no transactions."""
STANDALONE = "standalone"
"""What the journal notes of statements that were compiled for a server without a replica set."""
LONGEST = 235
"""Bytes that a collection's name may have and leave room for the database's: 255 in all."""


def path_of(table: TableDef, column: str) -> str:
    """The path of the column's field: `_id` for the primary key, `_id.part` for a part of it."""
    key = table.key_columns
    if column not in key:
        return column
    return "_id" if len(key) == 1 else f"_id.{column}"


def field_path(table: TableDef, place: str) -> str:
    """Where a column is, or a field of the document that it holds: `id.city` is `_id.city` for the primary key `id`."""
    column, dot, rest = place.partition(".")
    return path_of(table, column) + dot + rest


def column_path(table: TableDef, path: str) -> str:
    """What `field_path` says, the other way round."""
    if path.partition(".")[0] == "_id":
        for column in table.key_columns:
            own = path_of(table, column)
            if path == own or path.startswith(f"{own}."):
                return column + path[len(own) :]
    return path


def copy_of(collection: str) -> str:
    """The name of the collection that documents are copied into, to take another's place."""
    name = f"{OWN}copy_{collection}"
    if len(name.encode()) <= LONGEST:
        return name
    from hashlib import sha256

    return f"{OWN}copy_{sha256(collection.encode()).hexdigest()}"


def refuse_table_name(name: str) -> None:
    """Raises Unsupported for a name that no collection can have."""
    if not name or "$" in name or "\0" in name or name.startswith(("system.", OWN)):
        raise Unsupported(
            f"no collection can be called {name!r}",
            reason='a name must not be empty, hold "$", or begin with "system." or "toasty_"',
        )
    if len(name.encode()) > LONGEST:
        raise Unsupported(
            f"the collection's name {name[:40]!r}... is too long",
            reason=f"it has {len(name.encode())} bytes, and {LONGEST} is what MongoDB takes with the database's name",
        )


def refuse_field_name(table: TableDef, column: ColumnDef) -> None:
    """Raises Unsupported for a name that no field can have."""
    name = column.name
    if not name or "." in name or name.startswith("$") or "\0" in name:
        raise Unsupported(
            f"no field of {table.key!r} can be called {name!r}",
            reason='"." leads into a nested document, and a "$" at the beginning is an operator',
        )
    if name == MARK or (name == "_id" and table.key_columns != ("_id",)):
        why = "it is the primary key's" if name == "_id" else "Toasty marks documents with it"
        raise Unsupported(f"no column of {table.key!r} can be called {name!r}", reason=why)
