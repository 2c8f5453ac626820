"""A plan as text: the statements of each migration under the names of its operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.findings import finding_document, print_findings
from toasty_core.cli.operations import operation_document, warning_of
from toasty_core.cli.output import Output, Tone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from toasty_core.backends import Compiled, Effect, Statement, TableSize
    from toasty_core.cli.command import Invocation
    from toasty_core.execution import Plan, Step

__all__ = ["print_plan", "print_script"]


def print_plan(plan: Plan, output: Output) -> ExitCode:
    """Print what would be done; nothing is changed."""
    if output.json:
        output.document(_document(plan))
        return ExitCode.FINE
    for step in plan.steps:
        _print_step(step, plan.sizes, output)
    if not plan.steps:
        output.line("Nothing to do.")
    for notice in plan.notices:
        output.remark(f"note: {notice}", Tone.WARNING)
    print_findings(plan.findings, output)
    return ExitCode.FINE


def _print_step(step: Step, sizes: Mapping[str, TableSize], output: Output) -> None:
    mark = _mark(step.statements)
    output.line(f"{mark} migration {step.version} ({step.direction.value})", Tone.GOOD)
    if not step.transactional:
        output.line(f"{mark} not in one transaction: the journal is written after each statement")
    for compiled in step.compiled:
        _print_compiled(step, compiled, sizes, output)
    output.line()


def _print_compiled(
    step: Step, compiled: Compiled, sizes: Mapping[str, TableSize], output: Output
) -> None:
    output.line()
    mark = _mark(compiled.statements)
    for operation in compiled.operations:
        hazard = step.hazard(operation)
        warning = warning_of(hazard)
        flag = f"  {mark} {hazard.name}: {warning}" if warning else ""
        output.line(f"{mark} {operation.describe()}{flag}", Tone.WARNING if flag else Tone.QUIET)
    for check in compiled.checks:
        output.line(f"{mark} stops here if any row of {check.where} {check.what}", Tone.QUIET)
    for statement in compiled.statements:
        for effect in statement.effects:
            output.line(f"{mark} {effect_text(effect, sizes.get(effect.table))}", _tone(effect))
        if cost := statement.cost(sizes):
            output.line(f"{mark} {cost}", Tone.QUIET)
        output.line(str(statement))


def _mark(statements: Sequence[Statement]) -> str:
    """What begins a comment in the language of the statements."""
    return statements[0].comment if statements else "--"


def _tone(effect: Effect) -> Tone:
    return Tone.WARNING if effect.blocking else Tone.QUIET


def effect_text(effect: Effect, size: TableSize | None) -> str:
    """What a statement means for a table's users: `users: ACCESS EXCLUSIVE, reads all rows (1,200 rows, 96 kB)`."""
    blocks = ", writers wait" if effect.blocking else ""
    today = "" if size is None else f" ({size.rows:,} rows, {_bytes(size.bytes)})"
    return f"{effect.table}: {effect.lock}, {effect.work.value}{blocks}{today}"


def _bytes(number: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} GB"


def _document(plan: Plan) -> dict[str, object]:
    return {
        "direction": plan.direction.value,
        "steps": [_step(step, plan.sizes) for step in plan.steps],
        "notices": list(plan.notices),
        "findings": [finding_document(finding) for finding in plan.findings],
    }


def _step(step: Step, sizes: Mapping[str, TableSize]) -> dict[str, object]:
    return {
        "version": step.version,
        "direction": step.direction.value,
        "transactional": step.transactional,
        "out_of_order": step.out_of_order,
        "parts": [_part(step, compiled, sizes) for compiled in step.compiled],
    }


def _part(step: Step, compiled: Compiled, sizes: Mapping[str, TableSize]) -> dict[str, object]:
    return {
        "operations": [operation_document(item, step.hazard(item)) for item in compiled.operations],
        "checks": [{"where": check.where, "what": check.what} for check in compiled.checks],
        "statements": [str(statement) for statement in compiled.statements],
        "effects": [_effects(statement, sizes) for statement in compiled.statements],
        "costs": [statement.cost(sizes) for statement in compiled.statements],
    }


def _effects(statement: Statement, sizes: Mapping[str, TableSize]) -> list[dict[str, object]]:
    return [_effect(effect, sizes.get(effect.table)) for effect in statement.effects]


def _effect(effect: Effect, size: TableSize | None) -> dict[str, object]:
    return {
        "table": effect.table,
        "lock": effect.lock,
        "work": effect.work.name.lower(),
        "blocking": effect.blocking,
        "rows": None if size is None else size.rows,
        "bytes": None if size is None else size.bytes,
    }


def print_script(
    call: Invocation, dialect: str, *, start: str | None = None, to: str | None = None
) -> ExitCode:
    """Print the script for the database's own client, from after `start` up to `to`."""
    from toasty_core import api

    lines = list(api.offline_script(call.project(), dialect, from_=start, to=to))  # all or none
    if call.output.json:
        call.output.document({"dialect": dialect, "script": "\n".join(lines)})
        return ExitCode.FINE
    for line in lines:
        call.output.line(line)
    return ExitCode.FINE
