"""What is to become of one item, and how that is said: in PartiQL, to UpdateItem, or in a transaction.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple, TypeAlias
from uuid import uuid4

from attrs import frozen

from toasty_dynamo.filters import (
    ALWAYS,
    Av,
    Every,
    ExpressionWords,
    Guard,
    Has,
    Lacks,
    PartiqlWords,
    guard_text,
    names_in,
    partiql_name,
    without,
)
from toasty_dynamo.values import Kind, Made, as_stored

Key = Mapping[str, Av]


@frozen
class Moved:
    """The value that another attribute of the item has now."""

    name: str


@frozen
class Now:
    """The time when the statement runs, as an attribute of this kind."""

    kind: Kind


Given: TypeAlias = "Av | Now | Made"
"""A value, or one that is made when it is written."""


@frozen
class Change:
    """Attributes that are set, and those that are taken away."""

    sets: tuple[tuple[str, Given | Moved], ...] = ()
    removes: tuple[str, ...] = ()


NOTHING = Change()
"""The item stays as it is."""


class Edit(NamedTuple):
    """A change of the item with a key, if it fulfils the guard then; `change` None deletes it.

    `put`: the whole item, new or in the place of the one that is there. `size` is about how many bytes it sends, `also`
    what else belongs into its transaction.
    """

    key: Key
    change: Change | None = None
    guard: Guard = ALWAYS
    put: Mapping[str, Av] | None = None
    size: int = 0
    also: tuple[dict[str, Any], ...] = ()


class Table(NamedTuple):
    """A table by the name that the service knows, and the names of its key's attributes."""

    name: str
    key: tuple[str, ...]

    def key_of(self, item: Mapping[str, Av]) -> dict[str, Av]:
        """The key of an item."""
        return {name: item[name] for name in self.key}


def made(value: Given) -> Av:
    """The value, where it is one that is made when it is written."""
    if isinstance(value, Now):
        return as_stored(value.kind, datetime.now(timezone.utc))
    if isinstance(value, Made):
        return {"S": str(uuid4())}
    return value


class PartiqlTexts:
    """Writes edits of one table as PartiQL; what is the same for many is written once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._name = partiql_name(table.name)
        self._shape: tuple[object, object] = (None, None)
        self._text = ""
        self._values: tuple[list[Any], list[Av]] = ([], [])

    def statement(self, edit: Edit) -> dict[str, Any]:
        """What BatchExecuteStatement takes."""
        if edit.put is not None:
            return self._insert(edit.put)
        if self._shape[0] is not edit.change or self._shape[1] is not edit.guard:
            self._write(edit)
        before, after = self._values
        key = [edit.key[name] for name in self._table.key]
        values = [made(value) for value in before]
        return {"Statement": self._text, "Parameters": [*values, *key, *after]}

    def _write(self, edit: Edit) -> None:
        change, guard, before = edit.change, edit.guard, []
        head = f"DELETE FROM {self._name}"
        if change is not None:
            head = f"UPDATE {self._name}"
            for name, value in change.sets:
                right = partiql_name(value.name) if isinstance(value, Moved) else "?"
                head += f" SET {partiql_name(name)}={right}"
                before += [] if isinstance(value, Moved) else [value]
            for name in change.removes:
                head += f" REMOVE {partiql_name(name)}"
        where = [f"{partiql_name(name)}=?" for name in self._table.key]
        words = PartiqlWords()
        text = guard_text(without(guard, self._table.key), words)
        self._text = f"{head} WHERE {' AND '.join([*where, *([text] if text else [])])}"
        self._values = (before, words.parameters)
        self._shape = (change, guard)

    def _insert(self, item: Mapping[str, Av]) -> dict[str, Any]:
        """Refused with DuplicateItem where the key is taken."""
        names = ", ".join("'" + name.replace("'", "''") + "': ?" for name in item)
        text = f"INSERT INTO {self._name} VALUE {{{names}}}"
        return {"Statement": text, "Parameters": list(item.values())}


def action(table: Table, edit: Edit) -> dict[str, Any]:
    """What TransactWriteItems takes."""
    words = ExpressionWords()
    if edit.put is not None:
        condition = guard_text(edit.guard, words)
        body: dict[str, Any] = {"TableName": table.name, "Item": dict(edit.put)}
        return {"Put": {**body, **_condition(condition), **words.arguments()}}
    update = _update_expression(edit.change, words) if edit.change is not None else ""
    condition = guard_text(Every((Has(table.key[0]), edit.guard)), words)
    body = {"TableName": table.name, "Key": dict(edit.key), **_condition(condition)}
    if edit.change is None:
        return {"Delete": {**body, **words.arguments()}}
    return {"Update": {**body, "UpdateExpression": update, **words.arguments()}}


def _condition(text: str) -> dict[str, str]:
    return {"ConditionExpression": text} if text else {}


def _update_expression(change: Change, words: ExpressionWords) -> str:
    sets = []
    for name, value in change.sets:
        right = words.name(value.name) if isinstance(value, Moved) else words.value(made(value))
        sets.append(f"{words.name(name)} = {right}")
    removes = [words.name(name) for name in change.removes]
    parts = [f"SET {', '.join(sets)}"] if sets else []
    parts += [f"REMOVE {', '.join(removes)}"] if removes else []
    return " ".join(parts)


def is_plain(table: Table, edit: Edit) -> bool:
    """Can it be said in PartiQL? Names that begin as placeholders do are taken for them there."""
    change = edit.change or Change()
    moved = (value.name for _, value in change.sets if isinstance(value, Moved))
    names = [
        *table.key,
        *(edit.put or ()),
        *(name for name, _ in change.sets),
        *change.removes,
        *moved,
    ]
    return not any(name.startswith(("#", ":")) for name in (*names, *names_in(edit.guard)))


def absent(table: Table) -> Guard:
    """There is no item with this key."""
    return Lacks(table.key[0])
