"""`toasty schema:rebuild`"""

from __future__ import annotations

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode


@toasty_command(
    "schema:rebuild",
    options.DIR,
    examples=(
        "toasty schema:rebuild",
        "toasty schema:rebuild --dir custom/migrations    # after a merge conflict",
    ),
)
def command(call: Invocation) -> ExitCode:
    """Write .schema.json anew from the migration files.

    The files are the truth. Needed after a merge, or when somebody edited a file.
    """
    from toasty_core import api
    from toasty_core.cli.summary import shown_path

    path = shown_path(api.rebuild(call.project()))
    if call.output.json:
        call.output.document({"path": path})
    call.output.line(f"Wrote {path}")
    return ExitCode.FINE
