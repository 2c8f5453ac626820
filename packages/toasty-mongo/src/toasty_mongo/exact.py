"""Changes that must reach each document exactly once, though a run may be killed at any moment.

With transactions, the documents of a batch and the note of how far we are commit together. Without, each document
gets a mark in the same write that changes it, and the note says which batch is being written: so at every moment the
marks tell which documents of it are done. They are taken away behind a stretch of several batches, while the next one
is being written; the note says that as well. Two marks take turns, so that two stretches are never mixed up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_mongo.journal import Progress
from toasty_mongo.lanes import Beside
from toasty_mongo.names import MARK
from toasty_mongo.past import update_past_validator
from toasty_mongo.patience import in_transaction
from toasty_mongo.ranges import Range

if TYPE_CHECKING:
    from types import TracebackType

    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection
    from typing_extensions import Self

    from toasty_mongo.lock import LeaseLock


_STRETCH = 10
"""How many batches are written until their marks are taken away: one update is cheaper than ten."""


class Marked(NamedTuple):
    """A range whose documents have a mark as soon as they are changed."""

    range: Range
    mark: str

    @classmethod
    def of(cls, words: Sequence[Any]) -> Marked:
        """As it was noted."""
        low, high, mark = words
        return cls(Range(tuple(low), tuple(high)), mark)

    @property
    def words(self) -> list[Any]:
        """As it is noted."""
        return [list(self.range.low), list(self.range.high), self.mark]

    def joined(self, before: Marked | None) -> Marked:
        """With the stretch that it follows."""
        return (
            self if before is None else Marked(Range(before.range.low, self.range.high), self.mark)
        )


Write = Callable[[str | None], None]
"""Writes a batch: the mark that its documents are to get, if any."""


class Once:
    """Writes batches of one collection, each document once. A context: on its exit nothing is under way.

    `lane` is a session for what is done beside the rest; without one nothing is.
    """

    def __init__(
        self,
        collection: Collection[Any],
        progress: Progress,
        lock: LeaseLock,
        *,
        transactions: bool,
        lane: ClientSession | None = None,
    ) -> None:
        self.collection = collection
        self.progress = progress
        self._lock = lock
        self._transactions = transactions
        self._stretch: Marked | None = None
        """The batches that are written and whose marks are still there."""
        self._batches = 0
        """How many these are."""
        self._begun: Marked | None = None
        """The batch that is being written."""
        self._fading: Marked | None = None
        """The stretch whose marks are being taken away beside that."""
        self._beside = Beside(lane)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._beside.close()

    @property
    def session(self) -> ClientSession:
        """The session of the run."""
        return self.progress.session

    @property
    def start(self) -> tuple[Any, ...]:
        """Behind which `_id` to go on."""
        if self._stretch is not None:
            return self._stretch.range.high
        return tuple(self.progress.notes.get("after", ()))

    def pick_up(self) -> Range | None:
        """Completes what a run before left; gives the range that it was writing, if any."""
        notes = self.progress.notes
        if "unmark" in notes:
            self._unmark(Marked.of(notes["unmark"]), self.session)
        if "writing" not in notes:
            return None
        self._begun = Marked.of(notes["writing"])
        if notes["since"] != list(self._begun.range.low):
            done = Range(tuple(notes["since"]), self._begun.range.low)
            self._stretch = Marked(done, self._begun.mark)
        return self._begun.range

    def has(self, document: Mapping[str, Any]) -> bool:
        """Did the document that was read get its change already, in the batch that is being written?"""
        return self._begun is not None and document.get(MARK) == self._begun.mark

    def batch(self, range_: Range, write: Write) -> None:
        """Writes the documents of a range."""
        if not self.progress.kept:
            write(None)
        elif self._transactions:
            self._in_transaction(range_, write)
        else:
            self._marked(range_, write)

    def _in_transaction(self, range_: Range, write: Write) -> None:
        def all_of_it(session: ClientSession) -> None:
            self._lock.check(session)
            write(None)
            self.progress.save(after=list(range_.high or range_.low))

        in_transaction(self.session, all_of_it)

    def _marked(self, range_: Range, write: Write) -> None:
        self._lock.check(self.session)
        if self._begun is None:  # else by a run before ours, or by us when others were faster
            self._begun = self._begin(range_)
        write(self._begun.mark)
        self._stretch = self._begun.joined(self._stretch)
        self._batches += 1
        self._begun = None

    def _begin(self, range_: Range) -> Marked:
        """Notes what is going to be written; behind a stretch, that the marks of it go."""
        done = self._stretch
        if done is not None and self._batches < _STRETCH:
            batch = Marked(range_, done.mark)
            self._note(batch, since=done.range.low)
            return batch
        batch = Marked(range_, self._other_mark(done))
        self._beside.wait()
        self._stretch, self._batches, self._fading = None, 0, done
        self._note(batch, since=range_.low)
        if done is not None:
            self._beside.begin(partial(self._unmark, done), self.session)
        return batch

    def _note(self, batch: Marked, since: tuple[Any, ...]) -> None:
        if self._batches and self._beside.is_done:
            self._fading = None
        gone = {"unmark": self._fading.words} if self._fading is not None else {}
        low = list(batch.range.low)
        self.progress.save(after=low, writing=batch.words, since=list(since), **gone)

    def _other_mark(self, before: Marked | None) -> str:
        marks = [f"{self.progress.mark}:{turn}" for turn in "ab"]
        return marks[1] if before is not None and before.mark == marks[0] else marks[0]

    def finish(self) -> None:
        """Takes the last marks away, and notes that all is done."""
        self._beside.wait()
        if self._stretch is not None:
            self.progress.save(after=list(self.start), unmark=self._stretch.words)
            self._unmark(self._stretch, self.session)
        self.progress.save(done=True)

    def _unmark(self, stretch: Marked, session: ClientSession) -> None:
        found, change = stretch.range.filter({MARK: stretch.mark}), {"$unset": {MARK: ""}}
        update_past_validator(self.collection, found, change, session)
