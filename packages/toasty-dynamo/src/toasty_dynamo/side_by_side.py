"""Works done side by side, and a client that makes so many calls at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from toasty_dynamo.waiting import Stopped

_MOST = 64
"""How many tables are changed at once at most: the service takes 500 in an account."""


def side_by_side(works: Sequence[Callable[[], None]], stop: threading.Event) -> None:
    """Does the works in threads. When one fails, `stop` is set, and its error is raised when all have ended."""
    from concurrent.futures import ThreadPoolExecutor

    failed: dict[int, BaseException] = {}

    def run(number: int) -> None:
        if stop.is_set():
            return
        try:
            works[number]()
        except BaseException as error:  # told below, in the order of the tables
            failed[number] = error
            stop.set()

    with ThreadPoolExecutor(min(len(works), _MOST), "toasty-table") as pool:
        futures = [pool.submit(run, number) for number in range(len(works))]
        try:
            for future in futures:
                future.result()
        except BaseException:  # Ctrl-C: what the service has begun, it goes on with
            stop.set()
            raise
    told = [failed[number] for number in sorted(failed)]
    if told:
        raise next((error for error in told if not isinstance(error, Stopped)), told[0])


class Gated:
    """A client that makes so many calls at once and no more."""

    def __init__(self, client: Any, gate: threading.Semaphore) -> None:
        self._client = client
        self._gate = gate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(**words: Any) -> Any:
            with self._gate:
                return method(**words)

        return call


__all__ = ["Gated", "side_by_side"]
