"""Folders that the harness keeps: the cache of what was fetched, and the one of a test session."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from attrs import field, frozen

PREFIX = "toasty-servers-"
MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30
"""Bytes that must be free in memory: containers often have 64 MB there, which is too little."""


def cache_folder() -> Path:
    """Where fetched servers are kept; the environment variable TOASTY_SERVERS_CACHE moves it."""
    given = os.environ.get("TOASTY_SERVERS_CACHE")
    return Path(given).expanduser().absolute() if given else Path.home() / ".cache/toasty-servers"


def roomy_folder() -> Path:
    """The fastest place for data that is thrown away: memory, if there is enough of it."""
    writable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)
    if writable and shutil.disk_usage(MEMORY).free > ENOUGH:
        return MEMORY
    return Path(tempfile.gettempdir())


@frozen
class SessionFolder:
    """The folder of one test session; whoever holds its lock is alive and owns it."""

    path: Path
    _lock: IO[bytes] = field(repr=False)

    @classmethod
    def make(cls, above: Path | None = None) -> SessionFolder:
        """Make one, and remove those whose owner died without doing so.

        Args:
            above: the folder to make it in; without, the fastest place.
        """
        above = above or roomy_folder()
        sweep(above)
        hidden = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=above))
        lock = (hidden / "lock").open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        # It gets the name that a sweep looks for only now that it is locked.
        path = hidden.rename(above / hidden.name.removeprefix("."))
        path.chmod(0o755)
        return cls(path, lock)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def sweep(above: Path) -> None:
    """Remove the folders of sessions that were killed."""
    for folder in sorted(above.glob(f"{PREFIX}*")):
        with abandoned(folder) as it_is:
            if it_is:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def abandoned(folder: Path) -> Iterator[bool]:
    """Is this a session's folder that nobody holds? While this is asked nobody else gets it."""
    try:
        lock = (folder / "lock").open("rb")
    except OSError:
        yield False
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
