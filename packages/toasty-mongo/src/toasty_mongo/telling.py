"""Says now and then how far a statement is that takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from toasty_mongo.journal import Progress

if TYPE_CHECKING:
    from pymongo.collection import Collection

_AFTER, _EVERY = 3.0, 5.0
"""When it speaks first, and then again, in seconds."""


class Telling:
    """Counts the documents that one statement is through with, also those of earlier runs, and tells of them."""

    def __init__(
        self, tell: Callable[[str], None], progress: Progress, collection: Collection[Any]
    ) -> None:
        self._tell = tell
        self._progress = progress
        self._collection = collection
        self._began = time.monotonic()
        self._before = progress.count
        self._next = self._began + _AFTER

    def add(self, documents: int) -> None:
        """So many more documents are through."""
        self._progress.count += documents
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY
            self._tell(self._text(now - self._began))

    def _text(self, seconds: float) -> str:
        done = self._progress.count
        total = max(self._collection.estimated_document_count(), done, 1)
        left = (total - done) * seconds / max(done - self._before, 1)
        share = f"{done:,} of about {total:,} documents ({done * 100 // total}%)"
        return f"{self._collection.name}: {share}, about {left:.0f} s left"
