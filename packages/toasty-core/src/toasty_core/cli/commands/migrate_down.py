"""`toasty migrate:down`"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Tone

if TYPE_CHECKING:
    from toasty_core.execution import Plan


@toasty_command(
    "migrate:down",
    options.URL,
    options.DIR,
    options.TO,
    options.COUNT,
    options.DRY_RUN,
    options.YES,
    options.LOCK_TIMEOUT,
    options.LOCK_WAIT,
    options.LOCK_TRIES,
    options.LARGE_TABLE,
    options.ALLOW_BLOCKING,
    options.JOBS,
    options.BACKUP,
    examples=(
        'toasty migrate:down --url "sqlite:mydb.db"',
        "toasty migrate:down --count 3",
        "toasty migrate:down --to 20250117_120000    # revert what came after this version",
        "toasty migrate:down --dry-run",
    ),
)
def command(
    call: Invocation, to: str | None, count: int | None, dry_run: bool, yes: bool
) -> ExitCode:
    """Revert the last migration, or more.

    --count and --to say how many. On a terminal it asks before rows or values are lost.
    """
    from toasty_core import api
    from toasty_core.cli.progress import Printer, print_report
    from toasty_core.migrations.direction import Direction

    project = call.project()
    wanted = None if to else count or 1
    if dry_run:
        from toasty_core.cli.plans import print_plan

        plan = api.plan(project, direction=Direction.DOWN, to=to, count=wanted)
        return print_plan(plan, call.output)
    if call.output.interactive and not yes:
        _confirm(api.plan(project, direction=Direction.DOWN, to=to, count=wanted), call)
    report = api.down(project, to=to, count=wanted, progress=Printer(call.output))
    why = f"nothing is applied after {to}" if to else "no migration is applied"
    print_report(report, call.output, f"Nothing to revert: {why}.")
    return ExitCode.FINE


def _confirm(plan: Plan, call: Invocation) -> None:
    """Ask, if anything would be lost; a no ends the command."""
    from toasty_core.cli.prompts import confirm
    from toasty_core.operations import Hazard

    lost = [
        operation.describe()
        for step in plan.steps
        for operation in step.recording.operations
        if step.hazard(operation) is not Hazard.SAFE
    ]
    if lost:
        call.output.remark("This loses data:", Tone.WARNING)
        for text in lost:
            call.output.remark(f"  {text}", Tone.WARNING)
        confirm(f"Revert {len(plan.steps)} migration(s)?")
