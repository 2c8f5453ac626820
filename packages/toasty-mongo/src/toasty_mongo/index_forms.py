"""Indexes as MongoDB's catalog keeps them: one form of what models say and of what the server reports.

A text index, for one, is kept as the weights of its fields, in the order of their names.
https://www.mongodb.com/docs/manual/core/indexes/index-types/index-text/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from attrs import evolve, frozen

from toasty_core.errors import Unsupported
from toasty_core.schema.constraints import IndexColumn, IndexDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_mongo.names import BACKEND, column_path, field_path
from toasty_mongo.settled import SIMPLE, settled, settled_collation

Words = dict[str, Any]

TEXT = "text"
EVERY = "$**"
"""Every field of a document, in an index of kind `text` or `wildcard`."""
BY_FIELD = ("weights", "wildcardProjection")
"""Options that say something of fields each."""
_ELSEWHERE = ("using", "weights", "collation", "partialFilterExpression")
_USUAL = {"default_language": "english", "language_override": "language"}
_WHOLE = ("expireAfterSeconds", "bits")
"""Options that the server keeps as whole numbers."""
_LATEST = 3
"""The version of text and 2dsphere indexes that is made when nothing is said; older ones can be asked for."""


@frozen
class _Part:
    """A part of an index by what `using` calls it, with its kind; None for an ordered one."""

    label: str
    kind: str | None
    column: IndexColumn


def label_of(part: IndexColumn) -> str:
    """What `using` calls a part of an index: its column, or the path that its expression is."""
    return part.name or (part.expression and part.expression.for_backend(BACKEND)) or ""


def kinds_of(index: IndexDef) -> dict[str, str]:
    """The kinds of the parts that are not ordered, by what `using` calls them."""
    using = index.options.get(BACKEND, {}).get("using")
    labels = [label_of(part) for part in index.columns] or [EVERY]
    kinds = using if isinstance(using, Mapping) else dict.fromkeys(labels, using)
    return {label: str(kinds[label]) for label in labels if kinds.get(label)}


def refuse_scattered_text(index: IndexDef, words: str) -> None:
    """Raises Unsupported where other fields stand between those of a text index."""
    kinds = kinds_of(index)
    runs = [text for text, _ in groupby(kinds.get(label_of(p)) == TEXT for p in index.columns)]
    if runs.count(True) > 1:
        raise Unsupported(
            f"{words} has other columns between those of kind 'text'",
            reason="MongoDB keeps the fields of a text index side by side",
            hint="put the other columns before or behind them",
        )


def canonical_index(table: TableDef, index: IndexDef) -> IndexDef:
    """The index in the catalog's form. Raises Unsupported for a condition that is said twice."""
    given = dict(index.options.get(BACKEND, {}))
    for name in BY_FIELD:
        if isinstance(given.get(name), Mapping):
            given[name] = {column_path(table, path): item for path, item in given[name].items()}
    parts, weights = _parts(table, index, given.get("weights"))
    said = {
        "using": _using(parts),
        "weights": weights,
        "collation": _collation(table, given.get("collation")),
    }
    options = {
        name: value for name, value in {**_plain(given), **said}.items() if value is not None
    }
    return evolve(
        index,
        columns=() if [part.label for part in parts] == [EVERY] else [p.column for p in parts],
        where=_where(table, index),
        only=(),
        options={BACKEND: settled(options)} if options else {},
    )


# Parts.


def _parts(table: TableDef, index: IndexDef, weights: Any) -> tuple[list[_Part], Any]:
    """The parts in the catalog's order, and the weights of those of a text index unless they are as usual."""
    kinds = kinds_of(index)
    columns = index.columns or [IndexColumn(expression=Expression(label)) for label in kinds]
    parts = [_part(column, kinds.get(label_of(column))) for column in columns]
    if TEXT not in kinds.values():
        return parts, weights
    given = weights if isinstance(weights, Mapping) else {}
    others = [part.label for part in parts if part.kind != TEXT]
    texts = dict.fromkeys([*(part.label for part in parts if part.kind == TEXT), *given])
    names = [label for label in texts if label not in (EVERY, *others)] or [EVERY]
    names.sort(key=lambda label: field_path(table, label))
    found = {label: _whole(given.get(label, 1)) for label in sorted(texts)}
    is_usual = all(weight == 1 for weight in found.values()) and len(found) == len(names)
    return _with_text(table, parts, names), None if is_usual else found


def _part(column: IndexColumn, kind: str | None) -> _Part:
    label = label_of(column)
    expression = None if column.name else Expression(label) if label else column.expression
    descending = True if column.descending and kind is None else None
    return _Part(label, kind, IndexColumn(column.name, expression, descending))


def _with_text(table: TableDef, parts: Sequence[_Part], names: list[str]) -> list[_Part]:
    """The parts with those of kind `text` in their order, where the first of them stands."""
    at = next(number for number, part in enumerate(parts) if part.kind == TEXT)
    texts = [_part(column_of(table, name), TEXT) for name in names]
    return [*parts[:at], *texts, *(part for part in parts[at:] if part.kind != TEXT)]


def column_of(table: TableDef, label: str) -> IndexColumn:
    """The part of an index that is over a column, or over a path."""
    if table.has_column(label):
        return IndexColumn(label)
    return IndexColumn(expression=Expression(label))


def _using(parts: Sequence[_Part]) -> Any:
    kinds = {part.label: part.kind for part in parts if part.kind is not None}
    if not kinds:
        return None
    first = next(iter(kinds.values()))
    every = len(kinds) == len(parts) and all(kind == first for kind in kinds.values())
    return first if every else kinds


# Options and conditions.


def _plain(given: Words) -> Words:
    """The options that stand for themselves, without those that are as usual."""
    kept = {name: value for name, value in given.items() if _counts(name, value)}
    return {name: _whole(value) if name in _WHOLE else value for name, value in kept.items()}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value


def _counts(name: str, value: Any) -> bool:
    if name in _ELSEWHERE or value is None or value is False:
        return False
    if name.endswith("IndexVersion") and isinstance(value, int):
        return value < _LATEST
    return bool(_USUAL.get(name) != value)


def _collation(table: TableDef, own: Any) -> Words | None:
    """What is said besides the collection's collation, which its indexes have by themselves."""
    around = settled_collation(table.options.get(BACKEND, {}).get("collation"))
    if own is None or settled_collation(own) == around:
        return None
    return settled_collation(own) or dict(SIMPLE)


def _where(table: TableDef, index: IndexDef) -> Expression | None:
    """The condition; none where it is the one that a unique index has anyway."""
    from toasty_mongo.expressions import as_expression
    from toasty_mongo.indexes import unique_filter, where_filter

    said = index.options.get(BACKEND, {}).get("partialFilterExpression")
    if said is not None and index.where is not None:
        raise Unsupported(
            f"index {index.name!r} of {table.key} has two conditions",
            reason="`where` and the option 'partialFilterExpression' say the same thing",
            hint="leave one of them out",
        )
    where = as_expression(said) if said is not None else index.where
    words = where_filter(table, where) if where is not None else {}
    is_automatic = index.unique and words == unique_filter(table, index)
    return as_expression(words) if words and not is_automatic else None
