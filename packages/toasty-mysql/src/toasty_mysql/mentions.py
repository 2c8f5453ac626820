"""Where an expression names a column. Texts and comments in it do not count."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache


@cache
def _token() -> re.Pattern[str]:
    # compiled when it is needed: it takes some milliseconds
    return re.compile(
        r"""(?P<other>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | /\*.*?\*/ | \#[^\n]* | --\s[^\n]*)
        | (?P<quoted>`(?:[^`]|``)*`) | (?P<word>[\w$\x80-\U0010ffff]+)(?P<call>\s*\()?""",
        re.VERBOSE | re.DOTALL,
    )


def mentions(expression: str, column: str) -> bool:
    """Does the expression name the column?"""
    return any(_is(match, column) for match in _token().finditer(expression))


def renamed(expression: str, old: str, new: str) -> str:
    """The expression with another name for a column, in backticks."""
    return _token().sub(_swap(old, "`" + new.replace("`", "``") + "`"), expression)


def _swap(old: str, new: str) -> Callable[[re.Match[str]], str]:
    return lambda match: new if _is(match, old) else match.group(0)


def _is(match: re.Match[str], column: str) -> bool:
    quoted = match.group("quoted")
    if quoted is not None:
        return quoted[1:-1].replace("``", "`").lower() == column.lower()
    word = match.group("word")
    return word is not None and not match.group("call") and word.lower() == column.lower()
