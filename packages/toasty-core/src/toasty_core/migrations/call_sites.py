"""Where in a file calls were made, told when somebody asks, and for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import CodeType, FrameType
from typing import NamedTuple


class CallSite(NamedTuple):
    """The place of a call: the code that makes it, and the offset of the instruction."""

    code: CodeType
    offset: int

    @classmethod
    def of(cls, frame: FrameType) -> CallSite:
        """Where a frame is now."""
        return cls(frame.f_code, frame.f_lasti)


class CallSites:
    """The places of several calls. Few runs ever ask for their lines: those with an error or a finding."""

    __slots__ = ("_lines", "_sites")

    def __init__(self, sites: Sequence[CallSite]) -> None:
        self._sites: Sequence[CallSite] | None = sites
        self._lines: tuple[int, ...] = ()

    @property
    def lines(self) -> tuple[int, ...]:
        """The line of each place."""
        if self._sites is not None:
            self._lines, self._sites = lines_of(self._sites), None
        return self._lines


def lines_of(sites: Sequence[CallSite]) -> tuple[int, ...]:
    """The line of each place.

    `frame.f_lineno` reads the function's table of lines from its start, each time: for a thousand calls in a function
    of ten thousand lines that is most of the work of recording them.
    """
    codes = {id(site.code): site.code for site in sites}
    lines = {
        key: _lines(code, (site.offset for site in sites if site.code is code))
        for key, code in codes.items()
    }
    return tuple(lines[id(site.code)][site.offset] for site in sites)


def _lines(code: CodeType, offsets: Iterable[int]) -> dict[int, int]:
    """The lines of a function's instructions at these offsets."""
    rows = code.co_lines()
    end, line = 0, None
    found = {}
    for offset in sorted(offsets):
        while end <= offset:
            _, end, line = next(rows)
        found[offset] = line or code.co_firstlineno
    return found
