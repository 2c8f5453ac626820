"""The lock: one row in `toasty_lock`, written under BEGIN IMMEDIATE, that holds for a while.

SQLite lets one connection write at a time, so while a migration's transaction is open nobody else gets at the
row at all; the row guards the time between two migrations, and says who is at work. The file is local, so
its clock is this machine's.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import NamedTuple

from toasty_core.backends import LockOwner
from toasty_core.errors import DatabaseError
from toasty_core.url import Url
from toasty_sql.journal import read_time, time_text
from toasty_sqlite.errors import boundary, is_busy

LOCK = "toasty_lock"
"""The name of the lock's table."""

CREATE_LOCK = f"""CREATE TABLE IF NOT EXISTS {LOCK} (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token VARCHAR(255) NOT NULL,
    host VARCHAR(255) NOT NULL,
    pid INTEGER NOT NULL,
    username VARCHAR(255) NOT NULL,
    since VARCHAR(40) NOT NULL,
    expires DOUBLE PRECISION NOT NULL
)"""
_READ = f"SELECT token, host, pid, username, since, expires FROM {LOCK} WHERE id = 1"
_WRITE = f"""INSERT OR REPLACE INTO {LOCK} (id, token, host, pid, username, since, expires)
    VALUES (1, ?, ?, ?, ?, ?, ?)"""
_RELEASE = f"DELETE FROM {LOCK} WHERE token = ?"
_BUSY_WAIT = 100
"""How long to wait for another writer before the lock counts as held, in milliseconds."""


class Writer(LockOwner):
    """Another program that writes to the file right now: it is not known who."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """What can be said of it."""
        return "another program that writes to the database file"

    def __str__(self) -> str:
        return self.name


class Lease(NamedTuple):
    """The row: whose it is, and until when, in seconds since 1970."""

    owner: LockOwner
    expires: float

    @property
    def is_over(self) -> bool:
        """May anybody take it?"""
        return self.expires <= time.time()


def take(connection: sqlite3.Connection, owner: LockOwner, lease: float) -> LockOwner | None:
    """Takes or renews the lock, in the open transaction if there is one. None, or who holds it.

    While another program writes to the file this waits a moment only, and says who it is if it can be seen.
    """
    if connection.in_transaction:
        return _take(connection, owner, lease)
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    _set_patience(connection, min(patience, _BUSY_WAIT))
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise
        return _seen_while_busy(connection, owner)
    finally:
        _set_patience(connection, patience)
    return _take_and_commit(connection, owner, lease)


def _take_and_commit(
    connection: sqlite3.Connection, owner: LockOwner, lease: float
) -> LockOwner | None:
    try:
        connection.execute(CREATE_LOCK)
        holder = _take(connection, owner, lease)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return holder


def _take(connection: sqlite3.Connection, owner: LockOwner, lease: float) -> LockOwner | None:
    found = read_lease(connection)
    if found is not None and found.owner.token != owner.token and not found.is_over:
        return found.owner
    since = time_text(owner.since)
    row = (owner.token, owner.host, owner.pid, owner.user, since, time.time() + lease)
    connection.execute(_WRITE, row)
    return None


def _seen_while_busy(connection: sqlite3.Connection, owner: LockOwner) -> LockOwner | None:
    try:
        found = read_lease(connection)
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise
        found = None
    if found is not None and found.owner.token == owner.token:
        return None  # ours still, and nobody can take it while the file is locked
    if found is not None and not found.is_over:
        return found.owner
    now = datetime.now(timezone.utc)
    return Writer(token="", host="this machine", pid=0, user="another program", since=now)


def release(connection: sqlite3.Connection, owner: LockOwner) -> None:
    """Gives the lock back, if it is the owner's."""
    if _exists(connection):
        connection.execute(_RELEASE, (owner.token,))


def read_lease(connection: sqlite3.Connection) -> Lease | None:
    """The row as it stands; None when nobody has the lock."""
    row = connection.execute(_READ).fetchone() if _exists(connection) else None
    if row is None:
        return None
    if not isinstance(row[5], (int, float)):
        raise ValueError(f"the row of {LOCK} cannot be read: it ends at {row[5]!r}")
    since = read_time(row[4]) or datetime.now(timezone.utc)
    owner = LockOwner(token=row[0], host=row[1], pid=row[2], user=row[3], since=since)
    return Lease(owner, row[5])


@contextmanager
def lock_boundary(url: Url) -> Iterator[None]:
    """The boundary for what is done with the lock: an error that says no more is one of its table."""
    try:
        with boundary(url):
            yield
    except DatabaseError as error:
        error.hint = error.hint or (
            f"drop the table {LOCK} while no migration runs: nothing is kept in it, and it is made anew"
        )
        raise


def _exists(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (LOCK,))
    return found.fetchone() is not None


def _set_patience(connection: sqlite3.Connection, milliseconds: int) -> None:
    connection.execute(f"PRAGMA busy_timeout = {milliseconds}").fetchone()
