"""Copies of tables: what DynamoDB fixes when a table is made can only be had in another table.

The stream of the old table is on before the first item is read, so whatever is written during the copy follows: each
event says what an item has become, and the last one of an item wins. In the end both tables are read and compared. How
far a copy is stands in its notes, so that a run after a crash goes on: making the target, copying, comparing,
and, where the name has to stay, deleting the old table, reading its stream to the end, making it anew, copying back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import shown_key
from toasty_dynamo.comparing import Comparison
from toasty_dynamo.copy_statements import CopyStatement, CopyTable, FollowTable
from toasty_dynamo.edits import Table
from toasty_dynamo.errors import code_of
from toasty_dynamo.filters import Av
from toasty_dynamo.kept import ONLY, Left, keep_table, kept_table
from toasty_dynamo.late import Heir, carry_over, delete_left
from toasty_dynamo.notes import Segment
from toasty_dynamo.plain_writes import delete_items, write_items
from toasty_dynamo.progressing import Told
from toasty_dynamo.returning import Return
from toasty_dynamo.scanning import Reading, pages
from toasty_dynamo.streams import BOTH, Stream, close_stream, open_stream, streams_client
from toasty_dynamo.waiting import Waiter

if TYPE_CHECKING:
    from toasty_dynamo.desk import Desk

Item = Mapping[str, Av]

_PASSES = 10
_SHOWN = 5
_EARLIER = timedelta(minutes=10)
"""How far clocks may differ."""


class Phase(Enum):
    """How far a copy is; each is noted before its work begins."""

    MAKE = "make"
    COPY = "copy"
    COMPARE = "compare"
    DROP = "drop"
    DRAIN = "drain"
    REMAKE = "remake"
    BACK = "back"


def copy(statement: CopyStatement, desk: Desk) -> None:
    """Does a copy, from where an earlier run left it, or what was written behind its back."""
    match statement:
        case CopyTable():
            Copy(statement, desk).run()
        case FollowTable(table, key, left, uniques):
            carry_over(desk, desk.name(left), Heir(table, key, uniques))
        case _:
            raise StatementFailed(f"DynamoDB cannot do {statement}")


class Copy:
    """One copy under way."""

    def __init__(self, statement: CopyTable, desk: Desk) -> None:
        self._statement = statement
        self._desk = desk
        self._source = desk.table(statement)
        self._target = Table(desk.name(statement.target), statement.target_key)
        self._renames = dict(statement.renames)

    def run(self) -> None:
        """All that is not done yet."""
        if "phase" not in self._desk.notes.said:
            self._begin()
        steps: dict[Phase, Callable[[], Phase | None]] = {
            Phase.MAKE: self._make,
            Phase.COPY: self._copy,
            Phase.COMPARE: self._compare,
            Phase.DROP: self._drop,
            Phase.DRAIN: self._drain,
            Phase.REMAKE: self._remake,
            Phase.BACK: self._back,
        }
        phase: Phase | None = Phase(self._desk.notes.said["phase"])
        while phase is not None:
            phase = steps[phase]()
            if phase is not None:
                self._desk.check()
                self._desk.notes.say(phase=phase.value)
        self._desk.notes.finish()

    def _begin(self) -> None:
        arn = open_stream(self._desk.client, self._source.name)
        since = datetime.now(timezone.utc) - _EARLIER
        self._desk.notes.say(phase=Phase.MAKE.value, stream=arn, since=since.isoformat())

    # The target.

    def _make(self) -> Phase:
        if not self._desk.notes.said.get("cleared"):
            self._clear()
            self._desk.notes.say(cleared=True)
        self._create(self._target.name)
        self._desk.notes.begin(self._desk.segments_for(self._source))
        return Phase.COPY

    def _clear(self) -> None:
        """Takes away what an earlier copy left under the target's name. Raises StatementFailed for another table."""
        name, there = self._target.name, Waiter(self._desk.client).describe(self._target.name)
        if there is not None:
            self._refuse_others(name)
        delete_left(self._desk, name, Heir(self._statement.table, self._statement.key))

    def _refuse_others(self, name: str) -> None:
        if self._desk.own.item(ONLY, name) is not None:
            raise StatementFailed(
                f"The table {name} holds items that were not copied back into {self._source.name}.",
                hint=f"put them back, and take {ONLY}/{name} out of Toasty's own table",
            )
        if not self._statement.anew and kept_table(self._desk.own, name) is None:
            raise StatementFailed(
                f"There already is a table {name}.",
                hint="it is none that Toasty left behind: rename it, or delete it if it is not needed",
            )

    def _create(self, name: str, **more: Any) -> None:
        from botocore.exceptions import ClientError

        self._desk.check()
        try:
            self._desk.client.create_table(**{**self._statement.create, **more}, TableName=name)
        except ClientError as error:
            if code_of(error) != "ResourceInUseException":  # an earlier run made it
                raise
        Waiter(self._desk.client, self._desk.tell).made(name)

    # The copy.

    def _copy(self) -> Phase:
        desk = self._desk
        about = desk.about(self._source)
        segments = desk.notes.segments(1)
        told = Told(self._source.name, about, sum(s.items for s in segments), desk.tell, desk.pace)
        desk.team.run(lambda segment: self._segment(segment, told), segments)
        return Phase.COMPARE

    def _segment(self, segment: Segment, told: Told) -> None:
        desk = self._desk
        for page in pages(desk.client, Reading(self._source), segment, desk.pace):
            desk.check()
            write_items(desk, self._target, [self._made(item) for item in page.items])
            segment = segment.moved(page.after, page.looked_at)
            desk.notes.save(segment)
            told.looked_at(page.looked_at, len(page.items))

    def _made(self, item: Item) -> Item:
        """What an item is in the target. Raises StatementFailed for one that has no value for its key."""
        found = {self._renames.get(name, name): value for name, value in item.items()}
        for name in self._target.key:
            if name not in found or "NULL" in found[name]:
                raise StatementFailed(
                    f"The item {shown_key(self._source.key_of(item))} of {self._source.name} has no value for"
                    f" {name!r}, which is in the new key",
                    hint="give it one, and run the command again, which goes on from there",
                )
        return found

    def _follow(self, stream: Stream) -> int:
        """Does in the target what has happened in the source. Gives how many events there were."""
        count = 0
        for events in stream.events():
            self._desk.check()
            last: dict[str, tuple[Item, Item | None]] = {}
            for event in events:
                for image, stays in ((event.before, False), (event.after, True)):
                    if image is not None:
                        item = self._made(image)
                        keys = self._target.key_of(item)
                        last[str(sorted(keys.items()))] = (keys, item if stays else None)
            write_items(self._desk, self._target, [i for _, i in last.values() if i is not None])
            gone = [keys for keys, item in last.values() if item is None]
            delete_items(self._desk, self._target, gone)
            count += len(events)
        return count

    def _stream(self) -> Stream:
        said = self._desk.notes.said
        since = datetime.fromisoformat(said["since"])
        return Stream(streams_client(self._desk.client), said["stream"], since)

    # The proof.

    def _compare(self) -> Phase | None:
        """Follows the stream and reads both tables, until they hold the same."""
        stream = self._stream()
        self._follow(stream)
        comparison = self._comparison()
        different = list(comparison.different())
        for _ in range(_PASSES):
            if not different:
                break
            self._follow(stream)
            different = list(comparison.still(different))
        if different:
            shown = "; ".join(shown_key(pair.source) for pair in different[:_SHOWN])
            raise StatementFailed(
                f"{len(different)} items differ between {self._source.name} and its copy: {shown}",
                hint="less may be going on later: run the command again, which goes on from there",
            )
        if self._statement.anew:
            return Phase.DROP
        said = self._desk.notes.said
        since, names = datetime.fromisoformat(said["since"]), (self._source.name, self._target.name)
        keep_table(self._desk.own, Left(*names, said["stream"], since, stream.position))
        return None

    def _comparison(self) -> Comparison:
        return Comparison(self._desk, self._source, self._target, self._made, self._renames)

    # The same name.

    def _drop(self) -> Phase:
        client = self._desk.client
        if Waiter(client).describe(self._source.name) is not None:
            self._desk.own.put(ONLY, self._target.name, {})
            client.delete_table(TableName=self._source.name)
            Waiter(client, self._desk.tell).gone(self._source.name)
        return Phase.DRAIN

    def _drain(self) -> Phase:
        """What was written between the comparison and the end of the old table: its stream can still be read."""
        stream = self._stream()
        waiter = Waiter(self._desk.client, self._desk.tell)
        waiter.until(
            f"the end of {self._source.name}", lambda: not self._follow(stream) and stream.is_over
        )
        return Phase.REMAKE

    def _remake(self) -> Phase:
        name, desk = self._source.name, self._desk
        self._create(name, StreamSpecification={"StreamEnabled": True, "StreamViewType": BOTH})
        arn = open_stream(desk.client, name)
        segments = desk.segments_for(self._target)
        desk.notes.say(back=arn, run=uuid4().hex[:12], segments=segments)  # checkpoints of its own
        return Phase.BACK

    def _back(self) -> None:
        """Copies back. What the application has put in or deleted by now stays so."""
        desk, said = self._desk, self._desk.notes.said
        table = Table(self._source.name, self._target.key)
        since = datetime.fromisoformat(said["since"])
        stream = Stream(streams_client(desk.client), said["back"], since)
        if not said.get("settled"):
            Return(desk, self._target, table, stream).run()
            desk.notes.say(settled=True)
        if "StreamSpecification" not in self._statement.create:
            close_stream(desk.client, table.name)
        desk.own.delete(ONLY, self._target.name)
