"""The names of indexes: SQLite has one room for those of all tables, and takes no notice of their case."""

from __future__ import annotations

from collections.abc import Iterable

from toasty_core import operations as ops
from toasty_core.backends import only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.schema.snapshot import SchemaSnapshot


def new_indexes(operation: Operation) -> tuple[str, ...]:
    """The names of indexes that the operation brings."""
    if isinstance(operation, ops.CreateTable):
        return tuple(index.name for index in operation.table.indexes)
    if isinstance(operation, ops.CreateIndex):
        return (operation.index.name,)
    return (operation.new,) if isinstance(operation, ops.RenameIndex) else ()


def refuse_shared_names(brought: Iterable[str], schema: SchemaSnapshot) -> None:
    """Raises Unsupported when two indexes of `schema`, one of them `brought`, have one name for SQLite."""
    wanted = {name.lower() for name in brought}
    if not wanted:
        return
    found: dict[str, tuple[str, str]] = {}
    for table in schema.tables.values():
        for index in table.indexes:
            folded = index.name.lower()
            if folded not in wanted or not only_for("sqlite", index.only):
                continue
            if folded in found:
                raise _shared(found[folded], (table.key, index.name))
            found[folded] = table.key, index.name


def _shared(first: tuple[str, str], second: tuple[str, str]) -> Unsupported:
    (table, name), (other, same) = first, second
    named = f"called {name!r}" if name == same else f"called {name!r} and {same!r}"
    return Unsupported(
        f"sqlite cannot have two indexes {named}, on {table!r} and on {other!r}",
        reason="SQLite has one room for the indexes of all tables, and takes no notice of case",
        hint="give one of them another name, such as one that begins with its table's",
    )
