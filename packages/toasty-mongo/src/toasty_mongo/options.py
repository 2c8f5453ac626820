"""The options that definitions may have for MongoDB, and a clear word about those that it does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toasty_core import operations as ops
from toasty_core.errors import Unsupported, suggest
from toasty_core.operations.base import Operation
from toasty_core.schema.constraints import ConstraintDef, ForeignKeyDef, IndexDef, UniqueDef
from toasty_core.schema.tables import TableDef, describe_part
from toasty_mongo.index_forms import label_of, refuse_scattered_text
from toasty_mongo.indexes import KINDS, SETTINGS
from toasty_mongo.names import BACKEND
from toasty_mongo.settings import TABLE_OPTIONS

OPTION_NAMES: Mapping[type[Any], tuple[str, ...]] = {
    TableDef: TABLE_OPTIONS,
    IndexDef: ("using", *SETTINGS),
    UniqueDef: SETTINGS,
    ForeignKeyDef: ("check",),
}
"""The names of the options, by the class of what they stand at; those of tables and indexes are MongoDB's own."""


def refuse_options(operation: Operation) -> None:
    """Raises Unsupported, with the nearest name, for an option that would not be looked at."""
    for part, words in _parts(operation):
        given = part if isinstance(part, Mapping) else part.options.get(BACKEND, {})
        kind = TableDef if isinstance(part, Mapping) else type(part)
        known = OPTION_NAMES.get(kind, ())
        for name in given:
            if name not in known:
                raise _unknown(words, f"an option {name!r} for MongoDB", name, known)
        if isinstance(part, IndexDef):
            _refuse_kinds(part, words)


def _refuse_kinds(index: IndexDef, words: str) -> None:
    """Another kind than an ordered one, of all columns or by column: `using`."""
    given = index.options.get(BACKEND, {})
    using = given.get("using")
    labels = [label_of(part) for part in index.columns]
    for label in using if isinstance(using, Mapping) else ():
        if label not in labels:
            raise Unsupported(
                f"{words} has a kind for {label!r}",
                reason=f"its columns are {', '.join(labels)}",
                hint=suggest(str(label), labels),
            )
    for kind in using.values() if isinstance(using, Mapping) else (using,):
        if kind is not None and kind not in KINDS:
            raise _unknown(words, f"the kind {kind!r}", kind, KINDS)
    refuse_scattered_text(index, words)
    if not isinstance(given.get("weights", {}), Mapping):
        raise Unsupported(
            f"{words} has weights that are none", reason="they are a mapping: {'name': 5}"
        )


def _unknown(words: str, what: str, name: Any, known: tuple[str, ...]) -> Unsupported:
    among = ", ".join(known)
    reason = f"MongoDB has these: {among}" if known else "MongoDB has no options here"
    return Unsupported(f"{words} has {what}", reason=reason, hint=suggest(str(name), known))


def _parts(operation: Operation) -> Iterator[tuple[Any, str]]:
    """What the operation brings that may have options, with words for it."""
    key = next(iter(operation.touches()), "")
    match operation:
        case ops.CreateTable(table):
            yield table, f"table {table.key!r}"
            yield from ((column, f"column {table.key}.{column.name}") for column in table.columns)
            parts: list[ConstraintDef | IndexDef] = [*table.indexes, *table.uniques]
            parts += [*table.checks, *table.foreign_keys]
            yield from ((part, f"{describe_part(part)} of {key}") for part in parts)
        case ops.SetTableOptions():
            yield operation.options.get(BACKEND, {}), f"table {key!r}"
        case ops.AddColumn(_, column):
            yield column, f"column {key}.{column.name}"
        case ops.CreateIndex(_, part) | ops.AddUnique(_, part) | ops.AddCheck(_, part):
            yield part, f"{describe_part(part)} of {key}"
        case ops.AddForeignKey(_, part):
            yield part, f"{describe_part(part)} of {key}"
