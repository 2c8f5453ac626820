"""What the journal says, and the rows that a run writes into it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from toasty_core import __version__
from toasty_core.backends import JournalEntry, JournalState

if TYPE_CHECKING:
    from toasty_core.backends import Database, LockOwner
    from toasty_core.migrations.fingerprints import Fingerprint

__all__ = ["Journal", "applied_entry", "host_name", "now", "opened_entry", "user_name"]


class Journal(NamedTuple):
    """The rows of `toasty_migrations` by version, as they stood when they were read."""

    entries: Mapping[str, JournalEntry] = MappingProxyType({})

    @classmethod
    def of(cls, entries: Iterable[JournalEntry]) -> Journal:
        """The journal with these rows."""
        return cls({entry.version: entry for entry in entries})

    @classmethod
    def read(cls, database: Database) -> Journal:
        """The journal of a database; empty where there is none yet. Changes nothing."""
        return cls.of(database.read_journal())

    def entry(self, version: str) -> JournalEntry | None:
        """The row of a version, if there is one."""
        return self.entries.get(version)

    def is_applied(self, version: str) -> bool:
        """Is the migration applied in full? One that is half applied or half reverted is not."""
        entry = self.entries.get(version)
        return entry is not None and entry.state is JournalState.APPLIED

    @property
    def unfinished(self) -> tuple[JournalEntry, ...]:
        """The rows of migrations that failed or crashed half-way, or that run right now."""
        rows = self.entries.values()
        return tuple(row for row in rows if row.state is not JournalState.APPLIED)


def applied_entry(
    version: str,
    fingerprint: Fingerprint,
    by: LockOwner,
    *,
    started: datetime,
    duration: float,
    total: int,
) -> JournalEntry:
    """The row of a migration that is through, of `total` statements; `by` is who runs it."""
    return JournalEntry(
        version=version,
        checksum=fingerprint.checksum,
        source_hash=fingerprint.source_hash,
        done=total,
        total=total,
        started=started,
        finished=now(),
        duration=duration,
        applied_by=f"{by.user}@{by.host}",
        tool_version=__version__,
    )


def opened_entry(
    version: str,
    fingerprint: Fingerprint,
    by: LockOwner,
    *,
    state: JournalState,
    done: int,
    total: int,
    form: str = "",
) -> JournalEntry:
    """The row of a migration that begins, or goes on after `done` of its `total` statements."""
    entry = applied_entry(version, fingerprint, by, started=now(), duration=0.0, total=total)
    return entry._replace(state=state, done=done, finished=None, duration=None, form=form)


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(timezone.utc)


def user_name() -> str:
    """Who runs this process, for people."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError):  # a container's user that has no name
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def host_name() -> str:
    """The name of this machine, for people."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
