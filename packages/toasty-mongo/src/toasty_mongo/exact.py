"""Changes that must reach each document exactly once, though a run may be killed at any moment.

With transactions, the documents of a batch and the note of how far we are commit together. Without, each document
gets a mark in the same write that changes it; the note says which batch is being written, and then
which one's marks are being taken away. So at every moment the marks tell which documents of the noted batch are done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

from toasty_mongo.journal import Progress
from toasty_mongo.names import MARK
from toasty_mongo.ranges import Range

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection

    from toasty_mongo.lock import LeaseLock

_Found = TypeVar("_Found")
Write = Callable[[Mapping[str, Any], str | None], None]
"""Writes a batch: the filter that its documents must fulfil besides, and the mark that they are to get."""


@frozen
class Once:
    """Writes batches of one collection, each document once."""

    collection: Collection[Any]
    session: ClientSession
    progress: Progress
    lock: LeaseLock
    transactions: bool

    @property
    def start(self) -> tuple[Any, ...]:
        """Behind which `_id` to go on."""
        return tuple(self.progress.notes.get("after", ()))

    def pick_up(self) -> Range | None:
        """Completes what a run before left; gives the range that it was writing, if any."""
        notes = self.progress.notes
        if "unmark" in notes:
            self._unmark(Range(*map(tuple, notes["unmark"])))
        return Range(*map(tuple, notes["writing"])) if "writing" in notes else None

    def batch(self, range_: Range, write: Write) -> None:
        """Writes the documents of a range."""
        if not self.progress.kept:
            write({}, None)
        elif self.transactions:
            self._in_transaction(range_, write)
        else:
            self._marked(range_, write)

    def _in_transaction(self, range_: Range, write: Write) -> None:
        def all_of_it(session: ClientSession) -> None:
            self.lock.check(session)
            write({}, None)
            self.progress.save(after=list(range_.high or range_.low))

        self.session.with_transaction(all_of_it)

    def _marked(self, range_: Range, write: Write) -> None:
        mark, limits = self.progress.mark, [list(range_.low), list(range_.high)]
        self.lock.check(self.session)
        if "writing" not in self.progress.notes:
            self.progress.save(after=list(range_.low), writing=limits)
        write({MARK: {"$ne": mark}}, mark)
        self.progress.save(after=list(range_.high), unmark=limits)
        self._unmark(range_)

    def _unmark(self, range_: Range) -> None:
        found = range_.filter({MARK: self.progress.mark})
        self.collection.update_many(found, {"$unset": {MARK: ""}}, session=self.session)
