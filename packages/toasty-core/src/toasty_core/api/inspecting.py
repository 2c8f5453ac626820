"""`status`: which migrations are applied, which are not. Reads, and imports no migration."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.api.project import Project, history_of, open_database
from toasty_core.backends import JournalEntry, JournalState, LockOwner
from toasty_core.execution.journal import Journal
from toasty_core.execution.standing import Standing, compare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from toasty_core.migrations.history import History

__all__ = ["Status", "StatusEntry", "StatusState", "status"]


class StatusState(Enum):
    """Where a migration stands. CHANGED: applied, but the file is another now. MISSING: its file is gone."""

    APPLIED = "applied"
    PENDING = "pending"
    FAILED = "failed"
    RUNNING = "running"
    CHANGED = "changed"
    MISSING = "missing"


class StatusEntry(NamedTuple):
    """One migration: where it stands; when, by whom and in how many seconds it was applied; what to know."""

    version: str
    state: StatusState
    applied_at: datetime | None = None
    applied_by: str | None = None
    duration: float | None = None
    note: str | None = None


class Status(NamedTuple):
    """All migrations in order, what there is to know besides, and who is migrating right now."""

    entries: tuple[StatusEntry, ...] = ()
    notices: tuple[str, ...] = ()
    lock: LockOwner | None = None


def status(project: Project) -> Status:
    """Which migrations are applied and which are pending.

    Changes nothing and waits for nobody. Raises UsageError without a URL, HistoryError for a broken folder.

    ```python
    pending = [e.version for e in api.status(project).entries if e.state is StatusState.PENDING]
    ```
    """
    history = history_of(project)
    with open_database(project) as database:
        journal = Journal.read(database)
        lock = database.lock_holder()
    standing = compare(history, journal)
    entries = (*_of_files(history, journal, standing), *map(_of_missing, standing.missing))
    if standing.missing:
        entries = tuple(sorted(entries, key=lambda entry: entry.version))
    return Status(entries, history.notices, lock)


def _of_files(history: History, journal: Journal, standing: Standing) -> Iterable[StatusEntry]:
    changed = {file.version for file in standing.changed}
    late = _late(history, journal) if standing.pending else frozenset()
    for file in history.files:
        row = journal.entry(file.version)
        if row is None:
            note = (
                "comes late: newer migrations are applied already" if file.version in late else None
            )
            yield StatusEntry(file.version, StatusState.PENDING, note=note)
        elif file.version in changed:
            yield _of_row(row, StatusState.CHANGED, "the file was changed after it was applied")
        else:
            yield _of_row(row, *_state(row))


def _late(history: History, journal: Journal) -> frozenset[str]:
    """The versions before the newest one that is applied."""
    applied = [at for at, file in enumerate(history.files) if journal.is_applied(file.version)]
    newest = applied[-1] if applied else 0
    return frozenset(file.version for file in history.files[:newest])


def _state(row: JournalEntry) -> tuple[StatusState, str | None]:
    if row.state is JournalState.APPLIED:
        return StatusState.APPLIED, None
    so_far = f"{row.done} of {row.total} statements are through"
    match row.state:
        case JournalState.FAILED:
            return StatusState.FAILED, f"{so_far}; {row.error}"
        case JournalState.RUNNING:
            return StatusState.RUNNING, so_far
        case JournalState.REVERTING if row.error is not None:
            return StatusState.FAILED, f"while being reverted, {so_far}; {row.error}"
        case _:
            return StatusState.RUNNING, f"being reverted, {so_far}"


def _of_missing(row: JournalEntry) -> StatusEntry:
    return _of_row(row, StatusState.MISSING, "it is applied, but its file is missing")


def _of_row(row: JournalEntry, state: StatusState, note: str | None) -> StatusEntry:
    at = row.finished if row.state is JournalState.APPLIED else None
    return StatusEntry(row.version, state, at, row.applied_by, row.duration, note)
