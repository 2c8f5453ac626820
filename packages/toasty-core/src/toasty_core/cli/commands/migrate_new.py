"""`toasty migrate:new`"""

from __future__ import annotations

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode


@toasty_command(
    "migrate:new",
    options.DIR,
    options.MESSAGE,
    examples=(
        'toasty migrate:new --message "fill in missing emails"',
        'toasty migrate:new -m "seed countries" --dir custom/migrations',
    ),
)
def command(call: Invocation, message: str) -> ExitCode:
    """Write an empty migration, to fill in by hand.

    Good for data: db.update_rows, db.insert_rows, db.execute_sql, db.run.
    """
    from toasty_core import api
    from toasty_core.cli.summary import print_generated

    print_generated(api.new(call.project(), message), call.output)
    return ExitCode.FINE
