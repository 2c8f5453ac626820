"""The journal: a document of `toasty_migrations` for each migration.

`progress` in it belongs to the statement in flight at `done`: how far that one came. It goes when the row moves on.
`fence` is the number of the lock under which the row was written: who lost the lock cannot write it any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import LockLost

if TYPE_CHECKING:
    from pymongo import UpdateOne
    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection
    from pymongo.database import Database

JOURNAL = "toasty_migrations"
_DUPLICATE = 11000
_LONGEST = 20_000
_TIMES = ("started", "finished")


def write_entries(
    found: Collection[Any],
    entries: Sequence[JournalEntry],
    fence: int | None,
    session: ClientSession | None,
) -> None:
    """Writes rows in one message, unless a later holder of the lock has. Raises LockLost."""
    from pymongo.errors import BulkWriteError

    updates = [_update(entry, fence) for entry in entries]
    try:
        found.bulk_write(updates, ordered=True, session=session)
    except BulkWriteError as error:
        refused: list[dict[str, Any]] = (error.details or {}).get("writeErrors") or [{}]
        if refused[0].get("code") != _DUPLICATE:
            raise
        raise lost_lock() from None


def _update(entry: JournalEntry, fence: int | None) -> UpdateOne:
    """A row of a later holder is not found, so that it would stand twice, which the server refuses."""
    from pymongo import UpdateOne

    words = entry_words(entry)
    version = words.pop("_id")
    change: dict[str, Any] = {"$set": words}
    if entry.statement is None:
        change["$unset"] = {"progress": ""}
    if fence is not None:
        words["fence"] = fence
    return UpdateOne({"_id": version, **_held_by(fence)}, change, upsert=True)


def _held_by(fence: int | None) -> dict[str, Any]:
    """Finds a row that no later holder of the lock has written."""
    return {} if fence is None else {"fence": {"$not": {"$gt": fence}}}


def lost_lock() -> LockLost:
    """Somebody else has the lock by now."""
    return LockLost(
        "The lock on the database was lost: its lease ended, and it was taken over.",
        hint="toasty migrate:status shows where things stand; then run the command again",
    )


def entry_words(entry: JournalEntry) -> dict[str, Any]:
    """The row as a document."""
    words = entry._asdict()
    version = words.pop("version")
    words["state"] = entry.state.value
    for name in _TIMES:
        words[name] = _utc(words[name])
    for name in ("statement", "error"):
        words[name] = _cut(words[name])
    return {"_id": version, **words}


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None)


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}... ({len(text) - _LONGEST} more characters)"


def read_row(words: Mapping[str, Any]) -> JournalEntry:
    """The row of a document."""
    known = {name: words[name] for name in JournalEntry._fields if name in words}
    for name in _TIMES:
        if known.get(name) is not None:
            known[name] = known[name].replace(tzinfo=timezone.utc)
    state = JournalState(words.get("state", "applied"))
    return JournalEntry(**{**known, "version": words["_id"], "state": state})


class Progress:
    """How far the statement in flight came, kept in the journal's row; without a row nothing is kept.

    `notes` are those of an earlier run of the same statement; empty when it begins.
    """

    def __init__(
        self,
        database: Database[Any],
        session: ClientSession | None,
        entry: JournalEntry | None,
        statement: object,
        fence: int | None = None,
    ) -> None:
        self._rows = database[JOURNAL]
        self._session = session
        self._version = entry.version if entry is not None else None
        self._at = entry.done if entry is not None else 0
        self._statement = statement
        self._query = {"_id": self._version, **_held_by(fence)}
        self._notes: dict[str, Any] | None = None
        self._count: int | None = None

    @property
    def count(self) -> int:
        """How many documents are through, by all runs; it is kept with the next notes."""
        if self._count is None:
            self._count = int(self.notes.get("count", 0))
        return self._count

    @count.setter
    def count(self, count: int) -> None:
        self._count = count

    @property
    def notes(self) -> dict[str, Any]:
        """What is noted; read when it is asked for, as most statements have nothing to note."""
        if self._notes is None:
            self._notes = self._load()
        return self._notes

    @notes.setter
    def notes(self, notes: dict[str, Any]) -> None:
        self._notes = notes

    @cached_property
    def _hash(self) -> str:
        return sha256(str(self._statement).encode()).hexdigest()[:16]

    @property
    def session(self) -> ClientSession:
        """The session of the run."""
        assert self._session is not None, "statements are done in the session of the run"
        return self._session

    @property
    def kept(self) -> bool:
        """Is there a row to keep it in?"""
        return self._version is not None

    @property
    def mark(self) -> str:
        """What marks a document that this very statement has changed."""
        return f"{self._version}:{self._at}"

    def _load(self) -> dict[str, Any]:
        if self._version is None:
            return {}
        row = self._rows.find_one({"_id": self._version}, {"progress": 1}, session=self._session)
        notes: dict[str, Any] = (row or {}).get("progress") or {}
        ours = notes.get("at") == self._at and notes.get("of") == self._hash
        return notes if ours else {}

    def save(self, **notes: Any) -> None:
        """Keeps these notes in the place of the earlier ones, in the transaction if there is one. Raises LockLost."""
        if self._count:
            notes["count"] = self._count
        self.notes = {"at": self._at, "of": self._hash, **notes}
        if self._version is not None:
            self._write({"$set": {"progress": self.notes}})

    def clear(self) -> None:
        """Forgets: the statement had no effect."""
        self.notes = {}
        if self._version is not None:
            self._write({"$unset": {"progress": ""}})

    def _write(self, change: Mapping[str, Any]) -> None:
        done = self._rows.update_one(self._query, change, session=self._session)
        if not done.matched_count:
            raise lost_lock()
