"""Loading the plug-ins of the group `toasty.plugins`, as many as `TOASTY_PLUGINS` allows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from toasty_core.errors import ConfigError, PluginError, suggest
from toasty_core.plugins.entry_points import PLUGINS, EntryPoint, find_entry_points
from toasty_core.plugins.hooks import Hooks
from toasty_core.plugins.lookup import load_entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pluggy import PluginManager

__all__ = ["VARIABLE", "load_hooks", "plugin_manager"]

VARIABLE = "TOASTY_PLUGINS"


def load_hooks(
    environ: Mapping[str, str] = os.environ, entries: Sequence[EntryPoint] | None = None
) -> Hooks:
    """The hooks to run with: without plug-ins a no-op, and pluggy is not imported.

    `entries` is what `find_entry_points()` gives, for callers that have it already.
    """
    if not _wanted(environ):
        return Hooks()
    found = find_entry_points() if entries is None else tuple(entries)
    chosen = _choose(environ, found)
    return Hooks(_load(chosen) if chosen else None, found)


def plugin_manager(
    environ: Mapping[str, str] = os.environ, entries: Sequence[EntryPoint] | None = None
) -> PluginManager:
    """A new pluggy manager that knows Toasty's hooks and has every chosen plug-in registered.

    To add a plug-in by hand, such as in a test: register it here, then `Hooks(manager)`.
    """
    if not _wanted(environ):
        return _load(())
    return _load(_choose(environ, find_entry_points() if entries is None else entries))


def _wanted(environ: Mapping[str, str]) -> bool:
    """May there be plug-ins? Not if the variable is set and names none."""
    return bool(environ.get(VARIABLE, "all").strip())


def _choose(environ: Mapping[str, str], found: Sequence[EntryPoint]) -> tuple[EntryPoint, ...]:
    """All plug-ins; or those that the variable names, in its order."""
    wanted = environ.get(VARIABLE)
    installed = tuple(point for point in found if point.group == PLUGINS)
    if wanted is None:
        return installed
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    return tuple(point for name in names for point in _named(name, installed))


def _named(name: str, installed: Sequence[EntryPoint]) -> list[EntryPoint]:
    matching = [point for point in installed if point.name == name]
    if matching:
        return matching
    names = sorted({point.name for point in installed})
    raise ConfigError(
        f"{VARIABLE} names the plug-in '{name}', which is not installed "
        f"(installed: {', '.join(names) or 'none'}).",
        where=f"environment variable {VARIABLE}",
        hint=suggest(name, names) or f"pip install the package that brings it, or unset {VARIABLE}",
    )


def _load(points: Sequence[EntryPoint]) -> PluginManager:
    import pluggy

    from toasty_core.plugins import specs

    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    for point in points:
        _register(manager, point)
    return manager


def _register(manager: PluginManager, point: EntryPoint) -> None:
    """Register a plug-in once, however many names it has, and reject misspelt hooks at once."""
    plugin = load_entry(point)
    if manager.is_registered(plugin):
        return
    try:
        manager.register(plugin, name=f"{point.distribution}:{point.name}")
        manager.check_pending()
    except Exception as error:  # pluggy's validation, which names the hook and the argument
        raise PluginError(
            f"'{point.name}' of {point.distribution} {point.version} does not fit Toasty's hooks: "
            f"{' '.join(str(error).split())}",
            where=f'entry point [{point.group}] {point.name} = "{point.target}"',
            hint="the hooks and their arguments: python -m pydoc toasty_core.plugins.specs",
        ) from error
