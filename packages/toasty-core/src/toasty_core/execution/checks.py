"""What is looked at before a change: the plan by itself, and the rows that are there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from attrs import asdict, evolve, frozen

from toasty_core.backends import Caution
from toasty_core.errors import CheckFailed, PluginError, StatementFailed
from toasty_core.migrations.direction import Direction
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    Category,
    CreateIndex,
    CreateTable,
    DropIndex,
    Hazard,
    Operation,
    RenameIndex,
    SetTableComment,
    SetTableOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from toasty_core.backends import Compiled, Database, DataCheck, Effect, TableSize
    from toasty_core.execution.plan import Plan, Step
    from toasty_core.plugins.hooks import Hooks

__all__ = [
    "Finding",
    "Severity",
    "ask",
    "ask_ahead",
    "check_plan",
    "checked",
    "refuse_errors",
    "rows_in_words",
]


_CAUTION = Caution()


class Severity(Enum):
    """How bad a finding is. An ERROR stops a run before anything is changed."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@frozen
class Finding:
    """Something about a plan or a project that should be known.

    `code` names the kind of finding for programs (`drops-data`), `where` the file and line, `what` says it
    in a sentence, `hint` what to do.
    """

    code: str
    severity: Severity
    where: str
    what: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


def checked(plan: Plan, hooks: Hooks, caution: Caution = _CAUTION) -> Plan:
    """The plan with what is found about it, by ourselves and by the plug-ins."""
    return evolve(plan, findings=check_plan(plan, hooks, caution))


def check_plan(plan: Plan, hooks: Hooks, caution: Caution = _CAUTION) -> tuple[Finding, ...]:
    """What can be said about a plan without running it, by ourselves and by the plug-ins."""
    own = [finding for step in plan.steps for finding in destructive(step)]
    held = [found for step in plan.steps for found in blocking(step, plan.sizes, caution)]
    return (*own, *held, *notices(plan), *map(_finding, hooks.check(plan)))


def _finding(found: object) -> Finding:
    if not isinstance(found, Finding):
        raise PluginError(
            f"A plug-in's toasty_check gave {found!r}, which is no finding.",
            hint="give toasty_core.execution.Finding(code, severity, where, what, hint)",
        )
    return found


def destructive(step: Step) -> Iterator[Finding]:
    """A warning for each operation on the way up that takes data away."""
    if step.direction is Direction.DOWN:
        return
    for position, operation in enumerate(step.recording.operations):
        if operation.category is Category.DESTRUCTIVE and operation.hazard is not Hazard.SAFE:
            where = step.recording.where(position)
            what = f"{operation.describe()}: its data cannot be brought back"
            yield Finding("drops-data", Severity.WARNING, where, what, "back up the database first")


def notices(plan: Plan) -> tuple[Finding, ...]:
    """What the statements say that should be known, each sentence once, at the place that says it first."""
    said: dict[str, Finding] = {}
    for step in plan.steps:
        for part in step.compiled:
            for what in filter(None, (statement.notice for statement in part.statements)):
                said.setdefault(what, Finding("notice", Severity.INFO, step.where(part), what))
    return tuple(said.values())


def blocking(step: Step, sizes: Mapping[str, TableSize], caution: Caution) -> Iterator[Finding]:
    """A finding for each statement that makes the writers of a large table wait: an error, unless allowed."""
    if caution.large_table is None or not sizes:
        return
    severity = Severity.WARNING if caution.allow_blocking else Severity.ERROR
    for part in step.compiled:
        for statement in part.statements:
            for effect in statement.effects:
                size = sizes.get(effect.table)
                if effect.blocking and size is not None and size.rows >= caution.large_table:
                    yield _blocks(step.where(part), part, effect, size, severity)


def _blocks(
    where: str, part: Compiled, effect: Effect, size: TableSize, severity: Severity
) -> Finding:
    what = (
        f"{part.operations[0].describe()}: the database {effect.work.value} under {effect.lock}, and "
        f"whoever writes to {effect.table} ({size.rows:,} rows) waits until it is done."
    )
    hint = "run it when nobody writes, with --allow-blocking"
    return Finding("blocks-writes", severity, where, what, hint)


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raises CheckFailed when a finding is an error."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise CheckFailed(
            f"{errors[0].what} Nothing was changed.".replace(".. ", ". "),
            where=errors[0].where or None,
            hint=errors[0].hint,
            findings=errors[1:],
        )


