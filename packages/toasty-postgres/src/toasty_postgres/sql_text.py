"""SQL of the user's: where its statements end, and what it speaks of.

Quotes, dollar quotes and comments are minded as the manual has them.
https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_SKIPPED = re.compile(
    r"""
      (?<![\w$])[eE]'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | --[^\n]*
    | (?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
_BLANK = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z))+")


def split_sql(sql: str) -> Iterator[str]:
    """The statements of a text, without their semicolons; empty ones are left out.

    The body of a function in standard SQL (BEGIN ATOMIC ... END) stays in one piece.
    """
    start, depth = 0, 0
    for position, mark in _marks(sql):
        if mark == ";" and depth == 0:
            yield from _present(sql[start:position])
            start = position + 1
        elif mark == "ATOMIC" or (mark == "CASE" and depth):
            depth += 1
        elif mark == "END" and depth:
            depth -= 1
    yield from _present(sql[start:])


_MARKS = re.compile(r";|\b(?:ATOMIC|CASE|END)\b", re.IGNORECASE)


def _marks(sql: str) -> Iterator[tuple[int, str]]:
    for start, end in plain_pieces(sql):
        for match in _MARKS.finditer(sql, start, end):
            yield match.start(), match.group().upper()


def _present(statement: str) -> Iterator[str]:
    if bare(statement):
        yield statement.strip()


def bare(statement: str) -> str:
    """The statement without comments and blanks in front of it."""
    rest = statement
    while True:
        blank = _BLANK.match(rest)
        if blank:
            rest = rest[blank.end() :]
        elif rest.startswith("/*"):
            rest = rest[_end_of_comment(rest, 0) :]
        else:
            return rest


def plain_pieces(sql: str) -> Iterator[tuple[int, int]]:
    """Where the text is neither quoted nor a comment: from where to where."""
    start = position = 0
    while position < len(sql):
        if sql.startswith("/*", position):
            yield start, position
            start = position = _end_of_comment(sql, position)
            continue
        match = _SKIPPED.match(sql, position) if sql[position] in "eE'\"-$" else None
        if match is None:
            position += 1
            continue
        yield start, match.start()
        start = position = match.end()
    yield start, len(sql)


def _end_of_comment(sql: str, start: int) -> int:
    """Where a comment ends; PostgreSQL's may stand in each other."""
    depth = 0
    for match in _COMMENT.finditer(sql, start):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(sql)


def outside_of_quotes(wanted: str, replacement: Callable[[str], str], sql: str) -> str:
    """The text with every `wanted` that is neither quoted nor in a comment replaced."""
    parts: list[str] = []
    last = 0
    for start, end in plain_pieces(sql):
        parts.append(sql[last:start])
        pieces = sql[start:end].split(wanted)
        parts.append(pieces[0])
        parts += [replacement(wanted) + piece for piece in pieces[1:]]
        last = end
    return "".join(parts)


def mentions(sql: str, name: str) -> bool:
    """Does an expression name the column, with or without quotes?"""
    quoted = '"' + name.replace('"', '""') + '"'
    if quoted in sql:
        return True
    pattern = re.compile(rf"(?<![\w$\"]){re.escape(name)}(?![\w$\"])", re.IGNORECASE)
    return any(pattern.search(sql, start, end) for start, end in plain_pieces(sql))
