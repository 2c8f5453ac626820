"""The lock: GET_LOCK on the very session that migrates, and a row that says who that is.

The session that holds the lock is the one that sends every statement. So nothing can be done without the lock: when
the connection dies, both are gone. And the server itself frees the lock only when the session has ended, which
is after the statement that it is still busy with: when a runner is killed in the middle of an ALTER TABLE, the
ALTER goes on, and whoever comes next waits until it is done, and then asks the catalog what became of it.

GET_LOCK outlives the commits that DDL brings; its names are one space for the whole server, in MySQL of 64
characters at most and without case, so the database's name is part of ours.
https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from toasty_core.backends import LockOwner
from toasty_mysql.journal import LOCK
from toasty_sql.journal import read_time, time_text

Fetch: TypeAlias = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_TAKE = "SELECT GET_LOCK(%s, 0)"
_USED = "SELECT IS_USED_LOCK(%s), CONNECTION_ID()"
_READ = f"SELECT token, host, pid, username, since, connection FROM {LOCK} WHERE id = 1"
_WRITE = (
    f"REPLACE INTO {LOCK} (id, token, host, pid, username, since, connection)"
    " VALUES (1, %s, %s, %s, %s, %s, CONNECTION_ID())"
)
_DELETE = f"DELETE FROM {LOCK} WHERE token = %s"
_RELEASE = "SELECT RELEASE_LOCK(%s)"
_SESSION = (
    "SELECT user, host, command, time, info FROM information_schema.processlist WHERE id = %s"
)
_WRITING = 0.05
"""How long a holder may take to write its row once it has the lock, in seconds."""


class Session(NamedTuple):
    """What the server says of a session."""

    connection: int
    user: str = ""
    host: str = ""
    busy: bool = False
    seconds: int = 0
    statement: str = ""

    def __str__(self) -> str:
        if not self.busy:
            return f"connection {self.connection}"
        text = " ".join(self.statement.split())
        shown = text if len(text) <= 120 else f"{text[:120]}..."
        return f"connection {self.connection} (busy for {self.seconds} s with: {shown})"


class SessionOwner(LockOwner):
    """A runner, and the session of the server's that holds the lock for it."""

    session: Session

    @property
    def name(self) -> str:
        """Who it is, and what its session does now."""
        known = f"{self.user}@{self.host} (process {self.pid})" if self.pid else self.user
        return f"{known}, {self.session}"

    def __str__(self) -> str:
        return f"{self.name}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def lock_name(database: str) -> str:
    """The name of the lock for a database: at most 64 characters, and different for different databases."""
    if re.fullmatch(r"[a-z0-9_]{1,57}", database):
        return f"toasty:{database}"
    return f"toasty:{sha256(database.encode()).hexdigest()[:40]}"


def take(fetch: Fetch, run: Callable[..., None], name: str, owner: LockOwner) -> LockOwner | None:
    """Takes the lock with this session. None, or who holds it."""
    if fetch(_TAKE, (name,))[0][0] == 1:
        since = time_text(owner.since)
        run(_WRITE, (owner.token, owner.host, owner.pid, owner.user, since))
        return None
    return holder(fetch, name) or _nobody()


def still_held(fetch: Fetch, name: str) -> LockOwner | None:
    """None while this session holds the lock; else who does."""
    used, own = fetch(_USED, (name,))[0]
    if used == own:
        return None
    return holder(fetch, name) or _nobody()


def holder(fetch: Fetch, name: str) -> LockOwner | None:
    """Who holds the lock, as far as can be seen."""
    for pause in (_WRITING, 0.0):
        used = fetch(_USED, (name,))[0][0]
        if used is None:
            return None
        rows = fetch(_READ, ())
        if rows and rows[0][5] == used:
            return _owner(rows[0], _session(fetch, used))
        time.sleep(pause)
    return _unknown(_session(fetch, used))


def release(fetch: Fetch, run: Callable[..., None], name: str, owner: LockOwner) -> None:
    """Gives back what this session holds."""
    run(_DELETE, (owner.token,))
    fetch(_RELEASE, (name,))


def _session(fetch: Fetch, connection: int) -> Session:
    rows = fetch(_SESSION, (connection,))
    if not rows:  # sessions of other users are seen by those with the privilege PROCESS only
        return Session(connection)
    user, host, command, seconds, info = rows[0]
    busy = command not in ("Sleep", "Daemon") and bool(info)
    return Session(connection, user, host, busy, int(seconds or 0), str(info or ""))


def _owner(row: tuple[Any, ...], session: Session) -> LockOwner:
    token, host, pid, user, since, _ = row
    found = SessionOwner(token, host, int(pid), user, read_time(since) or _now())
    found.session = session
    return found


def _unknown(session: Session) -> LockOwner:
    """Somebody who left no name: another program that takes our lock."""
    user = f"{session.user or 'somebody'} from {session.host or 'somewhere'}"
    found = SessionOwner(f"connection {session.connection}", "", 0, user, _now())
    found.session = session
    return found


def _nobody() -> LockOwner:
    """Who had the lock has just let it go, or ours was taken from us."""
    return LockOwner("", "this server", 0, "a session that has just ended", _now())


def _now() -> datetime:
    return datetime.now(timezone.utc)
