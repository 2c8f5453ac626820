"""The options that several commands share, each said once."""

from __future__ import annotations

import click

from toasty_core.cli.choices import complete_scheme, complete_version
from toasty_core.cli.configuration import NEVER
from toasty_core.errors import UsageError

__all__ = [
    "ALLOW_BLOCKING",
    "BACKUP",
    "COUNT",
    "DIALECT",
    "DIR",
    "DRY_RUN",
    "JOBS",
    "LARGE_TABLE",
    "LOCK_TIMEOUT",
    "LOCK_TRIES",
    "LOCK_WAIT",
    "MESSAGE",
    "MODELS",
    "OFFLINE",
    "TO",
    "URL",
    "YES",
    "script_dialect",
]


class _Rows(click.ParamType[int | str]):
    """A number of rows, or `never`."""

    name = "rows"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        if value == NEVER or isinstance(value, int):
            return value
        if not value.isdecimal():
            self.fail(f"{value!r} is neither a number of rows nor {NEVER!r}.", param, ctx)
        return int(value)


URL = click.option(
    "--url",
    envvar="TOASTY_URL",
    show_envvar=True,
    metavar="URL",
    help="The database, such as sqlite:mydb.db or postgresql://localhost/mydb.",
)
DIR = click.option(
    "--dir",
    "directory",
    envvar="TOASTY_DIR",
    show_envvar=True,
    type=click.Path(file_okay=False),
    help="The folder of the migration files.  [default: migrations]",
)
MODELS = click.option(
    "--models",
    envvar="TOASTY_MODELS",
    show_envvar=True,
    metavar="TARGET",
    help="Where the models are: package.module, module:attribute or path/to/models.py.",
)
LOCK_TIMEOUT = click.option(
    "--lock-timeout",
    envvar="TOASTY_LOCK_TIMEOUT",
    show_envvar=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait while somebody else migrates.  [default: 60]",
)
LOCK_WAIT = click.option(
    "--lock-wait",
    envvar="TOASTY_LOCK_WAIT",
    show_envvar=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long a statement waits for those who use its table, before it makes way and tries again.  "
    "[default: 3]",
)
LOCK_TRIES = click.option(
    "--lock-tries",
    envvar="TOASTY_LOCK_TRIES",
    show_envvar=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="How often that is tried, before the run gives up and names who was in the way.  [default: 20]",
)
LARGE_TABLE = click.option(
    "--large-table",
    envvar="TOASTY_LARGE_TABLE",
    show_envvar=True,
    type=_Rows(),
    metavar="ROWS",
    help="Tables of so many rows are changed in forms that let others go on; `never` for none.  "
    "[default: 100000]",
)
ALLOW_BLOCKING = click.option(
    "--allow-blocking",
    is_flag=True,
    default=None,
    help="Run also what makes the writers of a large table wait until it is done.",
)
JOBS = click.option(
    "--jobs",
    envvar="TOASTY_JOBS",
    show_envvar=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="How many calls may be under way at once where tables change side by side, as on DynamoDB; other databases "
    "change one after the other.  [default: 4]",
)
BACKUP = click.option(
    "--backup/--no-backup",
    default=None,
    help="Make a backup of each table before something in it is lost, on DynamoDB; or go on without one.",
)
MESSAGE = click.option(
    "-m",
    "--message",
    required=True,
    metavar="TEXT",
    help="What the migration does; it becomes part of the file's name.",
)
TO = click.option(
    "--to",
    metavar="VERSION",
    shell_complete=complete_version,
    help="Stop at this version; its beginning is enough where it is unique.",
)
COUNT = click.option(
    "--count", type=click.IntRange(min=1), metavar="N", help="Take N migrations at most."
)
DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Print what would be done, and change nothing."
)
OFFLINE = click.option(
    "--offline",
    is_flag=True,
    help="Print a script for the database's own client, without a connection.",
)
DIALECT = click.option(
    "--dialect",
    metavar="NAME",
    shell_complete=complete_scheme,
    help="The kind of database that --offline writes for, such as sqlite.",
)
YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def script_dialect(offline: bool, dialect: str | None) -> str | None:
    """The kind of database to write a script for; None if none is asked for.

    Raises UsageError where only half of it is said.
    """
    if offline and not dialect:
        raise UsageError(
            "--offline needs to know the kind of database.", hint="add --dialect sqlite"
        )
    if dialect and not offline:
        raise UsageError("--dialect goes with --offline.", hint=f"--offline --dialect {dialect}")
    return dialect
