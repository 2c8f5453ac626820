"""The kinds of servers: each is one file here, found by itself, with its fixtures at the end."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType

from toasty_testservers.kind import Kind


def modules() -> list[ModuleType]:
    """The files of this folder that define kinds."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [import_module(f"{__name__}.{name}") for name in names]


def all_kinds() -> dict[str, Kind]:
    """Every kind by its name, in order."""
    values = (value for module in modules() for value in vars(module).values())
    kinds = {value.name: value for value in values if isinstance(value, Kind)}
    return {name: kinds[name] for name in sorted(kinds)}
