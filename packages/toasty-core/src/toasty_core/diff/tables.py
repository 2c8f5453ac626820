"""Compares two states of one table. Foreign keys, which need both of their ends, are in `foreign_keys`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from attrs import define, evolve, frozen

from toasty_core.diff.chains import in_order, spare_name
from toasty_core.diff.documents import (
    DocumentPair,
    FieldChanges,
    FieldComparison,
    FieldNames,
    alike,
    document_pairs,
)
from toasty_core.diff.parts import PartChanges, compare_parts, with_columns
from toasty_core.diff.steps import Rank, Step
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    DropCheck,
    DropColumn,
    DropIndex,
    DropUnique,
    ModifyColumn,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameField,
    RenameIndex,
    SetTableComment,
    SetTableOptions,
)
from toasty_core.operations.columns import MODIFIABLE
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import IndexDef, PrimaryKeyDef, UniqueDef
from toasty_core.schema.option_names import OptionText, PartT
from toasty_core.schema.tables import TableDef
from toasty_core.schema.text_names import ColumnText, check_renamed, column_renamed, index_renamed
from toasty_core.schema.values import Default

Fills = Mapping[tuple[str, str], Default]

_GONE = "\0"  # begins what is left of a dropped column's name in keys and indexes: nothing is equal to it


@frozen
class TablePair:
    """A table before and after. `renamed` are its columns' old names to the new ones.

    `fields` are the renames of fields in nested documents that the user answered; None where such fields are not
    told apart, and another document is another type of its column.
    """

    old: TableDef
    new: TableDef
    renamed: Mapping[str, str]
    fields: FieldNames | None = None

    @property
    def columns(self) -> dict[str, str]:
        """Old names of columns to new ones, the dropped ones to a name that no column has."""
        if not self.renamed:
            return {}
        stay = set(self.new.column_names) - set(self.renamed.values()) - set(self.renamed)
        gone = (name for name in self.old.column_names if name not in stay)
        return {name: self.renamed.get(name, _GONE + name) for name in gone}

    @property
    def dropped_columns(self) -> list[ColumnDef]:
        """The old columns that have no new name."""
        after = set(self.new.column_names) - set(self.renamed.values())
        return [c for c in self.old.columns if c.name not in after and c.name not in self.renamed]

    @property
    def added_columns(self) -> list[ColumnDef]:
        """The new columns that had no old name."""
        before = set(self.old.column_names) - set(self.renamed)
        taken = set(self.renamed.values())
        return [c for c in self.new.columns if c.name not in before and c.name not in taken]

    @property
    def kept_columns(self) -> list[tuple[ColumnDef, ColumnDef]]:
        """The columns that are there before and after, under whatever name."""
        sources = {new: old for old, new in self.renamed.items()}
        before = {column.name: column for column in self.old.columns}
        pairs = []
        for column in self.new.columns:
            name = sources.get(column.name, column.name)
            if name in before and (column.name in sources or name not in self.renamed):
                pairs.append((before[name], column))
        return pairs

    @property
    def opened_columns(self) -> Iterator[tuple[ColumnDef, ColumnDef]]:
        """The columns that stay and whose nested fields are told apart: the primary key is one value."""
        keys = {*self.old.key_columns, *self.new.key_columns}
        for before, after in self.kept_columns if self.fields is not None else ():
            if keys.isdisjoint((before.name, after.name)) and "." not in after.name:
                yield before, after

    @property
    def documents(self) -> Iterator[DocumentPair]:
        """The nested documents that stay and differ, outer ones first."""
        for before, after in self.opened_columns:
            yield from document_pairs(after.name, before.type, after.type, self.fields or {})


@define
class TableChanges:
    """The steps of one table so far, and the sets of columns that no key stands on any more, though one did."""

    steps: list[Step]
    lost_keys: list[frozenset[str]]


def compare_tables(
    pair: TablePair, fills: Fills, is_free: Callable[[str | None], bool]
) -> TableChanges:
    """All that changes in a table but its foreign keys. `is_free` says if an index of this name can be made now."""
    columns, texts = pair.columns, _texts(pair)
    key = pair.new.key
    opened = _opened(pair, fills)
    renames = [op for one in opened.values() for op in one.first if isinstance(op, RenameField)]

    def renamed(index: IndexDef) -> IndexDef:
        there = _with_options(pair, reduce(index_renamed, texts, with_columns(index, columns)))
        return reduce(lambda found, rename: rename.follow(found), renames, there)

    indexes = compare_parts(
        [(item, renamed(item)) for item in pair.old.indexes],
        pair.new.indexes,
        is_free,
    )
    uniques = compare_parts(
        [(item, _with_options(pair, with_columns(item, columns))) for item in pair.old.uniques],
        pair.new.uniques,
        is_free,
    )
    steps = [*_columns(pair, fills, texts, opened), *_key(pair, is_free), *_settings(pair)]
    steps += _indexes(key, indexes)
    steps += _uniques(key, uniques)
    steps += _checks(pair, texts)
    return TableChanges(steps, _lost_keys(pair, indexes, uniques))


def _renames(pair: TablePair) -> list[tuple[str, str]]:
    names = {*pair.old.column_names, *pair.new.column_names}
    return in_order(pair.renamed, lambda _: spare_name(names))


def _texts(pair: TablePair) -> list[ColumnText]:
    """What the renames of columns do to expressions, in their order."""
    if not pair.renamed:
        return []
    gone = _wanted_names(pair, pair.dropped_columns)
    names = [name for name in pair.old.column_names if name not in gone]
    texts: list[ColumnText] = []
    for old, new in _renames(pair):
        texts.append(ColumnText(old, new, tuple(names)))
        names[names.index(old)] = new
    return texts


def _with_options(pair: TablePair, part: PartT) -> PartT:
    """The part when the columns are renamed that its options name."""
    if not part.options or not pair.renamed:
        return part
    names = pair.old.column_names
    texts: list[ColumnText] = [
        ColumnText(c.name, _GONE + c.name, names) for c in pair.dropped_columns
    ]
    for text in [*texts, *_texts(pair)]:
        part = OptionText(text).in_part(part)
    return part


def _opened(pair: TablePair, fills: Fills) -> dict[str, FieldChanges]:
    """By column, what happens to the fields of the documents in it."""
    found: dict[str, FieldChanges] = {}
    for before, after in pair.opened_columns:
        if before.type != after.type or pair.fields:
            comparison = FieldComparison(pair.new.key, pair.fields or {}, fills)
            found[after.name] = comparison.changes(after.name, before.type, after.type)
    return found


def _columns(
    pair: TablePair, fills: Fills, texts: list[ColumnText], opened: Mapping[str, FieldChanges]
) -> Iterator[Step]:
    key = pair.new.key
    dropped = pair.dropped_columns
    at_once = _wanted_names(pair, dropped)
    for column in sorted(dropped, key=lambda column: column.generated is None):
        rank = Rank.DROP_COLUMN_AT_ONCE if column.name in at_once else Rank.DROP_COLUMN
        yield Step(DropColumn(key, column.name), rank, key)
    for old, new in _renames(pair):
        yield Step(RenameColumn(key, old, new), Rank.RENAME_COLUMN, key)
    for column in pair.added_columns:
        rank = Rank.ADD_GENERATED if column.generated else Rank.ADD_COLUMN
        fill = fills.get((key, column.name))
        yield Step(AddColumn(key, without_hint(column), fill), rank, key)
    for before, after in sorted(pair.kept_columns, key=lambda both: both[1].generated is not None):
        before = reduce(column_renamed, texts, before)
        fields = opened.get(after.name)
        if before != after or fields:
            for operation in _modified(key, before, after, fills, fields):
                yield Step(operation, Rank.MODIFY_COLUMN, key)


def _wanted_names(pair: TablePair, dropped: list[ColumnDef]) -> set[str]:
    """The dropped columns that must go first: their name is wanted, or they are computed from others."""
    arriving = [*pair.renamed.values(), *(column.name for column in pair.added_columns)]
    folded = {name.casefold() for name in arriving}
    return {
        column.name
        for column in dropped
        if column.name.casefold() in folded
        or (column.generated is not None and column.name not in pair.old.key_columns)
    }


def _key_goes_first(pair: TablePair) -> bool:
    """A column that the key names must make room for another one at once."""
    wanted = _wanted_names(pair, pair.dropped_columns)
    users = (
        user for name in pair.old.column_names if name in wanted for user in pair.old.users_of(name)
    )
    return any(isinstance(user, PrimaryKeyDef) for user in users)


def without_hint(column: ColumnDef) -> ColumnDef:
    """The column as it stands in a migration file: what it was called is the diff's matter."""
    return column if column.renamed_from is None else evolve(column, renamed_from=None)


