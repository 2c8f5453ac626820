"""Operations that are done in one go: an index that goes and comes again with other settings changes in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Backend, Compiled, only_for
from toasty_core.operations.base import Operation
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mongo.canonical import canonical_table
from toasty_mongo.index_changes import in_place
from toasty_mongo.indexes import index_words
from toasty_mongo.names import BACKEND
from toasty_mongo.statements import Command


def compile_together(
    backend: Backend, operations: Sequence[Operation], before: SchemaSnapshot
) -> Iterator[Compiled]:
    """All operations of a migration, in order: where an index stays, its drop has no statements."""
    state: SchemaSnapshot = before.draft()
    instead: dict[int, tuple[Command, ...]] = {}
    """What is done in the place of an operation, by its number."""
    for number, operation in enumerate(operations):
        checks = tuple(backend.checks(operation, state))
        if isinstance(operation, ops.DropIndex) and number not in instead:
            instead.update(_in_place(state.table(operation.table), operations, number))
        done = instead.get(number)
        statements = tuple(backend.compile(operation, state)) if done is None else done
        yield Compiled((operation,), statements, checks)
        state = operation.apply(state)


def _in_place(
    table: TableDef, operations: Sequence[Operation], number: int
) -> dict[int, tuple[Command, ...]]:
    """What is done in the place of a drop and of the create that follows it; empty where both are done."""
    dropped = operations[number]
    assert isinstance(dropped, ops.DropIndex)
    for later in range(number + 1, len(operations)):
        operation = operations[later]
        if not isinstance(operation, ops.CreateIndex | ops.DropIndex):
            break
        if isinstance(operation, ops.CreateIndex) and _is_back(operation, dropped):
            old = _words(table, table.index(dropped.index))
            new = _words(table, operation.index)
            commands = in_place(table.key, old, new) if old and new else None
            return {} if commands is None else {number: (), later: commands}
    return {}


def _is_back(created: ops.CreateIndex, dropped: ops.DropIndex) -> bool:
    return (created.table, created.index.name) == (dropped.table, dropped.index)


def _words(table: TableDef, index: IndexDef) -> dict[str, Any]:
    """The index in MongoDB's words; empty where it is none of this database's."""
    mine = canonical_table(evolve(table, indexes=[index], uniques=()))
    found = [index_words(mine, one) for one in mine.indexes if only_for(BACKEND, index.only)]
    return found[0] if found else {}
