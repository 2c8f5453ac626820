"""Toasty's own table: journal, lock, records of tables, and how far transformations came.

Its key is `kind` and `id`, so that one query, strongly consistent, gives all rows of a kind in order:

    migration   a version       the row of the journal
    lock        migrate         who migrates (`lock.py`)
    table       a table         what the migrations say of it, and DynamoDB itself does not know
    progress    a statement     how far it came

What is written under the lock is written in a transaction with a look at its fence: who lost it cannot write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import DatabaseError
from toasty_dynamo.errors import code_of, reasons
from toasty_dynamo.lock import lost_lock

if TYPE_CHECKING:
    from toasty_dynamo.lock import LeaseLock

MIGRATION, TABLE, PROGRESS = "migration", "table", "progress"
"""Kinds of items."""
_LONGEST = 20_000
_TIMES = ("started", "finished")


class OwnTable(NamedTuple):
    """Toasty's own table, by the name that the service knows."""

    client: Any
    name: str
    lock: LeaseLock

    def create(self) -> None:
        """Makes it where it is missing, and waits until it can be used."""
        from botocore.exceptions import ClientError

        from toasty_dynamo.waiting import wait_for_table

        try:
            self.client.create_table(**request(self.name))
        except ClientError as error:
            if code_of(error) != "ResourceInUseException":
                raise
        wait_for_table(self.client, self.name)

    def items(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """All items of a kind, in the order of their ids; none where there is no table yet."""
        from botocore.exceptions import ClientError

        query: dict[str, Any] = {
            "TableName": self.name,
            "ConsistentRead": True,
            "KeyConditionExpression": "kind = :kind",
            "ExpressionAttributeValues": {":kind": {"S": kind}},
        }
        while True:
            try:
                answer = self.client.query(**query)
            except ClientError as error:
                if "key schema" in str(error):
                    raise _other_table(self.name) from error
                if code_of(error) != "ResourceNotFoundException":
                    raise
                return
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def item(self, kind: str, id_: str, only: str | None = None) -> Mapping[str, Any] | None:
        """One item, or one attribute of it."""
        from botocore.exceptions import ClientError

        words: dict[str, Any] = {
            "TableName": self.name,
            "Key": key(kind, id_),
            "ConsistentRead": True,
        }
        if only:
            words |= {"ProjectionExpression": "#a", "ExpressionAttributeNames": {"#a": only}}
        try:
            found: Mapping[str, Any] | None = self.client.get_item(**words).get("Item")
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return None
        return found

    def put(self, kind: str, id_: str, words: Mapping[str, Any]) -> None:
        """Writes one item. Raises LockLost."""
        self.write({"Put": {"TableName": self.name, "Item": {**key(kind, id_), **words}}})

    def delete(self, kind: str, id_: str) -> None:
        """Takes one item away. Raises LockLost."""
        self.write({"Delete": {"TableName": self.name, "Key": key(kind, id_)}})

    def write(self, *actions: Mapping[str, Any]) -> None:
        """Does these actions in one transaction, under the lock where we hold it. Raises LockLost."""
        from botocore.exceptions import ClientError

        from toasty_dynamo.conflicts import past_conflicts

        fenced = self.lock.token is not None
        first = [self.lock.fence_check()] if fenced else []
        items = [*first, *actions]
        try:
            with self.lock.turn:
                past_conflicts(lambda: self.client.transact_write_items(TransactItems=items))
        except ClientError as error:
            if fenced and reasons(error)[:1] == ["ConditionalCheckFailed"]:
                raise lost_lock() from None
            raise


def _other_table(name: str) -> DatabaseError:
    return DatabaseError(
        f"The table {name} has another key than Toasty's own table: another program made it.",
        hint="name another one for Toasty in the URL, with ?history_table=NAME",
    )


def request(name: str) -> dict[str, Any]:
    """What CreateTable takes for Toasty's own table."""
    names = {"kind": "HASH", "id": "RANGE"}
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in names],
        "KeySchema": [{"AttributeName": n, "KeyType": type_} for n, type_ in names.items()],
        "BillingMode": "PAY_PER_REQUEST",
    }


def key(kind: str, id_: str) -> dict[str, Any]:
    """The key of an item."""
    return {"kind": {"S": kind}, "id": {"S": id_}}


def forgetting(own: str, version: str) -> dict[str, Any]:
    """The action of a transaction that takes away what is noted of a version; `own` is the table's name."""
    return {"Delete": {"TableName": own, "Key": key(PROGRESS, version)}}


def entry_words(entry: JournalEntry) -> dict[str, Any]:
    """A row of the journal as attributes, without its key."""
    values: dict[str, Any] = {**entry._asdict(), "state": entry.state.value}
    del values["version"]
    for name in _TIMES:
        moment = values[name]
        values[name] = moment and moment.astimezone(timezone.utc).isoformat()
    for name in ("statement", "error"):
        values[name] = _cut(values[name])
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def _attribute(value: Any) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": repr(value)}


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}... ({len(text) - _LONGEST} more characters)"


def read_row(item: Mapping[str, Any]) -> JournalEntry:
    """The row of an item."""
    texts = {name: next(iter(value.values())) for name, value in item.items()}
    values: dict[str, Any] = {name: texts[name] for name in JournalEntry._fields if name in texts}
    for name in _TIMES:
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name, convert in (("done", int), ("total", int), ("duration", float)):
        if name in values:
            values[name] = convert(values[name])
    values |= {"version": texts["id"], "state": JournalState(texts.get("state", "applied"))}
    return JournalEntry(**values)


__all__ = [
    "MIGRATION",
    "PROGRESS",
    "TABLE",
    "OwnTable",
    "entry_words",
    "key",
    "read_row",
    "request",
]
