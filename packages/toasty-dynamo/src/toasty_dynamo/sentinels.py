"""Unique constraints by sentinels: for each value an item of its own, in a table that all tables share.

A sentinel is `{"id": "users#email#S:ada@example.com", "owner": {"id": ...}}` in the table `toasty_unique`. It goes in,
and away, in the transaction that writes its owner: the second owner of a value is refused. So it holds as long as the
application writes them too; `claims` gives the actions for its transactions. What has no value has no sentinel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import BatchWriter, read_again, shown_key
from toasty_dynamo.command_line import command_text
from toasty_dynamo.costs import Cost
from toasty_dynamo.desk import found_in
from toasty_dynamo.edits import Edit, Table, absent
from toasty_dynamo.errors import code_of
from toasty_dynamo.filters import Av, Has, Not, Test, is_empty
from toasty_dynamo.item_statements import ItemStatement, Unique
from toasty_dynamo.scanning import Reading
from toasty_dynamo.waiting import wait_for_table

if TYPE_CHECKING:
    from toasty_dynamo.desk import Desk

SENTINELS = "toasty_unique"
"""The table of all sentinels, behind the prefix of the URL."""
_LONGEST = 1024
_SHOWN = 5

Item = Mapping[str, Av]


class SentinelStatement(ItemStatement):
    """What is done to the sentinels of a table."""

    __slots__ = ()

    unique: Unique


@frozen
class MakeSentinels(SentinelStatement):
    """Puts a sentinel in for each item that has values of the unique's columns."""

    table: str
    key: tuple[str, ...]
    unique: Unique
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def work(self) -> Cost | None:
        return Cost(scans=1, writes=1)

    def __str__(self) -> str:
        only = tuple(dict.fromkeys((*self.key, *self.unique.columns)))
        scan = command_text("Scan", Reading(Table(self.named, self.key), only=only).request())
        columns = ", ".join(self.unique.columns)
        name = f"{self.prefix}{SENTINELS}"
        return f"{scan}\n# for each of the items that has {columns}: a sentinel in {name}, if there is none"


@frozen
class DropSentinels(SentinelStatement):
    """Takes all sentinels of a unique away."""

    table: str
    key: tuple[str, ...]
    unique: Unique
    prefix: str = field(default="", kw_only=True, eq=False)

    def __str__(self) -> str:
        name, head = f"{self.prefix}{SENTINELS}", _head(self.table, self.unique)
        return f"# delete from {name} the items whose id begins with {head!r}"


def _head(table: str, unique: Unique) -> str:
    return f"{table}#{','.join(unique.columns)}#"


def sentinel_id(table: str, unique: Unique, item: Item) -> str | None:
    """The id of the sentinel for an item's values; None where one of them is missing."""
    values = [item.get(name, {"NULL": True}) for name in unique.columns]
    if any("NULL" in value for value in values):
        return None
    text = "#".join(f"{kind}:{found}" for value in values for kind, found in value.items())
    if len(text.encode()) > _LONGEST:
        text = f"sha256:{sha256(text.encode()).hexdigest()}"
    return f"{_head(table, unique)}{text}"


def claims(
    table: str, unique: Unique, key: Item, before: Item | None, after: Item | None, sentinels: str
) -> Iterator[dict[str, Any]]:
    """The actions of the transaction that makes `after` of `before` (None: there is none), for its sentinels.

    `key` is the item's key; `sentinels` is the name of the table of sentinels as the service knows it.
    """
    old = sentinel_id(table, unique, before) if before is not None else None
    new = sentinel_id(table, unique, after) if after is not None else None
    if old == new:
        return
    owner = {"M": dict(key)}
    names = {"ExpressionAttributeNames": {"#id": "id", "#owner": "owner"}}
    condition = "attribute_not_exists(#id) OR #owner = :owner"
    words = {
        "TableName": sentinels,
        "ConditionExpression": condition,
        **names,
        "ExpressionAttributeValues": {":owner": owner},
    }
    if old is not None:
        yield {"Delete": {**words, "Key": {"id": {"S": old}}}}
    if new is not None:
        yield {"Put": {**words, "Item": {"id": {"S": new}, "owner": owner}}}


