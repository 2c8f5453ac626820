"""Tables that stay when their items are in another one: named in Toasty's own table, left out by introspection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

from toasty_dynamo.decoding import bare
from toasty_dynamo.journal import key
from toasty_dynamo.streams import Position
from toasty_dynamo.values import plain

if TYPE_CHECKING:
    from toasty_dynamo.journal import OwnTable

KEPT, ONLY = "kept", "only"
"""Kinds of items of Toasty's own table: tables that a rename left behind, and copies whose original is gone."""


@frozen
class Left:
    """A table that a rename left behind, and the table that has its items now, by the names that the service knows.

    `stream` is the name of its stream, which was read from `since` on up to `position`. `going`: Toasty deletes it, and
    what was written in its last moment may not be carried over yet.
    """

    name: str
    now: str
    stream: str
    since: datetime
    position: Position
    going: bool = False


def keep_table(own: OwnTable, left: Left) -> None:
    """Notes that a table stays though its items are in another one; and that one is none that stays any more."""
    words = {
        "now": left.now,
        "stream": left.stream,
        "since": left.since.isoformat(),
        "shards": list(left.position.shards),
        "closed": list(left.position.closed),
        "read": dict(left.position.read),
        "going": left.going,
    }
    item = {**key(KEPT, left.name), **{name: plain(value) for name, value in words.items()}}
    actions = [
        {"Put": {"TableName": own.name, "Item": item}},
        {"Delete": {"TableName": own.name, "Key": key(KEPT, left.now)}},
    ]
    own.write(*actions)


def kept_table(own: OwnTable, name: str) -> Left | None:
    """The table of this name, if a rename left it behind; what it became by other renames since is looked up."""
    found = own.item(KEPT, name)
    return _left(own, name, found) if found is not None else None


def _left(own: OwnTable, name: str, item: Mapping[str, Any]) -> Left:
    said = {word: bare(value) for word, value in item.items()}
    position = Position(tuple(said["shards"]), tuple(said["closed"]), tuple(said["read"].items()))
    now = said["now"]
    while (further := own.item(KEPT, now)) is not None:
        now = bare(further["now"])
    since = datetime.fromisoformat(said["since"])
    return Left(name, now, said["stream"], since, position, said.get("going", False))


def kept_tables(own: OwnTable) -> tuple[str, ...]:
    """The names, as the service knows them, of the tables that renames left behind."""
    return tuple(item["id"]["S"] for item in own.items(KEPT))
