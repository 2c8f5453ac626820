"""`toasty migrate:resolve`"""

from __future__ import annotations

import click

from toasty_core.cli import options
from toasty_core.cli.choices import complete_version
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.errors import UsageError


@toasty_command(
    "migrate:resolve",
    click.argument("version", shell_complete=complete_version),
    click.option("--applied", is_flag=True, help="It is in the database, all of it."),
    click.option("--reverted", is_flag=True, help="Nothing of it is in the database."),
    options.URL,
    options.DIR,
    options.LOCK_TIMEOUT,
    examples=(
        "toasty migrate:resolve 20250117_120000_add_user_email --applied",
        "toasty migrate:resolve 20250117_120000_add_user_email --reverted",
    ),
)
def command(call: Invocation, version: str, applied: bool, reverted: bool) -> ExitCode:
    """Say how a crashed migration ended.

    Needed only where Toasty stopped because nothing can tell if the last statement took effect. Look into the
    database, finish or undo VERSION by hand, then say which.
    """
    from toasty_core import api

    if applied is reverted:
        raise UsageError(
            "Say how the migration ended.",
            hint=f"toasty migrate:resolve {version} --applied, or the same with --reverted",
        )
    outcome = api.Outcome.APPLIED if applied else api.Outcome.REVERTED
    api.resolve(call.project(), version, outcome)
    if call.output.json:
        call.output.document({"version": version, "outcome": outcome.value})
    call.output.line(f"Recorded as {outcome.value}: {version}")
    return ExitCode.FINE
