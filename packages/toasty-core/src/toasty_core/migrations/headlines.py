"""The comments over the operations of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from toasty_core.operations import AddColumn, CreateIndex, CreateTable, Operation

_PREPOSITIONS = {
    "add": "to",
    "create": "on",
    "insert": "into",
    "upsert": "into",
    "drop": "from",
    "delete": "from",
}


def grouped(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Operations of one kind on one table that follow each other, together."""
    group: list[Operation] = []
    for operation in operations:
        if group and _topic(group[-1]) != _topic(operation):
            yield group
            group = []
        group.append(operation)
    if group:
        yield group


def _topic(operation: Operation) -> tuple[str, str]:
    return operation.kind, next(iter(operation.touches()), "")


def headline(group: Sequence[Operation]) -> str:
    """What the operations do: `Add email column`, `Create indexes on users`."""
    first = group[0]
    if len(group) == 1:
        return _single(first)
    verb, _, noun = first.kind.partition("_")
    words = f"{verb.capitalize()} {_plural(noun.replace('_', ' '))}"
    table = next(iter(first.touches()), None)
    return f"{words} {_PREPOSITIONS.get(verb, 'of')} {table}" if table else words


def _single(operation: Operation) -> str:
    match operation:
        case AddColumn(column=column):
            return f"Add {column.name} column"
        case CreateIndex(index=index):
            return "Create unique index" if index.unique else "Create index"
        case CreateTable(table=table):
            return f"Create {table.key} table"
    words = operation.describe()
    return words[:1].upper() + words[1:]


def _plural(noun: str) -> str:
    if noun.endswith("s") or noun in ("sql", "run"):
        return noun
    if noun.endswith("x"):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeiou" else noun + "s"
