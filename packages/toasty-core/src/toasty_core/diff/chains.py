"""The order of renames whose names follow each other: `left` to `right` while `right` becomes `extra`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


def in_order(renames: Mapping[str, str], spare: Callable[[str], str]) -> list[tuple[str, str]]:
    """The renames one by one, so that each new name is free when its turn comes.

    A circle goes over a temporary name, which `spare(old)` makes for one of its members.
    """
    steps: list[tuple[str, str]] = []
    waiting = dict(sorted(renames.items()))
    for start in list(waiting):
        chain: list[tuple[str, str]] = []
        name = start
        while name in waiting:
            chain.append((name, waiting.pop(name)))
            name = chain[-1][1]
        if chain and name == start:
            between = spare(start)
            first, *rest = chain
            steps += [(start, between), *reversed(rest), (between, first[1])]
        else:
            steps += reversed(chain)
    return steps


def spare_name(taken: Iterable[str]) -> str:
    """A short name that is not among `taken`: `swap_1`, `swap_2`, ..."""
    used = {name.casefold() for name in taken}
    number = 1
    while f"swap_{number}" in used:
        number += 1
    return f"swap_{number}"
