"""Takes SQL expressions of PostgreSQL apart: into names, values and marks.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

from attrs import frozen


@cache
def _pattern() -> re.Pattern[str]:
    # compiled when it is needed: it takes some milliseconds
    return re.compile(
        r"""
          (?P<blank>\s+ | --[^\n]* | /\*(?s:.*?)\*/)
        | (?P<dollar>\$(?P<tag>[A-Za-z_\x80-\U0010ffff]*)\$(?P<body>(?s:.*?))\$(?P=tag)\$)
        | (?P<text>(?:[eE]'(?:[^'\\]|\\(?s:.)|'')*' | (?:[bBxX]|[uU]&)?'(?:[^']|'')*'))
        | (?P<quoted>"(?:[^"]|"")*")
        | (?P<number>(?:\d+\.?(?!\.)\d*|\.\d+)(?:[eE][+-]?\d+)?)
        | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
        | (?P<mark>:: | := | => | [()\[\],;.:])
        | (?P<operator>[-+*/<>=~!@\#%^&|`?]+)
        """,
        re.VERBOSE,
    )


_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|((?s:.)))|''"
)


class TokenKind(Enum):
    """What a token is."""

    WORD = "word"  # a keyword or a name without quotes; its text is in lower case
    QUOTED = "quoted"  # a name in quotes; its text is without them
    TEXT = "text"  # a text; its text is the value
    BITS = "bits"  # B'101' or X'1f', as it stands
    NUMBER = "number"
    MARK = "mark"  # operators, brackets, commas
    END = "end"


@frozen
class Token:
    """One token."""

    kind: TokenKind
    text: str

    def is_word(self, *words: str) -> bool:
        """Is it one of these keywords, without quotes?"""
        return self.kind is TokenKind.WORD and self.text in words

    def is_mark(self, *marks: str) -> bool:
        """Is it one of these marks?"""
        return self.kind is TokenKind.MARK and self.text in marks


END = Token(TokenKind.END, "")


class NotUnderstood(Exception):
    """The expression holds something that is not known here."""


def tokens(sql: str) -> list[Token]:
    """The tokens of an expression. Raises NotUnderstood."""
    found: list[Token] = []
    position = 0
    while position < len(sql):
        match = _pattern().match(sql, position)
        if match is None:
            raise NotUnderstood(sql[position:])
        position = match.end()
        if match.lastgroup == "operator":
            text, position = _operator(match.group(), match.start(), sql)
            found.append(Token(TokenKind.MARK, text))
        elif match["blank"] is None:
            found.append(_token(match))
    return found


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    if match["word"] is not None:
        return Token(TokenKind.WORD, text.lower())
    if match["quoted"] is not None:
        return Token(TokenKind.QUOTED, text[1:-1].replace('""', '"'))
    if match["number"] is not None:
        return Token(TokenKind.NUMBER, text)
    if match["dollar"] is not None:
        return Token(TokenKind.TEXT, match["body"])
    return _text(text) if match["text"] is not None else Token(TokenKind.MARK, text)


def _text(text: str) -> Token:
    first = text[0].lower()
    if first == "u":
        raise NotUnderstood(text)
    if first in "bx":
        return Token(TokenKind.BITS, text.upper())
    if first == "e":
        return Token(TokenKind.TEXT, _ESCAPE.sub(_unescaped, text[2:-1]))
    return Token(TokenKind.TEXT, text[1:-1].replace("''", "'"))


def _unescaped(match: re.Match[str]) -> str:
    octal, short, four, eight, letter = match.groups()
    if octal:
        return chr(int(octal, 8))
    code = short or four or eight
    if code:
        return chr(int(code, 16))
    return _ESCAPES.get(letter, letter) if letter else "'"


def _operator(run: str, start: int, sql: str) -> tuple[str, int]:
    """An operator, which ends before a comment; `+` or `-` at its end is the next one's, as the manual says."""
    for mark in ("--", "/*"):
        run = run.split(mark)[0] if mark in run[1:] else run
    while len(run) > 1 and run[-1] in "+-" and not re.search(r"[~!@#%^&|`?]", run):
        run = run[:-1]
    return run, start + len(run)
