"""What waits to be done together: the changes of several tables, one rebuild for each that needs one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from toasty_core import operations as ops
from toasty_core.backends import Compiled, DataCheck
from toasty_core.operations.base import Operation
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_sqlite.change import Step, TableChange
from toasty_sqlite.index_names import new_indexes
from toasty_sqlite.rebuild import checked_tables, rebuild_table

if TYPE_CHECKING:
    from toasty_sqlite.compiler import SqliteCompiler


class Batch:
    """Changes of tables that wait for more of the same table.

    SQLite takes a foreign key to a table that does not stand yet, so a change may wait while other tables
    are made. `schema` is the fold's draft: it shows the tables as they will be.
    """

    def __init__(self, compiler: SqliteCompiler, schema: SchemaSnapshot) -> None:
        self._compiler = compiler
        self._schema = schema
        self._changes: dict[str, TableChange] = {}
        self._indexes: dict[str, list[str]] = {}  # the tables that wait, by the indexes they have
        self._count = 0

    def must_flush(self, key: str, operation: Operation) -> bool:
        """Can the operation not wait with what waits already?"""
        change = self._changes.get(key)
        if change is not None and change.before is not None and change.must_wait(operation):
            return True
        wanted = new_indexes(operation)
        return any(at != key for name in wanted for at in self._indexes.get(name, ()))

    def add(self, key: str, step: Step) -> None:
        """Takes one operation in."""
        change = self._changes.get(key)
        if change is None:
            change = self._changes[key] = TableChange(self._compiler.dialect, step.before)
            for name in change.index_names():
                self._indexes.setdefault(name, []).append(key)
        self._count += 1
        change.add(step)
        change.position = self._count
        change.rebuild = change.rebuild or self._compiler.needs_rebuild(step)

    def take(self, key: str) -> TableChange | None:
        """Takes out what waits for one table."""
        change = self._changes.pop(key, None)
        for name in change.index_names() if change else ():
            self._indexes[name].remove(key)
        return change

    def flush(self) -> Iterator[Compiled]:
        """Does all that waits: new tables first, then the others, those that are pointed at first."""
        changes, self._changes = self._changes, {}
        self._indexes = {}
        pending: dict[str, TableDef | None] = {key: c.before for key, c in changes.items()}
        for key in [key for key, change in changes.items() if change.before is None]:
            yield self._created(changes[key])
        for key in _parents_first({k: c for k, c in changes.items() if c.before is not None}):
            yield self._changed(changes[key], pending)
            del pending[key]

    def _created(self, change: TableChange) -> Compiled:
        """A new table comes into being with all that is added to it later on."""
        create = ops.CreateTable(change.after)
        return Compiled(change.operations, tuple(self._compiler.create_table(create, self._schema)))

    def _changed(self, change: TableChange, pending: Mapping[str, TableDef | None]) -> Compiled:
        checks = self._checks(change, pending)
        if not change.rebuild:
            statements = [s for step in change.steps for s in self._compiler.in_place(step)]
            return Compiled(change.operations, tuple(statements), checks)
        waiting = {key for key in pending if key != change.after.key and pending[key] is not None}
        writer = self._compiler.tables
        checked = checked_tables(change, self._schema, writer, waiting)
        return Compiled(change.operations, (rebuild_table(change, writer, checked),), checks)

    def _checks(
        self, change: TableChange, pending: Mapping[str, TableDef | None]
    ) -> tuple[DataCheck, ...]:
        from toasty_sqlite.checks import ChangeChecks

        return tuple(ChangeChecks(change, self._compiler.tables, self._schema, pending).all())


def _parents_first(changes: dict[str, TableChange]) -> Iterator[str]:
    """In the order of their last operations, but a table after those that it points at; circles as they come."""
    ordered = sorted(changes, key=lambda key: changes[key].position)
    done: set[str] = set()
    for start in ordered:
        path = [start]
        while path:
            key = path[-1]
            done_before = key in done
            parent = None if done_before else _next_parent(changes, key, done, path)
            if parent is not None:
                path.append(parent)
                continue
            path.pop()
            if not done_before:
                done.add(key)
                yield key


def _next_parent(
    changes: dict[str, TableChange], key: str, done: set[str], path: list[str]
) -> str | None:
    for foreign in changes[key].after.foreign_keys:
        if foreign.table in changes and foreign.table not in done and foreign.table not in path:
            return foreign.table
    return None
