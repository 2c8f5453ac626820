"""Rows that migrations insert, held against what models say and DynamoDB does not keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import read_again, shown_key
from toasty_dynamo.decoding import decoded
from toasty_dynamo.edits import Table
from toasty_dynamo.evaluating import holds
from toasty_dynamo.filters import Av, Every, Test, fulfils
from toasty_dynamo.item_statements import Link, PutItems
from toasty_dynamo.scanning import Reading

if TYPE_CHECKING:
    from toasty_dynamo.desk import Desk

Item = dict[str, Av]


class Ruled:
    """The rules of one insert."""

    def __init__(self, statement: PutItems, desk: Desk) -> None:
        self._statement = statement
        self._rules = statement.rules
        self._desk = desk

    def refuse(self, items: Sequence[Item]) -> None:
        """Raises StatementFailed for the first item that breaks one, before anything is written."""
        for number, item in enumerate(items, start=1):
            for what in (self._missing(item), self._broken(item)):
                if what is not None:
                    raise self._error(f"Row {number} of {len(items)}", what)
        for link in self._rules.links:
            self._refuse_orphans(link, items)

    def _missing(self, item: Item) -> str | None:
        for name in self._rules.required:
            if "NULL" in item.get(name, {"NULL": True}):
                return f"has no value for {name!r}, which may not be null"
        return None

    def _broken(self, item: Item) -> str | None:
        row = {
            column.name: decoded(column.kind, item.get(column.name))
            for column in self._rules.columns
        }
        for text, condition in self._rules.checks:
            if holds(condition, row) is False:
                return f"breaks the check {text}"
        return None

    def _refuse_orphans(self, link: Link, items: Sequence[Item]) -> None:
        own = (
            []
            if link.parent != self._statement.table
            else [wanted(link.references, i, link.references) for i in items]
        )
        pointed = [wanted(link.columns, item, link.references) for item in items]
        asked = [one for one in pointed if one is not None and one not in own]
        for key in missing(self._desk, link, asked):
            raise self._error("A row", f"points at none of {link.parent}: {shown_key(key)}")

    def _error(self, row: str, what: str) -> StatementFailed:
        return StatementFailed(f"{row} for {self._statement.table} {what}")


def wanted(columns: Sequence[str], item: Item, references: Sequence[str]) -> Item | None:
    """What an item points at, by the names of the columns there; None where it points at nothing."""
    values = [item.get(name, {"NULL": True}) for name in columns]
    if any("NULL" in value for value in values):
        return None
    return dict(zip(references, values, strict=True))


def missing(desk: Desk, link: Link, asked: Sequence[Item]) -> Iterator[Item]:
    """Those of the keys that no item of the parent has."""
    table = Table(desk.name(link.parent), link.parent_key)
    different = [one for at, one in enumerate(asked) if one not in asked[:at]]
    if set(link.references) == set(link.parent_key):
        there = [
            table.key_of(item) for item in read_again(desk.client, table, different, desk.pace)
        ]
        yield from (one for one in different if one not in there)
        return
    from toasty_dynamo.desk import found_in

    for one in different:
        guard = Every(tuple(Test(name, "=", value) for name, value in one.items()))
        pages = found_in(desk, Reading(table, guard, link.references))
        if not any(fulfils(guard, item) for page in pages for item in page.items):
            yield one
