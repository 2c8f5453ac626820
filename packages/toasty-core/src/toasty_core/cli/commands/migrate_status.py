"""`toasty migrate:status`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Output, Tone

if TYPE_CHECKING:
    from toasty_core.api import Status, StatusEntry


@toasty_command(
    "migrate:status",
    options.URL,
    options.DIR,
    click.option("--check", is_flag=True, help="Exit with 3 unless everything is applied."),
    examples=(
        'toasty migrate:status --url "sqlite:mydb.db"',
        "toasty migrate:status --check    # for a deployment: 3 if something is pending",
        "toasty migrate:status --json",
    ),
)
def command(call: Invocation, check: bool) -> ExitCode:
    """Show what is applied and what is pending.

    Changes nothing, and does not wait for somebody who is migrating.
    """
    from toasty_core import api

    status = api.status(call.project())
    if call.output.json:
        call.output.document(_document(status))
    else:
        _print(status, call.output)
    settled = all(entry.state is api.StatusState.APPLIED for entry in status.entries)
    return ExitCode.PENDING if check and not settled else ExitCode.FINE


def _print(status: Status, output: Output) -> None:
    if status.entries:
        rows = [(entry.version, entry.state.value, _when(entry)) for entry in status.entries]
        output.table(("version", "state", "applied at"), rows, [_tone(e) for e in status.entries])
        output.line()
    output.line(_summary(status))
    for entry in status.entries:
        if entry.note:
            output.remark(f"note: {entry.version}: {entry.note}", Tone.WARNING)
    for notice in status.notices:
        output.remark(f"note: {notice}", Tone.WARNING)
    if status.lock:
        output.remark(f"note: locked by {status.lock}", Tone.WARNING)


def _summary(status: Status) -> str:
    """`12 applied, 2 pending`: the states there are, and pending in any case."""
    if not status.entries:
        return "No migrations yet."
    states = [entry.state.value for entry in status.entries]
    names = dict.fromkeys(["applied", "pending", *sorted(states)])
    counts = ((states.count(name), name) for name in names)
    return ", ".join(f"{count} {name}" for count, name in counts if count or name == "pending")


def _when(entry: StatusEntry) -> str:
    to_the_second = len("2025-01-17 12:00:00")
    return f"{str(entry.applied_at)[:to_the_second]} UTC" if entry.applied_at else "-"


_TONES = {"applied": Tone.GOOD, "pending": Tone.WARNING}


def _tone(entry: StatusEntry) -> Tone:
    return _TONES.get(entry.state.value, Tone.BAD)


def _document(status: Status) -> dict[str, object]:
    pending = sum(entry.state.value == "pending" for entry in status.entries)
    return {
        "migrations": [_entry(entry) for entry in status.entries],
        "pending": pending,
        "notices": list(status.notices),
        "locked_by": str(status.lock) if status.lock else None,
    }


def _entry(entry: StatusEntry) -> dict[str, object]:
    return {
        "version": entry.version,
        "state": entry.state.value,
        "applied_at": entry.applied_at.isoformat() if entry.applied_at else None,
        "applied_by": entry.applied_by or None,
        "seconds": entry.duration,
        "note": entry.note or None,
    }
