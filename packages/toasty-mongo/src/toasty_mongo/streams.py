"""What others change in a collection, as a change stream tells it.

https://www.mongodb.com/docs/manual/changeStreams/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection

Words = dict[str, Any]

HISTORY_LOST = (136, 280, 286)
"""CappedPositionLost, ChangeStreamFatalError, ChangeStreamHistoryLost: the server has forgotten that long ago."""
_AT_ONCE = 1000
_PATIENCE = 50
"""Milliseconds that the server waits for a next change before it says that there is none."""


@frozen
class Changes:
    """The changes of one collection."""

    collection: Collection[Any]
    session: ClientSession

    def now(self) -> Words:
        """The place in the stream that is reached now: a stream that tells nothing has it from its opening on."""
        with self.behind(None, "none of them") as stream:
            found: Words = dict(stream.resume_token)
        return found

    def behind(self, token: Words | None, *kinds: str) -> Any:
        """The stream behind a place: of these kinds of changes, or of all."""
        stages: list[Words] = [{"$project": {"operationType": 1, "documentKey": 1}}]
        if kinds:  # and what ends the stream
            wanted = [*kinds, "rename", "drop", "invalidate"]
            stages.insert(0, {"$match": {"operationType": {"$in": wanted}}})
        return self.collection.watch(
            stages, resume_after=token, max_await_time_ms=_PATIENCE, session=self.session
        )


def batches(stream: Any, end: Words | None) -> Iterator[list[Any]]:
    """The `_id`s of documents that the stream tells of, some at a time, up to `end` or to its own end."""
    keys: dict[bytes, Any] = {}
    while True:
        event = stream.try_next()
        if event is not None and "documentKey" in event:
            id_ = event["documentKey"]["_id"]
            keys[as_bytes(id_)] = id_
        through = not stream.alive or (end is not None and _place(stream) >= end["_data"])
        if keys and (through or event is None or len(keys) >= _AT_ONCE):
            yield list(keys.values())
            keys = {}
        if through:
            return


def _place(stream: Any) -> str:
    """How far the stream came; such places are ordered as texts."""
    return str(stream.resume_token["_data"])


def noted_ids(noted: Any) -> Iterator[Any]:
    """Noted in documents of their own, as a list would lead into lists."""
    return (one["k"] for one in noted)


def as_bytes(value: Any) -> bytes:
    from bson import encode

    return encode({"": value})
