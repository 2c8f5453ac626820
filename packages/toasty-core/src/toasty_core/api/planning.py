"""`plan` and `offline_script`: what would be done, and the same as a script. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from toasty_core import __version__
from toasty_core.api.project import Project, history_of, open_database, prepared
from toasty_core.backends import JournalEntry, ScriptPart
from toasty_core.execution.checks import checked
from toasty_core.execution.journal import Journal
from toasty_core.execution.plan import Plan, Step, plan_down, plan_up, sized
from toasty_core.execution.standing import find_version
from toasty_core.migrations.direction import Direction
from toasty_core.plugins.lookup import backend_for

if TYPE_CHECKING:
    from toasty_core.migrations.files import MigrationFile
    from toasty_core.migrations.history import History

__all__ = ["offline_script", "plan"]


def plan(
    project: Project,
    *,
    direction: Direction = Direction.UP,
    to: str | None = None,
    count: int | None = None,
) -> Plan:
    """What `up` or `down` would do now, with every statement; the arguments are theirs.

    With a URL it is planned against that database's journal, which is only read. Without one, everything
    counts as pending for `up` and as applied for `down`, and the steps have operations and no statements.

    ```python
    for step in api.plan(project).steps:
        print(step.version, *step.statements, sep="\\n")
    ```
    """
    history = history_of(project)
    make = plan_up if direction is Direction.UP else plan_down
    if project.url is None:
        journal = Journal() if direction is Direction.UP else _journal_of(history, history.files)
        return checked(make(history, journal, None, to, count), project.hooks)
    with open_database(project) as database:
        journal = Journal.read(database)
        found = make(history, journal, prepared(database, project.caution), to, count)
        return checked(sized(found, database), project.hooks, project.caution)


def offline_script(
    project: Project, dialect: str, *, from_: str | None = None, to: str | None = None
) -> Iterator[str]:
    """The lines of a script that the database's own client runs, journal rows included.

    `dialect` is a URL scheme such as `sqlite`. It begins after the version `from_` (None: an empty
    database) and goes up to `to` (None: the last); where `to` comes before `from_`, it goes back.
    Raises Unsupported where a backend has no such client.
    """
    backend = backend_for(dialect, project.hooks)
    history = history_of(project)
    start = 0 if from_ is None else history.files.index(find_version(history, from_)) + 1
    end = len(history.files) if to is None else history.files.index(find_version(history, to)) + 1
    journal = _journal_of(history, history.files[:start])
    if end < start:
        steps = plan_down(history, journal, backend, to).steps
    else:
        steps = plan_up(history, journal, backend, to).steps
    return backend.script(_script_part(step) for step in steps)


def _journal_of(history: History, files: tuple[MigrationFile, ...]) -> Journal:
    """The journal as it is when these files, as they are now, are applied."""
    hashes = history.source_hashes
    return Journal.of(
        JournalEntry(version=file.version, checksum="", source_hash=hashes[file.version])
        for file in files
    )


def _script_part(step: Step) -> ScriptPart:
    if step.direction is Direction.DOWN:
        return ScriptPart(step.version, step.compiled, None)
    total = len(step.statements)
    entry = JournalEntry(
        version=step.version,
        checksum=step.fingerprint.checksum,
        source_hash=step.fingerprint.source_hash,
        done=total,
        total=total,
        applied_by="offline script",
        tool_version=__version__,
    )
    return ScriptPart(step.version, step.compiled, entry)