def _modified(
    table: str, old: ColumnDef, new: ColumnDef, fills: Fills, fields: FieldChanges | None
) -> Iterator[Operation]:
    """What is done to a column, and to the fields in it."""
    changes: dict[str, Any] = {
        name: getattr(new, name) for name in MODIFIABLE if getattr(old, name) != getattr(new, name)
    }
    fields = fields or FieldChanges(old.type, new.type, (), ())
    if alike(fields.plain, fields.converted):
        changes.pop("type", None)
    elif "type" in changes:
        changes["type"] = fields.converted
    yield from fields.first
    if changes:
        fill = fills.get((table, new.name)) if changes.get("nullable") is False else None
        yield ModifyColumn(table, new.name, fill=fill, **changes)
    yield from fields.last


def _old_key(pair: TablePair) -> PrimaryKeyDef | None:
    """The old primary key when the columns are renamed."""
    key = key_with_columns(pair.old.primary_key, pair.columns)
    return key and _with_options(pair, key)


def _key(pair: TablePair, is_free: Callable[[str | None], bool]) -> Iterator[Step]:
    table, new, old = pair.new.key, pair.new.primary_key, _old_key(pair)
    if old == new:
        return
    frees = named(old.name) if old else ()
    takes = named(new.name) if new else ()
    if old and new and evolve(old, name=new.name) == new and is_free(new.name):
        operation = RenameConstraint(table, old, new.name)
        yield Step(operation, Rank.RENAME_PART, table, (), frees, takes)
        return
    change = Step(ChangePrimaryKey(table, new), Rank.CHANGE_KEY, table, (), frees, takes)
    yield from _in_two(change) if old and _key_goes_first(pair) else (change,)


