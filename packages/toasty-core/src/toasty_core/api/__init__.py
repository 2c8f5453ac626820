"""The verbs: everything that `toasty` does, as functions that print nothing.

```python
from toasty_core import api

project = api.Project("migrations", url="sqlite:mydb.db", models="app.models")
api.generate(project, "create users")
api.up(project)
```

Names are imported on first use: `status` does not need what `generate` needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

_MODULES: dict[str, tuple[str, ...]] = {
    "toasty_core.api.checking": ("CheckReport", "check", "drift", "rebuild", "show"),
    "toasty_core.api.generating": ("Generated", "generate", "new"),
    "toasty_core.api.inspecting": ("Status", "StatusEntry", "StatusState", "status"),
    "toasty_core.api.inventory": ("BackendInfo", "backends"),
    "toasty_core.api.mending": ("Outcome", "baseline", "repair", "resolve"),
    "toasty_core.api.orphaned": ("Orphans", "orphans"),
    "toasty_core.api.planning": ("offline_script", "plan"),
    "toasty_core.api.project": ("Project",),
    "toasty_core.api.running": ("down", "up"),
    "toasty_core.execution.progress": ("Progress", "Report", "StepResult"),
}
_HOME: dict[str, str] = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [*sorted(_HOME)]  # names from the table above


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'toasty_core.api' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value  # so that the next look-up is an ordinary one
    return value


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from toasty_core.api.checking import CheckReport as CheckReport
    from toasty_core.api.checking import check as check
    from toasty_core.api.checking import drift as drift
    from toasty_core.api.checking import rebuild as rebuild
    from toasty_core.api.checking import show as show
    from toasty_core.api.generating import Generated as Generated
    from toasty_core.api.generating import generate as generate
    from toasty_core.api.generating import new as new
    from toasty_core.api.inspecting import Status as Status
    from toasty_core.api.inspecting import StatusEntry as StatusEntry
    from toasty_core.api.inspecting import StatusState as StatusState
    from toasty_core.api.inspecting import status as status
    from toasty_core.api.inventory import BackendInfo as BackendInfo
    from toasty_core.api.inventory import backends as backends
    from toasty_core.api.mending import Outcome as Outcome
    from toasty_core.api.mending import baseline as baseline
    from toasty_core.api.mending import repair as repair
    from toasty_core.api.mending import resolve as resolve
    from toasty_core.api.orphaned import Orphans as Orphans
    from toasty_core.api.orphaned import orphans as orphans
    from toasty_core.api.planning import offline_script as offline_script
    from toasty_core.api.planning import plan as plan
    from toasty_core.api.project import Project as Project
    from toasty_core.api.running import down as down
    from toasty_core.api.running import up as up
    from toasty_core.execution.progress import Progress as Progress
    from toasty_core.execution.progress import Report as Report
    from toasty_core.execution.progress import StepResult as StepResult
