"""`toasty migrate:repair`"""

from __future__ import annotations

import click

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode


@toasty_command(
    "migrate:repair",
    options.URL,
    options.DIR,
    click.option(
        "--forget-missing",
        is_flag=True,
        help="Also forget applied migrations whose files are gone for good.",
    ),
    options.LOCK_TIMEOUT,
    examples=(
        'toasty migrate:repair --url "sqlite:mydb.db"',
        "toasty migrate:repair --forget-missing    # after a new baseline",
    ),
)
def command(call: Invocation, forget_missing: bool) -> ExitCode:
    """Accept edited files, and clear what a crash left behind.

    A migration file that was changed after it was applied stops migrate:up, until this accepts it as it is now. The
    schema of the database is not touched.
    """
    from toasty_core import api
    from toasty_core.cli.summary import print_changes

    said = api.repair(call.project(), forget_missing=forget_missing)
    print_changes(said, call.output, "Nothing to repair.")
    return ExitCode.FINE
