"""Runs a plan, one migration after the other, so that a stop anywhere leaves no question."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from attrs import field, frozen

from toasty_core.backends import Caution, Compiled, JournalState, Statement
from toasty_core.errors import (
    DatabaseError,
    Interrupted,
    LockLost,
    StatementFailed,
    ToastyError,
)
from toasty_core.execution.checks import ask, ask_ahead
from toasty_core.execution.journal import applied_entry, now, opened_entry
from toasty_core.execution.progress import Progress, Report, StepResult
from toasty_core.execution.resume import Before, Unit, start_of, units
from toasty_core.execution.retrying import Attempt, patiently
from toasty_core.migrations.direction import Direction
from toasty_core.url import redact

if TYPE_CHECKING:
    from datetime import datetime

    from toasty_core.backends import Database, DataCheck, JournalEntry
    from toasty_core.execution.lock import Lock
    from toasty_core.execution.plan import Plan, Step
    from toasty_core.plugins.hooks import Hooks

__all__ = ["Session", "run"]


_CAUTION = Caution()


@frozen
class Session:
    """What a run needs besides its plan: the database, its lock, the plug-ins, the way to a schema.

    `caution` says how often to try again where others are in the way, `progress` hears of it.
    """

    database: Database
    lock: Lock
    hooks: Hooks
    before: Before
    caution: Caution = _CAUTION
    progress: Progress = field(factory=Progress)

    def send(self, statement: Statement, step: Step, part: Compiled) -> None:
        """Sends one statement. Whatever goes wrong is said with file and line."""
        self.lock.check()
        self.hooks.before_statement(statement, step)
        started = time.perf_counter()
        try:
            self.database.execute(statement)
        except ToastyError as error:
            error.where = error.where or step.where(part, operation=error.operation)
            raise
        except (Exception, SystemExit) as error:  # from a function of the user's
            raise StatementFailed(
                f"{type(error).__name__}: {error}",
                where=step.where(part),
                statement=self.shown(statement),
            ) from error
        self.hooks.after_statement(statement, step, time.perf_counter() - started)

    def shown(self, text: object) -> str:
        """A text for people, without the URL's secrets."""
        return redact(str(text), self.database.url)


def run(plan: Plan, session: Session) -> Report:
    """Runs the steps of a plan in order, under a lock that is held already.

    Stops at the first that fails, with its error; the steps before it stand. Raises Interrupted on Ctrl-C,
    which says what stands.
    """
    done: list[StepResult] = []
    notices = [*plan.notices, *map(str, plan.findings)]
    for step in plan.steps:
        try:
            session.lock.renew()
            seconds = _run_step(step, session)
        except KeyboardInterrupt:
            raise _interrupted(step, session, len(done)) from None
        if seconds is None:
            notices.append(f"{step.version} was done by another runner meanwhile")
        else:
            done.append(StepResult(step.version, seconds, _notes(step)))
    session.database.settle_journal()
    return Report(plan.direction, tuple(done), tuple(notices))


def _notes(step: Step) -> tuple[str, ...]:
    if step.resume is None or not step.resume.done:
        return ()
    return (f"went on after {step.resume.done} statement(s) of an earlier run",)


def _run_step(step: Step, session: Session) -> float | None:
    """Runs one migration and gives its seconds; None when another runner did it."""
    session.progress.started(step)
    began, started = now(), time.perf_counter()
    try:
        session.hooks.before_migration(step)
        whole = step.transactional and step.resume is None
        if not (_run_whole if whole else _run_journaled)(step, session, began, started):
            return None
    except BaseException as error:
        session.hooks.error(step, error)
        raise
    seconds = time.perf_counter() - started
    if session.hooks.awaits_records:
        session.database.settle_journal()
    session.hooks.after_migration(step, seconds)
    session.progress.finished(step, seconds)
    return seconds


# In one transaction, the journal's row with it.


def _run_whole(step: Step, session: Session, began: datetime, started: float) -> bool:
    database = session.database

    def once() -> bool:
        with database.transaction(step.statements):
            if not _is_due(step, database):
                return False
            for part in step.compiled:
                if part.checks:
                    ask(database, part.checks, partial(step.where, part))
                for statement in part.statements:
                    session.send(statement, step, part)
            session.lock.check()
            _conclude(step, session, began, started)
        return True

    return patiently(once, Attempt(step, session, step.compiled))


def _is_due(step: Step, database: Database) -> bool:
    """Is the journal still as the plan found it, which was made under the lock or looked at again there?"""
    if database.lock_is_sessions:
        return True
    return database.has_entry(step.version) == (step.direction is Direction.DOWN)


def _conclude(step: Step, session: Session, began: datetime, started: float) -> None:
    if step.direction is Direction.DOWN:
        session.database.delete_journal(step.version)
        return
    row = applied_entry(
        step.version,
        step.fingerprint,
        session.lock.owner,
        started=began,
        duration=time.perf_counter() - started,
        total=len(step.statements),
    )
    session.database.write_journal(row)


