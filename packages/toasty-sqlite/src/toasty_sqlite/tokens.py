"""Goes through SQLite's own SQL token by token: quotes of all four kinds, comments, brackets in brackets."""

from __future__ import annotations

import re

from toasty_sqlite.names import is_bare

_TOKEN = re.compile(
    r"""
    [A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*       # a word
    | '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\]
    | --[^\n]* | /\*(?s:.*?)(?:\*/|\Z)                          # a comment
    | (?:[0-9][0-9A-Za-z_]*\.?[0-9]* | \.[0-9]+)(?:[eE][+-]?[0-9]+)?
    | [^ \t\n\f\r]                                              # a mark
    """,
    re.VERBOSE,
)


class Tokens:
    """The tokens of one statement, taken one after the other.

    Keywords are asked for in upper case; a quoted word is a name and never a keyword.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql
        found = list(_TOKEN.finditer(sql))
        if "--" in sql or "/*" in sql:
            found = [match for match in found if not match[0].startswith(("--", "/*"))]
        self._texts = [match[0] for match in found]
        self._keys = [text.upper() for text in self._texts]
        self._starts = [match.start() for match in found]
        self._at = 0

    @property
    def key(self) -> str:
        """The next token in upper case; empty at the end."""
        return self._keys[self._at] if self._at < len(self._keys) else ""

    def take(self, *keys: str) -> bool:
        """Takes these keywords or marks, if all of them come next."""
        end = self._at + len(keys)
        if self._keys[self._at : end] != list(keys):
            return False
        self._at = end
        return True

    def skip(self) -> str:
        """Takes one token, whatever it is."""
        text = self._texts[self._at] if self._at < len(self._texts) else ""
        self._at += 1
        return text

    def name(self) -> str:
        """Takes a name, quoted in any way or not at all."""
        return unquoted(self.skip())

    def skip_to(self, *keys: str) -> None:
        """Goes on to the first of these keywords that stands outside of brackets."""
        while self._at < len(self._keys) and self._keys[self._at] not in keys:
            if self._keys[self._at] == "(":
                self._skip_brackets()
            else:
                self._at += 1

    def bracketed(self) -> str:
        """Takes `( ... )`; returns what is inside, as it was written."""
        first = self._at
        self._skip_brackets()
        return self._between(first + 1, self._at - 1)

    def until(self, *keys: str) -> str:
        """Takes all before the first of these keywords outside of brackets, as it was written."""
        first = self._at
        self.skip_to(*keys)
        return self._between(first, self._at)

    def _between(self, first: int, last: int) -> str:
        if first >= last:
            return ""
        return self.sql[self._starts[first] : self._starts[last - 1] + len(self._texts[last - 1])]

    def _skip_brackets(self) -> None:
        depth = 0
        while self._at < len(self._keys):
            key = self._keys[self._at]
            depth += (key == "(") - (key == ")")
            self._at += 1
            if depth == 0:
                return


def plainly_named(sql: str) -> str:
    """The expression with names in quotes only where they need them: SQLite quotes a name when it is changed."""
    return _TOKEN.sub(_plainly, sql) if '"' in sql or "`" in sql or "[" in sql else sql


def _plainly(match: re.Match[str]) -> str:
    text = match[0]
    name = unquoted(text) if text[0] in '"`[' else ""
    return name if is_bare(name) else text


def unquoted(text: str) -> str:
    """The name that a token stands for, without its quotes."""
    first = text[:1]
    if first in ('"', "`", "'"):
        return text[1:-1].replace(first * 2, first)
    return text[1:-1] if first == "[" else text
