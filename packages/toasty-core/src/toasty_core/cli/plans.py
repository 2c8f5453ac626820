"""A plan as text: the statements of each migration under the names of its operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.findings import finding_document, print_findings
from toasty_core.cli.operations import operation_document, warning_of
from toasty_core.cli.output import Output, Tone

if TYPE_CHECKING:
    from toasty_core.backends import Compiled
    from toasty_core.cli.command import Invocation
    from toasty_core.execution import Plan, Step

__all__ = ["print_plan", "print_script"]


def print_plan(plan: Plan, output: Output) -> ExitCode:
    """Print what would be done; nothing is changed."""
    if output.json:
        output.document(_document(plan))
        return ExitCode.FINE
    for step in plan.steps:
        _print_step(step, output)
    if not plan.steps:
        output.line("Nothing to do.")
    for notice in plan.notices:
        output.remark(f"note: {notice}", Tone.WARNING)
    print_findings(plan.findings, output)
    return ExitCode.FINE


def _print_step(step: Step, output: Output) -> None:
    output.line(f"-- migration {step.version} ({step.direction.value})", Tone.GOOD)
    if not step.transactional:
        output.line("-- not in one transaction: the journal is written after each statement")
    for compiled in step.compiled:
        _print_compiled(compiled, output)
    output.line()


def _print_compiled(compiled: Compiled, output: Output) -> None:
    output.line()
    for operation in compiled.operations:
        warning = warning_of(operation)
        flag = f"  -- {operation.hazard.name}: {warning}" if warning else ""
        output.line(f"-- {operation.describe()}{flag}", Tone.WARNING if flag else Tone.QUIET)
    for check in compiled.checks:
        output.line(f"-- stops here if any row of {check.where} {check.what}", Tone.QUIET)
    for statement in compiled.statements:
        output.line(str(statement))


def _document(plan: Plan) -> dict[str, object]:
    return {
        "direction": plan.direction.value,
        "steps": [_step(step) for step in plan.steps],
        "notices": list(plan.notices),
        "findings": [finding_document(finding) for finding in plan.findings],
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "version": step.version,
        "direction": step.direction.value,
        "transactional": step.transactional,
        "out_of_order": step.out_of_order,
        "parts": [_part(compiled) for compiled in step.compiled],
    }


def _part(compiled: Compiled) -> dict[str, object]:
    return {
        "operations": [operation_document(operation) for operation in compiled.operations],
        "checks": [{"where": check.where, "what": check.what} for check in compiled.checks],
        "statements": [str(statement) for statement in compiled.statements],
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
