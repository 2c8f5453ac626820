"""Tables that stay when their items are in another one: named in Toasty's own table, left out by introspection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_dynamo.journal import key

if TYPE_CHECKING:
    from toasty_dynamo.journal import OwnTable

KEPT, ONLY = "kept", "only"
"""Kinds of items of Toasty's own table: tables that a rename left behind, and copies whose original is gone."""


def keep_table(own: OwnTable, name: str, now: str) -> None:
    """Notes that a table stays though its items are in another one; and that one is none that stays any more."""
    actions = [
        {"Put": {"TableName": own.name, "Item": {**key(KEPT, name), "now": {"S": now}}}},
        {"Delete": {"TableName": own.name, "Key": key(KEPT, now)}},
    ]
    own.write(*actions)


def is_kept(own: OwnTable, name: str) -> bool:
    """Is it a table that a rename left behind?"""
    return own.item(KEPT, name) is not None


def kept_tables(own: OwnTable) -> tuple[str, ...]:
    """The names, as the service knows them, of the tables that renames left behind."""
    return tuple(item["id"]["S"] for item in own.items(KEPT))
