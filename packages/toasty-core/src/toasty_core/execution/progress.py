"""What a run tells while it goes on, and what it reports at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from toasty_core.backends import LockOwner
    from toasty_core.errors import LockNotAvailable
    from toasty_core.execution.plan import Step
    from toasty_core.migrations.direction import Direction

__all__ = ["Progress", "Report", "StepResult"]


class Progress:
    """Hears what happens during a run. Override what you want to show; by default nothing is.

    ```python
    class Print(Progress):
        def finished(self, step, seconds):
            print(step.version, f"{seconds:.2f} s")

    api.up(project, progress=Print())
    ```
    """

    def started(self, step: Step) -> None:
        """A migration begins."""

    def finished(self, step: Step, seconds: float) -> None:
        """A migration is through and recorded."""

    def waiting(self, holder: LockOwner) -> None:
        """Somebody else is migrating this database; told once for each holder."""

    def working(self, text: str) -> None:
        """What is under way, in words; told now and then while one statement takes long."""

    def retrying(self, step: Step, error: LockNotAvailable, pause: float) -> None:
        """Others are in the way (`error.blockers`); it is tried again after `pause` seconds."""


class StepResult(NamedTuple):
    """One migration that was run: how long it took, and what there is to know about it."""

    version: str
    seconds: float
    notes: tuple[str, ...] = ()


class Report(NamedTuple):
    """What a run did, in order, and what there is to know besides."""

    direction: Direction
    done: tuple[StepResult, ...] = ()
    notices: tuple[str, ...] = ()
