"""Waiting until a table and all of its indexes can be used: boto3's own waiter does not look at indexes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from toasty_core.errors import StatementFailed
from toasty_dynamo.errors import code_of

Described = Mapping[str, Any]
"""What DescribeTable says of a table."""

ACTIVE = "ACTIVE"
_SHORTEST, _LONGEST = 0.05, 20.0
_TELL_EVERY = 10.0
"""Seconds between two words about what is waited for."""
_UNSEEN = 60.0
"""How long what was just made may not be seen, in seconds."""
_STUCK = ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVED", "ARCHIVING")


class Stopped(StatementFailed):
    """It was not waited for any longer, as another table failed or the user has had enough."""


class Waiter:
    """Waits for tables, for as long as it takes: an index of a large table takes hours.

    `tell` hears now and then what is waited for; `stop` ends all waits of a run at once.
    """

    def __init__(
        self,
        client: Any,
        tell: Callable[[str], None] = lambda text: None,
        stop: threading.Event | None = None,
    ) -> None:
        self._client = client
        self._tell = tell
        self.stop = stop or threading.Event()

    def describe(self, name: str) -> Described | None:
        """What the service says of a table; None where there is none."""
        return describe(self._client, name)

    def ready(self, name: str) -> Described | None:
        """Waits until the table and its indexes are ACTIVE; None where there is no table."""
        return self._until(name, lambda found: found is None or not pending(found))

    def made(self, name: str, index: str | None = None) -> Described:
        """Waits until a table that was just made, and an index of it, is seen, and all of it ACTIVE.

        What the service says is late by a moment: "try again in a few seconds".
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
        Raises StatementFailed where nothing is to be seen for a minute.
        """
        began = time.monotonic()
        while True:
            found = self.ready(name)
            if found is not None and (index is None or index_of(found, index) is not None):
                return found
            if time.monotonic() - began > _UNSEEN:
                raise StatementFailed(
                    f"DynamoDB took the call that makes {index or name}, and shows nothing of it after a minute",
                    hint="look at it in AWS; then run the command again, which goes on from there",
                )
            self.rest(began)

    def gone(self, name: str) -> None:
        """Waits until there is no such table."""
        self._until(name, lambda found: found is None)

    def without_index(self, name: str, index: str) -> None:
        """Waits until the table has no such index."""
        self._until(name, lambda found: found is None or index_of(found, index) is None)

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Waits until something holds; `what` is said meanwhile."""
        began = told = time.monotonic()
        while not holds():
            told = self._say(what, began, told)
            self.rest(began)

    def _until(self, name: str, holds: Callable[[Described | None], bool]) -> Described | None:
        began = told = time.monotonic()
        while True:
            found = self.describe(name)
            if holds(found):
                return found
            _refuse_stuck(name, found)
            told = self._say(f"{name}: {pending(found) or 'is going'}", began, told)
            self.rest(began)

    def _say(self, what: str, began: float, told: float) -> float:
        now = time.monotonic()
        if now - told < _TELL_EVERY:
            return told
        self._tell(f"{what}, for {now - began:.0f} s now")
        return now

    def rest(self, began: float) -> None:
        """A pause, the longer the longer the wait has been. Raises Stopped."""
        pause = min(max((time.monotonic() - began) / 16, _SHORTEST), _LONGEST)
        if self.stop.wait(pause):
            raise Stopped("The wait was stopped.")


def describe(client: Any, name: str) -> Described | None:
    """What the service says of a table; None where there is none."""
    from botocore.exceptions import ClientError

    try:
        found: Described = client.describe_table(TableName=name)["Table"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return None
    return found


def pending(found: Described | None) -> str:
    """What is still on its way in a table, in words; empty where all is ACTIVE."""
    if found is None:
        return ""
    parts = [
        f"index {index['IndexName']} is {index['IndexStatus']}" + _filling(index)
        for index in found.get("GlobalSecondaryIndexes", ())
        if index.get("IndexStatus") != ACTIVE
    ]
    if found["TableStatus"] != ACTIVE:
        parts.insert(0, f"the table is {found['TableStatus']}")
    return ", ".join(parts)


def _filling(index: Mapping[str, Any]) -> str:
    if not index.get("Backfilling"):
        return ""
    return f" ({index.get('ItemCount', 0)} items so far)"


def index_of(found: Described, name: str) -> Mapping[str, Any] | None:
    """What is said of one index."""
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        for index in found.get(kind, ()):
            if index["IndexName"] == name:
                described: Mapping[str, Any] = index
                return described
    return None


def _refuse_stuck(name: str, found: Described | None) -> None:
    if found is not None and found["TableStatus"] in _STUCK:
        raise StatementFailed(
            f"Table {name} is {found['TableStatus']}.",
            hint="AWS shows why; run the command again when it is ACTIVE",
        )


def wait_for_table(client: Any, name: str) -> None:
    """Waits until a table that was just made can be used."""
    Waiter(client).made(name)


__all__ = [
    "ACTIVE",
    "Described",
    "Stopped",
    "Waiter",
    "describe",
    "index_of",
    "pending",
    "wait_for_table",
]
