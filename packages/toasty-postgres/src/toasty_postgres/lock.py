"""The lock: one runner at a time, on a connection of its own.

A runner takes two advisory locks, both tried and never waited for, so that CREATE INDEX CONCURRENTLY, which waits
for every other session, never waits for one that waits for it:

- the *turn*, in a second session that does nothing else: it says whose turn it is;
- the *work*, in the session that migrates: a killed runner's last statement may go on at the server for a
  while, and nobody else begins before it has ended.

Behind a proxy that gives each transaction another session (PgBouncer's `pool_mode = transaction`) neither holds.
That is noticed, and the lock is then a lease: the row in `toasty_lock` with a time at which it ends, by the server's
clock, written while a transaction has the turn. Whoever takes the turn looks at the row too, so that runners with and
without a proxy keep out of each other's way. The row always says who it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_core.backends import LockOwner
from toasty_core.errors import DatabaseError, LockLost
from toasty_postgres.journal import stored_literal
from toasty_sql.journal import read_time, time_text

if TYPE_CHECKING:
    from toasty_postgres.connection import Session
    from toasty_postgres.journal import JournalTables

_FIELDS = "token, host, pid, username, since"
_SAMPLES = 3
"""How often the session's process is asked for: a pool of two that takes turns shows itself in three."""


class Kind(Enum):
    """How the lock holds."""

    SESSION = "as long as the session lives"
    LEASE = "until a time by the server's clock"


class Keys(NamedTuple):
    """The two advisory locks of one journal, as PostgreSQL numbers them."""

    turn: int
    work: int

    @classmethod
    def of(cls, database: str, schema: str) -> Keys:
        """Those of the journal in a schema of a database. Other programs' locks have other numbers."""
        return cls(*(_number(f"toasty {part} {database}/{schema}") for part in cls._fields))


def _number(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True)


class Row(NamedTuple):
    """The row in `toasty_lock`. `expires` says how the lock holds: not at all, or for how long."""

    owner: LockOwner
    is_lease: bool
    is_over: bool
    """Is it a lease that has ended?"""

    def is_other_lease(self, owner: LockOwner) -> bool:
        """Does another than `owner` hold the lock by the clock?"""
        return self.is_lease and not self.is_over and self.owner.token != owner.token


