"""Compares nested documents, in a column or in a list: which of their fields are renamed, new, gone or changed.

A document is named by its path, the column first and every part as it is called now: `address`, `lines.item`. The order
of fields means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias, TypeGuard

from attrs import define, field, frozen

from toasty_core.diff.chains import in_order, spare_name
from toasty_core.diff.hints import Names, with_hints
from toasty_core.operations import AddField, DropField, ModifyColumn, Operation, RenameField
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.types import Array, Document, Field, Type
from toasty_core.schema.values import Default

FieldNames: TypeAlias = Mapping[str, Names]
"""By the path of a document, its fields' old names to new ones, as far as the user says so."""


@frozen
class DocumentPair:
    """A document before and after. `renamed` are its fields' old names to the new ones."""

    path: str
    old: Document
    new: Document
    renamed: Names

    @property
    def dropped(self) -> list[Field]:
        """The old fields that have no new name."""
        stay = {one.name for one in self.new.fields} - set(self.renamed.values())
        return [f for f in self.old.fields if f.name not in stay and f.name not in self.renamed]

    @property
    def added(self) -> list[Field]:
        """The new fields that had no old name."""
        taken = set(self.renamed.values())
        before = {one.name for one in self.old.fields} - set(self.renamed)
        return [f for f in self.new.fields if f.name not in before and f.name not in taken]

    @property
    def kept(self) -> list[tuple[Field, Field]]:
        """The fields that are there before and after, under whatever name, in the old order."""
        after = {one.name: one for one in self.new.fields}
        gone = {one.name for one in self.dropped}
        names = ((f, self.renamed.get(f.name, f.name)) for f in self.old.fields)
        return [(before, after[name]) for before, name in names if before.name not in gone]


def document_pairs(path: str, old: Type, new: Type, answered: FieldNames) -> Iterator[DocumentPair]:
    """The documents of a column that stay and differ, outer ones first."""
    pair = document_pair(path, old, new, answered)
    if pair is None:
        return
    yield pair
    for before, after in pair.kept:
        yield from document_pairs(f"{path}.{after.name}", before.type, after.type, answered)


def document_pair(path: str, old: Type, new: Type, answered: FieldNames) -> DocumentPair | None:
    """The document at a path, before and after; None where it is none, and where nothing in it differs."""
    while isinstance(old, Array) and isinstance(new, Array):
        old, new = old.item, new.item
    if not isinstance(old, Document) or not isinstance(new, Document):
        return None
    if alike(old, new) and not any(f"{at}.".startswith(f"{path}.") for at in answered):
        return None
    if any("." in one.name or not one.name for one in (*old.fields, *new.fields)):
        return None  # no path leads to such a field
    olds = {one.name for one in old.fields}
    hints = {one.name: (one.renamed_from,) for one in new.fields if one.renamed_from is not None}
    renamed = with_hints(olds, hints, answered.get(path, {}), f"fields of {path!r}")
    return DocumentPair(path, old, new, renamed)


def alike(old: Type, new: Type) -> bool:
    """Are they the same but for the order of fields?"""
    return old == new or _sorted(old) == _sorted(new)


def _sorted(type_: Type) -> Type:
    match type_:
        case Array(item):
            return Array(_sorted(item))
        case Document(fields):
            ordered = sorted(fields, key=lambda one: one.name)
            return Document(*(Field(f.name, _sorted(f.type), nullable=f.nullable) for f in ordered))
    return type_


@frozen
class FieldChanges:
    """What happens to the fields in one column.

    `first` renames and adds, `last` drops: between them stands what converts values, and what a person adds by hand.
    `plain` is the column's type as `first` leaves it, `converted` the one that it has to have before `last`.
    """

    plain: Type
    converted: Type
    first: tuple[Operation, ...]
    last: tuple[Operation, ...]


