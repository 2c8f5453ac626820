"""Where a command writes: text for people on stdout, or one JSON document; remarks on stderr."""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Mark", "Output", "Tone"]

_ESCAPE = "\x1b"


class Tone(Enum):
    """How a text is meant; the value is its colour on a terminal."""

    GOOD = "green"
    WARNING = "yellow"
    BAD = "red"
    QUIET = "bright_black"


class Mark(Enum):
    """A sign in front of a line: as it is, and as it is written where that cannot be shown."""

    DONE = ("✅", "[ok]")
    CAUTION = ("⚠️", "[!]")


class Output:
    """The two streams of one command. With `json`, text for people is left out.

    A reader that goes away (`toasty migrate:up | head -1`) ends the printing and never the work.
    """

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    @property
    def interactive(self) -> bool:
        """Is there a person who can answer? Only on a terminal, and never with `--json`."""
        return not self.json and _is_terminal(sys.stdin) and _is_terminal(sys.stdout)

    @property
    def drawing(self) -> bool:
        """May tables and colours be drawn on stdout?"""
        return _is_terminal(sys.stdout) and os.environ.get("TERM") != "dumb"

    def line(self, text: str = "", tone: Tone | None = None) -> None:
        """One line for people on stdout."""
        if not self.json:
            _write(sys.stdout, _toned(text, tone, sys.stdout))

    def remark(self, text: str, tone: Tone | None = None) -> None:
        """One line on stderr: what is good to know, and no part of the result."""
        if not self.json:
            _write(sys.stderr, _toned(text, tone, sys.stderr))

    def mark(self, mark: Mark) -> str:
        """The sign, as stdout can show it."""
        sign, plain = mark.value
        return sign if _can_show(sign, sys.stdout) else plain

    def document(self, value: object) -> None:
        """The result as JSON on stdout; keep it for `--json`."""
        import json

        text = json.dumps(value, indent=2, ensure_ascii=False)
        plain = _can_show(text, sys.stdout)
        _write(sys.stdout, text if plain else json.dumps(value, indent=2))

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[Tone | None] = ()
    ) -> None:
        """A table: drawn on a terminal, else in plain columns. `tones` colour whole rows."""
        if self.json:
            return
        tones = tones or [None] * len(rows)
        if not (self.drawing and _draw(head, rows, tones)):
            self.line("\n".join(columns(head, rows)))


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a plain table, two spaces between its columns."""
    cells = (head, *rows)
    widths = (max(map(len, column)) for column in zip(*cells, strict=True))
    padded = "  ".join(f"{{:<{width}}}" for width in widths)
    return [padded.format(*row).rstrip() for row in cells]


def _draw(head: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[Tone | None]) -> bool:
    """Draw with rich; False where it is not installed."""
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row, tone in zip(rows, tones, strict=True):
        table.add_row(*map(Text, row), style=tone.value if tone else None)
    Console().print(table)
    return True


def _toned(text: str, tone: Tone | None, stream: TextIO) -> str:
    """Coloured on a terminal, unless the user wants none."""
    if tone is None or not _is_terminal(stream):
        return text
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else click.style(text, fg=tone.value)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _encoding(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _can_show(text: str, stream: TextIO) -> bool:
    try:
        text.encode(_encoding(stream))
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _write(stream: TextIO, text: str) -> None:
    """Write a line; what the stream cannot show is escaped, and a reader who left is no error."""
    if not _can_show(text, stream):
        encoding = _encoding(stream)
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        if _ESCAPE in text:
            click.echo(text, file=stream)  # which knows what each terminal can do with it
        else:
            stream.write(f"{text}\n")
            stream.flush()
    except BrokenPipeError:
        silence(stream)


def silence(stream: TextIO) -> None:
    """Let a stream whose reader has gone write into nothing, also when the interpreter closes it."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)