class EarlierStatement(LockOwner):
    """A statement of a run that ended, which the server is still at work on."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """What can be said of it."""
        return f"a statement of an earlier run, which the server still works on (session {self.pid} of {self.user})"


class RunnerLock:
    """The lock of one connection, `main`. `open_session` opens the second one."""

    def __init__(
        self, main: Session, open_session: Callable[[], Session], keys: Keys, tables: JournalTables
    ) -> None:
        self._main = main
        self._open_session = open_session
        self._keys = keys
        self._tables = tables
        self._session: Session | None = None
        self._owner: LockOwner | None = None
        self.kind: Kind | None = None
        """How it holds, once it was tried."""

    # Taking it.

    def take(self, owner: LockOwner, lease: float) -> LockOwner | None:
        """Takes the lock, or renews it. Returns at once: None, or who holds it."""
        session = self._own_session()
        if self.kind is Kind.LEASE:
            return self._take_lease(session, owner, lease)
        if self._owner is not None and self._owner.token == owner.token:
            self._ask_whether_held(session)
            return None
        return self._take_turn(session, owner)

    def _own_session(self) -> Session:
        ended = self.kind is Kind.LEASE and self._session is not None and not self._session.is_open
        if self._session is None or ended:
            self._session = self._open_session()
        if self.kind is None:
            self.kind = Kind.LEASE if _is_pooled(self._session, self._main) else Kind.SESSION
        return self._session

    def _take_turn(self, session: Session, owner: LockOwner) -> LockOwner | None:
        if not _try(session, self._keys.turn):
            return self._seen(session, self._keys.turn, LockOwner)
        try:
            other = self._take_work(session) or self._take_row(session, owner, None)
        except BaseException:
            self._give_up(session)
            raise
        if other is not None:
            self._give_up(session)
            return other
        self._owner = owner
        return None

    def _take_work(self, session: Session) -> LockOwner | None:
        if _try(self._main, self._keys.work):
            return None
        return self._seen(session, self._keys.work, EarlierStatement)

    def _give_up(self, session: Session) -> None:
        if session.is_open:
            session.send("SELECT pg_catalog.pg_advisory_unlock_all()")
        if self._main.is_open and not self._main.has_failed:
            self._main.send(
                f"SELECT pg_catalog.pg_advisory_unlock({self._keys.work}) FROM pg_catalog.pg_locks"
                f" WHERE {_is_held(self._keys.work)} AND pid = pg_catalog.pg_backend_pid()"
            )

    def _take_lease(self, session: Session, owner: LockOwner, lease: float) -> LockOwner | None:
        session.send("BEGIN")
        try:
            mine = session.rows(f"SELECT pg_catalog.pg_try_advisory_xact_lock({self._keys.turn})")[
                0
            ][0]
            other = self._take_row(session, owner, lease) if mine else None
        except BaseException:
            _end(session, "ROLLBACK")
            raise
        _end(session, "COMMIT")
        return other if mine else self._seen(session, self._keys.turn, LockOwner)

    # The row.

    def _take_row(
        self, session: Session, owner: LockOwner, lease: float | None
    ) -> LockOwner | None:
        """Writes the row, unless it is the lease of another."""
        found = self.row(session)
        if found is not None and found.is_other_lease(owner):
            return found.owner
        end = "NULL" if lease is None else f"pg_catalog.clock_timestamp() + interval '{lease} s'"
        values = (owner.token, owner.host, owner.pid, owner.user, time_text(owner.since))
        texts = ", ".join(map(stored_literal, values))
        names = f"{_FIELDS}, expires".split(", ")
        sets = ", ".join(f"{name} = excluded.{name}" for name in names)
        session.send(
            f"INSERT INTO {self._tables.lock} (id, {', '.join(names)}) VALUES (1, {texts}, {end})"
            f" ON CONFLICT (id) DO UPDATE SET {sets}"
        )
        return None

    def row(self, session: Session) -> Row | None:
        """The row as it stands."""
        rows = session.rows(
            f"SELECT {_FIELDS}, expires IS NOT NULL,"
            " coalesce(expires <= pg_catalog.clock_timestamp(), false)"
            f" FROM {self._tables.lock} WHERE id = 1"
        )
        if not rows:
            return None
        token, host, pid, user, since, is_lease, is_over = rows[0]
        started = read_time(since) or datetime.now(timezone.utc)
        return Row(LockOwner(token, host, pid, user, started), is_lease, is_over)

    def _seen(self, session: Session, key: int, kind: type[LockOwner]) -> LockOwner:
        """Who holds an advisory lock: as the row has it, or else as the server sees his session."""
        row = self.row(session) if key == self._keys.turn else None
        if row is not None and not row.is_over:
            return row.owner
        found = session.rows(
            "SELECT a.pid, a.usename, coalesce(a.client_hostname, pg_catalog.host(a.client_addr), 'its server'),"
            " a.backend_start FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid)"
            f" WHERE {_is_held(key, 'l.')}"
        )
        pid, user, host, since = found[0] if found else (0, "somebody", "this server", None)
        since = since or datetime.now(timezone.utc)
        return kind(f"session {pid}", host, pid, user or "somebody", since.astimezone(timezone.utc))

    # Seeing and giving back.

    def holder(self, session: Session) -> LockOwner | None:
        """Who holds the lock now. Changes nothing."""
        row = self.row(session)
        if row is None or row.is_over:
            return None
        if row.is_lease or session.rows(
            f"SELECT 1 FROM pg_catalog.pg_locks WHERE {_is_held(self._keys.turn)}"
        ):
            return row.owner
        return None

    def must_hold(self) -> None:
        """Raises LockLost when the lock's own session has ended. Asks the server only if it has sent something."""
        if self._owner is not None and self._session is not None and self._session.has_news():
            self._ask_whether_held(self._session)

    def _ask_whether_held(self, session: Session) -> None:
        try:
            session.send("SELECT 1")
        except DatabaseError as error:
            self._main.send("SELECT 1")  # when the whole server is gone, that is what is said
            raise LockLost(
                "The lock on the database was lost: the server ended the session that held it.",
                hint="toasty migrate:status shows where things stand; then run the command again",
            ) from error

    def release(self, owner: LockOwner) -> None:
        """Gives the lock back; of another's only the row is taken away, such as a dead one's lease."""
        session = self._session if self._session and self._session.is_open else self._main
        theirs = self._owner is not None and self._owner.token != owner.token
        try:
            session.send(
                f"DELETE FROM {self._tables.lock} WHERE token = {stored_literal(owner.token)}"
            )
        finally:
            if not theirs:
                self._let_go()

    def _let_go(self) -> None:
        session, self._session, self._owner = self._session, None, None
        if session is None:
            return
        try:
            if self.kind is Kind.SESSION:
                self._give_up(session)
        finally:
            session.close()

    def close(self) -> None:
        """Ends the second session, and with it its lock."""
        if self._session is not None:
            self._session.close()
            self._session = None


def _is_pooled(session: Session, main: Session) -> bool:
    """Does a proxy hand out sessions by the transaction, or may it?

    A session that is ours alone has one process of the server, another one for each connection, and the one
    that the server told of on connecting.
    """
    asked = [_process(session) for _ in range(_SAMPLES)]
    ours = {_process(main), main.announced_pid}
    return len({*asked, session.announced_pid}) > 1 or len(ours) > 1 or asked[0] in ours


def _process(session: Session) -> Any:
    return session.rows("SELECT pg_catalog.pg_backend_pid()")[0][0]


def _try(session: Session, key: int) -> bool:
    return bool(session.rows(f"SELECT pg_catalog.pg_try_advisory_lock({key})")[0][0])


def _is_held(key: int, prefix: str = "") -> str:
    """The condition on pg_locks for an advisory lock, which shows its number in two halves.

    https://www.postgresql.org/docs/current/view-pg-locks.html
    """
    bits = key & 0xFFFF_FFFF_FFFF_FFFF
    return (
        f"{prefix}locktype = 'advisory' AND {prefix}granted AND {prefix}objsubid = 1"
        f" AND {prefix}classid = {bits >> 32} AND {prefix}objid = {bits & 0xFFFF_FFFF}"
        f" AND {prefix}database = (SELECT oid FROM pg_catalog.pg_database"
        " WHERE datname = pg_catalog.current_database())"
    )


def _end(session: Session, word: str) -> None:
    if session.in_transaction:
        session.send(word)
