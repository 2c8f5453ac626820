"""`backends`: what is installed."""

from __future__ import annotations

from itertools import groupby

from attrs import frozen

from toasty_core.backends import Features
from toasty_core.plugins.lookup import EntryPoint, backend_for, installed_backends

__all__ = ["BackendInfo", "backends"]


@frozen
class BackendInfo:
    """A backend: its name, its URL schemes, the distribution that brings it, what it can do, what people call it."""

    name: str
    schemes: tuple[str, ...]
    distribution: str
    version: str
    features: Features
    title: str


def backends() -> tuple[BackendInfo, ...]:
    """The installed backends, by name. Imports them all. Raises PluginError for one that is broken."""
    points = sorted(installed_backends(), key=_origin)
    groups = (tuple(group) for _, group in groupby(points, _origin))
    return tuple(sorted(map(_info, groups), key=lambda info: info.name))


def _origin(point: EntryPoint) -> tuple[str, str, str]:
    return (point.distribution, point.target, point.version)


def _info(points: tuple[EntryPoint, ...]) -> BackendInfo:
    first = points[0]
    backend = backend_for(first.name, installed=points)
    schemes = tuple(sorted(point.name for point in points))
    return BackendInfo(
        backend.name,
        schemes,
        first.distribution,
        first.version,
        backend.features,
        backend.title or backend.name,
    )
