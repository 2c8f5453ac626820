"""How far the statement in flight came: a plan for the statement, and a checkpoint for each segment of the table.

The plan is the item `progress`/version of Toasty's own table; the journal takes it away when its row moves on, in
the same transaction. What it says belongs to one statement in one direction: at another one it counts for nothing.
Where there is no row of the journal, nothing is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from attrs import evolve, frozen

from toasty_dynamo.decoding import bare
from toasty_dynamo.filters import Av
from toasty_dynamo.journal import PROGRESS, key
from toasty_dynamo.values import plain

if TYPE_CHECKING:
    from toasty_core.backends import JournalEntry, Statement
    from toasty_dynamo.journal import OwnTable

Key = dict[str, Av]
"""The key of an item, as the service has it."""


@frozen
class Segment:
    """One segment of a parallel scan: `after` is the key behind which to go on, `items` how many it changed.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
    """

    number: int
    total: int
    after: Mapping[str, Av] | None = None
    items: int = 0
    done: bool = False

    def moved(self, after: Mapping[str, Av] | None, items: int) -> Segment:
        """The segment further on; without a key to go on behind, it is through."""
        return evolve(self, after=after, items=self.items + items, done=after is None)


class Notes:
    """The notes of one statement of one migration, or of none."""

    def __init__(self, own: OwnTable, entry: JournalEntry | None, statement: Statement) -> None:
        self._own = own
        self._entry = entry
        self._statement = statement
        self._plan: dict[str, Any] | None = None
        self._lock = threading.Lock()

    @property
    def kept(self) -> bool:
        """Is there a row of the journal that they belong to?"""
        return self._entry is not None

    @property
    def said(self) -> dict[str, Any]:
        """What was noted of the statement, by this run or one before."""
        if self._plan is None:
            self._plan = self._load()
        return dict(self._plan)

    def say(self, **notes: Any) -> None:
        """Notes this besides what is noted already; it is durable when this returns."""
        with self._lock:
            self._say(notes)

    def _say(self, notes: Mapping[str, Any]) -> None:
        plan = self.said
        plan.setdefault("run", uuid4().hex[:12])
        plan.update(notes)
        if self._entry is not None:
            words = {name: plain(value) for name, value in {**self._identity, **plan}.items()}
            self._own.put(PROGRESS, self._entry.version, words)
        self._plan = plan

    @property
    def is_done(self) -> bool:
        """Is the statement through, and only the journal's row does not say so yet?"""
        return bool(self.said.get("done"))

    def finish(self) -> None:
        """Notes that the statement is through, and forgets the segments."""
        if self._entry is not None:
            self.say(done=True)
            self._sweep(self._entry)

    @cached_property
    def _identity(self) -> dict[str, Any]:
        if self._entry is None:
            return {}
        text = f"{self._entry.state.value == 'reverting'}:{self._statement}"
        return {"at": self._entry.done, "of": sha256(text.encode()).hexdigest()[:16]}

    def _load(self) -> dict[str, Any]:
        if self._entry is None:
            return {}
        found = self._own.item(PROGRESS, self._entry.version) or {}
        words = {n: bare(value) for n, value in found.items() if n not in ("kind", "id")}
        ours = all(words.pop(name, None) == value for name, value in self._identity.items())
        return words if ours else {}

    # Segments.

    def segments(self, wanted: int) -> list[Segment]:
        """All segments of the scan, as far as each came. There are `wanted`, or as many as a run before began with."""
        begun = self.said.get("segments")
        if begun is None:
            return [Segment(number, wanted) for number in range(wanted)]
        found = {int(item["n"]["N"]): item for item in self._checkpoints()}
        return [self._segment(number, begun, found.get(number)) for number in range(begun)]

    def _segment(self, number: int, total: int, item: Mapping[str, Any] | None) -> Segment:
        if item is None:
            return Segment(number, total)
        after = item["after"]["M"] if "after" in item else None
        return Segment(number, total, after, int(item["items"]["N"]), item["done"]["BOOL"])

    def _checkpoints(self) -> list[Mapping[str, Any]]:
        run, version = self.said["run"], self._entry.version if self._entry else ""
        mine = f"{version}#{run}#"
        return [item for item in self._own.items(PROGRESS) if item["id"]["S"].startswith(mine)]

    def begin(self, segments: int) -> None:
        """Notes the number of segments, before the first checkpoint: a key to go on behind fits no other number."""
        with self._lock:
            if self.said.get("segments") is None:
                self._say({"segments": segments})

    def checkpoint(self, segment: Segment) -> dict[str, Any] | None:
        """The action of a transaction that notes how far a segment came; None where nothing is kept."""
        if self._entry is None:
            return None
        id_ = f"{self._entry.version}#{self.said['run']}#{segment.number}"
        words: dict[str, Any] = {
            **key(PROGRESS, id_),
            "n": {"N": str(segment.number)},
            "items": {"N": str(segment.items)},
            "done": {"BOOL": segment.done},
        }
        if segment.after is not None:
            words["after"] = {"M": dict(segment.after)}
        return {"Put": {"TableName": self._own.name, "Item": words}}

    def save(self, segment: Segment) -> None:
        """Notes how far a segment came."""
        if self._entry is None:
            return
        self.begin(segment.total)
        action = self.checkpoint(segment)
        if action is not None:
            self._own.client.put_item(**action["Put"])

    def _sweep(self, entry: JournalEntry) -> None:
        for item in list(self._own.items(PROGRESS)):
            if item["id"]["S"].startswith(f"{entry.version}#"):
                keys = {name: item[name] for name in ("kind", "id")}
                self._own.client.delete_item(TableName=self._own.name, Key=keys)


__all__ = ["Key", "Notes", "Segment"]
