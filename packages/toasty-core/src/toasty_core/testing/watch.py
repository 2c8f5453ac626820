"""Stops a run at any of the moments at which it writes to the database.

A `WatchedBackend` stands before the real one and counts what is asked of its database. The numbering is the
same in every run of the same plan, so a test first counts the moments and then stops at each in turn.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from toasty_core.plugins import Hooks, hookimpl, plugin_manager

if TYPE_CHECKING:
    from toasty_core.backends import Backend, Database, Statement
    from toasty_core.url import Url

WRITING = (
    "take_lock",
    "create_journal",
    "execute",
    "write_journal",
    "delete_journal",
    "release_lock",
)
"""The methods of a database behind which a moment lies; the end of a transaction is one more."""


class Stop(Enum):
    """What happens at the moment that was chosen."""

    KILL = "kill"
    INTERRUPT = "interrupt"


class Watch:
    """Notes each moment by name in `seen`, and stops at number `at` (from 1)."""

    def __init__(self, stop: Stop | None = None, at: int = 0) -> None:
        self.seen: list[str] = []
        self._stop = stop
        self._at = at

    def moment(self, name: str) -> None:
        """Something has just been written."""
        self.seen.append(name)
        if len(self.seen) != self._at:
            return
        if self._stop is Stop.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self._stop is Stop.INTERRUPT:
            signal.raise_signal(signal.SIGINT)


class WatchedDatabase:
    """The real database, with a moment behind each call that writes."""

    def __init__(self, database: Database, watch: Watch) -> None:
        self._database = database
        self._watch = watch

    def __enter__(self) -> WatchedDatabase:
        self._database.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._database.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._database, name)
        return self._followed(name, found) if name in WRITING else found

    def _followed(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            result = method(*arguments)
            self._watch.moment(name)
            return result

        return call

    @contextmanager
    def transaction(self, statements: Sequence[Statement] = ()) -> Iterator[None]:
        """The real transaction, with a moment behind its end."""
        with self._database.transaction(statements):
            yield
        self._watch.moment("transaction")


class WatchedBackend:
    """The real backend, whose databases are watched."""

    def __init__(self, backend: Backend, watch: Watch) -> None:
        self._backend = backend
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def connect(self, url: Url) -> Database:
        """A watched connection."""
        return cast("Database", WatchedDatabase(self._backend.connect(url), self._watch))


class _Offer:
    """A plug-in that offers one backend, whatever the scheme."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @hookimpl
    def toasty_backend(self, scheme: str) -> Backend:
        """The backend, for every scheme."""
        return self._backend


def hooks_with(backend: Backend, *plugins: object) -> Hooks:
    """Hooks with which every URL leads to this backend, whatever is installed, and with these plug-ins."""
    manager = plugin_manager({"TOASTY_PLUGINS": ""})
    for plugin in (_Offer(backend), *plugins):
        manager.register(plugin)
    return Hooks(manager)


def watched(backend: Backend, watch: Watch) -> Hooks:
    """Hooks with which every URL leads to this backend, under watch."""
    return hooks_with(cast("Backend", WatchedBackend(backend, watch)))
