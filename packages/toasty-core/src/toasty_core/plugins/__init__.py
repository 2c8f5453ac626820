"""Plug-ins: backends chosen by URL scheme, and pluggy plug-ins that hook into every step.

The only place that touches entry points. Importing this package imports neither pluggy nor any
plug-in; `hookimpl`, the marker for a plug-in's functions, brings pluggy along when it is asked
for:

    from toasty_core.plugins import hookimpl

    @hookimpl
    def toasty_before_migration(step):
        print("next:", step)

A distribution announces itself in its `pyproject.toml`; the name of a backend is its URL scheme:

    [project.entry-points."toasty.backends"]
    acme = "toasty_acme:AcmeBackend"

    [project.entry-points."toasty.plugins"]
    notify = "my_company.toasty_notify"

`TOASTY_PLUGINS=notify,audit` loads only the plug-ins named, `TOASTY_PLUGINS=` none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.plugins.hooks import Hooks
from toasty_core.plugins.lookup import (
    EntryPoint,
    backend_for,
    find_entry_points,
    installed_backends,
)
from toasty_core.plugins.manager import load_hooks, plugin_manager

if TYPE_CHECKING:
    from toasty_core.plugins.specs import hookimpl

__all__ = [
    "EntryPoint",
    "Hooks",
    "backend_for",
    "find_entry_points",
    "hookimpl",
    "installed_backends",
    "load_hooks",
    "plugin_manager",
]


def __getattr__(name: str) -> object:
    if name == "hookimpl":
        from toasty_core.plugins.specs import hookimpl

        return hookimpl
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