def sentinel_actions(
    desk: Desk, statement: Any, before: Item | None, after: Item | None
) -> tuple[dict[str, Any], ...]:
    """The actions for all uniques of a statement's table."""
    item = after if after is not None else before
    if not statement.uniques or item is None:
        return ()
    key = {name: item[name] for name in statement.key}
    name = desk.name(SENTINELS)
    return tuple(
        action
        for unique in statement.uniques
        for action in claims(statement.table, unique, key, before, after, name)
    )


def keep(statement: SentinelStatement, desk: Desk) -> None:
    """Makes the sentinels, or takes them away."""
    if isinstance(statement, MakeSentinels):
        make_table(desk)
        _make(statement, desk)
    else:
        _drop(statement, desk)


def make_table(desk: Desk) -> None:
    """Makes the table of sentinels where it is missing."""
    from botocore.exceptions import ClientError

    name = desk.name(SENTINELS)
    try:
        desk.client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    except ClientError as error:
        if code_of(error) != "ResourceInUseException":
            raise
    wait_for_table(desk.client, name)


def _make(statement: MakeSentinels, desk: Desk) -> None:
    table, sentinels = desk.table(statement), Table(desk.name(SENTINELS), ("id",))
    writer = BatchWriter(desk.client, sentinels, desk.pace)
    taken: list[str] = []
    only = tuple(dict.fromkeys((*statement.key, *statement.unique.columns)))
    for page in found_in(desk, Reading(table, only=only)):
        desk.check()
        edits = list(_sentinels(statement, table, sentinels, page.items))
        for refused in writer.write(edits):
            taken += _conflict(statement, desk, table, refused)
    if taken:
        columns = ", ".join(statement.unique.columns)
        raise StatementFailed(
            f"{len(taken)} items of {statement.table} have a value of {columns} that another item has:"
            f" {'; '.join(taken[:_SHOWN])}",
            hint="make the values different, or delete items, and run the command again",
        )


def _sentinels(
    statement: MakeSentinels, table: Table, sentinels: Table, items: Sequence[Item]
) -> Iterator[Edit]:
    for item in items:
        id_ = sentinel_id(statement.table, statement.unique, item)
        if id_ is None:
            continue
        put: dict[str, Av] = {"id": {"S": id_}, "owner": {"M": table.key_of(item)}}
        yield Edit({"id": {"S": id_}}, None, absent(sentinels), put=put)


def _conflict(statement: MakeSentinels, desk: Desk, table: Table, refused: Edit) -> Iterator[str]:
    """The sentinel is there: for the same item, for one that has the value no more, or for another one."""
    put = refused.put or {}
    mine = put["owner"]["M"]
    words = {"TableName": desk.name(SENTINELS), "Key": dict(refused.key), "ConsistentRead": True}
    found = desk.client.get_item(**words).get("Item")
    theirs = found["owner"]["M"] if found else mine
    if theirs == mine:
        return
    owner = next(read_again(desk.client, table, [theirs], desk.pace), None)
    if (
        owner is not None
        and sentinel_id(statement.table, statement.unique, owner) == put["id"]["S"]
    ):
        yield f"{shown_key(mine)} and {shown_key(theirs)}"
        return
    sentinels = Table(desk.name(SENTINELS), ("id",))
    stale = Edit(refused.key, None, Test("owner", "=", found["owner"]))
    writer = BatchWriter(desk.client, sentinels, desk.pace)
    writer.write([stale])
    writer.write([refused])


def _drop(statement: SentinelStatement, desk: Desk) -> None:
    from botocore.exceptions import ClientError

    sentinels = Table(desk.name(SENTINELS), ("id",))
    writer = BatchWriter(desk.client, sentinels, desk.pace)
    head = _head(statement.table, statement.unique)
    try:
        for page in found_in(desk, Reading(sentinels, Not(is_empty("id")), ("id",))):
            desk.check()
            ids = [item["id"] for item in page.items if item["id"]["S"].startswith(head)]
            writer.write([Edit({"id": id_}, None, Has("owner")) for id_ in ids])
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":  # there is nothing to take away
            raise


__all__ = [
    "SENTINELS",
    "DropSentinels",
    "MakeSentinels",
    "SentinelStatement",
    "claims",
    "sentinel_actions",
]
