"""The lock: an item with a lease, a version that every renewal changes, and a number that only grows.

DynamoDB has no clock that conditions can ask, and clocks of machines differ. So whoever waits takes the lock over
only when the version has stayed the same for a whole lease by the waiter's own clock. `fence`, the number, goes into
every write that matters: what a later holder has overtaken, the service itself refuses.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from toasty_core.backends import LockOwner
from toasty_core.errors import LockLost

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = {"kind": {"S": "lock"}, "id": {"S": "migrate"}}
_SHARE = 0.75
"""How much of the lease that is asked for is taken: a waiter sees it end before its own patience does."""
_NAMES = {"#owner": "owner", "#version": "version", "#lease": "lease", "#fence": "fence"}
_FREE = "attribute_not_exists(#owner)"
_SEEN = "#version = :seen"


class _Seen(NamedTuple):
    """A version of the lock's item that another runner holds, and since when we know it, by our clock."""

    version: str
    since: float


class LeaseLock:
    """The lock in one of Toasty's tables, seen by one runner. `table` is the name that the service knows."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self.turn = threading.Lock()
        """Transactions of one runner go one after the other: all look at this item, and two at once are in conflict."""
        self.token: str | None = None
        self.fence: int | None = None
        self._version = ""
        self._lease = 0.0
        self._renewed = 0.0
        """By our own clock, which goes on while the process is paused: then nobody can have taken it over yet."""
        self._seen: _Seen | None = None

    def take(self, owner: LockOwner, lease: float) -> LockOwner | None:
        """Takes it or renews it. None, or who holds it."""
        if self.token == owner.token:
            return self._renew(owner)
        found = self._claim(owner, lease * _SHARE, _FREE, {})
        if found is None or not self._is_over(found):
            return _owner(found) if found else None
        seen = {":seen": {"S": _text(found, "version")}}
        found = self._claim(owner, lease * _SHARE, _SEEN, seen)
        return _owner(found) if found else None

    def _claim(
        self, owner: LockOwner, lease: float, condition: str, values: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Writes us into the item. None, or the item that is in the way."""
        began, version = time.monotonic(), uuid4().hex
        said = {":owner": {"M": _words(owner)}, ":version": {"S": version}}
        said |= {":lease": {"N": f"{lease:g}"}, ":one": {"N": "1"}}
        change = "SET #owner = :owner, #version = :version, #lease = :lease ADD #fence :one"
        answer = self._update(change, condition, {**said, **values})
        if "Attributes" not in answer:
            return answer.get("Item") or {}
        self.token, self.fence = owner.token, int(answer["Attributes"]["fence"]["N"])
        self._version, self._lease, self._renewed, self._seen = version, lease, began, None
        return None

    def _update(self, change: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The service's answer; with `Item` in the place of `Attributes` where the condition did not hold."""
        from botocore.exceptions import ClientError

        from toasty_dynamo.conflicts import past_conflicts
        from toasty_dynamo.errors import code_of

        request = {
            "TableName": self._table,
            "Key": _KEY,
            "UpdateExpression": change,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {
                k: v for k, v in _NAMES.items() if k in change + condition
            },
            "ExpressionAttributeValues": dict(values),
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            answer: dict[str, Any] = past_conflicts(lambda: self._client.update_item(**request))
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return {"Item": error.response.get("Item")}
        return answer

    def _is_over(self, found: Mapping[str, Any]) -> bool:
        """Has the holder let its lease end, as we have seen ourselves?"""
        version, now = _text(found, "version"), time.monotonic()
        if self._seen is None or self._seen.version != version:
            self._seen = _Seen(version, now)
        return now - self._seen.since > float(found["lease"]["N"])

    def _renew(self, owner: LockOwner) -> LockOwner | None:
        began, version = time.monotonic(), uuid4().hex
        values = {":version": {"S": version}, ":seen": {"S": self._version}}
        answer = self._update("SET #version = :version", _SEEN, values)
        if "Attributes" in answer:
            self._version, self._renewed = version, began
            return None
        return _owner(answer.get("Item") or {}) or owner

    def holder(self) -> LockOwner | None:
        """Who holds it now, as far as can be seen; one who is gone is told from one who works only by waiting."""
        from botocore.exceptions import ClientError

        from toasty_dynamo.errors import code_of

        try:
            answer = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return None  # nobody has migrated here yet
        return _owner(answer.get("Item") or {})

    def release(self, owner: LockOwner) -> None:
        """Gives it back; the item stays, as its number must go on growing."""
        from botocore.exceptions import ClientError

        from toasty_dynamo.conflicts import past_conflicts
        from toasty_dynamo.errors import code_of

        ours = owner.token == self.token
        if ours:
            self.token = self.fence = None
        request = {
            "TableName": self._table,
            "Key": _KEY,
            "UpdateExpression": "REMOVE #owner",
            "ConditionExpression": "#owner.#token = :token",
            "ExpressionAttributeNames": {"#owner": "owner", "#token": "token"},
            "ExpressionAttributeValues": {":token": {"S": owner.token}},
        }
        try:
            past_conflicts(lambda: self._client.update_item(**request))
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def check(self) -> None:
        """Raises LockLost where the lock was taken, and is not ours any more.

        As long as nobody can have seen a whole lease pass, the service is not asked.
        """
        if self.token is None or time.monotonic() - self._renewed < self._lease:
            return
        holder = self.holder()
        if holder is None or holder.token != self.token:
            raise lost_lock()

    def fence_check(self) -> dict[str, Any]:
        """The first action of a transaction: it fails for whoever has been overtaken."""
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": _KEY,
                "ConditionExpression": "#fence = :fence AND attribute_exists(#owner)",
                "ExpressionAttributeNames": {"#fence": "fence", "#owner": "owner"},
                "ExpressionAttributeValues": {":fence": {"N": str(self.fence or 0)}},
            }
        }


def lost_lock() -> LockLost:
    """Somebody else has the lock by now."""
    return LockLost(
        "The lock on the database was lost: its lease ended, and it was taken over.",
        hint="toasty migrate:status shows where things stand; then run the command again",
    )


def _words(owner: LockOwner) -> dict[str, Any]:
    since = owner.since.astimezone(timezone.utc).isoformat()
    texts = {"token": owner.token, "host": owner.host, "user": owner.user, "since": since}
    return {**{name: {"S": text} for name, text in texts.items()}, "pid": {"N": str(owner.pid)}}


def _owner(item: Mapping[str, Any]) -> LockOwner | None:
    words = item.get("owner", {}).get("M")
    if not words:
        return None
    return LockOwner(
        token=words["token"]["S"],
        host=words["host"]["S"],
        pid=int(words["pid"]["N"]),
        user=words["user"]["S"],
        since=datetime.fromisoformat(words["since"]["S"]),
    )


def _text(item: Mapping[str, Any], name: str) -> str:
    found: str = item.get(name, {}).get("S", "")
    return found


__all__ = ["LeaseLock", "lost_lock"]