# Statement by statement, with the journal written around each.


def _run_journaled(step: Step, session: Session, began: datetime, started: float) -> bool:
    database = session.database
    if step.resume is None and not _is_due(step, database):
        return False
    parts = tuple(units(step, bool(database.backend.features.transactional_rows)))
    first = start_of(step, database, parts, session.before)
    fresh = [part for unit in parts for part in unit.fresh(first)]
    halfway = [operation for unit in parts for operation in unit.under_way(first)]
    later = ask_ahead(database, step, fresh, halfway, begun=first > 0)
    trail = _Trail(step, session, first)
    try:
        for unit in parts:
            if unit.end > first:
                trail.follow(unit, later)
    except ToastyError as error:  # after Ctrl-C the row stays as it is, as after a crash
        trail.failed(error)
        raise
    _conclude(step, session, began, started)
    return True


class _Trail:
    """The journal's row of one migration while it runs: how far it is, and what is in flight."""

    def __init__(self, step: Step, session: Session, done: int) -> None:
        up = step.direction is Direction.UP
        state = JournalState.RUNNING if up else JournalState.REVERTING
        self._step = step
        self._session = session
        self._row: JournalEntry = opened_entry(
            step.version,
            step.fingerprint,
            session.lock.owner,
            state=state,
            done=done,
            total=len(step.statements),
            form=step.form,
        )

    def follow(self, unit: Unit, later: tuple[DataCheck, ...]) -> None:
        """Does a unit, from where the row stands."""
        if unit.atomic:
            self._in_one(unit, later)
            return
        position = unit.first
        for part in unit.parts:
            if position >= self._row.done:
                self._ask(part, later)
            for statement in part.statements:
                if position >= self._row.done:
                    self._write(statement=self._session.shown(statement))
                    self._send(statement, part)
                    self._row = self._row._replace(done=position + 1, statement=None)
                position += 1
        if unit.end < self._row.total:  # else the row that says it is through follows at once
            self._write(statement=None)

    def _send(self, statement: Statement, part: Compiled) -> None:
        attempt = Attempt(self._step, self._session, (part,))
        patiently(partial(self._session.send, statement, self._step, part), attempt)

    def _in_one(self, unit: Unit, later: tuple[DataCheck, ...]) -> None:
        attempt = Attempt(self._step, self._session, unit.parts)
        self._row = patiently(partial(self._at_once, unit, later), attempt)

    def _at_once(self, unit: Unit, later: tuple[DataCheck, ...]) -> JournalEntry:
        with self._session.database.transaction(unit.statements):
            for part in unit.parts:
                self._ask(part, later)
                for statement in part.statements:
                    self._session.send(statement, self._step, part)
            self._session.lock.check()
            row = self._row._replace(done=unit.end, statement=None)
            self._session.database.write_journal(row)
        return row

    def _ask(self, part: Compiled, later: tuple[DataCheck, ...]) -> None:
        checks = [check for check in part.checks if check in later]
        if checks:
            so_far = f"{self._row.done} of {self._row.total} statements are through."
            ask(self._session.database, checks, partial(self._step.where, part), so_far)

    def _write(self, *, statement: str | None) -> None:
        self._row = self._row._replace(statement=statement)
        self._session.database.write_journal(self._row)

    def failed(self, error: ToastyError) -> None:
        """Notes what went wrong, if the outcome is known and the database still listens."""
        if _is_unsure(error):
            return
        up = self._step.direction is Direction.UP
        state = JournalState.FAILED if up else JournalState.REVERTING
        self._row = self._row._replace(
            state=state, error=self._session.shown(error.what), finished=now()
        )
        with suppress(DatabaseError):  # the error itself is what has to be told
            self._session.database.write_journal(self._row)


def _is_unsure(error: ToastyError) -> bool:
    """Is it open whether the statement in flight took effect? Then the row stays as a crash leaves it."""
    if isinstance(error, LockLost):
        return True  # whoever has the lock now may have written the row
    return isinstance(error, DatabaseError) and not isinstance(error, StatementFailed)


def _interrupted(step: Step, session: Session, done: int) -> Interrupted:
    """What stands after Ctrl-C, as the journal says it."""
    word = "applied" if step.direction is Direction.UP else "reverted"
    return Interrupted(
        f"Interrupted. {done} migration(s) were {word} before {step.version}, {_standing(step, session)}",
        hint=f"go on with: toasty migrate:{step.direction.value}",
    )


def _standing(step: Step, session: Session) -> str:
    try:
        row = session.database.read_entry(step.version)
    except DatabaseError:
        return "whose state cannot be read now."
    up = step.direction is Direction.UP
    applied = row is not None and row.state is JournalState.APPLIED
    if applied if up else row is None:
        return "which is through too."
    if row is None or applied:
        word = "applied" if up else "reverted"
        return f"of which nothing is {word}."
    return f"of which {row.done} of {row.total} statements are through."
