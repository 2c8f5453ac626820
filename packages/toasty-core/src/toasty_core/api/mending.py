"""`repair`, `resolve`, `baseline`: changes to the journal alone, never to the schema."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING

from attrs import frozen

from toasty_core.api.project import Project, history_of, open_database
from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import UsageError, suggest
from toasty_core.execution.journal import Journal, applied_entry, now
from toasty_core.execution.lock import Lock, is_dead
from toasty_core.execution.standing import find_version
from toasty_core.migrations.fingerprints import fingerprint

if TYPE_CHECKING:
    from toasty_core.backends import Database
    from toasty_core.migrations.files import MigrationFile
    from toasty_core.migrations.history import History

__all__ = ["Outcome", "baseline", "repair", "resolve"]


class Outcome(Enum):
    """How a migration that stopped half-way ended, by the hand of a person."""

    APPLIED = "applied"
    REVERTED = "reverted"


@frozen
class _Mending:
    """One change of the journal: the row as it will be (None: gone), and what to say of it."""

    version: str
    row: JournalEntry | None
    said: str


def repair(project: Project, *, forget_missing: bool = False) -> tuple[str, ...]:
    """Accepts changed files as they are now, and clears what a crash left that is certain to mean nothing.

    `forget_missing` takes the rows of applied migrations away whose files are gone, such as after a new baseline.
    Gives what was done, in sentences; empty, and nothing written, when there is nothing to do. The schema
    of the database is not touched.
    """
    history = history_of(project)
    with open_database(project) as database:
        said = _clear_lock(database)
        journal = Journal.read(database)
        if not any(_mendings(history, journal, forget_missing)):
            return said
        with Lock(database, project.lock_timeout):
            mendings = tuple(_mendings(history, Journal.read(database), forget_missing))
            for mending in mendings:
                _write(database, mending)
        return (*said, *(mending.said for mending in mendings))


def _clear_lock(database: Database) -> tuple[str, ...]:
    holder = database.lock_holder()
    if holder is None or not is_dead(holder):
        return ()
    database.release_lock(holder)
    return (f"Cleared the lock of a process that is gone: {holder}",)


def _mendings(history: History, journal: Journal, forget_missing: bool) -> Iterator[_Mending]:
    for file in history.files:
        row = journal.entry(file.version)
        settled = _settled(row) if row is not None else None
        if settled is not None:
            yield settled
        elif row is not None and row.source_hash != history.source_hashes[file.version]:
            yield _accepted(file, row)
    known = {file.version for file in history.files}
    for version in sorted(journal.entries if forget_missing else ()):
        if version not in known and journal.is_applied(version):
            yield _Mending(version, None, f"Forgot {version}, whose file is missing")


def _accepted(file: MigrationFile, row: JournalEntry) -> _Mending:
    found = fingerprint(file)
    new = row._replace(checksum=found.checksum, source_hash=found.source_hash)
    word = "new format" if found.checksum == row.checksum else "changed file"
    return _Mending(row.version, new, f"Accepted the {word} of {row.version}")


def _settled(row: JournalEntry) -> _Mending | None:
    """What a crash's row means where that is certain: nothing in flight, and none or all of it done."""
    crashed = row.state in (JournalState.RUNNING, JournalState.REVERTING)
    if not crashed or row.statement is not None or row.done not in (0, row.total):
        return None
    forth = row.state is JournalState.RUNNING
    if forth == (row.done == 0):
        return _Mending(row.version, None, f"Cleared {row.version}, of which nothing is applied")
    return _Mending(row.version, _as_applied(row), f"Recorded {row.version} as applied, as it is")


def _as_applied(row: JournalEntry) -> JournalEntry:
    return row._replace(
        state=JournalState.APPLIED,
        done=row.total,
        statement=None,
        error=None,
        finished=now(),
    )


def _write(database: Database, mending: _Mending) -> None:
    if mending.row is None:
        database.delete_journal(mending.version)
    else:
        database.write_journal(mending.row)


def resolve(project: Project, version: str, outcome: Outcome) -> None:
    """Says how a migration ended that stopped half-way, after a person has completed or undone it.

    Raises UsageError when the version is not half-way.
    """
    history = history_of(project)
    with open_database(project) as database:
        row = _half_way(Journal.read(database), version)
        with Lock(database, project.lock_timeout):
            row = _half_way(Journal.read(database), row.version)
            if outcome is Outcome.REVERTED:
                database.delete_journal(row.version)
            else:
                file = next((file for file in history.files if file.version == row.version), None)
                row = row if file is None else _accepted(file, row).row or row
                database.write_journal(_as_applied(row))


def _half_way(journal: Journal, version: str) -> JournalEntry:
    rows = {row.version: row for row in journal.unfinished}
    if version in rows:
        return rows[version]
    raise UsageError(
        f"{version} is not half-way, so there is nothing to resolve.",
        hint=suggest(version, rows) or "toasty migrate:status shows where each migration stands",
    )


def baseline(project: Project, version: str | None = None) -> tuple[str, ...]:
    """Records the migrations up to `version` (None: all) as applied without running them.

    For a database that has what they make already. Gives the versions that were recorded.
    """
    history = history_of(project)
    files = history.files
    if version is not None:
        files = files[: files.index(find_version(history, version)) + 1]
    with open_database(project) as database:
        if not _unrecorded(files, Journal.read(database)):
            return ()
        database.create_journal()
        with Lock(database, project.lock_timeout) as lock, database.transaction():
            found = _unrecorded(files, Journal.read(database))
            for file in found:
                row = applied_entry(
                    file.version,
                    fingerprint(file),
                    lock.owner,
                    started=now(),
                    duration=0.0,
                    total=0,
                )
                database.write_journal(row)
        return tuple(file.version for file in found)


def _unrecorded(files: tuple[MigrationFile, ...], journal: Journal) -> tuple[MigrationFile, ...]:
    return tuple(file for file in files if journal.entry(file.version) is None)
