"""Documents through a Python function: read, computed, and written where nobody else changed them meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from toasty_core.errors import SchemaError, StatementFailed
from toasty_mongo.exact import Once
from toasty_mongo.names import MARK
from toasty_mongo.ranges import Range
from toasty_mongo.statements import Transform
from toasty_mongo.values import decoded, encoded

if TYPE_CHECKING:
    from pymongo import UpdateOne

Words = dict[str, Any]

_TRIES = 20
"""How often a batch is read anew when others change its documents meanwhile."""


class Moved(Exception):
    """Others changed some of these documents between the reading and the writing."""


class Transformation:
    """One transform statement under way."""

    def __init__(self, statement: Transform, once: Once, rest: Callable[[], None]) -> None:
        self._statement = statement
        self._once = once
        self._rest = rest
        self._fields = {field.name: field for field in statement.fields}
        self._paths = tuple((f.name, f.path, f.type) for f in statement.fields)

    def run(self) -> None:
        """All batches, from where an earlier run stopped."""
        left = self._once.pick_up()
        if left is not None:
            mark = self._once.progress.mark
            self._batch(left, [one for one in self._find(left) if one.get(MARK) != mark])
        after = self._once.start
        documents = iter(self._find(Range(after), self._statement.batch_size))
        while batch := list(islice(documents, self._statement.batch_size)):
            range_ = Range(after, (batch[-1]["_id"],))
            self._batch(range_, batch)
            after = range_.high

    def _find(self, range_: Range, size: int = 0) -> Any:
        query = range_.filter(self._statement.filter)
        found = self._once.collection.find(
            query, session=None if size else self._once.session, batch_size=size
        )
        return found.sort("_id", 1)

    def _batch(self, range_: Range, documents: list[Words]) -> None:
        computed: dict[int, tuple[Words, Words]] = {}
        for _ in range(_TRIES):
            changes = [self._known(computed, at, one) for at, one in enumerate(documents)]
            try:
                self._once.batch(range_, partial(self._write, documents, changes))
            except Moved:
                ids = [document["_id"] for document in documents]
                documents = list(self._read_again(ids))
                continue
            self._rest()
            return
        raise StatementFailed(
            f"{self._statement.description}: others keep changing the same documents",
            hint="run it again when less is going on",
        )

    def _read_again(self, ids: list[Any]) -> Iterator[Words]:
        """The documents as they are now; those that are gone by now are empty."""
        query = {"$and": [{"_id": {"$in": ids}}, self._statement.filter]}
        found = self._once.collection.find(query, session=self._once.session)
        there = [(document["_id"], document) for document in found]
        for id_ in ids:
            yield next((document for known, document in there if known == id_), {})

    def _known(self, computed: dict[int, tuple[Words, Words]], at: int, document: Words) -> Words:
        """What the function changes in a document; one that is read again as it was is not computed again."""
        if at not in computed or not _same(computed[at][0], document):
            computed[at] = (document, self._changes(document) if document else {})
        return computed[at][1]

    def _write(
        self,
        documents: list[Words],
        changes: list[Words],
        also: Mapping[str, Any],
        mark: str | None,
    ) -> None:
        updates = list(_updates(documents, changes, also, mark))
        if not updates:
            return
        done = self._once.collection.bulk_write(updates, ordered=False, session=self._once.session)
        if done.matched_count < len(updates):
            raise Moved

    def _changes(self, document: Words) -> Words:
        row = {name: decoded(type_, value_at(document, path)) for name, path, type_ in self._paths}
        given = dict(row)
        sets: Words = {}
        for name, value in (self._statement.function(row) or {}).items():
            self._must_be_settable(name)
            if given[name] != value or type(given[name]) is not type(value):
                sets[name] = encoded(self._fields[name].type, value)
        return sets

    def _must_be_settable(self, name: str) -> None:
        if name not in self._fields:
            raise SchemaError(
                f"{self._statement.description} returned {name!r}, which is no column of"
                f" {self._statement.collection}"
            )
        if name in self._statement.key:
            raise SchemaError(
                f"{self._statement.description} changes the key column {name!r}",
                hint="the _id of a document never changes",
            )


def _updates(
    documents: list[Words], changes: list[Words], also: Mapping[str, Any], mark: str | None
) -> Iterator[UpdateOne]:
    """One update for each document that changes, which finds it only as it was read."""
    from pymongo import UpdateOne

    for document, sets in zip(documents, changes, strict=True):
        if not sets or (mark is not None and document.get(MARK) == mark):
            continue
        query = {"_id": document["_id"], **also}
        for name in sets:
            query[name] = {"$eq": document[name]} if name in document else {"$exists": False}
        yield UpdateOne(query, {"$set": {**sets, MARK: mark} if mark is not None else sets})


def _same(one: Words, other: Words) -> bool:
    """Is it the document as it was, but for the mark?"""
    return {**one, MARK: None} == {**other, MARK: None}


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """The value of a field; None where it is missing."""
    if "." not in path:
        return document.get(path)
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
