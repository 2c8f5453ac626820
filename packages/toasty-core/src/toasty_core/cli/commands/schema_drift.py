"""`toasty schema:drift`"""

from __future__ import annotations

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Mark, Tone


@toasty_command(
    "schema:drift",
    options.URL,
    options.DIR,
    examples=(
        'toasty schema:drift --url "sqlite:mydb.db"',
        "toasty schema:drift --json    # exit code 3 if there is any",
    ),
)
def command(call: Invocation) -> ExitCode:
    """Compare the database with its migrations.

    Finds what somebody changed by hand: what is listed is in the database and not in the applied migrations, or the
    other way round. Exits with 3 when there is any.
    """
    from toasty_core import api
    from toasty_core.cli.operations import diff_documents

    drift, output = api.drift(call.project()), call.output
    if output.json:
        output.document({"drift": diff_documents(drift)})
    elif drift:
        output.line("The database differs from its migrations, as if somebody had done this:")
        for operation in drift:
            output.line(f"  {operation.describe()}", Tone.WARNING)
    else:
        output.line(f"{output.mark(Mark.DONE)} No drift.", Tone.GOOD)
    return ExitCode.PENDING if drift else ExitCode.FINE
