"""How likely something that is gone is something that is new, under another name: a score from 0 to 1.

A score never decides. It says what is worth a question, and in which order the answers stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import frozen

from toasty_core.diff.documents import DocumentPair
from toasty_core.diff.tables import TablePair
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Field, Type

THRESHOLD = 0.5
TABLE_THRESHOLD = 0.4  # a table loses more than a column, so it is asked about sooner
ANOTHER_TABLE = 0.5  # tables of one name that share less look like two
MOST = 5  # candidates of one question

_FAMILIES: tuple[tuple[type[Type], ...], ...] = (
    (types.SmallInteger, types.Integer, types.BigInteger),
    (types.Float, types.Double, types.Decimal),
    (types.Char, types.String, types.Text, types.Enum),
    (types.Char, types.Uuid),
    (types.Date, types.DateTime),
    (types.Json, types.Document, types.Array),
)


@frozen
class Candidate:
    """A new name that something old may have now, and how likely that is."""

    new: str
    score: float


Found = list[tuple[str, tuple[Candidate, ...]]]
"""Old names, each with the new ones that it may have, likeliest first."""


def column_candidates(pair: TablePair) -> Found:
    """For each dropped column of a table the added ones that it may be; only those that may be any."""
    added = pair.added_columns
    scores = {
        old.name: [Candidate(new.name, column_score(pair, old, new)) for new in added]
        for old in (pair.dropped_columns if added else ())
    }
    return _likeliest(scores, THRESHOLD)


def field_candidates(document: DocumentPair) -> Found:
    """For each dropped field of a nested document the added ones that it may be."""
    added = document.added
    scores = {
        old.name: [Candidate(new.name, field_score(document, old, new)) for new in added]
        for old in (document.dropped if added else ())
    }
    return _likeliest(scores, THRESHOLD)


def field_score(document: DocumentPair, old: Field, new: Field) -> float:
    """How likely a dropped field is an added one, as `column_score` has it."""
    likeness = type_likeness(old.type, new.type)
    if not likeness:
        return 0.0
    places = document.old.fields.index(old), document.new.fields.index(new)
    score = 0.1 + 0.4 * likeness + 0.1 * (old.nullable == new.nullable)
    score += 0.1 * max(0.0, 1 - abs(places[0] - places[1]) / 4)
    return round(score + 0.3 * name_likeness(old.name, new.name), 3)


def _likeliest(scores: Mapping[str, Iterable[Candidate]], threshold: float) -> Found:
    """The likely ones of each old name; a new name is offered to those that it fits best, not to all."""
    likely = {old: [c for c in found if c.score >= threshold] for old, found in scores.items()}
    fits: dict[str, list[tuple[float, str]]] = {}
    for old, found in likely.items():
        for candidate in found:
            fits.setdefault(candidate.new, []).append((-candidate.score, old))
    best = {new: {old for _, old in sorted(olds)[:MOST]} for new, olds in fits.items()}
    result: Found = []
    for old, found in likely.items():
        offered = [candidate for candidate in found if old in best[candidate.new]]
        offered.sort(key=lambda candidate: (-candidate.score, candidate.new))
        if offered:
            result.append((old, tuple(offered[:MOST])))
    return result


def column_score(pair: TablePair, old: ColumnDef, new: ColumnDef) -> float:
    """How likely a dropped column is an added one: its type above all, then null, place and name."""
    likeness = type_likeness(old.type, new.type)
    if not likeness or (old.generated is None) != (new.generated is None):
        return 0.0
    score = 0.4 * likeness
    score += 0.1 * (old.nullable == new.nullable)
    score += 0.1 * (_role(pair.old, old.name) == _role(pair.new, new.name))
    score += 0.1 * _place_likeness(pair, old, new)
    score += 0.3 * name_likeness(old.name, new.name)
    return round(score, 3)


def type_likeness(old: Type, new: Type) -> float:
    """1 for equal types, less for one that values are often moved to, 0 for what is something else."""
    if old == new:
        return 1.0
    if isinstance(old, types.Variant) or isinstance(new, types.Variant):
        return 0.9 * max(type_likeness(a, b) for a in _kinds(old) for b in _kinds(new))
    if isinstance(old, types.Native) or isinstance(new, types.Native):
        return 0.0
    if type(old) is type(new):
        return 0.9
    return 0.7 if any(type(old) in kin and type(new) in kin for kin in _FAMILIES) else 0.0


def _kinds(type_: Type) -> tuple[Type, ...]:
    if not isinstance(type_, types.Variant):
        return (type_,)
    return (type_.default, *(other for _, other in type_.by_backend))


def _role(table: TableDef, column: str) -> tuple[bool, tuple[str, ...]]:
    """Is it part of the key, and which tables does it point at?"""
    targets = tuple(sorted(key.table for key in table.foreign_keys if column in key.columns))
    return column in table.key_columns, targets


def _place_likeness(pair: TablePair, old: ColumnDef, new: ColumnDef) -> float:
    before, after = pair.old.column_names.index(old.name), pair.new.column_names.index(new.name)
    return max(0.0, 1 - abs(before - after) / 4)


def name_likeness(old: str, new: str) -> float:
    """From 0, no two letters in common, to 1; by pairs of letters, as Dice has it."""
    first, second = _letter_pairs(old), _letter_pairs(new)
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else float(old == new)


def _letter_pairs(name: str) -> frozenset[str]:
    text = f" {name.casefold().replace('_', ' ')} "
    return frozenset(text[index : index + 2] for index in range(len(text) - 1))


def table_candidates(
    dropped: Sequence[TableDef],
    added: Sequence[TableDef],
    children: Callable[[str], frozenset[str]],
) -> Found:
    """For each dropped table the added ones of its schema that it may be; only those that may be any.

    `children` gives the tables that point at one.
    """
    by_column: dict[tuple[str | None, str], list[int]] = {}
    for number, table in enumerate(added):
        for column in table.columns:
            by_column.setdefault((table.schema, column.name), []).append(number)
    scores = {}
    for old in dropped:
        others = (added[number] for number in _sharing(old, by_column))
        scores[old.key] = [
            Candidate(new.key, table_score(old, new, children(old.key), children(new.key)))
            for new in others
        ]
    return _likeliest(scores, TABLE_THRESHOLD)


def _sharing(old: TableDef, by_column: dict[tuple[str | None, str], list[int]]) -> list[int]:
    """The added tables that share enough columns to be worth a score.

    A table that shares a third of the columns has one of the rarest two thirds of them, so the
    ones that every table has (`id`, `created_at`) need no look.
    """
    lists = [by_column.get((old.schema, column.name), []) for column in old.columns]
    lists.sort(key=len)
    rare = lists[: len(lists) - len(lists) // 3]
    counts = Counter(number for numbers in rare for number in numbers)
    return sorted(counts)


def table_score(
    old: TableDef,
    new: TableDef,
    old_children: frozenset[str] = frozenset(),
    new_children: frozenset[str] = frozenset(),
) -> float:
    """How likely a dropped table is an added one: equal columns above all, then the name, and who points at it."""
    pointing = old_children | new_children
    same = len(old_children & new_children) / len(pointing) if pointing else 0.5
    likeness = 0.6 * share_of_columns(old, new) + 0.3 * name_likeness(old.name, new.name)
    return round(likeness + 0.1 * same, 3)


def share_of_columns(old: TableDef, new: TableDef) -> float:
    """How much of two tables is columns of one name; less where their types differ."""
    before = {column.name: column for column in old.columns}
    shared = 0.0
    for column in new.columns:
        if column.name in before:
            shared += 0.5 + 0.5 * type_likeness(before[column.name].type, column.type)
    return 2 * shared / (len(old.columns) + len(new.columns)) if shared else 0.0
