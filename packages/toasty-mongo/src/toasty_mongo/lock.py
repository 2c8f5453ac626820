"""The lock: a document with a lease that ends by the server's clock, and a number that only grows.

Who takes the lock over from somebody who is gone ends what that one's session still does on the server: a
client that was killed does not stop its update. `lsids` are the sessions of who has the lock, `stale` those that have
to be ended so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timezone
from typing import TYPE_CHECKING, Any

from toasty_core.backends import LockOwner
from toasty_mongo.journal import lost_lock

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.database import Database

LOCK = "toasty_lock"
_ID = "migrate"
_ENDING = 30.0
"""How long an ended session's work may take to stop, in seconds."""
_FREE = {"$expr": {"$lte": [{"$ifNull": ["$expires", None]}, "$$NOW"]}}


class LeaseLock:
    """The lock on one database, seen by one runner with the sessions `lsids`."""

    def __init__(self, database: Database[Any], lsids: Sequence[Any]) -> None:
        self._lock = database[LOCK]
        self._database = database
        self._lsids = list(lsids)
        self.token: str | None = None
        self.fence: int | None = None
        self._sure_until = 0.0
        """By our own clock, which goes on while the process is paused: until then nobody can have taken it over."""

    def seed(self) -> None:
        """Makes the lock's document where it is missing."""
        from pymongo.errors import DuplicateKeyError

        try:
            self._lock.update_one({"_id": _ID}, {"$setOnInsert": {"fence": 0}}, upsert=True)
        except DuplicateKeyError:
            return  # another runner was faster

    def take(self, owner: LockOwner, lease: float) -> LockOwner | None:
        """Takes it or renews it. None, or who holds it."""
        began = time.monotonic()
        if self.token != owner.token:
            self._end_sessions({"_id": _ID, **_FREE})
        found = self._taken(owner, lease)
        if found is None:
            self.seed()
            found = self._taken(owner, lease)
        if found is None:
            return self.holder()
        first = self.token != owner.token
        self.token, self.fence = owner.token, int(found["fence"])
        self._sure_until = began + lease
        if first:
            self._end_stale(found)
        return None

    def _taken(self, owner: LockOwner, lease: float) -> dict[str, Any] | None:
        from pymongo import ReturnDocument

        query = {"_id": _ID, "$or": [_FREE, {"owner.token": owner.token}]}
        found: dict[str, Any] | None = self._lock.find_one_and_update(
            query, self._claim(owner, lease), return_document=ReturnDocument.AFTER
        )
        return found

    def _claim(self, owner: LockOwner, lease: float) -> list[dict[str, Any]]:
        ours = {"$eq": ["$owner.token", {"$literal": owner.token}]}
        ends = {
            "$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": int(lease * 1000)}
        }
        words = {**owner._asdict(), "since": owner.since.astimezone(timezone.utc)}
        left = {"$ifNull": ["$lsids", []]}
        stale = {"$ifNull": ["$stale", []]}
        return [
            {
                "$set": {
                    "fence": {"$cond": [ours, "$fence", {"$add": [{"$ifNull": ["$fence", 0]}, 1]}]},
                    "stale": {"$cond": [ours, stale, {"$setUnion": [stale, left]}]},
                }
            },
            {
                "$set": {
                    "owner": {"$literal": words},
                    "expires": ends,
                    "lsids": {"$literal": self._lsids},
                }
            },
        ]

    def _end_stale(self, found: dict[str, Any]) -> None:
        """Ends the sessions of those who are gone, and waits until the server has stopped their work."""
        if found.get("stale"):
            self._end(found["stale"])
            self._lock.update_one({"_id": _ID}, {"$set": {"stale": []}})

    def _end_sessions(self, query: dict[str, Any]) -> None:
        """Ends those that the lock's document names, if it is as the query says.

        Before anything is written to it: a transaction that was left open would hold us up for a minute.
        """
        found = self._lock.find_one(query) or {}
        self._end([*(found.get("lsids") or ()), *(found.get("stale") or ())])

    def _end(self, sessions: list[Any]) -> None:
        ours = [_uuid(lsid) for lsid in self._lsids]
        stale = [lsid for lsid in sessions if _uuid(lsid) not in ours]
        if not stale:
            return
        options: Any = self._database.codec_options  # those of commands are others
        words = {"killSessions": [{"id": lsid} for lsid in stale]}
        self._database.command(words, codec_options=options)
        deadline = time.monotonic() + _ENDING
        while self._at_work(stale) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _at_work(self, sessions: list[Any]) -> bool:
        stages: list[dict[str, Any]] = [
            {"$currentOp": {}},
            {"$match": {"lsid.id": {"$in": sessions}, "active": True}},
        ]
        return any(True for _ in self._database.client.admin.aggregate(stages))

    def holder(self) -> LockOwner | None:
        """Who holds it now."""
        query = {"_id": _ID, "$expr": {"$gt": ["$expires", "$$NOW"]}}
        found = self._lock.find_one(query)
        if not found or not found.get("owner"):
            return None
        words = found["owner"]
        return LockOwner(**{**words, "since": words["since"].replace(tzinfo=timezone.utc)})

    def release(self, owner: LockOwner) -> None:
        """Gives it back. For one who is gone, the sessions stay noted: they have to be ended by who comes next."""
        ours = owner.token == self.token
        if not ours:
            self._end_sessions({"_id": _ID, "owner.token": owner.token})
        gone: dict[str, Any] = {"owner": None, "expires": None, **({"lsids": []} if ours else {})}
        self._lock.update_one({"_id": _ID, "owner.token": owner.token}, {"$set": gone})
        if ours:
            self.token = self.fence = None

    @property
    def is_sure(self) -> bool:
        """Is it ours, and the lease cannot have ended yet?"""
        return self.token is not None and time.monotonic() < self._sure_until

    def check(self, session: ClientSession | None = None) -> None:
        """Raises LockLost where the lock was taken, and is not ours any more by the server's clock.

        As long as the lease that the server gave cannot have ended, the server is not asked.
        In a transaction it also writes, so that the server itself refuses what a later holder has overtaken.
        """
        if self.token is None:
            return
        query = {"_id": _ID, "owner.token": self.token, "$expr": {"$gt": ["$expires", "$$NOW"]}}
        if session is not None and session.in_transaction:
            change = {"$inc": {"seen": 1}}
            ours = self._lock.update_one(query, change, session=session).matched_count == 1
        elif time.monotonic() < self._sure_until:
            return
        else:
            ours = self._lock.find_one(query, {"_id": 1}, session=session) is not None
        if not ours:
            raise lost_lock()


def _uuid(lsid: Any) -> Any:
    """A session's number, read back or as the driver has it."""
    return lsid.as_uuid() if hasattr(lsid, "as_uuid") else lsid


__all__ = ["LOCK", "LeaseLock"]
