"""Expressions as the catalog shows them."""

from __future__ import annotations

import re
from contextlib import suppress

from toasty_mysql.flavour import Flavour

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a"}
_ESCAPED_TEXT = re.compile(r"(?<!\w)_(?:utf8mb4|utf8mb3|latin1)\\'")


def written(text: str, flavour: Flavour) -> str:
    r"""An expression as SQL. MySQL's catalog escapes quotes (`_utf8mb4\'x\'`), and shows UTF-8 as Latin-1."""
    if flavour is Flavour.MARIADB:
        return text
    if not text.isascii():
        with suppress(UnicodeError):  # then it is what it should be
            text = text.encode("latin-1").decode("utf-8")
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


def is_of_catalog(text: str) -> bool:
    """Does it hold an escaped text, such as only MySQL's catalog has?"""
    return _ESCAPED_TEXT.search(text) is not None
