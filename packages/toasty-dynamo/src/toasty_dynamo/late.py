"""What is still written into a table that a rename left behind: carried over, or named.

Each event of its stream says what an item was and what it became. Where the item is in the other table as it was, it
becomes there what it became here; where somebody has changed it there by now, nobody can tell which is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import read_again, shown_key
from toasty_dynamo.comparing import Comparison, text_of
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


def carry_over(desk: Desk, name: str, heir: Heir) -> None:
    """Does in the table `heir` what was written since into the table `name`, as the service knows it.

    Nothing where there is no such table, or it is none that a rename left. Raises StatementFailed with the items that
    somebody has changed in both, and, where the stream does not reach back so far, with those that are not the same.
    """
    left = kept_table(desk.own, name)
    if left is None or Waiter(desk.client).ready(name) is None:
        return
    late = _Late(desk, left, heir)
    try:
        late.follow()
    except Cut:
        late.compare()


def drop_left(desk: Desk, name: str, heir: Heir) -> None:
    """Carries over what was still written into a table that a rename left, and deletes it. Raises StatementFailed."""
    carry_over(desk, name, heir)
    desk.check()
    if Waiter(desk.client).describe(name) is not None:
        desk.client.delete_table(TableName=name)
        Waiter(desk.client, desk.tell).gone(name)
    desk.own.delete(KEPT, name)


class _Late:
    """The late writes of one table."""

    def __init__(self, desk: Desk, left: Left, heir: Heir) -> None:
        self._desk = desk
        self._left = left
        self._heir = heir
        self._table = Table(left.now, heir.key)
        self._writer = transactions(desk, self._table)

    def follow(self) -> None:
        """By the stream. Raises Cut where it does not hold all of them."""
        left, client = self._left, self._desk.client
        streams = streams_client(client)
        if not is_on(streams, left.stream):
            raise Cut
        stream = Stream(streams, left.stream, left.since, left.position)
        unclear: list[Item] = []
        for events in stream.events():
            unclear += self._carried(events)
        if unclear:
            raise self._unclear(
                unclear, f"were changed there and in {left.now} since they were copied"
            )
        keep_table(self._desk.own, evolve(left, position=stream.position))

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

    def _carried(self, events: Sequence[Event]) -> Iterator[Item]:
        """Does what the events say, item by item. Gives the keys of those that cannot be done."""
        changes: dict[str, tuple[Item, Item | None, Item | None]] = {}
        for event in events:
            keys: Item = self._table.key_of(event.after or event.before or {})
            _, first, _ = changes.get(text_of(keys), (keys, event.before, None))
            changes[text_of(keys)] = (keys, first, event.after)
        for keys, before, after in changes.values():
            self._desk.check()
            if not self._carry(keys, before, after):
                yield keys

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


__all__ = ["Heir", "carry_over", "drop_left"]
