"""`toasty migrate:plan`"""

from __future__ import annotations

import click

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode


@toasty_command(
    "migrate:plan",
    options.URL,
    options.DIR,
    options.TO,
    options.COUNT,
    click.option("--down", is_flag=True, help="What migrate:down would do, instead."),
    options.LARGE_TABLE,
    options.ALLOW_BLOCKING,
    options.BACKUP,
    options.OFFLINE,
    options.DIALECT,
    click.option("--from", "start", metavar="VERSION", help="With --offline: begin after this."),
    examples=(
        'toasty migrate:plan --url "sqlite:mydb.db"',
        "toasty migrate:plan --down --count 2",
        "toasty migrate:plan --offline --dialect sqlite --from 20250117_120000 > upgrade.sql",
    ),
)
def command(
    call: Invocation,
    to: str | None,
    count: int | None,
    down: bool,
    offline: bool,
    dialect: str | None,
    start: str | None,
) -> ExitCode:
    """Print what migrate:up would do, statement by statement.

    Changes nothing. Operations that lose data are marked, and what the checks find is said. With a URL of a
    database server each statement tells the lock that it takes, its work, and how large the table is today.
    """
    from toasty_core import api
    from toasty_core.cli.plans import print_plan, print_script
    from toasty_core.migrations.direction import Direction

    script = options.script_dialect(offline, dialect)
    if script:
        return print_script(call, script, start=start, to=to)
    direction = Direction.DOWN if down else Direction.UP
    wanted = 1 if down and not to and count is None else count
    plan = api.plan(call.project(), direction=direction, to=to, count=wanted)
    return print_plan(plan, call.output)
