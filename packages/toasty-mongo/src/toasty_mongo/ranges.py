"""A collection in ranges of `_id`, in the order of its index, whatever types the values have.

`{_id: {$gt: x}}` finds only values of the type of x; inside `$expr` the order goes over all types, which takes the
server longer. So between two values of one type the first form does, and the other one at both ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection

Words = dict[str, Any]

_FIRST, _LEAST = 10_000, 100
_QUICK, _SLOW = 0.4, 1.5
"""A range that takes less than the one may be longer, one that takes more than the other shorter; in seconds."""


class Range(NamedTuple):
    """The documents behind `low` up to `high`, which is one of them; an empty tuple has no limit."""

    low: tuple[Any, ...] = ()
    high: tuple[Any, ...] = ()

    def filter(self, also: Mapping[str, Any]) -> Words:
        """The filter for its documents that fulfil another filter as well."""
        if self.low and self.high and _order(self.low[0]) == _order(self.high[0]) is not None:
            plain = {"_id": {"$gt": self.low[0], "$lte": self.high[0]}}
            return {"$and": [plain, dict(also)]} if "_id" in also else {**plain, **also}
        limits = [{"$gt": ["$_id", {"$literal": end}]} for end in self.low]
        limits += [{"$lte": ["$_id", {"$literal": end}]} for end in self.high]
        if not limits:
            return dict(also)
        within = {"$expr": {"$and": limits}}
        return {"$and": [within, dict(also)]} if also else within


def _order(value: Any) -> str | None:
    """Which values it is compared with: those of its own type; None where that is not so plain."""
    if isinstance(value, bool):
        return None
    kinds = {int: "number", float: "number", str: "text"}
    return kinds.get(type(value), type(value).__name__ if _is_scalar(value) else None)


def _is_scalar(value: Any) -> bool:
    from datetime import datetime
    from uuid import UUID

    from bson import ObjectId

    return isinstance(value, datetime | UUID | ObjectId)


class Pace:
    """How many documents a range has: as many as take about half a second, and `most` at most.

    A short range is soon ended when another runner takes over, a long one costs fewer messages.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = min(_FIRST, most)

    def took(self, seconds: float) -> None:
        """Learns how long a range of this size took."""
        if seconds < _QUICK:
            self.size = min(self.size * 2, self._most)
        elif seconds > _SLOW:
            self.size = max(self.size // 2, min(_LEAST, self._most))


def ranges(
    collection: Collection[Any],
    session: ClientSession | None,
    size: int | Pace,
    after: tuple[Any, ...] = (),
) -> Iterator[Range]:
    """The ranges behind `after`, each of `size` documents; the last one has no upper limit."""
    while True:
        number = size.size if isinstance(size, Pace) else size
        high = _end(collection, session, number, after)
        yield Range(after, high)
        if not high:
            return
        after = high


def _end(
    collection: Collection[Any], session: ClientSession | None, size: int, after: tuple[Any, ...]
) -> tuple[Any, ...]:
    """The last `_id` of the range behind `after`; none when the rest is no more than a range."""
    from pymongo.errors import OperationFailure

    query = collection.find({}, {"_id": 1}, session=session)
    try:  # `min` goes over all types as `$expr` does, and looks at the index alone
        bound = query.hint([("_id", 1)]).min([("_id", after[0])]) if after else query.sort("_id", 1)
        ends = list(bound.skip(size if after else size - 1).limit(1))
    except OperationFailure:  # such as a clustered collection, which has no index on _id
        found = collection.find(Range(after).filter({}), {"_id": 1}, session=session)
        ends = list(found.sort("_id", 1).skip(size - 1).limit(1))
    return (ends[0]["_id"],) if ends else ()
