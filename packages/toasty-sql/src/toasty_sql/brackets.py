"""Small questions about the text of an expression, quotes minded."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?|\w+|[xX]?'(?:[^']|'')*'")
_QUOTES = {"'": "'", '"': '"', "`": "`", "[": "]"}


def is_plain(text: str) -> bool:
    """Is it a bare word, a number or one quoted text?"""
    return _PLAIN.fullmatch(text.strip()) is not None


def is_bracketed(text: str) -> bool:
    """Does one pair of brackets stand around all of it?"""
    text = text.strip()
    return text.startswith("(") and closing_bracket(text, 0) == len(text) - 1


def without_brackets(text: str) -> str:
    """The expression without brackets and white space around all of it."""
    text = text.strip()
    while is_bracketed(text):
        text = text[1:-1].strip()
    return text


def closing_bracket(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed; -1 when it never is."""
    depth, position = 0, start
    while position < len(text):
        letter = text[position]
        if letter in _QUOTES:
            position = text.find(_QUOTES[letter], position + 1)
            if position < 0:
                return -1
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0:
                return position
        position += 1
    return -1
