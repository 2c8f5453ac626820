"""Words about how far a statement is, now and then, with an estimate of what is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from toasty_dynamo.pacing import Pace

Tell = Callable[[str], None]
_EVERY = 5.0
"""Seconds between two words."""


class Told:
    """Counts the items that were looked at, and tells of them.

    `about` is how many items the table has, as the service last counted them: on AWS up to six hours ago.
    """

    def __init__(self, table: str, about: int, begun: int, tell: Tell, pace: Pace) -> None:
        self._table = table
        self._about = about
        self._begun = self._seen = begun
        self._tell = tell
        self._pace = pace
        self._lock = threading.Lock()
        self._started = self._last = time.monotonic()
        self.changed = 0

    def looked_at(self, items: int, changed: int) -> None:
        """So many more, of which so many were changed."""
        with self._lock:
            self._seen += items
            self.changed += changed
            now = time.monotonic()
            if now - self._last < _EVERY:
                return
            self._last = now
            text = self._words(now)
        self._tell(text)

    def _words(self, now: float) -> str:
        rate = (self._seen - self._begun) / max(now - self._started, 0.001)
        words = [f"{self._table}: {self._seen:,} of about {max(self._about, self._seen):,} items"]
        words.append(f"{rate:,.0f} a second")
        left = self._about - self._seen
        if left > 0 and rate > 0:
            words.append(f"about {_duration(left / rate)} left")
        if self._pace.throttled_calls:
            words.append(f"throttled {self._pace.throttled_calls} times")
        return ", ".join(words)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
