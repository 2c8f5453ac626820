"""The lines of calls, found in one go."""

from __future__ import annotations

import sys

from toasty_core.migrations.call_sites import CallSite, lines_of


class Noting:
    """Notes where it is called from, and the line that Python itself tells."""

    def __init__(self):
        self.sites, self.lines = [], []

    def __call__(self):
        frame = sys._getframe(1)
        self.sites.append(CallSite.of(frame))
        self.lines.append(frame.f_lineno)


def helper(note):
    note()


def test_the_lines_are_those_that_python_tells():
    note = Noting()
    for _ in range(2):
        note()
        helper(note)
    (
        note(),
        note(),
    )
    [note() for _ in range(3)]

    assert lines_of(note.sites) == tuple(note.lines)


def test_no_calls_have_no_lines():
    assert lines_of([]) == ()
