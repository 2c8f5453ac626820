"""Cuts an expression into tokens: names in backticks, texts in either quote, numbers, words and marks."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|/\*.*?\*/|\#[^\n]*|--[ \t][^\n]*)
    | (?P<name>`(?:[^`]|``)*`)
    | (?P<text>[nN]?'(?:[^'\\]|\\.|'')*'|[nN]?"(?:[^"\\]|\\.|"")*")
    | (?P<bytes>[xXbB]'[0-9a-fA-F]*')
    | (?P<hex>0[xX][0-9a-fA-F]+|0b[01]+)(?![\w$])
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z_$\x80-\U0010ffff])
    | (?P<word>[\w$\x80-\U0010ffff]+)
    | (?P<mark><=>|->>|->|<=|>=|<>|!=|<<|>>|\|\||&&|:=|[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {
    "'": re.compile(r"\\(.)|''", re.DOTALL),
    '"': re.compile(r'\\(.)|""', re.DOTALL),
}
_CONTROLS = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


class TokenKind(Enum):
    """What a token is."""

    NAME = auto()
    TEXT = auto()
    BYTES = auto()
    HEX = auto()
    NUMBER = auto()
    WORD = auto()
    MARK = auto()
    END = auto()


class Token(NamedTuple):
    """One token. `text` is what it means: a name or text without its quotes, a word in lower case.

    `written` is what stood there.
    """

    kind: TokenKind
    text: str
    written: str


def tokens(sql: str) -> list[Token]:
    """The tokens of an expression, blanks and comments left out, and one for the end."""
    found: list[Token] = []
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:  # a quote that is never closed
            match = re.compile(r".", re.DOTALL).match(sql, position)
            assert match is not None
            found.append(Token(TokenKind.MARK, match[0], match[0]))
        elif match.lastgroup != "blank":
            found.append(_token(match))
        position = match.end()
    return [*found, Token(TokenKind.END, "", "")]


def _token(match: re.Match[str]) -> Token:
    text, group = match[0], match.lastgroup
    match group:
        case "name":
            return Token(TokenKind.NAME, text[1:-1].replace("``", "`"), text)
        case "text":
            return Token(TokenKind.TEXT, unquoted(text.lstrip("nN")), text)
        case "bytes":
            return Token(TokenKind.BYTES, _hexadecimal(text[2:-1], text[0]), text)
        case "hex":
            return Token(TokenKind.HEX, _hexadecimal(text[2:], text[1]), text)
        case "number":
            return Token(TokenKind.NUMBER, text, text)
        case "word":
            return Token(TokenKind.WORD, text.lower(), text)
    return Token(TokenKind.MARK, text, text)


def _hexadecimal(digits: str, base: str) -> str:
    if base in "xX":
        return digits.lower()
    size = (len(digits) + 7) // 8
    return int(digits, 2).to_bytes(size, "big").hex() if digits else ""


def unquoted(text: str) -> str:
    """What a text in quotes says. A backslash stays before `%` and `_`, where LIKE reads it."""
    return _ESCAPES[text[0]].sub(_unescaped, text[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    letter: str | None = match[1]
    if letter is None:  # a quote that stands twice
        return match[0][0]
    return match[0] if letter in "%_" else _CONTROLS.get(letter, letter)


def quoted(text: str) -> str:
    """A text in quotes, as both servers read it back."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\0", "\\0")
    return f"'{escaped}'"
