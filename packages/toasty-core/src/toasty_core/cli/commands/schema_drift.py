"""`toasty schema:drift`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Mark, Output, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toasty_core.api import Orphans


@toasty_command(
    "schema:drift",
    options.URL,
    options.DIR,
    click.option(
        "--orphans",
        is_flag=True,
        help="Also look for rows whose foreign keys point at nothing. Reads the tables that have foreign keys.",
    ),
    examples=(
        'toasty schema:drift --url "sqlite:mydb.db"',
        "toasty schema:drift --json    # exit code 3 if there is any",
        "toasty schema:drift --orphans    # and the rows that point at nothing",
    ),
)
def command(call: Invocation, orphans: bool) -> ExitCode:
    """Compare the database with its migrations.

    Finds what somebody changed by hand: what is listed is in the database and not in the applied migrations, or the
    other way round. With --orphans also the rows that point at nothing, for which a database that does not enforce
    its foreign keys has no eye. Exits with 3 when there is any.
    """
    from toasty_core import api
    from toasty_core.cli.operations import diff_documents

    drift, output = api.drift(call.project()), call.output
    found = api.orphans(call.project()) if orphans else ()
    if output.json:
        asked = {"orphans": [_document(one) for one in found]} if orphans else {}
        output.document({"drift": diff_documents(drift), **asked})
    elif drift:
        output.line("The database differs from its migrations, as if somebody had done this:")
        for operation in drift:
            output.line(f"  {operation.describe()}", Tone.WARNING)
    else:
        output.line(f"{output.mark(Mark.DONE)} No drift.", Tone.GOOD)
    if orphans:
        _print_orphans(found, output)
    return ExitCode.PENDING if drift or any(found) else ExitCode.FINE


def _print_orphans(found: Sequence[Orphans], output: Output) -> None:
    if not any(found):
        keys = "1 foreign key" if len(found) == 1 else f"{len(found)} foreign keys"
        output.line(f"{output.mark(Mark.DONE)} No orphans: {keys} looked at.", Tone.GOOD)
    for one in filter(None, found):
        output.line(f"{one.place}: {_words(one)}", Tone.WARNING)
        for example in one.examples:
            output.line(f"  {example}")
        if one.hint:
            output.line(f"  hint: {one.hint}", Tone.QUIET)


def _words(one: Orphans) -> str:
    from toasty_core.execution.checks import rows_in_words

    if one.problem:
        return f"could not be looked at: {one.problem}"
    return rows_in_words(one.count, one.what)


def _document(one: Orphans) -> dict[str, object]:
    key = one.foreign_key
    return {
        "table": one.table,
        "name": key.name,
        "columns": list(key.columns),
        "references": {"table": key.table, "columns": list(key.references)},
        "count": one.count,
        "examples": list(one.examples),
        "problem": one.problem,
    }
