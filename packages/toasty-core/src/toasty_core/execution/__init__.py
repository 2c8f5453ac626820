"""Running migrations: the plan, its checks, the journal, the lock and the loop that does it.

Names are imported on first use: reading the journal does not need what running a migration needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

_MODULES: dict[str, tuple[str, ...]] = {
    "toasty_core.execution.checks": ("Finding", "Severity", "check_plan"),
    "toasty_core.execution.journal": ("Journal",),
    "toasty_core.execution.lock": ("Lock",),
    "toasty_core.execution.plan": ("Plan", "Step", "plan_down", "plan_up"),
    "toasty_core.execution.progress": ("Progress", "Report", "StepResult"),
    "toasty_core.execution.runner": ("Session", "run"),
    "toasty_core.execution.standing": ("Standing", "compare"),
}
_HOME: dict[str, str] = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [*sorted(_HOME)]  # names from the table above


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'toasty_core.execution' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


if TYPE_CHECKING:
    from toasty_core.execution.checks import Finding as Finding
    from toasty_core.execution.checks import Severity as Severity
    from toasty_core.execution.checks import check_plan as check_plan
    from toasty_core.execution.journal import Journal as Journal
    from toasty_core.execution.lock import Lock as Lock
    from toasty_core.execution.plan import Plan as Plan
    from toasty_core.execution.plan import Step as Step
    from toasty_core.execution.plan import plan_down as plan_down
    from toasty_core.execution.plan import plan_up as plan_up
    from toasty_core.execution.progress import Progress as Progress
    from toasty_core.execution.progress import Report as Report
    from toasty_core.execution.progress import StepResult as StepResult
    from toasty_core.execution.runner import Session as Session
    from toasty_core.execution.runner import run as run
    from toasty_core.execution.standing import Standing as Standing
    from toasty_core.execution.standing import compare as compare
