"""`toasty migrate:check`"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.findings import finding_document, print_findings
from toasty_core.cli.output import Mark, Output, Tone

if TYPE_CHECKING:
    from toasty_core.api import CheckReport


@toasty_command(
    "migrate:check",
    options.MODELS,
    options.DIR,
    options.URL,
    examples=(
        "toasty migrate:check    # in CI: 3 if a model has changed without a migration",
        'toasty migrate:check --models app.models --url "sqlite:mydb.db"',
    ),
)
def command(call: Invocation) -> ExitCode:
    """Check that models, files and snapshot agree, such as in CI.

    Every file must load, in one order, and make what .schema.json says; with --models, the models must need no new
    migration; with --url, none may be pending. Exits with 3 when something differs.
    """
    from toasty_core import api

    report = api.check(call.project())
    if call.output.json:
        call.output.document(_document(report))
    else:
        _print(report, call.output)
    return ExitCode.PENDING if _differs(report) else ExitCode.FINE


def _differs(report: CheckReport) -> bool:
    return bool(report.findings or report.pending_changes or report.pending_migrations)


def _print(report: CheckReport, output: Output) -> None:
    print_findings(report.findings, output)
    if report.pending_changes:
        output.line("The models have changes without a migration:")
        for operation in report.pending_changes:
            output.line(f"  {operation.describe()}", Tone.WARNING)
    if report.pending_migrations:
        output.line("Pending migrations:")
        for version in report.pending_migrations:
            output.line(f"  {version}", Tone.WARNING)
    if not _differs(report):
        output.line(f"{output.mark(Mark.DONE)} All agrees.", Tone.GOOD)


def _document(report: CheckReport) -> dict[str, object]:
    return {
        "findings": [finding_document(finding) for finding in report.findings],
        "pending_changes": [operation.describe() for operation in report.pending_changes or ()],
        "pending_migrations": list(report.pending_migrations),
    }
