"""Fetching what is missing, one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from toasty_testservers.errors import Missing, NotToBeHad
from toasty_testservers.kind import Kind, Say
from toasty_testservers.places import cache_folder


def get_missing(kinds: list[Kind], say: Say) -> bool:
    """Fetch the kinds that are not there.

    Args:
        kinds: the wanted ones.
        say: told what is being done, and what failed.

    Returns:
        whether all are there now.
    """
    missing = [kind for kind in kinds if not is_there(kind)]
    if not missing:
        return True
    with alone():
        got = [get(kind, say) for kind in missing]  # also those after one that failed
    return all(got)


def is_there(kind: Kind) -> bool:
    """Is there anything to start, or a server that the environment names?"""
    try:
        return bool(kind.existing() or kind.find())
    except Missing:
        return False


def get(kind: Kind, say: Say) -> bool:
    """Fetch one kind, unless another process just did; was that good?"""
    if is_there(kind):
        return True
    try:
        kind.get(lambda line: say(f"{kind.name}: {line}"))
        say(f"{kind.name}: got {kind.title} {kind.find().version}")
    except (NotToBeHad, Missing) as error:
        say(f"{kind.name}: NOT got: {error}")
        return False
    return True


@contextmanager
def alone() -> Iterator[None]:
    """Two test runs that begin at once must not fetch into the same folder."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