def ask(
    database: Database,
    checks: Iterable[DataCheck],
    where: Callable[[DataCheck], str],
    so_far: str = "Nothing was changed.",
) -> None:
    """Raises CheckFailed for the first check that rows fail, with their number and some of them.

    `where` gives file and line of what a check is about, `so_far` says what has been changed by then.
    """
    for check in checks:
        found = database.violations(check)
        if found.count:
            raise CheckFailed(
                f"{check.where}: {rows_in_words(found.count, check.what)}. {so_far}",
                where=where(check),
                hint=check.hint,
                findings=found.examples,
            )


_SINGULAR = {"are": "is", "break": "breaks", "have": "has", "point": "points", "stand": "stands"}


def rows_in_words(count: int, what: str) -> str:
    """`2 rows are null`, `1 row is null`: checks speak of many rows."""
    if count != 1:
        return f"{count} rows {what}"
    verb, blank, rest = what.partition(" ")
    return f"1 row {_SINGULAR.get(verb, verb)}{blank}{rest}"


def ask_ahead(
    database: Database,
    step: Step,
    parts: Sequence[Compiled],
    halfway: Sequence[Operation] = (),
    *,
    begun: bool = False,
) -> tuple[DataCheck, ...]:
    """Asks the checks of all `parts` that can be asked before the first of them changes anything.

    The rest, which depend on what the parts before them do, is returned, to be asked at its place. Of a
    migration that has `begun`, what is about the rows before all of it was asked then. Operations that a crash left
    `halfway` go on before the first part.
    """
    later: list[DataCheck] = []
    done: list[Operation] = [*halfway]
    for part in parts:
        ahead = tuple(check for check in part.checks if check.ahead)
        if ahead and not begun:
            _asked(
                database, step, part._replace(checks=ahead)
            )  # else the database will judge itself
        rest = tuple(check for check in part.checks if not check.ahead)
        if rest and not _answered(database, step, part._replace(checks=rest), done):
            later += rest
        done += part.operations
    return tuple(later)


_HARMLESS = (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    CreateIndex,
    DropIndex,
    RenameIndex,
    SetTableComment,
    SetTableOptions,
)
"""Operations after which the rows that were there fit, or do not fit, just as before."""


def _answered(database: Database, step: Step, part: Compiled, done: Sequence[Operation]) -> bool:
    """Asks a part's checks, unless what was `done` before it changes the answer. Were they asked?"""
    return not _depends(part, done) and _asked(database, step, part)


def _depends(part: Compiled, done: Sequence[Operation]) -> bool:
    """Can what was `done` before change the answer to the checks of a part?"""
    touched = {key for operation in part.operations for key in operation.touches()}
    changes = (_changes(operation) for operation in done if not isinstance(operation, _HARMLESS))
    if any(not tables or not touched.isdisjoint(tables) for tables in changes):
        return True
    added = {op.column.name for op in done if isinstance(op, AddColumn) and op.table in touched}
    return bool(added) and not added.isdisjoint(_words(part.operations))


def _words(operations: Iterable[Operation]) -> set[str]:
    """All words in what the operations hold: among them are the columns that they speak of.

    A database that has no columns of its own answers for one to come as if it were there, and empty.
    """
    return {
        word
        for operation in operations
        for text in _texts(asdict(operation))
        for word in re.findall(r"\w+", text)
    }


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _changes(operation: Operation) -> tuple[str, ...]:
    """The tables whose rows an operation may change; empty when that cannot be known."""
    return (operation.table.key,) if isinstance(operation, CreateTable) else operation.touches()


def _asked(database: Database, step: Step, part: Compiled) -> bool:
    """Asks a part's checks; False when the database cannot answer yet, such as for a column to come."""
    try:
        ask(database, part.checks, partial(step.where, part))
    except StatementFailed:
        return False
    return True
