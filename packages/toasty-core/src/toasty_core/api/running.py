"""`up` and `down`: the verbs that change a database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from toasty_core.api.project import Project, history_of, open_database, prepared
from toasty_core.errors import DatabaseError
from toasty_core.execution.journal import Journal
from toasty_core.execution.progress import Progress, Report
from toasty_core.execution.standing import compare, find_version
from toasty_core.migrations.direction import Direction

if TYPE_CHECKING:
    from collections.abc import Callable

    from toasty_core.backends import Database
    from toasty_core.execution.lock import Lock
    from toasty_core.execution.plan import Plan, Step
    from toasty_core.execution.runner import Session
    from toasty_core.migrations.history import History
    from toasty_core.schema.snapshot import SchemaSnapshot

__all__ = ["down", "up"]

_Found = TypeVar("_Found")
_PAUSE = 0.1
"""How long to leave a busy database alone, in seconds."""


def up(
    project: Project,
    *,
    to: str | None = None,
    count: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Applies what is pending: all of it, up to the version `to`, or the first `count`.

    Every migration is recorded, compiled and checked before the first one runs. Where nothing is pending,
    nothing is imported or written. Raises what keeps a migration from running; those before it stand.

    ```python
    report = api.up(Project("migrations", url="sqlite:mydb.db"))
    print([step.version for step in report.done])
    ```
    """
    history = history_of(project)
    with _patiently(project, lambda: open_database(project)) as database:
        journal = _patiently(project, lambda: Journal.read(database))
        standing = compare(history, journal)
        if not standing.pending and not journal.unfinished:
            standing.refuse_changed()
            if to is not None:
                find_version(history, to)
            notices = (*history.notices, *standing.notices())
            return Report(Direction.UP, (), notices)
        work = _Work(project, history, database, Direction.UP, to, count)
        return work.run(journal, progress or Progress())


def down(
    project: Project,
    *,
    to: str | None = None,
    count: int | None = 1,
    progress: Progress | None = None,
) -> Report:
    """Reverts what is applied, the last first: `count` migrations (None: all), or all that follow `to`.

    Nothing is changed when one of them has no way back. Raises as `up` does, and Irreversible.
    """
    history = history_of(project)
    with _patiently(project, lambda: open_database(project)) as database:
        journal = _patiently(project, lambda: Journal.read(database))
        if not journal.entries:
            return Report(Direction.DOWN)
        work = _Work(project, history, database, Direction.DOWN, to, count)
        return work.run(journal, progress or Progress())


def _patiently(project: Project, call: Callable[[], _Found]) -> _Found:
    """What `call` gives; as long as we would wait for the lock, it is tried again while the database is busy.

    A runner in the middle of a large migration may keep a whole SQLite file to itself.
    """
    deadline = time.monotonic() + project.lock_timeout
    while True:
        try:
            return call()
        except DatabaseError as error:
            if not error.busy or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE)


class _Work(NamedTuple):
    """What a run is about: the project, its history, the open database, and how to plan."""

    project: Project
    history: History
    database: Database
    direction: Direction
    to: str | None
    at_most: int | None

    def plan(self, journal: Journal) -> Plan:
        """The plan for a journal, checked. Raises CheckFailed when a check forbids to run it."""
        from toasty_core.execution.checks import checked, refuse_errors
        from toasty_core.execution.plan import plan_down, plan_up, sized

        make = plan_up if self.direction is Direction.UP else plan_down
        backend = prepared(self.database, self.project.caution)
        plan = make(self.history, journal, backend, self.to, self.at_most)
        plan = checked(sized(plan, self.database), self.project.hooks, self.project.caution)
        refuse_errors(plan.findings)
        return plan

    def run(self, journal: Journal, progress: Progress) -> Report:
        """Plans, takes the lock, plans again if the journal was changed meanwhile, and runs."""
        from toasty_core.execution.lock import Lock
        from toasty_core.execution.runner import run

        plan = None
        if not journal.unfinished:  # else somebody may be at it: only under the lock can we know
            plan = self.plan(journal)
            if not plan.steps:
                return Report(self.direction, (), plan.notices)
        _patiently(self.project, self.database.create_journal)
        with Lock(self.database, self.project.lock_timeout, progress.waiting) as lock:
            now = Journal.read(self.database)
            if plan is None or now != journal:
                plan = self.plan(now)
            return run(plan, self._session(now, lock, progress))

    def _session(self, journal: Journal, lock: Lock, progress: Progress) -> Session:
        from toasty_core.execution.plan import schema_before
        from toasty_core.execution.runner import Session

        def before(step: Step) -> SchemaSnapshot:
            return schema_before(self.history, journal, step)

        project = self.project
        self.database.listener = progress.working
        return Session(self.database, lock, project.hooks, before, project.caution, progress)
