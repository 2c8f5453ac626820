"""`toasty migrate:baseline`"""

from __future__ import annotations

import click

from toasty_core.cli import options
from toasty_core.cli.choices import complete_version
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode


@toasty_command(
    "migrate:baseline",
    click.argument("version", required=False, shell_complete=complete_version),
    options.URL,
    options.DIR,
    options.LOCK_TIMEOUT,
    examples=(
        'toasty migrate:baseline --url "sqlite:mydb.db"',
        "toasty migrate:baseline 20250117_120000_create_users    # up to this one",
    ),
)
def command(call: Invocation, version: str | None) -> ExitCode:
    """Mark migrations as applied without running them.

    For a database that already has what they make, such as one that was there before Toasty. Up to VERSION, or all.
    """
    from toasty_core import api
    from toasty_core.cli.summary import print_changes

    marked = api.baseline(call.project(), version)
    print_changes(
        tuple(f"Marked as applied: {name}" for name in marked), call.output, "Nothing to mark."
    )
    return ExitCode.FINE
