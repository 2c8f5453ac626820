"""Tables that come and go, in the order of their foreign keys; circles are cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve

from toasty_core.diff.chains import in_order, spare_name
from toasty_core.diff.graphs import needed_first
from toasty_core.diff.renames import Renames
from toasty_core.diff.steps import Rank, Step
from toasty_core.diff.tables import named, without_hint
from toasty_core.operations import (
    AddForeignKey,
    CreateTable,
    DropForeignKey,
    DropTable,
    Operation,
    RenameTable,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef


def first_operations(old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames) -> list[Operation]:
    """The renames of tables, and before them what has a name that a renamed table wants."""
    if not renames.tables:
        return []
    wanted = {name.casefold() for name in renames.tables.values()}
    stays = {key for key in new.tables if renames.old_name(key, old) == key} | set(renames.tables)
    doomed = [key for key in sorted(old.tables) if key.casefold() in wanted and key not in stays]
    operations = list(_dropped_at_once(old, doomed))
    names = {*old.tables, *new.tables}
    for was, becomes in in_order(renames.tables, lambda key: _spare_key(old.tables[key], names)):
        operations.append(RenameTable(was, becomes))
    return operations


def _spare_key(table: TableDef, taken: Iterable[str]) -> str:
    if not table.schema:
        return spare_name(taken)
    prefix = f"{table.schema}."
    return prefix + spare_name(name.removeprefix(prefix) for name in taken)


def _dropped_at_once(schema: SchemaSnapshot, doomed: list[str]) -> Iterator[Operation]:
    steps = drop_tables(schema, doomed, lambda table: True)
    for step in steps:
        if step.rank is Rank.DROP_FOREIGN_KEY:
            yield step.operation
    gone = set(doomed)
    for table in schema.tables.values() if doomed else ():
        if table.key not in gone:
            keys = (key for key in table.foreign_keys if key.table in gone)
            yield from (DropForeignKey(table.key, key.name or key) for key in keys)
    for step in steps:
        if step.rank is not Rank.DROP_FOREIGN_KEY:
            yield step.operation


def create_tables(schema: SchemaSnapshot, keys: Iterable[str]) -> list[Step]:
    """Makes the tables of `schema` that `keys` names, parents first; the last foreign key of a circle comes after."""
    tables = {key: schema.tables[key] for key in sorted(keys)}
    order, cut = needed_first(tables, _parents(tables))
    steps: list[Step] = []
    for key in order:
        table = tables[key]
        later = [f for f in table.foreign_keys if (key, f.table) in cut]
        now = tuple(f for f in table.foreign_keys if f not in later)
        columns = tuple(without_hint(column) for column in table.columns)
        made = evolve(table, columns=columns, foreign_keys=now, renamed_from=None)
        targets = tuple(f.table for f in now if f.table != key)
        create = CreateTable(made)
        steps.append(Step(create, Rank.CREATE_TABLE, key, targets, takes=(key, *names_of(made))))
        for foreign in later:
            add = AddForeignKey(key, foreign)
            names = named(foreign.name)
            steps.append(Step(add, Rank.ADD_FOREIGN_KEY, key, (foreign.table,), takes=names))
    return steps


def drop_tables(
    schema: SchemaSnapshot, keys: Iterable[str], goes_first: Callable[[TableDef], bool]
) -> list[Step]:
    """Takes tables away, children first; the foreign keys that close circles go before.

    They go last, when all else is done, so that there is a place to save their rows in the migration file; those
    that stand in the way (`goes_first`) go early, and so do their children.
    """
    tables = {key: schema.tables[key] for key in sorted(keys)}
    parents_first, cut = needed_first(tables, _parents(tables))
    early = _with_children(tables, (key for key, table in tables.items() if goes_first(table)))
    steps: list[Step] = []
    for key in reversed(parents_first):
        table = tables[key]
        for foreign in table.foreign_keys:
            if (key, foreign.table) in cut:
                drop = DropForeignKey(key, foreign.name or foreign)
                steps.append(Step(drop, Rank.DROP_FOREIGN_KEY, key, (foreign.table,)))
        rank = Rank.DROP_TABLE_AT_ONCE if key in early else Rank.DROP_TABLE
        parents = (f.table for f in table.foreign_keys if (key, f.table) not in cut)
        targets = tuple(parent for parent in parents if parent != key)
        steps.append(Step(DropTable(key), rank, key, targets, frees=(key, *names_of(table))))
    return steps


def _parents(tables: Mapping[str, TableDef]) -> dict[str, list[str]]:
    """For each of the tables, those among them that it points at, or names in its options (`inherits`)."""
    found: dict[str, list[str]] = {}
    for key, table in tables.items():
        named = {f.table for f in table.foreign_keys}
        for chosen in table.options.values():
            named.update(_texts(chosen))
        found[key] = sorted(name for name in named if name != key and name in tables)
    return found


def _texts(chosen: Any) -> Iterator[str]:
    """The texts among the options of a backend."""
    for value in chosen.values() if isinstance(chosen, Mapping) else ():
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (item for item in value if isinstance(item, str))


def _with_children(tables: Mapping[str, TableDef], keys: Iterable[str]) -> set[str]:
    children: dict[str, list[str]] = {}
    for key, parents in _parents(tables).items():
        for parent in parents:
            children.setdefault(parent, []).append(key)
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += children.get(key, ())
    return found


def names_of(table: TableDef) -> tuple[str, ...]:
    """The names that a database may want to stand once among all tables."""
    names = [table.primary_key.name] if table.primary_key else []
    names += [index.name for index in table.indexes]
    names += [unique.name for unique in table.uniques]
    names += [check.name for check in table.checks]
    names += [key.name for key in table.foreign_keys]
    return tuple(name for name in names if name)
