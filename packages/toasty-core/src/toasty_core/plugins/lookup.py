"""The backend for a URL scheme: only the one that is asked for is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.errors import BackendConflict, BackendNotInstalled, PluginError, suggest
from toasty_core.plugins.entry_points import BACKENDS, EntryPoint, find_entry_points
from toasty_core.plugins.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from toasty_core.backends import Backend

__all__ = ["EntryPoint", "backend_for", "find_entry_points", "installed_backends", "load_entry"]

_KNOWN = {
    "dynamodb": "toasty-dynamo",
    "mariadb": "toasty-mysql",
    "mongodb": "toasty-mongo",
    "mongodb+srv": "toasty-mongo",
    "mysql": "toasty-mysql",
    "postgres": "toasty-postgres",
    "postgresql": "toasty-postgres",
    "sqlite": "toasty-sqlite",
}
"""Which of our own packages to install for a scheme; other people's need no place here."""


def installed_backends(path: Iterable[str] | None = None) -> tuple[EntryPoint, ...]:
    """What is installed, by scheme; nothing is imported."""
    return _backends(find_entry_points(path))


def backend_for(
    scheme: str, hooks: Hooks | None = None, installed: Sequence[EntryPoint] | None = None
) -> Backend:
    """The backend that answers to a URL's scheme: a plug-in's answer first, then the entry points.

    `installed` is what `installed_backends()` gives, for callers that have it already.
    Raises BackendNotInstalled, BackendConflict, or PluginError where the backend itself is broken.
    """
    scheme = scheme.lower()
    offered = hooks.backend(scheme) if hooks else None
    if offered is not None:
        return offered
    if installed is None:
        installed = (
            _backends(hooks.installed) if hooks and hooks.installed else installed_backends()
        )
    return _create(_choose(scheme, installed))


def _backends(points: Iterable[EntryPoint]) -> tuple[EntryPoint, ...]:
    return tuple(point for point in points if point.group == BACKENDS)


def _choose(scheme: str, installed: Sequence[EntryPoint]) -> EntryPoint:
    rivals = {point.distribution: point for point in installed if point.name.lower() == scheme}
    if not rivals:
        raise _not_installed(scheme, sorted({point.name for point in installed}))
    if len(rivals) > 1:
        names = " and ".join(f"{name} {point.version}" for name, point in sorted(rivals.items()))
        raise BackendConflict(
            f"More than one installed package answers to '{scheme}:' URLs: {names}.",
            hint=f"uninstall all but one, such as: pip uninstall {max(rivals)}",
        )
    return next(iter(rivals.values()))


def _not_installed(scheme: str, installed: list[str]) -> BackendNotInstalled:
    package = _KNOWN.get(scheme)
    near = suggest(scheme, {*installed, *_KNOWN})
    if package:
        hint = f"pip install {package}"
    else:
        other = "install the package that brings it with pip"
        hint = f"{near}  Otherwise {other}." if near else other
    return BackendNotInstalled(
        f"No installed package answers to '{scheme}:' URLs "
        f"(installed: {', '.join(installed) or 'none'}).",
        hint=hint,
    )


def _create(point: EntryPoint) -> Backend:
    factory = load_entry(point)
    if not callable(factory):
        raise PluginError(
            f"{point.distribution} {point.version} names '{point.target}' as its backend, "
            "which is no class.",
            where=_where(point),
        )
    try:
        backend: Backend = factory()
    except Exception as error:
        raise _broken(point, "cannot be created", error) from error
    return backend


def load_entry(point: EntryPoint) -> object:
    """Import what an entry point names; whatever goes wrong in there is a PluginError."""
    from importlib import import_module

    module, _, attributes = point.target.partition(":")
    try:
        found: object = import_module(module)
        for attribute in filter(None, attributes.split(".")):
            found = getattr(found, attribute)
    except Exception as error:
        raise _broken(point, "cannot be imported", error) from error
    return found


def _broken(point: EntryPoint, how: str, error: Exception) -> PluginError:
    return PluginError(
        f"'{point.name}' of {point.distribution} {point.version} {how}: "
        f"{type(error).__name__}: {error}",
        where=_where(point),
        hint=f"reinstall it: pip install --force-reinstall {point.distribution}",
    )


def _where(point: EntryPoint) -> str:
    return f'entry point [{point.group}] {point.name} = "{point.target}"'
