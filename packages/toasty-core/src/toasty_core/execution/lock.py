"""One runner at a time: taking the lock, keeping it, giving it back."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from toasty_core.backends import LockOwner
from toasty_core.errors import DatabaseError, LockHeld, LockLost
from toasty_core.execution.journal import host_name, now, user_name

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from types import TracebackType

    from toasty_core.backends import Database

__all__ = ["LEASE", "Lock", "is_dead", "new_owner"]

LEASE = 60.0
"""For how many seconds the lock holds without being renewed."""

_RENEW_AFTER = LEASE / 3
_POLL = (0.05, 0.5)
"""The shortest and the longest pause between two tries, in seconds."""


class Lock:
    """The lock on a database, as a context: taken on entry, given back on exit whatever happens.

    `timeout` bounds the wait in seconds; `waiting` is told who holds the lock, once for each holder.
    Raises LockHeld on entry.
    """

    def __init__(
        self,
        database: Database,
        timeout: float,
        waiting: Callable[[LockOwner], None] = lambda _: None,
    ) -> None:
        self.owner = new_owner()
        self._database = database
        self._timeout = timeout
        self._waiting = waiting
        self._renewed = 0.0
        self._lost_to: str | None = None
        self._heart: _Heart | None = None

    def __enter__(self) -> Lock:
        try:
            self._take()
        except BaseException:  # Ctrl-C between the taking and our knowing of it
            self._give_back()
            raise
        if self._database.lock_heartbeat:
            self._heart = _Heart(self._beat)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._heart is not None:
            self._heart.stop()
        self._give_back()

    def _give_back(self) -> None:
        with suppress(DatabaseError):  # the lease ends by itself, and another error is not hidden
            self._database.release_lock(self.owner)

    def renew(self) -> None:
        """Lengthens the lease where a good part of it is over. Raises LockLost."""
        if self._heart is None and time.monotonic() - self._renewed > _RENEW_AFTER:
            self._extend()
        self.check()

    def check(self) -> None:
        """Raises LockLost if somebody else took the lock; asks nobody."""
        if self._lost_to is not None:
            raise LockLost(
                f"The lock on the database was lost: {self._lost_to}.",
                hint="toasty migrate:status shows where things stand; then run the command again",
            )

    def _take(self) -> None:
        deadline = time.monotonic() + self._timeout
        freed: set[str] = set()
        told: set[str] = set()
        while (holder := self._database.take_lock(self.owner, LEASE)) is not None:
            if holder.token not in freed and is_dead(holder):
                freed.add(holder.token)  # a server may still work for it, and is waited for then
                self._database.release_lock(holder)
                continue
            if time.monotonic() >= deadline:
                raise _held(holder, self._timeout)
            if holder.token not in told:
                told.add(holder.token)
                self._waiting(holder)
            time.sleep(_pause(deadline))
        self._renewed = time.monotonic()

    def _extend(self) -> None:
        holder = self._database.take_lock(self.owner, LEASE)
        if holder is None:
            self._renewed = time.monotonic()
        else:
            self._lost_to = f"{holder} has it now"

    def _beat(self) -> None:
        """One heartbeat, in the other thread; a database that is away for a moment is forgiven."""
        try:
            self._extend()
        except DatabaseError as error:
            if time.monotonic() - self._renewed > LEASE:
                self._lost_to = f"it could not be renewed ({error.what})"


class _Heart:
    """A thread that beats until it is stopped."""

    def __init__(self, beat: Callable[[], None]) -> None:
        import threading

        self._stopped: threading.Event = threading.Event()
        self._beat = beat
        self._thread = threading.Thread(target=self._run, name="toasty-lock", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(_RENEW_AFTER):
            self._beat()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=_RENEW_AFTER)


def new_owner() -> LockOwner:
    """This process as an owner, with a token that is used for one run only."""
    token = f"{os.urandom(12).hex()}-{_machine()}"
    return LockOwner(token=token, host=host_name(), pid=os.getpid(), user=user_name(), since=now())


def is_dead(owner: LockOwner) -> bool:
    """Is it certain that the owner's process is gone? Only its own machine can know."""
    place = owner.token.rpartition("-")[2]
    if not place or place != _machine() or owner.host != host_name():
        return False
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _machine() -> str:
    """Names this boot of this machine and its space of process ids; empty where that cannot be told.

    The host's name alone would not do: two containers may share it.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip().replace("-", "")
        return f"{boot}{os.stat('/proc/self/ns/pid').st_ino:x}"
    except OSError:
        return ""


def _pause(deadline: float) -> float:
    """How long to wait until the next try; random, so that many waiters do not try at once."""
    import random  # for few: most runs wait for nobody

    return min(random.uniform(*_POLL), max(deadline - time.monotonic(), 0.01))


def _held(holder: LockOwner, timeout: float) -> LockHeld:
    return LockHeld(
        f"Somebody else is migrating this database; waited {timeout:g} s for the lock.",
        holder=holder.name,
        since=holder.since,
        hint="wait for it, or give more time with --lock-timeout SECONDS; "
        f"if that process is gone, its lock ends by itself within {LEASE:g} s",
    )
