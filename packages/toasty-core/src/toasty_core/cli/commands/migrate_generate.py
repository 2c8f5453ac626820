"""`toasty migrate:generate`"""

from __future__ import annotations

import click

from toasty_core.cli import options
from toasty_core.cli.answers import AnswerOptions, answering
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode

_URL = click.option(
    "--url",
    envvar="TOASTY_URL",
    show_envvar=True,
    metavar="URL",
    help="The database that the migration is for. It is not asked; but where it knows fields of nested documents, as "
    "MongoDB does, changes of them are written one by one.",
)
_RENAME = click.option(
    "--rename",
    "renames",
    multiple=True,
    metavar="OLD=NEW",
    help="This is a rename: users=accounts, users.email=users.mail, orders.address.zip=orders.address.postcode. "
    "May be given more than once.",
)
_NO_RENAMES = click.option(
    "--no-renames", is_flag=True, help="Everything else that is gone is dropped."
)
_FILL = click.option(
    "--fill",
    "fills",
    multiple=True,
    metavar="TABLE.COLUMN=VALUE",
    help="What rows that exist get in a new column; expr:lower(name) is an expression. "
    "May be given more than once.",
)
_ANSWERS = click.option(
    "--answers",
    "files",
    multiple=True,
    type=click.Path(dir_okay=False, allow_dash=True),
    help="The questions of an earlier run with their answers filled in; - is standard input. "
    "May be given more than once, as answers can bring new questions.",
)
_BASELINE = click.option(
    "--baseline", is_flag=True, help="Write everything as the first migration of the folder."
)


@toasty_command(
    "migrate:generate",
    options.MESSAGE,
    options.MODELS,
    options.DIR,
    _URL,
    _RENAME,
    _NO_RENAMES,
    _FILL,
    _ANSWERS,
    _BASELINE,
    click.option("--dry-run", is_flag=True, help="Print the file, and write nothing."),
    examples=(
        'toasty migrate:generate --message "add email to users"',
        'toasty migrate:generate -m "rename email" --rename users.email=users.mail',
        'toasty migrate:generate -m "add email" --fill users.email=unknown@example.com',
        'toasty migrate:generate --dir custom/migrations --message "add field"',
    ),
)
def command(
    call: Invocation,
    message: str,
    renames: tuple[str, ...],
    no_renames: bool,
    fills: tuple[str, ...],
    files: tuple[str, ...],
    baseline: bool,
    dry_run: bool,
) -> ExitCode:
    """Write the migration that the models ask for.

    Compares them with the migrations so far. Where a column or a table could have been renamed, it asks; without a
    terminal it prints the questions as JSON and exits with 3. No database is needed.
    """
    from toasty_core import api
    from toasty_core.cli.summary import print_generated

    project, options_ = call.project(), AnswerOptions(renames, no_renames, fills, files)
    given = answering(options_, call.output.interactive, project)
    generated = api.generate(project, message, given, baseline=baseline, write=not dry_run)
    print_generated(generated, call.output, written=not dry_run)
    return ExitCode.FINE
