"""How the indexes of a collection become others: in place where that can be, and unique at every moment.

A unique index that changes has a twin until its successor stands. The twin counts only documents that have values of
the new form, so that it takes those that are on their way.
https://www.mongodb.com/docs/manual/reference/command/collMod/#change-index-properties
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from toasty_core.backends import Effect, Work
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.tables import TableDef
from toasty_mongo.indexes import any_value, index_words
from toasty_mongo.names import OWN, path_of
from toasty_mongo.statements import Command

Words = dict[str, Any]

INDEX_MISSING = (27, 26)
"""IndexNotFound, NamespaceNotFound: there is nothing to drop."""
_NOT_OF_A_TWIN = ("sparse", "hidden", "expireAfterSeconds")


def create_indexes(table: str, words: list[Words]) -> Iterator[Command]:
    """One command for all of them."""
    if words:
        effect = (Effect(table, "intent exclusive", Work.BUILD),)
        yield Command({"createIndexes": table, "indexes": words}, effect=effect)


def drop_index(table: str, name: str) -> Command:
    """Takes an index away; one that is not there does no harm."""
    return Command({"dropIndexes": table, "index": name}, harmless=INDEX_MISSING)


def in_place(table: str, old: Words, new: Words) -> tuple[Command, ...] | None:
    """The commands that give an index other settings without building it; None where it has to be built."""
    changed = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    settings: Words = {}
    for name in changed:
        if name not in ("hidden", "expireAfterSeconds", "unique"):
            return None
        settings[name] = new.get(name, False)
    if settings.get("expireAfterSeconds") is False or settings.get("unique") is False:
        return None  # what collMod cannot take away
    steps = [{name: value} for name, value in settings.items() if name != "unique"]
    steps += [{"prepareUnique": True}, {"unique": True}] if "unique" in settings else []
    return tuple(Command({"collMod": table, "index": {"name": new["name"], **s}}) for s in steps)


@frozen
class _Swap:
    """A unique index that becomes another unique one: both in words, and the twins of both."""

    old: Words
    new: Words
    old_twin: Words
    new_twin: Words

    @property
    def hinders(self) -> bool:
        """Would the old one refuse documents whose field has gone to its new name?"""
        return "partialFilterExpression" not in self.old and self.old["key"] != self.new["key"]


@frozen
class IndexChange:
    """The indexes of a collection that go, that come, and that change: what is done before its documents, and after."""

    table: str
    gone: tuple[str, ...]
    come: tuple[Words, ...]
    settings: tuple[Command, ...]
    swaps: tuple[_Swap, ...]

    @classmethod
    def between(cls, was: TableDef, will: TableDef) -> IndexChange:
        """From the indexes of one canonical table to those of another."""
        before = {index.name: index_words(was, index) for index in was.indexes}
        after = {index.name: index_words(will, index) for index in will.indexes}
        gone: list[str] = []
        come: list[Words] = []
        settings: list[Command] = []
        swaps: list[_Swap] = []
        for name in dict.fromkeys((*before, *after)):
            old, new = before.get(name), after.get(name)
            if old is None or new is None or old == new:
                gone += [name] if new is None else []
                come += [new] if old is None and new is not None else []
            elif (commands := in_place(will.key, old, new)) is not None:
                settings += commands
            elif old.get("unique") and new.get("unique"):
                twins = _twin(was, was.index(name), "old"), _twin(will, will.index(name), "new")
                swaps.append(_Swap(old, new, *twins))
            else:
                gone.append(name)
                come.append(new)
        return cls(will.key, tuple(gone), tuple(come), tuple(settings), tuple(swaps))

    def first(self) -> Iterator[Command]:
        """Before documents change."""
        yield from (drop_index(self.table, name) for name in self.gone)
        twins = [swap.new_twin for swap in self.swaps]
        twins += [swap.old_twin for swap in self.swaps if swap.hinders]
        yield from create_indexes(self.table, twins)
        for swap in self.swaps:
            if swap.hinders:
                yield drop_index(self.table, swap.old["name"])

    def last(self) -> Iterator[Command]:
        """When the documents are as they will be."""
        yield from self.settings
        for swap in self.swaps:
            old = swap.old_twin if swap.hinders else swap.old
            yield drop_index(self.table, old["name"])
        yield from create_indexes(self.table, [*self.come, *(swap.new for swap in self.swaps)])
        yield from (drop_index(self.table, swap.new_twin["name"]) for swap in self.swaps)


def _twin(table: TableDef, index: IndexDef, age: str) -> Words:
    """The index under another name, over the documents alone that have values of the columns' types."""
    words = index_words(table, index)
    names = [name for name in index.column_names if name not in table.key_columns]
    there: list[Words] = [{path_of(table, n): any_value(table.column(n))} for n in names]
    there += [words["partialFilterExpression"]] if "partialFilterExpression" in words else []
    rest = {name: value for name, value in words.items() if name not in _NOT_OF_A_TWIN}
    return {
        **rest,
        "name": f"{OWN}{age}_{index.name}",
        "partialFilterExpression": {"$and": there} if len(there) > 1 else there[0],
    }
