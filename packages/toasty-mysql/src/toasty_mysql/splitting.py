"""Cuts the user's SQL into single statements, as a server takes them one at a time.

Bodies of triggers, procedures, functions and events (BEGIN ... END) stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache

from attrs import define

from toasty_core.errors import SchemaError


@cache
def _token() -> re.Pattern[str]:
    # compiled when it is needed: it takes some milliseconds
    return re.compile(
        r"""(?P<comment>/\*(?![!M]).*?(?:\*/|\Z) | \#[^\n]* | --(?=[\s]|\Z)[^\n]*)
        | (?P<blank>\s+)
        | (?P<quoted>'(?:[^'\\]|\\.|'')*(?:'|\Z) | "(?:[^"\\]|\\.|"")*(?:"|\Z) | `(?:[^`]|``)*(?:`|\Z))
        | (?P<word>[\w$@.\x80-\U0010ffff]+)
        | (?P<mark>.)""",
        re.VERBOSE | re.DOTALL,
    )


_BODIES = ("TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE")
_BLOCKS = ("IF", "LOOP", "REPEAT", "WHILE")
_STARTS = (";", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", ":")
_OWN_TRANSACTION = ("BEGIN", "START", "COMMIT", "ROLLBACK", "XA")
_ROWS = ("INSERT", "UPDATE", "DELETE", "REPLACE", "SELECT", "WITH", "VALUES", "DO", "SET", "(")
_AGAIN = re.compile(
    r"CREATE\s+OR\s+REPLACE\b|CREATE\s+(?:\w+\s+){1,3}IF\s+NOT\s+EXISTS\b|DROP\s+(?:\w+\s+){1,2}IF\s+EXISTS\b",
    re.IGNORECASE,
)


class Sort(Enum):
    """What a statement of the user's does: changes rows in the transaction, or commits by itself."""

    ROWS = "rows"
    REPEATABLE = "repeatable"
    OTHER = "other"


@define
class _Reader:
    """Where the reading of one statement stands."""

    words: list[str]
    depth: int = 0
    before: str = ";"
    ending: bool = False

    def take(self, token: str) -> None:
        """Looks at a word or a mark, in capitals."""
        if self.ending:
            self.ending = False
            if token in (*_BLOCKS, "CASE"):
                self.before = token
                return  # END IF, END CASE: one end
        if self._opens(token):
            self.depth += 1
        elif token == "END" and self.depth:
            self.depth -= 1
            self.ending = True
        self.words.append(token)
        self.before = token

    def _opens(self, token: str) -> bool:
        """Does a block begin, which ends with END?"""
        if not self._has_body():
            return False
        if token in ("BEGIN", "CASE"):
            return token == "CASE" or self.before != "XA"
        return token in _BLOCKS and self.before in _STARTS

    def _has_body(self) -> bool:
        first = self.words[:1]
        if first == ["BEGIN"]:
            return "NOT" in self.words[1:3]
        if not first and self.before == ";":
            return True  # BEGIN NOT ATOMIC begins with its block
        return first == ["CREATE"] and any(word in _BODIES for word in self.words[:14])


def split_sql(sql: str) -> Iterator[str]:
    """The statements of a text. Raises SchemaError for DELIMITER, which is a word of the client's."""
    reader, start, position = _Reader([]), 0, 0
    compound = False
    while position < len(sql):
        match = _token().match(sql, position)
        assert match is not None
        kind, text = match.lastgroup, match.group(0)
        if kind in ("word", "mark"):
            word = text.upper()
            if not reader.words and word == "DELIMITER":
                raise SchemaError(
                    "execute_sql knows no DELIMITER", hint="leave it out: bodies are kept whole"
                )
            if word == ";" and not (reader.depth and (compound or reader.words[0] == "CREATE")):
                yield from _piece(sql[start:position], reader)
                reader, start, compound = _Reader([]), match.end(), False
            else:
                reader.take(word)
                compound = compound or reader.words[:3] == ["BEGIN", "NOT", "ATOMIC"]
        elif kind == "quoted" and not reader.words:
            reader.words.append("(")
        position = match.end()
    yield from _piece(sql[start:], reader)


def _piece(text: str, reader: _Reader) -> Iterator[str]:
    if reader.words:
        yield text.strip()


def first_word(sql: str) -> str:
    """The first word, in capitals; a bracket for a query in brackets; empty for nothing but comments."""
    for match in _token().finditer(sql):
        if match.lastgroup in ("word", "mark"):
            return match.group(0).upper()
    return ""


def sort_of(sql: str) -> Sort:
    """What a statement of the user's does. Raises SchemaError for one that ends the transaction."""
    word = first_word(sql)
    atomic = word == "BEGIN" and re.match(r"BEGIN\s+NOT\b", sql, re.IGNORECASE)
    slave = word == "START" and re.match(r"START\s+(?:SLAVE|REPLICA)", sql, re.IGNORECASE)
    if word in _OWN_TRANSACTION and not atomic and not slave:
        if not re.match(r"ROLLBACK\s+(?:WORK\s+)?TO\b", sql, re.IGNORECASE):
            raise SchemaError(
                f"execute_sql may not {word}: rows and the journal's row commit together",
                hint="leave BEGIN and COMMIT out",
            )
        return Sort.ROWS
    if word in _ROWS:
        return Sort.ROWS
    return Sort.REPEATABLE if _AGAIN.match(sql) else Sort.OTHER