def _in_two(change: Step) -> Iterator[Step]:
    """The change of a key whose old one goes early: because its column does, or its name is wanted."""
    without = ChangePrimaryKey(change.table, None)
    yield evolve(change, operation=without, rank=Rank.DROP_KEY, takes=())
    if change.operation != without:
        yield evolve(change, frees=())


def with_free_key_names(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, the old key going early in a table where another table's key wants its name."""
    known = list(steps)
    wanted: dict[str, str] = {}
    for step in known:
        if step.rank is Rank.CHANGE_KEY:
            wanted |= {name.casefold(): step.table for name in step.takes}
    for step in known:
        tables = [wanted.get(name.casefold(), step.table) for name in step.frees]
        moves = step.rank is Rank.CHANGE_KEY and any(table != step.table for table in tables)
        yield from _in_two(step) if moves else (step,)


def key_with_columns(key: PrimaryKeyDef | None, columns: Mapping[str, str]) -> PrimaryKeyDef | None:
    """The primary key when the columns are renamed."""
    if key is None or not columns:
        return key
    return evolve(key, columns=tuple(columns.get(name, name) for name in key.columns))


def _settings(pair: TablePair) -> Iterator[Step]:
    key = pair.new.key
    if _with_options(pair, pair.old).options != pair.new.options:
        yield Step(SetTableOptions(key, pair.new.options), Rank.SET, key)
    if pair.old.comment != pair.new.comment:
        yield Step(SetTableComment(key, pair.new.comment), Rank.SET, key)


def _indexes(table: str, changes: PartChanges[IndexDef]) -> Iterator[Step]:
    for index in changes.dropped:
        operation = DropIndex(table, index.name)
        yield Step(operation, Rank.DROP_INDEX, table, frees=(index.name,))
    for index, name in changes.renamed:
        rename = RenameIndex(table, index.name, str(name))
        yield Step(rename, Rank.RENAME_PART, table, frees=(index.name,), takes=(str(name),))
    for index in changes.added:
        create = CreateIndex(table, index)
        yield Step(create, Rank.CREATE_INDEX, table, takes=(index.name,))


def _uniques(table: str, changes: PartChanges[UniqueDef]) -> Iterator[Step]:
    for unique in changes.dropped:
        drop = DropUnique(table, unique.name or unique)
        yield Step(drop, Rank.DROP_UNIQUE, table, frees=named(unique.name))
    for unique, name in changes.renamed:
        rename = RenameConstraint(table, unique, name)
        yield Step(rename, Rank.RENAME_PART, table, (), named(unique.name), named(name))
    for unique in changes.added:
        yield Step(AddUnique(table, unique), Rank.ADD_UNIQUE, table, takes=named(unique.name))


def _checks(pair: TablePair, texts: list[ColumnText]) -> Iterator[Step]:
    table = pair.new.key
    held = {check.name for check in pair.old.checks if check.name}
    changes = compare_parts(
        [(check, reduce(check_renamed, texts, check)) for check in pair.old.checks],
        pair.new.checks,
        lambda name: name not in held,
    )
    for check in changes.dropped:
        drop = DropCheck(table, check.name or check)
        yield Step(drop, Rank.DROP_CHECK, table, frees=named(check.name))
    for check, name in changes.renamed:
        rename = RenameConstraint(table, check, name)
        yield Step(rename, Rank.RENAME_PART, table, (), named(check.name), named(name))
    for check in changes.added:
        yield Step(AddCheck(table, check), Rank.ADD_CHECK, table, takes=named(check.name))


def named(name: str | None) -> tuple[str, ...]:
    """The name, if there is one."""
    return (name,) if name else ()


def _lost_keys(
    pair: TablePair, indexes: PartChanges[IndexDef], uniques: PartChanges[UniqueDef]
) -> list[frozenset[str]]:
    """The sets of columns whose key is dropped or made anew: a foreign key cannot stay on them meanwhile."""
    columns = pair.columns
    old_key = _old_key(pair)
    new_key = pair.new.primary_key
    same_key = bool(old_key and new_key and evolve(old_key, name=new_key.name) == new_key)
    kept = [unique.columns for unique in (*uniques.kept, *(part for part, _ in uniques.renamed))]
    stay = (*indexes.kept, *(part for part, _ in indexes.renamed))
    kept += [index.column_names for index in stay if index.unique and index.where is None]
    kept += [old_key.columns] if old_key and same_key else []
    dropped = [with_columns(unique, columns).columns for unique in uniques.dropped]
    dropped += [with_columns(i, columns).column_names for i in indexes.dropped if i.unique]
    dropped += [old_key.columns] if old_key and not same_key else []
    safe = {frozenset(names) for names in kept}
    return [frozenset(names) for names in dropped if frozenset(names) not in safe]
