"""Installed entry points, read straight from the files that installers write.

`importlib.metadata` does the same in 20-40 ms, most of it its own import; this takes 1-4 ms. It
is the fallback for a path entry that is no folder, such as a zip file.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

__all__ = ["BACKENDS", "PLUGINS", "EntryPoint", "find_entry_points"]

BACKENDS = "toasty.backends"
PLUGINS = "toasty.plugins"
_GROUPS = (BACKENDS, PLUGINS)


class EntryPoint(NamedTuple):
    """One line that an installed distribution announces: `name = "module:attribute"`."""

    name: str
    target: str
    distribution: str
    version: str
    group: str = BACKENDS


def find_entry_points(path: Iterable[str] | None = None) -> tuple[EntryPoint, ...]:
    """Every backend and plug-in on `path` (default: `sys.path`), sorted; nothing is imported.

    Where a distribution is there twice, the first one on the path counts, as it does for imports.
    """
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for folder in dict.fromkeys(sys.path if path is None else path):
        here = list(_in_path_entry(folder or "."))
        found += [point for point in here if _plain(point.distribution) not in seen]
        seen |= {_plain(point.distribution) for point in here}
    return tuple(sorted(set(found)))


def _plain(distribution: str) -> str:
    """The name by which packages are compared: `Toasty.SQLite` and `toasty_sqlite` are one."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _in_path_entry(folder: str) -> Iterator[EntryPoint]:
    try:
        names = os.listdir(folder)
    except NotADirectoryError:
        yield from _by_importlib(folder)
    except OSError:
        return
    else:
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                yield from _in_metadata(os.path.join(folder, name))


def _in_metadata(folder: str) -> Iterator[EntryPoint]:
    text = _read(os.path.join(folder, "entry_points.txt"))
    if "[toasty." in text:
        distribution, version = _identity(folder)
        yield from _parse(text, distribution, version)


def _parse(text: str, distribution: str, version: str) -> Iterator[EntryPoint]:
    """The lines of our groups in an `entry_points.txt`."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif group in _GROUPS and "=" in line and line[0] not in "#;":
            name, target = (part.strip() for part in line.split("=", 1))
            target = target.partition("[")[0].strip()
            yield EntryPoint(name, target, distribution, version, group)


def _identity(folder: str) -> tuple[str, str]:
    """Name and version: from the metadata's head, else from the folder's name."""
    text = _read(os.path.join(folder, "METADATA")) or _read(os.path.join(folder, "PKG-INFO"))
    head = text.partition("\n\n")[0].splitlines()
    fields = {key.lower(): value.strip() for key, _, value in (x.partition(":") for x in head)}
    name, _, version = os.path.basename(folder).rpartition(".")[0].partition("-")
    return fields.get("name", name), fields.get("version", version.partition("-")[0])


def _read(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def _by_importlib(entry: str) -> Iterator[EntryPoint]:
    """The slow way, for what is no folder."""
    from importlib.metadata import distributions

    for installed in distributions(path=[entry]):
        yield from _of_distribution(installed)


def _of_distribution(installed: Distribution) -> Iterator[EntryPoint]:
    text = installed.read_text("entry_points.txt") or ""
    if "[toasty." in text:
        yield from _parse(text, installed.metadata["Name"], installed.version)
