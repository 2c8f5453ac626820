"""The order of migrations: by timestamp, then name, each behind those that it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toasty_core.errors import HistoryError, suggest
from toasty_core.migrations.files import MigrationFile


def in_order(
    files: Sequence[MigrationFile], dependencies: Mapping[str, tuple[str, ...]]
) -> tuple[MigrationFile, ...]:
    """The files, the earliest version first that waits for none.

    Raises HistoryError when a dependency is missing or some files wait for each other.
    """
    waiting = {version: set(names) for version, names in dependencies.items() if names}
    return _unblocked(files, waiting) if waiting else tuple(sorted(files))


def _unblocked(
    files: Sequence[MigrationFile], waiting: dict[str, set[str]]
) -> tuple[MigrationFile, ...]:
    """The files, the earliest first of those whose dependencies are through; `waiting` is used up."""
    from heapq import heapify, heappop, heappush

    by_version = {file.version: file for file in files}
    followers = _followers(waiting, by_version)
    ready = [version for version in by_version if version not in waiting]
    heapify(ready)
    ordered: list[MigrationFile] = []
    while ready:
        version = heappop(ready)
        ordered.append(by_version[version])
        for follower in followers.get(version, ()):
            waiting[follower].discard(version)
            if not waiting[follower]:
                del waiting[follower]
                heappush(ready, follower)
    if waiting:
        raise _cycle(waiting, by_version)
    return tuple(ordered)


def _followers(
    waiting: Mapping[str, set[str]], by_version: Mapping[str, MigrationFile]
) -> dict[str, list[str]]:
    """Who waits for whom, turned around."""
    followers: dict[str, list[str]] = {}
    for version, names in waiting.items():
        for name in sorted(names):
            if name not in by_version:
                raise HistoryError(
                    f"{version} depends on {name}, which is not there",
                    where=str(by_version[version].path),
                    hint=suggest(name, list(by_version))
                    or "add the file, or take it out of depends_on",
                )
            followers.setdefault(name, []).append(version)
    return followers


def _cycle(
    waiting: Mapping[str, set[str]], by_version: Mapping[str, MigrationFile]
) -> HistoryError:
    """Follows the first one's dependencies until a version comes again."""
    seen: list[str] = []
    version = min(waiting)
    while version not in seen:
        seen.append(version)
        version = min(name for name in waiting[version] if name in waiting)
    circle = [*seen[seen.index(version) :], version]
    return HistoryError(
        f"migrations depend on each other: {' -> '.join(circle)}",
        where=" and ".join(str(by_version[name].path) for name in dict.fromkeys(circle)),
        hint="take one of them out of depends_on",
    )
