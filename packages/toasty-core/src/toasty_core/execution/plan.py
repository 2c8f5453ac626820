"""What will be run: each migration with its operations and statements, before anything is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from toasty_core.backends import Compiled, JournalEntry, Statement
from toasty_core.errors import HistoryError, Irreversible
from toasty_core.execution.compiling import compile_recording
from toasty_core.execution.standing import Standing, begins_anew, compare, find_version
from toasty_core.execution.states import UndoDraft, fold_files, record_both, where
from toasty_core.migrations.direction import Direction
from toasty_core.migrations.recording import Recording
from toasty_core.operations import Hazard, ModifyColumn, Operation
from toasty_core.schema.snapshot import SchemaSnapshot

if TYPE_CHECKING:
    from toasty_core.backends import Backend, Database, DataCheck, TableSize
    from toasty_core.execution.checks import Finding
    from toasty_core.execution.journal import Journal
    from toasty_core.migrations.files import MigrationFile
    from toasty_core.migrations.fingerprints import Fingerprint
    from toasty_core.migrations.history import History

__all__ = ["Plan", "Step", "plan_down", "plan_up", "schema_before", "sized"]


@frozen(kw_only=True)
class Step:
    """One migration of a plan, up or down.

    `transactional` says that all of it happens in one transaction, its journal row included. `resume` is
    the row that an earlier run left half-way, `form` what the statements depend on (`Backend.form`).
    `widening` are the changes of types that every value survives.
    """

    version: str
    direction: Direction
    recording: Recording
    compiled: tuple[Compiled, ...]
    transactional: bool
    out_of_order: bool = False
    resume: JournalEntry | None = None
    form: str = ""
    widening: tuple[Operation, ...] = ()

    def hazard(self, operation: Operation) -> Hazard:
        """What one of its operations may do to data, given the types that stand before it."""
        safe = any(known is operation for known in self.widening)
        return Hazard.SAFE if safe else operation.hazard

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of the file that was recorded."""
        assert self.recording.fingerprint is not None, "a file was recorded"
        return self.recording.fingerprint

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements in order."""
        return tuple(statement for part in self.compiled for statement in part.statements)

    def where(
        self,
        compiled: Compiled,
        check: DataCheck | None = None,
        operation: object | None = None,
    ) -> str:
        """File and line of what was compiled: of the `operation`, or that which a check is about, else of the first."""
        place = check.where if check is not None else None
        about = (item for item in compiled.operations if place and _is_about(item, place))
        known = operation or (check.operation if check is not None else None)
        return where(self.recording, known or next(about, compiled.operations[0]))


def _is_about(operation: Operation, place: str) -> bool:
    """Does the operation name the column that a check speaks of as `users.email`?"""
    part = getattr(operation, "unique", None) or getattr(operation, "foreign_key", None)
    columns = getattr(part, "columns", ())
    named = any(f"{key}.{name}" == place for key in operation.touches() for name in columns)
    return named or place in operation.describe()


@frozen
class Plan:
    """The steps in order, and what there is to know about them.

    It holds no schemas: a thousand steps cost what their statements cost. `sizes` are those of today's
    tables, where statements say what they do to the tables' users.
    """

    direction: Direction
    steps: tuple[Step, ...] = ()
    notices: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    sizes: Mapping[str, TableSize] = field(factory=dict)


def plan_up(
    history: History,
    journal: Journal,
    backend: Backend | None,
    target: str | None = None,
    count: int | None = None,
) -> Plan:
    """The migrations that are pending, in the history's order: up to `target`, or the first `count`.

    What an earlier run left half-way comes first. Without a backend the steps have no statements.
    Raises HistoryError (a changed file, an unknown target), SchemaError and Unsupported.
    """
    standing = compare(history, journal)
    standing.refuse_changed()
    standing.refuse_half_reverted()
    files = _chosen(history, standing, target, count)
    with standing.blaming_missing():
        steps = tuple(_steps_up(history, journal, backend, files))
    late = _late_notices(steps, history, journal)
    return Plan(Direction.UP, steps, (*history.notices, *standing.notices(), *late))


def _chosen(
    history: History, standing: Standing, target: str | None, count: int | None
) -> tuple[MigrationFile, ...]:
    pending = standing.pending
    if target is not None:
        last = history.files.index(find_version(history, target))
        wanted = {file.version for file in history.files[: last + 1]}
        pending = tuple(file for file in pending if file.version in wanted)
    halfway = {row.version for row in standing.halfway}
    pending = tuple(sorted(pending, key=lambda file: file.version not in halfway))
    return pending if count is None else pending[: max(count, 0)]


def _steps_up(
    history: History, journal: Journal, backend: Backend | None, files: Sequence[MigrationFile]
) -> Iterator[Step]:
    if not files:
        return
    applied = [file for file in history.files if journal.is_applied(file.version)]
    newest = history.files.index(applied[-1]) if applied else -1
    early = {file.version for file in history.files[: newest + 1]}
    state = fold_files(history, applied)
    for file in files:
        recording = history.recording(file, Direction.UP)
        entry = journal.entry(file.version)
        yield _step(backend, recording, state, entry, late=file.version in early)
        state = recording.apply(state)


def _step(
    backend: Backend | None,
    recording: Recording,
    before: SchemaSnapshot,
    resume: JournalEntry | None = None,
    *,
    late: bool = False,
) -> Step:
    backend = _as_begun(backend, resume)
    compiled = compile_recording(backend, recording, before)
    return Step(
        version=recording.version,
        direction=recording.direction,
        recording=recording,
        compiled=compiled,
        transactional=_is_transactional(backend, compiled),
        out_of_order=late,
        resume=resume,
        form=backend.form if backend is not None else "",
        widening=tuple(_widening(recording, before)),
    )


def _widening(recording: Recording, before: SchemaSnapshot) -> Iterator[Operation]:
    """The changes of types that lose nothing; most migrations have no changes of types, and are not folded."""
    changes = [item for item in recording.operations if isinstance(item, ModifyColumn)]
    if not changes:
        return
    state: SchemaSnapshot = before.draft()
    for operation in recording.operations:
        if isinstance(operation, ModifyColumn) and operation.hazard_from(state) is Hazard.SAFE:
            yield operation
        state = operation.apply(state)


def _as_begun(backend: Backend | None, resume: JournalEntry | None) -> Backend | None:
    """The backend that compiles what an earlier run began: tables may have grown large meanwhile."""
    if backend is None or resume is None or not resume.form or begins_anew(resume):
        return backend
    return backend.in_form(resume.form)


def _is_transactional(backend: Backend | None, compiled: Sequence[Compiled]) -> bool:
    if backend is None or not backend.features.transactional_rows:
        return False
    return all(statement.transactional for part in compiled for statement in part.statements)


def _late_notices(steps: Iterable[Step], history: History, journal: Journal) -> Iterator[str]:
    """One for each step that is older than what is applied already."""
    late = [step.version for step in steps if step.out_of_order]
    if late:
        newest = [file.version for file in history.files if journal.is_applied(file.version)][-1]
        for version in late:
            yield f"{version} comes late: {newest}, which follows it, is applied already"


def sized(plan: Plan, database: Database) -> Plan:
    """The plan with the sizes of the tables that its statements say something about."""
    if any(statement.effects for step in plan.steps for statement in step.statements):
        return evolve(plan, sizes=database.sizes())
    return plan


def plan_down(
    history: History,
    journal: Journal,
    backend: Backend | None,
    target: str | None = None,
    count: int | None = 1,
) -> Plan:
    """The applied migrations to revert, the last first: `count` of them (None: all).

    With `target`, all that follow it; the target itself stays. What an earlier run left half-reverted
    comes first. Raises HistoryError, and Irreversible before anything is changed.
    """
    standing = compare(history, journal)
    standing.refuse_changed()
    standing.refuse_half_applied()
    files = _to_revert(history, journal, standing, target, count)
    _refuse_missing(standing, find_version(history, target).version if target else _oldest(files))
    with standing.blaming_missing():
        steps = tuple(_steps_down(history, journal, backend, files))
    return Plan(Direction.DOWN, steps, (*history.notices, *standing.notices()))


def _to_revert(
    history: History, journal: Journal, standing: Standing, target: str | None, count: int | None
) -> tuple[MigrationFile, ...]:
    applied = [file for file in history.files if journal.is_applied(file.version)]
    if target is not None:
        kept = find_version(history, target)
        start = history.files.index(kept) + 1
        behind = {file.version for file in history.files[start:]}
        applied = [file for file in applied if file.version in behind]
        count = None
    begun = [history.file(row.version) for row in standing.reverting]
    files = (*begun, *reversed(applied))
    return files if count is None else files[: max(count, 0)]


def _oldest(files: Iterable[MigrationFile]) -> str:
    return min((file.version for file in files), default="")


def _refuse_missing(standing: Standing, oldest: str) -> None:
    """A migration whose file is gone cannot be reverted, nor can those before it."""
    for row in reversed(standing.missing):
        if row.version > oldest:
            raise HistoryError(
                f"{row.version} is applied, but its file is missing, so it cannot be reverted.",
                hint="bring the file back, such as from git or from its branch",
            )


def _steps_down(
    history: History, journal: Journal, backend: Backend | None, files: Sequence[MigrationFile]
) -> Iterator[Step]:
    begun = [file for file in files if not journal.is_applied(file.version)]
    for file in begun:
        applied = (f for f in history.files if f == file or journal.is_applied(f.version))
        before = fold_files(history, applied)
        recording = _reversible(history.recording(file, Direction.DOWN))
        yield _step(backend, recording, before, journal.entry(file.version))
    if len(files) > len(begun):
        yield from _steps_back(history, journal, backend, files[len(begun) :])


def _steps_back(
    history: History, journal: Journal, backend: Backend | None, files: Sequence[MigrationFile]
) -> Iterator[Step]:
    """Folds forward once, marking the state before each migration, then goes back from mark to mark."""
    applied = [file for file in history.files if journal.is_applied(file.version)]
    kept = len(applied) - len(files)
    base = fold_files(history, applied[:kept])
    state = UndoDraft(dict(base.tables), dict(base.sequences))
    ways_back: list[Recording] = []
    for file in applied[kept:]:
        state.mark()
        forth, back = record_both(history, file)
        forth.apply(state)
        ways_back.append(_reversible(back))
    for recording in reversed(ways_back):
        yield _step(backend, recording, state)
        state.undo()


def _reversible(recording: Recording) -> Recording:
    """The recording of a `down`. Raises Irreversible when it says that there is no way back."""
    if recording.irreversible is not None:
        raise Irreversible(
            f"{recording.version} cannot be reverted: {recording.irreversible}",
            where=recording.path,
            hint="nothing was changed; write what should happen into its down(), or stop before it "
            f"with --to {recording.version}",
        )
    return recording


def schema_before(history: History, journal: Journal, step: Step) -> SchemaSnapshot:
    """The schema before a step: all that is applied, and on the way back the migration itself."""
    others = (file for file in history.files if file.version != step.version)
    applied = {file.version for file in others if journal.is_applied(file.version)}
    if step.direction is Direction.DOWN:
        applied.add(step.version)
    return fold_files(history, (file for file in history.files if file.version in applied))
