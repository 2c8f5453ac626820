"""Takes tokens one after the other, and what is no expression: names and types."""

from __future__ import annotations

from toasty_postgres.keywords import shown
from toasty_postgres.tokens import END, NotUnderstood, Token, TokenKind
from toasty_postgres.type_names import type_name

_TWO_WORDS = {"double": ("precision",), "character": ("varying",), "bit": ("varying",)}
SPANS = ("year", "month", "day", "hour", "minute", "second")
"""Units of an interval."""


class TokenReader:
    """A list of tokens, and how far it was read."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    @property
    def next(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    def take(self) -> Token:
        """The next token, which is then past."""
        token = self.next
        self._at += 1
        return token

    def takes_mark(self, *marks: str) -> bool:
        """Takes the mark, if it comes next."""
        found = self.next.is_mark(*marks)
        self._at += found
        return found

    def takes_word(self, *words: str) -> bool:
        """Takes these keywords, if they come next one after the other."""
        here = self._tokens[self._at : self._at + len(words)]
        if len(here) < len(words) or not all(map(Token.is_word, here, words)):
            return False
        self._at += len(words)
        return True

    def must(self, taken: bool) -> None:
        """Raises NotUnderstood when it could not be taken."""
        if not taken:
            raise NotUnderstood(self.next.text)

    def must_end(self) -> None:
        """Raises NotUnderstood when more follows."""
        self.must(self.next is END)

    # names

    def qualified_name(self) -> str:
        """A name, perhaps with its schema, as it stands in SQL."""
        names = [self.take()]
        while self.takes_mark("."):
            names.append(self.take())
        if any(name.kind not in (TokenKind.WORD, TokenKind.QUOTED) for name in names):
            raise NotUnderstood(names[-1].text)
        return ".".join(shown(name.text) for name in names if name.text != "pg_catalog")

    def type(self) -> str:
        """The name of a type, as PostgreSQL says it."""
        first = self.take()
        text = f'"{first.text}"' if first.kind is TokenKind.QUOTED else first.text
        while self.takes_mark("."):
            token = self.take()
            text += "." + (f'"{token.text}"' if token.kind is TokenKind.QUOTED else token.text)
        if self.next.is_word(*_TWO_WORDS.get(text, ())):
            text += f" {self.take().text}"
        text += self._type_size()
        for zone in (("with", "time", "zone"), ("without", "time", "zone")):
            if self.takes_word(*zone):
                text += " " + " ".join(zone)
        while text.startswith("interval") and self.next.is_word(*SPANS, "to"):
            text += f" {self.take().text}"
        text += self._type_size()
        while self.takes_mark("["):
            if not self.next.is_mark("]"):
                self.take()
            self.must(self.takes_mark("]"))
            text += "[]"
        return type_name(text)

    def _type_size(self) -> str:
        if not self.takes_mark("("):
            return ""
        inner = ""
        while not self.takes_mark(")"):
            self.must(self.next is not END)
            inner += self.take().text
        return f"({inner})"
