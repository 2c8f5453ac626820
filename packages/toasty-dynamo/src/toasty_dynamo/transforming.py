"""Items through a Python function: read, computed, and written with the checkpoint, all of it or nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence

from toasty_core.errors import SchemaError, StatementFailed
from toasty_dynamo.batches import read_again, refuse_misfit, shown_key, sized
from toasty_dynamo.decoding import decoded
from toasty_dynamo.desk import Desk
from toasty_dynamo.edits import NOTHING, Change, Edit
from toasty_dynamo.filters import Av, Every, Guard, Lacks, Test, fulfils
from toasty_dynamo.item_statements import TransformItems
from toasty_dynamo.notes import Segment
from toasty_dynamo.progressing import Told
from toasty_dynamo.scanning import Reading, pages
from toasty_dynamo.transactions import Refused, transactions
from toasty_dynamo.values import encoded

Item = dict[str, Av]

_TRIES = 20
"""How often a batch is read anew when others change its items meanwhile."""


class Transformation:
    """One transform statement under way.

    Segments are read side by side; the user's function is called by one thread at a time.
    """

    def __init__(self, statement: TransformItems, desk: Desk) -> None:
        self._statement = statement
        self._desk = desk
        self._table = desk.table(statement)
        self._writer = transactions(desk, self._table)
        self._columns = {column.name: column for column in statement.columns}
        self._calling = threading.Lock()

    def run(self) -> None:
        """All segments, from where an earlier run stopped."""
        desk, table = self._desk, self._table
        if self._statement.keys is not None:
            self._known_keys(self._statement.keys)
        else:
            about = desk.about(table)
            segments = desk.notes.segments(desk.segments_for(table))
            desk.notes.begin(len(segments))
            begun = sum(segment.items for segment in segments)
            told = Told(table.name, about, begun, desk.tell, desk.pace)
            desk.team.run(lambda segment: self._segment(segment, told), segments)
        desk.notes.finish()

    # Where the items come from.

    def _segment(self, segment: Segment, told: Told) -> None:
        reading = Reading(self._table, self._statement.guard)
        for page in pages(self._desk.client, reading, segment, self._desk.pace):
            end = segment.moved(page.after, page.looked_at)
            self._page(page.items, segment, end)
            segment = end
            told.looked_at(page.looked_at, len(page.items))

    def _page(self, items: Sequence[Item], segment: Segment, end: Segment) -> None:
        """Items of a page; what was noted before is `segment`, what will have been in the end `end`."""
        edits = [self._edit(item) for item in items]
        portions = list(sized(edits, self._writer.room)) or [[]]
        at = 0
        for number, portion in enumerate(portions, start=1):
            part = items[at : at + len(portion)]
            at += len(portion)
            last = number == len(portions)
            mark = end if last else segment.moved(self._table.key_of(part[-1]), at)
            self._portion(part, portion, mark)

    def _known_keys(self, keys: Sequence[Mapping[str, Av]]) -> None:
        (segment,) = self._desk.notes.segments(1)
        self._desk.notes.begin(1)
        start = int(segment.after["at"]["N"]) if segment.after else 0
        for at in range(start, len(keys), self._writer.room):
            wanted = keys[at : at + self._writer.room]
            found = list(read_again(self._desk.client, self._table, wanted, self._desk.pace))
            items = [item for item in found if fulfils(self._statement.guard, item)]
            reached = at + len(wanted)
            end = segment.moved({"at": {"N": str(reached)}}, len(items))
            self._page(items, end, end)

    # What becomes of them.

    def _portion(self, items: Sequence[Item], edits: Sequence[Edit], mark: Segment) -> None:
        for _ in range(_TRIES):
            self._desk.check()
            changed = [edit for edit in edits if edit.change != NOTHING]
            try:
                self._writer.write(changed, self._desk.notes.checkpoint(mark))
            except Refused as refused:
                moved = [changed[place].key for place in refused.places]
                items = list(self._refreshed(items, moved))
                edits = self._again(items, edits, moved)
                continue
            return
        raise StatementFailed(
            f"{self._statement.description}: others keep changing the same items",
            hint="run it again when less is going on",
        )

    def _refreshed(
        self, items: Sequence[Item], moved: Sequence[Mapping[str, Av]]
    ) -> Iterator[Item]:
        """The items, those that others changed as they are now; those that are none of ours any more left out."""
        key_of = self._table.key_of
        yield from (item for item in items if key_of(item) not in moved)
        now = read_again(self._desk.client, self._table, moved, self._desk.pace)
        yield from (item for item in now if fulfils(self._statement.guard, item))

    def _again(
        self, items: Sequence[Item], edits: Sequence[Edit], moved: Sequence[Mapping[str, Av]]
    ) -> list[Edit]:
        """The edits of the items; those that are as they were are not computed again."""
        known = {_text(edit.key): edit for edit in edits if edit.key not in moved}
        found = (known.get(_text(self._table.key_of(item))) for item in items)
        return [e if e is not None else self._edit(i) for e, i in zip(found, items, strict=True)]

    def _edit(self, item: Item) -> Edit:
        """What becomes of an item; without a change where nothing does."""
        from toasty_dynamo.sentinels import sentinel_actions

        key = self._table.key_of(item)
        sets, removes = self._changes(item)
        if not sets and not removes:
            return Edit(key, NOTHING)
        guards = [self._unchanged(item, name) for name in (*sets, *removes)]
        guard = Every((*guards, self._statement.guard))
        size = sum(len(str(item.get(name, ""))) for name in sets) + len(str(sets))
        after = {n: v for n, v in {**item, **sets}.items() if n not in removes}
        refuse_misfit(self._table, after, self._statement.parts)
        also = sentinel_actions(self._desk, self._statement, item, after)
        return Edit(key, Change(tuple(sets.items()), tuple(removes)), guard, size=size, also=also)

    def _unchanged(self, item: Item, name: str) -> Guard:
        return Test(name, "=", item[name]) if name in item else Lacks(name)

    def _changes(self, item: Item) -> tuple[dict[str, Av], list[str]]:
        """What is set, and what is taken away, by the function's answer."""
        row = {name: decoded(one.kind, item.get(name)) for name, one in self._columns.items()}
        given = dict(row)
        with self._calling:
            answer = self._statement.function(row) or {}
        sets: dict[str, Av] = {}
        removes: list[str] = []
        for name, value in answer.items():
            self._must_be_settable(name)
            if given[name] == value and type(given[name]) is type(value):
                continue
            if value is None:
                removes += [name] if name in item else []
            else:
                sets[name] = self._encoded(item, name, value)
        return sets, removes

    def _encoded(self, item: Item, name: str, value: object) -> Av:
        try:
            return encoded(self._columns[name].kind, value)
        except SchemaError as error:
            said = f"{self._statement.table}.{name} of {shown_key(self._table.key_of(item))}"
            raise SchemaError(f"{said}: {error.what}") from None

    def _must_be_settable(self, name: str) -> None:
        if name not in self._columns:
            raise SchemaError(
                f"{self._statement.description} returned {name!r}, which is no column of"
                f" {self._statement.table}"
            )
        if name in self._statement.key:
            raise SchemaError(
                f"{self._statement.description} changes the key column {name!r}",
                hint="the key of an item never changes; use db.change_primary_key or new items",
            )


def _text(key: Mapping[str, Av]) -> str:
    return str(sorted(key.items()))
