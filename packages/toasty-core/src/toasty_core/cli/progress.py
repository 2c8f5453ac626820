"""What is printed while migrations run, and the report when they have run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli.output import Mark, Output, Tone
from toasty_core.execution.progress import Progress
from toasty_core.migrations.direction import Direction

if TYPE_CHECKING:
    from toasty_core.backends import LockOwner
    from toasty_core.errors import LockNotAvailable
    from toasty_core.execution import Report, Step, StepResult

__all__ = ["Printer", "print_report"]

_DOING = {Direction.UP: "Applying", Direction.DOWN: "Reverting"}
_DONE = {Direction.UP: "Applied", Direction.DOWN: "Reverted"}


class Printer(Progress):
    """Prints each migration when it begins and when it is done, and whom we wait for."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._mark = output.mark(Mark.DONE)

    def started(self, step: Step) -> None:
        self._output.line(f"{_DOING[step.direction]} migration: {step.version}")

    def finished(self, step: Step, seconds: float) -> None:
        text = f"  {self._mark} {_DONE[step.direction]}: {step.version}"
        self._output.line(text, Tone.GOOD)

    def waiting(self, holder: LockOwner) -> None:
        self._output.remark(f"Waiting for {holder}, who is migrating ...", Tone.WARNING)

    def working(self, text: str) -> None:
        self._output.remark(f"  {text}")

    def retrying(self, step: Step, error: LockNotAvailable, pause: float) -> None:
        what = f"Others are in the way of {step.version}"
        for blocker in error.blockers:
            what += f"\n  {blocker}"
        self._output.remark(f"{what}\n  trying again in {pause:.1f} s ...", Tone.WARNING)


def print_report(report: Report, output: Output, nothing: str) -> None:
    """The end of a run: what there is to know, and how many were done; `nothing` if none were."""
    if output.json:
        output.document(_document(report))
        return
    for text in (*report.notices, *(note for step in report.done for note in step.notes)):
        output.remark(f"note: {text}", Tone.WARNING)
    if report.done:
        output.line()
        word = _DONE[report.direction]
        text = f"{output.mark(Mark.DONE)} {word} {len(report.done)} migration(s)"
        output.line(text, Tone.GOOD)
    else:
        output.line(nothing)


def _document(report: Report) -> dict[str, object]:
    return {
        "direction": report.direction.value,
        "done": [_step(step) for step in report.done],
        "notices": list(report.notices),
    }


def _step(step: StepResult) -> dict[str, object]:
    return {"version": step.version, "seconds": round(step.seconds, 6), "notes": list(step.notes)}
