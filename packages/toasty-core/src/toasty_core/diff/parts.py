"""Compares the uniques, checks, foreign keys or indexes of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from attrs import evolve, frozen

from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, IndexDef, UniqueDef

PartT = TypeVar("PartT", UniqueDef, CheckDef, ForeignKeyDef, IndexDef)

Columns = Mapping[str, str]
"""Old names of columns to new ones, where they differ."""


@frozen
class PartChanges(Generic[PartT]):
    """What became of the parts of one kind.

    `dropped` are as they stood at first, `renamed` and `kept` as they stand when the columns are renamed.
    """

    dropped: tuple[PartT, ...] = ()
    renamed: tuple[tuple[PartT, str | None], ...] = ()
    added: tuple[PartT, ...] = ()
    kept: tuple[PartT, ...] = ()


def compare_parts(
    old: Iterable[tuple[PartT, PartT]],
    new: Iterable[PartT],
    free: Callable[[str | None], bool],
    anew: Callable[[PartT], bool] = lambda part: False,
) -> PartChanges[PartT]:
    """Compares parts of one kind.

    `old` are pairs of a part as it stands and as it is when the columns are renamed. A part that differs by its
    name alone is renamed, if the new name is `free` from the start. What is to be made `anew` is dropped and added
    though it does not change.
    """
    left_new = list(new)
    left_old: list[tuple[PartT, PartT]] = []
    kept: list[PartT] = []
    for pair in old:
        if pair[1] in left_new and not anew(pair[1]):
            left_new.remove(pair[1])
            kept.append(pair[1])
        else:
            left_old.append(pair)
    dropped: list[PartT] = []
    renamed: list[tuple[PartT, str | None]] = []
    for original, aligned in left_old:
        twin = None if anew(aligned) else _twin(aligned, left_new, free)
        if twin is None:
            dropped.append(original)
        else:
            left_new.remove(twin)
            renamed.append((aligned, twin.name))
    return PartChanges(tuple(dropped), tuple(renamed), tuple(left_new), tuple(kept))


def _twin(part: PartT, others: Iterable[PartT], free: Callable[[str | None], bool]) -> PartT | None:
    """The other part that is the same but for its name."""
    for other in others:
        if free(other.name) and evolve(other, name=part.name) == part:
            return other
    return None


def with_columns(part: PartT, columns: Columns) -> PartT:
    """The part when the columns of its table are renamed."""
    if not columns or isinstance(part, CheckDef):
        return part
    if isinstance(part, IndexDef):
        parts = (
            evolve(item, name=columns.get(item.name, item.name)) if item.name else item
            for item in part.columns
        )
        return evolve(part, columns=parts)
    return evolve(part, columns=tuple(columns.get(name, name) for name in part.columns))


def with_target(key: ForeignKeyDef, columns: Columns) -> ForeignKeyDef:
    """The foreign key when the columns of the table that it points at are renamed."""
    if not columns or not key.references:
        return key
    return evolve(key, references=tuple(columns.get(name, name) for name in key.references))
