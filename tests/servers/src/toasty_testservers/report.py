"""Tables for people: what there is, and what the tests ran on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from attrs import define, field

from toasty_testservers.errors import Missing
from toasty_testservers.kind import Kind
from toasty_testservers.servers import Servers

SHARED = "test server"
OWN = "own test server"
"""Properties of a test's report: kinds whose shared server it used, and whose own servers."""


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with columns of one width each; the last column is as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def what_there_is(kinds: list[Kind]) -> list[str]:
    """Every kind: its version and where it is from, or how to get it."""
    rows = [("kind", "server", "version", "from", "where")]
    return table([*rows, *((kind.name, kind.title, *source(kind)) for kind in kinds)])


def source(kind: Kind) -> tuple[str, str, str]:
    """Version, origin and place; of a missing kind, how to get it."""
    try:
        if existing := kind.existing():
            return "?", kind.variable, f"{existing.host}:{existing.port}"
        found = kind.find()
    except Missing as missing:
        return "-", "missing", str(missing)
    return found.version, found.origin, str(found.home)


@define
class Uses:
    """Which tests used which kinds: the tests themselves say so in their reports."""

    shared: Counter[str] = field(factory=Counter)
    own: Counter[str] = field(factory=Counter)

    def note(self, report: pytest.TestReport) -> None:
        """Read the report of one phase of one test."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == SHARED:
                self.shared[str(value)] += 1
            elif name == OWN:
                self.own[str(value)] += 1


def what_ran(servers: Servers, uses: Uses) -> list[str]:
    """Every kind that the session's tests needed: where it ran, or why it did not.

    Under "tests" is how many ran on the shared server, under "own" how many servers were started
    for one test alone.
    """
    names = {*servers.needed, *uses.shared, *uses.own}
    rows = [("server", "version", "port", "start", "tests", "own", "from")]
    for kind in (kind for name, kind in servers.kinds.items() if name in names):
        version, origin, where = source(kind)
        counts = str(uses.shared[kind.name]), str(uses.own[kind.name])
        last = where if origin == "missing" else origin
        rows.append((kind.title, version, *start(servers, kind), *counts, last))
    return table(rows) if names else []


def start(servers: Servers, kind: Kind) -> tuple[str, str]:
    """Port, and seconds until it answered."""
    if existing := kind.existing():
        return str(existing.port), "-"
    running = servers.launched(kind)
    seconds = servers.seconds_to_start(kind)
    return str(running.port) if running else "-", f"{seconds:.1f} s" if seconds else "-"
