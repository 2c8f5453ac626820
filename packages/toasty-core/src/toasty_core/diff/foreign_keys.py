"""Compares the foreign keys of tables that changed, and of those that point at a key that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from toasty_core.diff.parts import Columns, PartChanges, compare_parts, with_columns, with_target
from toasty_core.diff.steps import Rank, Step
from toasty_core.diff.tables import named
from toasty_core.operations import AddForeignKey, DropForeignKey, RenameConstraint
from toasty_core.schema.constraints import ForeignKeyDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef


@frozen
class Targets:
    """What happens to the tables that foreign keys point at, by their new names.

    `columns` are the renamed columns, `lost_keys` the sets of columns whose key goes or is made anew, `keys`
    the columns of the old primary keys, as they are called when the columns are renamed.
    """

    columns: Mapping[str, Columns]
    lost_keys: Mapping[str, list[frozenset[str]]]
    keys: Mapping[str, tuple[str, ...]]

    def concerned(self, key: ForeignKeyDef) -> bool:
        """Does something happen to the target that could concern this foreign key?"""
        return key.table in self.columns or key.table in self.lost_keys

    def aligned(self, key: ForeignKeyDef) -> ForeignKeyDef:
        """The foreign key when the columns of its target are renamed."""
        return with_target(key, self.columns.get(key.table, {}))

    def must_be_anew(self, key: ForeignKeyDef) -> bool:
        """Does the key that this (aligned) foreign key stands on go away, if only for a while?"""
        lost = self.lost_keys.get(key.table, [])
        return frozenset(key.references or self.keys.get(key.table, ())) in lost


def compare_foreign_keys(
    old: TableDef, new: TableDef, columns: Columns, targets: Targets
) -> Iterator[Step]:
    """The steps that change a table's foreign keys; `columns` are its own renamed columns."""
    held = {key.name for key in old.foreign_keys if key.name}
    pairs = [(key, targets.aligned(with_columns(key, columns))) for key in old.foreign_keys]
    changes = compare_parts(
        pairs, new.foreign_keys, lambda name: name not in held, targets.must_be_anew
    )
    yield from _steps(new.key, changes)


def _steps(table: str, changes: PartChanges[ForeignKeyDef]) -> Iterator[Step]:
    for key in changes.dropped:
        drop = DropForeignKey(table, key.name or key)
        yield Step(drop, Rank.DROP_FOREIGN_KEY, table, (key.table,), named(key.name))
    for key, name in changes.renamed:
        rename = RenameConstraint(table, key, name)
        yield Step(rename, Rank.RENAME_PART, table, (key.table,), named(key.name), named(name))
    for key in changes.added:
        add = AddForeignKey(table, key)
        yield Step(add, Rank.ADD_FOREIGN_KEY, table, (key.table,), takes=named(key.name))


def concerned_tables(schema: SchemaSnapshot, targets: Targets) -> Iterator[TableDef]:
    """The tables with a foreign key to one where something happens that it stands on."""
    if not targets.columns and not targets.lost_keys:
        return
    for table in schema.tables.values():
        if any(targets.concerned(key) for key in table.foreign_keys):
            yield table
