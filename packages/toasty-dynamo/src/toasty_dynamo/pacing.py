"""How fast items are written: no faster than the service takes them, nor than the user allows."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.errors import StatementFailed, UrlError

if TYPE_CHECKING:
    from toasty_core.url import Url

SEGMENTS = 8
"""Measured on DynamoDB Local: a rename was a tenth slower with four, and no faster with 12 to 32."""
_FIRST_DELAY = 0.05
_LONGEST_DELAY = 20.0
_PATIENCE = 120.0
"""How long to go on while the service takes nothing at all, in seconds."""


class ItemSettings(NamedTuple):
    """How gently items are read and written.

    `segments` are read side by side; `capacity` is how many units of read and write capacity a second may be
    used in all (None: as many as the service gives); `patience` is how many seconds to go on while the service
    takes nothing at all.
    """

    segments: int = SEGMENTS
    capacity: float | None = None
    patience: float = _PATIENCE


OPTIONS = ("capacity", "segments")
"""The options of a URL that say it."""


def item_settings(url: Url) -> ItemSettings:
    """What the URL says. Raises UrlError for what is no number, or too few or too many."""
    segments = _number(url, "segments", SEGMENTS, 64)
    capacity = _number(url, "capacity", None, None)
    return ItemSettings(int(segments or SEGMENTS), capacity)


def _number(url: Url, name: str, usual: float | None, most: float | None) -> float | None:
    given = url.option(name)
    if given is None:
        return usual
    try:
        found = float(given)
    except ValueError:
        found = 0.0
    if found <= 0 or (most is not None and (found > most or found != int(found))):
        kind = f"a whole number from 1 to {most:.0f}" if most is not None else "a number above 0"
        raise UrlError(f"The option {name}={given} is not {kind}.", where=str(url))
    return found


class Pace:
    """Waits before calls, for all threads of one statement together.

    Where the service throttles, each call waits twice as long, and a little less after each one that it takes.
    """

    def __init__(
        self,
        settings: ItemSettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.capacity = settings.capacity
        self._patience = settings.patience
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._delay = 0.0
        self._free = 0.0
        self._refused_since: float | None = None
        self.throttled_calls = 0

    def wait(self) -> None:
        """Waits until the next call may be made."""
        with self._lock:
            pause = max(0.0, self._free - self._clock()) if self.capacity else 0.0
            delay = self._delay
        if delay:
            pause += random.uniform(0.5, 1.0) * delay
        if pause:
            self._sleep(pause)

    def used(self, units: float) -> None:
        """The service took a call that cost so many units."""
        with self._lock:
            self._refused_since = None
            self._delay = self._delay * 0.8 if self._delay > _FIRST_DELAY / 4 else 0.0
            if self.capacity:
                self._free = max(self._free, self._clock()) + units / self.capacity

    def throttled(self, why: str) -> None:
        """The service refused a call. Raises StatementFailed when it has taken none for too long."""
        with self._lock:
            self.throttled_calls += 1
            now = self._clock()
            self._refused_since = self._refused_since if self._refused_since is not None else now
            self._delay = min(max(self._delay * 2, _FIRST_DELAY), _LONGEST_DELAY)
            waited = now - self._refused_since
        if waited >= self._patience:
            raise StatementFailed(
                f"DynamoDB has taken no call for {waited:.0f} seconds: {why}",
                hint="give the table more capacity or wait until less is going on; what is done is kept:"
                " run the same command again",
            )
