"""Values inside of nested documents and lists that become values of another type, on the server.

What does not convert stays as it is, so that the schema as it will be refuses it: that is how it is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from toasty_core.schema.types import Array, Document, Field, Type
from toasty_mongo.conversion import conversion, needs_conversion, unfit
from toasty_mongo.nested import field_of, has_kind, lacks, with_field

Words = Any


def converts_inside(old: Type, new: Type) -> bool:
    """Do values have to change inside of documents or lists that stay what they are?"""
    match old, new:
        case Array(before), Array(after):
            return _changes(before, after)
        case Document(), Document():
            return any(_changes(before.type, after.type) for before, after in _common(old, new))
    return False


def _changes(old: Type, new: Type) -> bool:
    if _is_nested(old, new):
        return converts_inside(old, new)
    return needs_conversion(old, new)


def _is_nested(old: Type, new: Type) -> bool:
    return type(old) is type(new) and isinstance(new, Array | Document)


def _common(old: Document, new: Document) -> list[tuple[Field, Field]]:
    after = {one.name: one for one in new.fields}
    return [(one, after[one.name]) for one in old.fields if one.name in after]


@frozen
class Leaf:
    """A place inside of a column whose values are converted: `path` leads to it from the column, `.item.qty`."""

    path: str
    old: Type
    new: Type

    def misfit(self, values: Words, where: str) -> Words:
        """The first of the values that does not convert; missing where all do."""
        words = conversion("$$one", self.old, self.new, f"{where}{self.path}")
        bad = unfit("$$one", words, self.new)
        return {"$first": {"$filter": {"input": values, "as": "one", "cond": bad}}}


def leaves(value: Words, old: Type, new: Type, path: str = "") -> Iterator[tuple[Leaf, Words]]:
    """The places that are converted, each with all the values that stand there, as a list."""
    if not _is_nested(old, new):
        if needs_conversion(old, new):
            yield Leaf(path, old, new), [value]
        return
    if isinstance(old, Array) and isinstance(new, Array):
        items = {"$cond": [{"$isArray": [value]}, value, []]}
        for leaf, values in leaves("$$this", old.item, new.item, path):
            joined = {"$concatArrays": ["$$value", values]}
            yield leaf, {"$reduce": {"input": items, "initialValue": [], "in": joined}}
    if isinstance(old, Document) and isinstance(new, Document):
        for before, after in _common(old, new):
            inner, there = f"{path}.{before.name}", field_of(value, before.name)
            for leaf, values in leaves(there, before.type, after.type, inner):
                yield leaf, {"$cond": [has_kind(value, "object"), values, []]}


def converted(value: Words, old: Type, new: Type, where: str) -> Words:
    """The value of a column with all in it converted. Raises Unsupported where the server knows no way."""
    return _Inside(where).converted(value, old, new, "", 0)


class _Inside:
    """Walks down; `where` is the column. Each level has a variable of its own."""

    def __init__(self, where: str) -> None:
        self.where = where

    def converted(self, value: Words, old: Type, new: Type, path: str, depth: int) -> Words:
        match old, new:
            case Array(before), Array(after):
                item = f"at{depth}"
                inner = self.converted(f"$${item}", before, after, path, depth + 1)
                each = {"$map": {"input": value, "as": item, "in": inner}}
                return {"$cond": [{"$isArray": [value]}, each, value]}
            case Document(), Document():
                return {
                    "$cond": [
                        has_kind(value, "object"),
                        self._document(value, old, new, path, depth),
                        value,
                    ]
                }
        return self._leaf(value, old, new, path, depth)

    def _document(self, value: Words, old: Document, new: Document, path: str, depth: int) -> Words:
        made = value
        for before, after in _common(old, new):
            if _changes(before.type, after.type):
                inner = f"{path}.{before.name}"
                found = field_of(value, before.name)
                becomes = self.converted(found, before.type, after.type, inner, depth + 1)
                kept = {"$cond": [lacks(value, before.name), "$$REMOVE", becomes]}
                made = with_field(made, before.name, kept)
        return made

    def _leaf(self, value: Words, old: Type, new: Type, path: str, depth: int) -> Words:
        name = f"value{depth}"
        words = conversion(f"$${name}", old, new, f"{self.where}{path}")
        kept = {"$ifNull": [words, f"$${name}"]}  # what does not convert is not lost
        return {"$let": {"vars": {name: value}, "in": kept}}
