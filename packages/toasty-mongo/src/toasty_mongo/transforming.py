"""Documents through a Python function: read, computed, and written where nobody else changed them meanwhile.

While a batch is written, in another thread, the next one is read and computed. The function is called in one thread
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from toasty_core.errors import SchemaError, StatementFailed
from toasty_core.schema.types import Type
from toasty_mongo.exact import Once
from toasty_mongo.lookup import AT_ONCE, Change, updates
from toasty_mongo.names import MARK
from toasty_mongo.ranges import Range
from toasty_mongo.statements import Transform, TransformField
from toasty_mongo.values import decoded, encoded, is_decoded, stored_as_is

Words = dict[str, Any]

_TRIES = 20
"""How often a batch is read anew when others change its documents meanwhile."""


_TOO_LARGE = 10334


class Moved(Exception):
    """Others changed some of these documents between the reading and the writing."""


class _Batch(NamedTuple):
    """Documents of a range as they were read, and what the function makes of them; None for those that are gone."""

    range: Range
    ids: list[Any]
    changes: Sequence[Change | None]


class _Column(NamedTuple):
    """A column, and how much there is to do for its values: most are stored as Python has them."""

    name: str
    path: str
    kind: Type
    decoded: bool
    as_is: type | None

    @classmethod
    def of(cls, field: TransformField) -> _Column:
        """What there is to know of it."""
        type_ = field.type
        return cls(field.name, field.path, type_, is_decoded(type_), stored_as_is(type_))


class Transformation:
    """One transform statement under way."""

    def __init__(self, statement: Transform, once: Once, through: Callable[[int], None]) -> None:
        self._statement = statement
        self._once = once
        self._through = through
        self._columns = {field.name: _Column.of(field) for field in statement.fields}
        self._nested = [c for c in self._columns.values() if "." in c.path or c.decoded]
        self._at_once = AT_ONCE

    def run(self) -> None:
        """All batches, from where an earlier run stopped."""
        left = self._once.pick_up()
        if left is not None:
            documents = list(self._find(left))
            self._write_again(_Batch(left, _ids(documents), [None] * len(documents)), documents)
        with ThreadPoolExecutor(1) as pool:
            under_way: tuple[_Batch, Future[None]] | None = None
            for batch in self._batches(self._once.start):
                self._end(under_way)
                under_way = batch, pool.submit(self._write, batch)
            self._end(under_way)
        self._once.finish()

    def _batches(self, after: tuple[Any, ...]) -> Iterator[_Batch]:
        """The batches behind `after`, computed."""
        documents = iter(self._find(Range(after), self._statement.batch_size))
        while found := list(islice(documents, self._statement.batch_size)):
            range_ = Range(after, (found[-1]["_id"],))
            yield _Batch(range_, _ids(found), [Change(one, self._sets(one)) for one in found])
            after = range_.high

    def _end(self, under_way: tuple[_Batch, Future[None]] | None) -> None:
        """Waits for a batch; where others were faster, it is read and written again."""
        if under_way is None:
            return
        batch, written = under_way
        try:
            written.result()
        except Moved:
            self._write_again(batch, self._read_again(batch.ids))
        else:
            self._through(len(batch.ids))

    def _find(self, range_: Range, size: int = 0) -> Any:
        query = range_.filter(self._statement.filter)
        found = self._once.collection.find(
            query, session=None if size else self._once.session, batch_size=size
        )
        return found.sort("_id", 1)

    def _write_again(self, batch: _Batch, documents: Sequence[Words | None]) -> None:
        """Writes a batch of which some documents may be through, as they are now."""
        for _ in range(_TRIES):
            changes = [self._change(*pair) for pair in zip(batch.changes, documents, strict=True)]
            batch = batch._replace(changes=changes)
            # What is no change to the server would look as if others had been faster.
            differing = [change for change in changes if change is not None and _differs(change)]
            try:
                self._write(batch._replace(changes=differing))
            except Moved:
                documents = self._read_again(batch.ids)
                continue
            self._through(len(batch.ids))
            return
        raise StatementFailed(
            f"{self._statement.description}: others keep changing the same documents",
            hint="run it again when less is going on",
        )

    def _read_again(self, ids: list[Any]) -> list[Words | None]:
        """The documents as they are now; None for those that are gone by now."""
        query = {"$and": [{"_id": {"$in": ids}}, self._statement.filter]}
        found = self._once.collection.find(query, session=self._once.session)
        there = {_bytes({"_id": document["_id"]}): document for document in found}
        return [there.get(_bytes({"_id": id_})) for id_ in ids]

    def _change(self, known: Change | None, document: Words | None) -> Change | None:
        """What the function changes in a document; one that is through, or is as it was, is not computed again."""
        if document is None:
            return None
        if self._once.has(document):
            return None
        if known is not None and _same(known.document, document):
            return Change(document, known.sets)
        return Change(document, self._sets(document))

    def _write(self, batch: _Batch) -> None:
        changes = [change for change in batch.changes if change is not None and change.sets]
        self._once.batch(batch.range, partial(self._send, changes))

    def _send(self, changes: Sequence[Change], mark: str | None) -> None:
        if not changes:
            return
        collection, session = self._once.collection, self._once.session
        wanted = list(updates(changes, mark, self._at_once))
        try:
            done = collection.bulk_write(wanted, ordered=False, session=session)
        except _refusals() as error:
            if self._at_once == 1 or not _is_too_large(error):
                raise
            self._at_once = max(1, self._at_once // 10)
            raise Moved from None  # the message, or the first of several, did not go out
        if done.modified_count < len(changes):
            raise Moved

    def _row(self, document: Words) -> Words:
        row = {name: document.get(column.path) for name, column in self._columns.items()}
        for column in self._nested:
            value = value_at(document, column.path)
            row[column.name] = decoded(column.kind, value) if column.decoded else value
        return row

    def _sets(self, document: Words) -> Words:
        row = self._row(document)
        given = dict(row)
        sets: Words = {}
        for name, value in (self._statement.function(row) or {}).items():
            if name not in given or name in self._statement.key:
                raise self._refusal(name)
            kind = type(value)
            if given[name] != value or type(given[name]) is not kind:
                column = self._columns[name]
                sets[name] = value if kind is column.as_is else encoded(column.kind, value)
        return sets

    def _refusal(self, name: str) -> SchemaError:
        if name in self._statement.key:
            return SchemaError(
                f"{self._statement.description} changes the key column {name!r}",
                hint="the _id of a document never changes",
            )
        return SchemaError(
            f"{self._statement.description} returned {name!r}, which is no column of"
            f" {self._statement.collection}"
        )


def _ids(documents: Sequence[Words]) -> list[Any]:
    return [document["_id"] for document in documents]


def _refusals() -> tuple[type[Exception], ...]:
    from pymongo.errors import DocumentTooLarge, OperationFailure

    return (DocumentTooLarge, OperationFailure)


def _is_too_large(error: Exception) -> bool:
    """Was it the message that was too large, be it for the driver or for the server?"""
    return getattr(error, "code", _TOO_LARGE) == _TOO_LARGE


def _same(one: Words, other: Words) -> bool:
    """Is it the document as it was, but for the mark?"""
    return {**one, MARK: None} == {**other, MARK: None}


def _differs(change: Change) -> bool:
    """Is there a change for the server, which compares bytes?"""
    document, sets = change
    before = {name: document[name] for name in sets if name in document}
    return _bytes(before) != _bytes(sets)


def _bytes(words: Words) -> bytes:
    from bson import encode
    from bson.codec_options import CodecOptions

    return encode(words, codec_options=CodecOptions(uuid_representation=4))


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """The value of a field; None where it is missing."""
    if "." not in path:
        return document.get(path)
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
