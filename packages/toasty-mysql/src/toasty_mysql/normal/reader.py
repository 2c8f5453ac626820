"""Goes through the tokens of an expression one by one."""

from __future__ import annotations

from toasty_mysql.normal.tokens import Token, TokenKind


class Unreadable(Exception):
    """The expression uses what is not known here; then its text must do."""


class TokenReader:
    """Looks at the next token, and takes it. Words are asked for in lower case; a quoted name is none."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _is(self, *words: str) -> bool:
        return self._next.kind in (TokenKind.WORD, TokenKind.MARK) and self._next.text in words

    def _take(self, *words: str) -> bool:
        """Takes one token if it is one of these."""
        if not self._is(*words):
            return False
        self._at += 1
        return True

    def _must(self, word: str) -> None:
        """Takes this one. Raises Unreadable when another comes."""
        if not self._take(word):
            raise Unreadable(f"{word} is missing before {self._next.written!r}")

    def _skip(self) -> Token:
        """Takes one token, whatever it is; the end stays where it is."""
        token = self._next
        self._at += token.kind is not TokenKind.END
        return token
