"""Where in a file calls were made, told for all of them at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
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


def lines_of(sites: Iterable[CallSite]) -> tuple[int, ...]:
    """The line of each place.

    `frame.f_lineno` reads the function's table of lines from its start, each time: for a thousand calls in a function
    of ten thousand lines that is most of the work of recording them.
    """
    tables: dict[int, _Lines] = {}
    found = []
    for code, offset in sites:
        table = tables.get(id(code))
        if table is None:
            table = tables[id(code)] = _Lines(code)
        found.append(table.at(offset))
    return tuple(found)


class _Lines:
    """The lines of one code object, by the offsets of its instructions."""

    def __init__(self, code: CodeType) -> None:
        rows = [(start, line) for start, _, line in code.co_lines()]
        self._first = code.co_firstlineno
        self._starts = [start for start, _ in rows]
        self._lines = [line for _, line in rows]

    def at(self, offset: int) -> int:
        position = bisect_right(self._starts, offset) - 1
        return self._lines[position] or self._first
