"""The way back of items from a copy into the table that was made anew, while applications use it already.

What they put in stays, as an item is put back only where there is none. What they delete stays deleted: its stream says
so. But of an item that is not back yet, a delete finds nothing, and the stream does not know of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import BatchWriter, read_again, shown_key
from toasty_dynamo.comparing import text_of
from toasty_dynamo.desk import found_in
from toasty_dynamo.edits import Edit, Table, absent
from toasty_dynamo.filters import Av
from toasty_dynamo.notes import Segment
from toasty_dynamo.scanning import Reading, pages
from toasty_dynamo.streams import Stream
from toasty_dynamo.waiting import Waiter

if TYPE_CHECKING:
    from toasty_dynamo.desk import Desk

Item = Mapping[str, Av]

_SHOWN = 5
_BETWEEN = 1.0
"""Seconds between two looks at the stream: five in a second are allowed, to all that read it."""
_PASSES = 20
"""How often the stream is asked whether what is missing was deleted: it may be late by a second or two."""


class Return:
    """The items of the copy `source`, put back into `table`, whose stream says what others delete there."""

    def __init__(self, desk: Desk, source: Table, table: Table, stream: Stream) -> None:
        self._desk = desk
        self._source = source
        self._table = table
        self._stream = stream
        self._deleted: set[str] = set()
        """The keys of what others have deleted, as text."""
        self._turn = threading.Lock()
        self._looked = 0.0

    def run(self) -> None:
        """Puts back all that is not back yet. Raises StatementFailed where something is missing in the end."""
        self._look()
        self._desk.team.run(self._segment, self._desk.notes.segments(1))
        self._prove()

    def _segment(self, segment: Segment) -> None:
        desk = self._desk
        writer = BatchWriter(desk.client, self._table, desk.pace)
        for page in pages(desk.client, Reading(self._source), segment, desk.pace):
            desk.check()
            if time.monotonic() - self._looked > _BETWEEN:
                self._look()
            writer.write([self._put(item) for item in page.items if not self._is_deleted(item)])
            segment = segment.moved(page.after, page.looked_at)
            desk.notes.save(segment)

    def _put(self, item: Item) -> Edit:
        table = self._table
        return Edit(table.key_of(item), None, absent(table), put=item, size=len(str(item)))

    def _is_deleted(self, item: Item) -> bool:
        return text_of(self._table.key_of(item)) in self._deleted

    def _look(self) -> None:
        """Reads what others have deleted; nobody but them deletes here."""
        with self._turn:
            for events in self._stream.events():
                images = (event.before for event in events if event.after is None)
                keys = (self._table.key_of(image) for image in images if image is not None)
                self._deleted.update(map(text_of, keys))
            self._looked = time.monotonic()

    def _prove(self) -> None:
        missing, began = list(self._missing()), time.monotonic()
        for _ in range(_PASSES):
            if missing:
                self._look()
                missing = [key for key in missing if text_of(key) not in self._deleted]
            if not missing:
                return
            Waiter(self._desk.client).rest(began)
        raise StatementFailed(
            f"{len(missing)} items were not copied back into {self._table.name}:"
            f" {'; '.join(map(shown_key, missing[:_SHOWN]))}",
            hint=f"all of them are in {self._source.name}; run the command again",
        )

    def _missing(self) -> Iterator[Item]:
        """The keys of the copy that the table has not, whoever took them away."""
        desk, table = self._desk, self._table
        for page in found_in(desk, Reading(self._source, only=table.key)):
            keys = [table.key_of(item) for item in page.items]
            there = {
                text_of(table.key_of(i)) for i in read_again(desk.client, table, keys, desk.pace)
            }
            yield from (key for key in keys if text_of(key) not in there)


__all__ = ["Return"]
