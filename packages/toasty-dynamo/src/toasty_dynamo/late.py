"""What is still written into a table that a rename left behind: carried over, or named.

Each event of its stream says what an item was and what it became. Where the item is in the other table as it was, it
becomes there what it became here; where somebody has changed it there by now, nobody can tell which is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from attrs import evolve, frozen

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import read_again, shown_key
from toasty_dynamo.comparing import Comparison, text_of
from toasty_dynamo.decoding import bare
from toasty_dynamo.desk import Desk
from toasty_dynamo.edits import Edit, Table, absent
from toasty_dynamo.filters import Av, Every, Guard, Has, Lacks, Test
from toasty_dynamo.item_statements import Unique
from toasty_dynamo.kept import KEPT, Left, keep_table, kept_table
from toasty_dynamo.sentinels import sentinel_actions
from toasty_dynamo.streams import Cut, Event, Stream, is_on, streams_client
from toasty_dynamo.transactions import Refused, transactions
from toasty_dynamo.waiting import Waiter

Item = Mapping[str, Av]

_SHOWN = 5


@frozen
class Heir:
    """The table that has the items now: its key in Toasty's words, its primary key, its uniques."""

    table: str
    key: tuple[str, ...]
    uniques: tuple[Unique, ...] = ()


def carry_over(desk: Desk, name: str, heir: Heir) -> bool:
    """Does in the table `heir` what was written since into the table `name`, as the service knows it.

    Gives whether nobody was writing there any more when it ended. Nothing to do where there is no such table, or it is
    none that a rename left. Raises StatementFailed with the items that somebody has changed in both, and, where the
    stream does not reach back so far, with those that are not the same.
    """
    left = kept_table(desk.own, name)
    if left is None or Waiter(desk.client).ready(name) is None:
        return True
    late = _Late(desk, left, heir)
    try:
        return late.follow()
    except Cut:
        late.compare()
        return True


def delete_left(desk: Desk, name: str, heir: Heir) -> None:
    """Deletes a table, and before that and after it does in `heir` what was written there, to the last moment.

    Raises StatementFailed for what cannot be carried over, and where somebody keeps writing.
    """
    client, left = desk.client, kept_table(desk.own, name)
    if Waiter(client).describe(name) is not None:
        if not carry_over(desk, name, heir):
            raise StatementFailed(
                f"Somebody keeps writing into {name}, which a rename left behind",
                hint="stop what writes there, and run the command again",
            )
        if left is not None:
            keep_table(desk.own, evolve(kept_table(desk.own, name) or left, going=True))
        desk.check()
        client.delete_table(TableName=name)
        Waiter(client, desk.tell).gone(name)
    _drain(desk, name, heir)


def drop_left(desk: Desk, name: str, heir: Heir) -> None:
    """Deletes a table that a rename left, as `delete_left` does, and forgets it. Raises StatementFailed."""
    delete_left(desk, name, heir)
    desk.own.delete(KEPT, name)


def _drain(desk: Desk, name: str, heir: Heir) -> None:
    """What was written between the last look and the end of the table: its stream can still be read."""
    left = kept_table(desk.own, name)
    if left is None or not left.going:
        return
    with suppress(Cut):  # a day and more has passed since the table was deleted
        _Late(desk, left, heir).drain()


class _Unclear(NamedTuple):
    """A change that cannot be done in the other table: the item's key, and what it became."""

    key: Item
    after: Item | None


class _Late:
    """The late writes of one table."""

    def __init__(self, desk: Desk, left: Left, heir: Heir) -> None:
        self._desk = desk
        self._left = left
        self._heir = heir
        self._table = Table(left.now, heir.key)
        self._writer = transactions(desk, self._table)
        self._streams = streams_client(desk.client)
        self._stream = Stream(self._streams, left.stream, left.since, left.position)

    def follow(self) -> bool:
        """By the stream. Gives whether nobody was writing any more. Raises Cut where it does not hold all of them."""
        left = self._left
        if not is_on(self._streams, left.stream):
            raise Cut
        unclear = list(self._followed())
        if unclear:
            why = f"were changed there and in {left.now} since they were copied"
            raise self._unclear([one.key for one in unclear], why)
        self._keep_position()
        return self._stream.is_quiet

    def drain(self) -> None:
        """To the end of the stream of a table that is gone. What cannot be done is nowhere else, so it is shown."""
        left, unclear = self._left, list[_Unclear]()

        def is_over() -> bool:
            unclear.extend(self._followed())
            return self._stream.is_over

        Waiter(self._desk.client, self._desk.tell).until(f"the end of {left.name}", is_over)
        self._keep_position()
        if unclear:
            shown = "; ".join(_became(one) for one in unclear)
            raise StatementFailed(
                f"{len(unclear)} items of {left.name} were changed in its last moment, and in {left.now} since they"
                f" were copied. There, {shown}",
                hint=f"put what is right into {left.now}, and run the command again; this is said only once",
            )

    def _keep_position(self) -> None:
        keep_table(self._desk.own, evolve(self._left, position=self._stream.position))

    def _followed(self) -> Iterator[_Unclear]:
        for events in self._stream.events():
            yield from self._carried(events)

    def compare(self) -> None:
        """Without the stream it can only be said which items are not the same."""
        left = self._left
        tables = (Table(left.name, self._heir.key), self._table)
        comparison = Comparison(self._desk, *tables, lambda item: item, {})
        unlike = [pair.source for pair in comparison.unlike()]
        if unlike:
            why = f"are not so in {left.now}, and the stream does not say any more since when"
            raise self._unclear(unlike, why)

    def _unclear(self, keys: Sequence[Item], why: str) -> StatementFailed:
        left = self._left
        return StatementFailed(
            f"{len(keys)} items of {left.name}, which a rename left behind, {why}:"
            f" {'; '.join(map(shown_key, keys[:_SHOWN]))}",
            hint=f"put what is right into {left.now}, delete the table {left.name} yourself, and run the command again",
        )

    def _carried(self, events: Sequence[Event]) -> Iterator[_Unclear]:
        """Does what the events say, item by item. Gives those that cannot be done."""
        changes: dict[str, tuple[Item, Item | None, Item | None]] = {}
        for event in events:
            keys: Item = self._table.key_of(event.after or event.before or {})
            _, first, _ = changes.get(text_of(keys), (keys, event.before, None))
            changes[text_of(keys)] = (keys, first, event.after)
        for keys, before, after in changes.values():
            self._desk.check()
            if not self._carry(keys, before, after):
                yield _Unclear(keys, after)

    def _carry(self, keys: Item, before: Item | None, after: Item | None) -> bool:
        now = next(read_again(self._desk.client, self._table, [keys], self._desk.pace), None)
        if now == after:
            return True
        if now != before:
            return False
        also = sentinel_actions(self._desk, self._heir, before, after)
        try:
            self._writer.write([Edit(keys, None, self._as_it_was(before, after), after, also=also)])
        except Refused:
            return False
        return True

    def _as_it_was(self, before: Item | None, after: Item | None) -> Guard:
        if before is None:
            return absent(self._table)
        same = [Test(n, "=", value) for n, value in before.items() if n not in self._table.key]
        others = [Lacks(name) for name in after or () if name not in before]
        return Every((Has(self._table.key[0]), *same, *others))


def _became(one: _Unclear) -> str:
    if one.after is None:
        return f"{shown_key(one.key)} was deleted"
    values = {name: bare(value) for name, value in sorted(one.after.items())}
    return f"{shown_key(one.key)} became {values}"


__all__ = ["Heir", "carry_over", "delete_left", "drop_left"]
