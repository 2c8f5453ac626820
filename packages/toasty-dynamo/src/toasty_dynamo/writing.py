"""Rows that migrations bring: put in, set, deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import BatchWriter, read_again, refuse_misfit, shown_key, sized
from toasty_dynamo.desk import Desk, found_in
from toasty_dynamo.edits import Change, Edit, Given, Table, absent, made
from toasty_dynamo.filters import Av, Either, Every, Test, fulfils
from toasty_dynamo.item_statements import DeleteItems, ItemStatement, PutItems, UpsertItems
from toasty_dynamo.rules import Ruled
from toasty_dynamo.scanning import Page, Reading
from toasty_dynamo.sentinels import make_table, sentinel_actions
from toasty_dynamo.sweeping import Sweep
from toasty_dynamo.transactions import Refused, transactions

Item = dict[str, Av]
_TRIES = 20


def write_rows(statement: ItemStatement, desk: Desk) -> None:
    """Does a statement on rows."""
    match statement:
        case PutItems():
            _put(statement, desk)
        case UpsertItems():
            _upsert(statement, desk)
        case DeleteItems():
            _delete(statement, desk)


def _whole(item: Mapping[str, Given]) -> Item:
    return {name: made(value) for name, value in item.items()}


# New items.


def _put(statement: PutItems, desk: Desk) -> None:
    """In transactions of at most a hundred actions, each with a note of how far it is."""
    if statement.uniques:
        make_table(desk)
    (segment,) = desk.notes.segments(1)
    desk.notes.begin(1)
    start = int(segment.after["at"]["N"]) if segment.after else 0
    table = desk.table(statement)
    writer = transactions(desk, table)
    items = [_whole(item) for item in statement.items]
    _number(statement, desk, items)
    if not start:
        Ruled(statement, desk).refuse(items)
    edits = [_new(statement, desk, table, item) for item in items[start:]]
    at = start
    for portion in sized(edits, writer.room):
        at += len(portion)
        desk.check()
        mark = segment.moved({"at": {"N": str(at)}}, at - segment.items)
        try:
            writer.write(portion, desk.notes.checkpoint(mark))
        except Refused as refused:
            raise _taken(statement, portion[refused.places[0]]) from None
    desk.notes.finish()


def _new(statement: PutItems | UpsertItems, desk: Desk, table: Table, item: Item) -> Edit:
    also = sentinel_actions(desk, statement, None, item)
    missing = [name for name in table.key if name not in item or "NULL" in item[name]]
    if missing:
        raise StatementFailed(
            f"An item for {statement.table} has no value for {missing[0]!r}, which is in its key"
        )
    refuse_misfit(table, item, statement.parts)
    size = len(str(item))
    return Edit(table.key_of(item), None, absent(table), put=item, size=size, also=also)


def _taken(statement: ItemStatement, edit: Edit) -> StatementFailed:
    return StatementFailed(
        f"There already is an item of {statement.table} with {shown_key(edit.key)}",
        hint="db.upsert_rows sets what is there",
    )


def _number(statement: PutItems, desk: Desk, items: Sequence[Item]) -> None:
    """Numbers what brings no number after the highest that is there. A run after a crash finds those of the first."""
    for name in statement.numbered:
        bare = [item for item in items if "NULL" in item.get(name, {"NULL": True})]
        if not bare:
            continue
        noted = desk.notes.said.get(f"first {name}")
        if noted is None:
            given = [int(item[name]["N"]) for item in items if "N" in item.get(name, {})]
            noted = max([*given, *_numbers(statement, desk, name)], default=0) + 1
            desk.notes.say(**{f"first {name}": noted})
        for number, item in enumerate(bare, start=int(noted)):
            item[name] = {"N": str(number)}


def _numbers(statement: ItemStatement, desk: Desk, name: str) -> Iterator[int]:
    reading = Reading(desk.table(statement), only=(name,))
    for page in found_in(desk, reading):
        yield from (int(item[name]["N"]) for item in page.items if "N" in item.get(name, {}))


# Rows that are set, or put in.


def _upsert(statement: UpsertItems, desk: Desk) -> None:
    table = desk.table(statement)
    writer = transactions(desk, table)
    for at in range(0, len(statement.rows), 20):
        rows = [(_whole(item), given) for item, given in statement.rows[at : at + 20]]
        _upsert_some(statement, desk, rows, writer)


def _upsert_some(statement: UpsertItems, desk: Desk, rows: list[Any], writer: Any) -> None:
    table = desk.table(statement)
    for _ in range(_TRIES):
        desk.check()
        there = _there(statement, desk, [item for item, _ in rows])
        edits = [edit for row in rows for edit in _row_edits(statement, desk, table, row, there)]
        try:
            for portion in sized(edits, writer.room):
                writer.write(portion)
        except Refused:  # others wrote one of them meanwhile
            continue
        return
    raise StatementFailed(
        f"{statement.table}: others keep changing the same items",
        hint="run it again when less is going on",
    )


def _there(statement: UpsertItems, desk: Desk, items: list[Item]) -> list[Item]:
    """The items that are there already."""
    table = desk.table(statement)
    if set(statement.match) == set(table.key):
        keys = [table.key_of(item) for item in items]
        return list(read_again(desk.client, table, keys, desk.pace))
    guards = [_matches(statement, item) for item in items]
    found = found_in(desk, Reading(table, Either(tuple(guards))))
    return [item for page in found for item in page.items]


def _matches(statement: UpsertItems, item: Item) -> Every:
    return Every(tuple(Test(name, "=", item[name]) for name in statement.match))


def _row_edits(
    statement: UpsertItems, desk: Desk, table: Table, row: Any, there: list[Item]
) -> Iterator[Edit]:
    item, given = row
    found = [one for one in there if fulfils(_matches(statement, item), one)]
    if not found:
        yield _new(statement, desk, table, item)
    for one in found:
        names = [name for name in given if name not in (*table.key, *statement.match)]
        sets = {n: item[n] for n in names if n in item and one.get(n) != item[n]}
        removes = [name for name in names if name not in item and name in one]
        if sets or removes:
            after = {n: v for n, v in {**one, **sets}.items() if n not in removes}
            refuse_misfit(table, after, statement.parts)
            also = sentinel_actions(desk, statement, one, after)
            change = Change(tuple(sets.items()), tuple(removes))
            yield Edit(table.key_of(one), change, _matches(statement, item), also=also)


# Items that go.


def _delete(statement: DeleteItems, desk: Desk) -> None:
    table = desk.table(statement)
    if statement.uniques:
        _delete_with_sentinels(statement, desk, table)
    elif statement.keys is not None:
        desk.check()
        edits = [Edit(key, None, statement.guard) for key in statement.keys]
        BatchWriter(desk.client, table, desk.pace).write(edits)
    else:
        Deleting(statement, desk).run()


def _delete_with_sentinels(statement: DeleteItems, desk: Desk, table: Table) -> None:
    writer = transactions(desk, table)
    for items in _chosen(statement, desk, table):
        edits = [_gone(statement, desk, table, item) for item in items]
        for portion in sized(edits, writer.room):
            desk.check()
            for _ in range(_TRIES):
                try:
                    writer.write(portion)
                    break
                except Refused as refused:  # it is gone, or has other values
                    keys = [portion[place].key for place in refused.places]
                    now = read_again(desk.client, table, keys, desk.pace)
                    again = [i for i in now if fulfils(statement.guard, i)]
                    portion = [edit for edit in portion if edit.key not in keys]
                    portion += [_gone(statement, desk, table, item) for item in again]


def _chosen(statement: DeleteItems, desk: Desk, table: Table) -> Iterator[list[Item]]:
    if statement.keys is None:
        yield from (page.items for page in found_in(desk, Reading(table, statement.guard)))
        return
    found = read_again(desk.client, table, statement.keys, desk.pace)
    yield [item for item in found if fulfils(statement.guard, item)]


def _gone(statement: DeleteItems, desk: Desk, table: Table, item: Item) -> Edit:
    also = sentinel_actions(desk, statement, item, None)
    columns = [name for unique in statement.uniques for name in unique.columns]
    same = [Test(name, "=", item[name]) for name in columns if name in item]
    return Edit(table.key_of(item), None, Every((*same, statement.guard)), also=also)


class Deleting(Sweep):
    """A statement that deletes the items that it finds."""

    def __init__(self, statement: DeleteItems, desk: Desk) -> None:
        super().__init__(statement, desk)
        self._guard = statement.guard

    def reading(self) -> Reading:
        return Reading(self.table, self._guard, self.table.key)

    def edits(self, page: Page) -> Iterator[Edit]:
        return (Edit(self.table.key_of(item), None, self._guard) for item in page.items)

    def settle(self) -> None:
        """What others put in meanwhile is theirs."""


__all__ = ["Deleting", "write_rows"]
