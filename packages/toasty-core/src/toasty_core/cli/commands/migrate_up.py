"""`toasty migrate:up`"""

from __future__ import annotations

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode


@toasty_command(
    "migrate:up",
    options.URL,
    options.DIR,
    options.TO,
    options.COUNT,
    options.DRY_RUN,
    options.OFFLINE,
    options.DIALECT,
    options.LOCK_TIMEOUT,
    options.LOCK_WAIT,
    options.LOCK_TRIES,
    options.LARGE_TABLE,
    options.ALLOW_BLOCKING,
    options.JOBS,
    options.BACKUP,
    examples=(
        'toasty migrate:up --url "sqlite:mydb.db"',
        "toasty migrate:up --dry-run               # print the statements, change nothing",
        "toasty migrate:up --to 20250117_130000    # stop at this version",
        "toasty migrate:up --offline --dialect sqlite > upgrade.sql",
    ),
)
def command(
    call: Invocation,
    to: str | None,
    count: int | None,
    dry_run: bool,
    offline: bool,
    dialect: str | None,
) -> ExitCode:
    """Apply what is pending.

    Migrations run in the order of their versions. One runner works at a time; others wait (--lock-timeout) and then
    find the work done. What fails is rolled back or, where the database cannot do that, recorded statement by
    statement, so that running this again goes on from there.
    """
    from toasty_core import api
    from toasty_core.cli.progress import Printer, print_report

    script = options.script_dialect(offline, dialect)
    if script:
        from toasty_core.cli.plans import print_script

        return print_script(call, script, to=to)
    project = call.project()
    if dry_run:
        from toasty_core.cli.plans import print_plan

        return print_plan(api.plan(project, to=to, count=count), call.output)
    report = api.up(project, to=to, count=count, progress=Printer(call.output))
    print_report(report, call.output, "Nothing to apply: the database is up to date.")
    return ExitCode.FINE