@define
class FieldComparison:
    """Collects the operations on fields of one table."""

    table: str
    answered: FieldNames
    fills: Mapping[tuple[str, str], Default]
    _first: list[Operation] = field(factory=list)
    _last: list[Operation] = field(factory=list)

    def changes(self, column: str, old: Type, new: Type) -> FieldChanges:
        """What leads from one type of a column to another."""
        plain, converted = self._compare(column, old, new)
        return FieldChanges(plain, converted, tuple(self._first), tuple(self._last))

    def _compare(self, path: str, old: Type, new: Type) -> tuple[Type, Type]:
        """Collects what leads from one type to another. Gives what is `plain`, and what is `converted`."""
        pair = document_pair(path, old, new, self.answered)
        if pair is None:
            return (old, old) if alike(old, new) else (old, new)
        at_once = self._rename(pair)
        became = {before.name: after for before, after in pair.kept}
        plain: list[Field] = []
        will: list[Field] = []
        for before in pair.old.fields:
            after = became.get(before.name)
            if after is not None:
                types = self._compare(f"{path}.{after.name}", before.type, after.type)
                plain.append(Field(after.name, types[0], nullable=before.nullable))
                will.append(Field(after.name, types[1], nullable=after.nullable))
            elif before.name not in at_once:
                plain.append(before)
                will.append(before)
                self._last.append(DropField(self.table, f"{path}.{before.name}"))
        added = [self._add(path, one) for one in pair.added]
        both = Document(*plain, *added), Document(*will, *added)
        return _within_lists(new, both[0]), _within_lists(new, both[1])

    def _rename(self, pair: DocumentPair) -> set[str]:
        """Collects the renames. Gives the names of the fields that make way for one, and are dropped before."""
        wanted = set(pair.renamed.values())
        at_once = [one.name for one in pair.dropped if one.name in wanted]
        self._first += (DropField(self.table, f"{pair.path}.{name}") for name in at_once)
        names = {one.name for one in (*pair.old.fields, *pair.new.fields)}
        for old, new in in_order(pair.renamed, lambda _: spare_name(names)):
            paths = f"{pair.path}.{old}", f"{pair.path}.{new}"
            self._first.append(RenameField(self.table, *paths))
        return set(at_once)

    def _add(self, path: str, one: Field) -> Field:
        where = f"{path}.{one.name}"
        fill = self.fills.get((self.table, where))
        self._first.append(AddField(self.table, where, one.type, nullable=one.nullable, fill=fill))
        return one


def _within_lists(type_: Type, document: Document) -> Type:
    """The document in as many lists as the type is one of."""
    return Array(_within_lists(type_.item, document)) if isinstance(type_, Array) else document


def outgrown(operations: Iterable[Operation], before: SchemaSnapshot) -> Iterator[str]:
    """The columns (`orders.address`) that get documents with other fields by a change of their type alone.

    What is stored there keeps the fields that it has.
    """
    steps = tuple(operations)
    if not any(_is_new_document(one) for one in steps):
        return
    state: SchemaSnapshot = before.draft()
    for one in steps:
        if _is_new_document(one):
            column = state.table(one.table).column(one.column)
            assert isinstance(one.type, Type)
            plain = _sorted(one.type)  # what the models say was renamed moves nothing here
            pairs = document_pairs(column.name, column.type, plain, {})
            if any(_has_others(pair) for pair in pairs):
                yield f"{one.table}.{one.column}"
        state = one.apply(state)


def _is_new_document(operation: Operation) -> TypeGuard[ModifyColumn]:
    if not isinstance(operation, ModifyColumn) or operation.using is not None:
        return False
    return isinstance(operation.type, Array | Document)


def _has_others(pair: DocumentPair) -> bool:
    """Does the new document miss what is stored, or ask for what is not?"""
    return bool(pair.dropped or any(not one.nullable for one in pair.added))


def field_at(type_: Type, names: tuple[str, ...]) -> Field | None:
    """The field that the names lead to from a column's type; None where there is none."""
    if isinstance(type_, Array):
        return field_at(type_.item, names)
    if not names or not isinstance(type_, Document):
        return None
    found = next((one for one in type_.fields if one.name == names[0]), None)
    return found if found is None or len(names) == 1 else field_at(found.type, names[1:])
