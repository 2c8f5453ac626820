"""Reads SQL expressions: those of the users, and those that PostgreSQL reports.

What means the same has one form already here: `!=` is `<>`, BETWEEN two comparisons, IN and `= ANY (ARRAY[...])` one,
`CAST(a AS b)` is `a::b`.
"""

from __future__ import annotations

from functools import lru_cache

from toasty_postgres.keywords import shown
from toasty_postgres.nodes import AND as AND_POWER
from toasty_postgres.nodes import COLLATE as COLLATE_POWER
from toasty_postgres.nodes import (
    COMPARE,
    IS,
    LIKE,
    NOT,
    SIGN,
    ZONE,
    Kind,
    Node,
    binding,
)
from toasty_postgres.nodes import OR as OR_POWER
from toasty_postgres.primaries import PrimaryReader
from toasty_postgres.spellings import between, joined, one_of
from toasty_postgres.tokens import TokenKind, tokens

_LIKES = {"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE"}


@lru_cache(maxsize=4096)
def parse(sql: str) -> Node:
    """The expression. Raises NotUnderstood."""
    parser = Parser(tokens(sql))
    node = parser.expression()
    parser.must_end()
    return node


class Parser(PrimaryReader):
    """Reads one expression after the other from a list of tokens."""

    def expression(self, power: int = 0) -> Node:
        """An expression whose operators bind tighter than `power`."""
        left = self._prefix()
        while True:
            more = self._infix(left, power)
            if more is None:
                return left
            left = more

    def _prefix(self) -> Node:
        if self.takes_word("not"):
            return Node(Kind.NOT, "", (self.expression(NOT),))
        if self.next.kind is TokenKind.MARK and self.next.text in ("-", "+", "~", "@", "|/", "||/"):
            return self._signed(self.take().text)
        return self.primary()

    def _signed(self, sign: str) -> Node:
        part = self.expression(SIGN)
        if part.kind is Kind.NUMBER and sign in "+-":
            return part if sign == "+" else Node(Kind.NUMBER, _negative(part.word))
        return Node(Kind.UNARY, sign, (part,))

    def _infix(self, left: Node, power: int) -> Node | None:
        token = self.next
        if token.kind is TokenKind.MARK:
            return self._mark_infix(left, token.text, power)
        if token.kind is TokenKind.WORD:
            return self._word_infix(left, token.text, power)
        return None

    def _mark_infix(self, left: Node, mark: str, power: int) -> Node | None:
        if mark == "::":
            self.take()
            return Node(Kind.CAST, self.type(), (left,))
        if mark == "[":
            return self._subscript(left)
        if mark == "." and left.kind is not Kind.NAME:
            self.take()
            return Node(Kind.FIELD, shown(self.take().text), (left,))
        if mark in ("(", ")", "]", ",", ";", ":", ".", ":=", "=>"):
            return None
        word = "<>" if mark == "!=" else _LIKES.get(mark, mark)
        if binding(word) <= power:
            return None
        self.take()
        return self._compared(left, word)

    def _compared(self, left: Node, operator: str) -> Node:
        if operator in ("=", "<>") and self.next.is_word("any", "some", "all"):
            return self._quantified(left, operator)
        return Node(Kind.BINARY, operator, (left, self.expression(binding(operator))))

    def _quantified(self, left: Node, operator: str) -> Node:
        word = self.take().text.replace("some", "any")
        self.must(self.takes_mark("("))
        inner = self.expression()
        self.must(self.takes_mark(")"))
        items = inner
        while items.kind is Kind.CAST:
            items = items.parts[0]
        if items.kind is Kind.ARRAY and (operator, word) in (("=", "any"), ("<>", "all")):
            return one_of(left, items.parts, operator == "<>")
        return Node(Kind.SPECIAL, f"{{}} {operator} {word.upper()} ({{}})", (left, inner))

    def _word_infix(self, left: Node, word: str, power: int) -> Node | None:
        if word in ("and", "or"):
            kind, own = (Kind.AND, AND_POWER) if word == "and" else (Kind.OR, OR_POWER)
            if own <= power:
                return None
            self.take()
            return joined(kind, left, self.expression(own))
        if word in ("is", "isnull", "notnull"):
            return self._is(left) if power < IS else None
        if word == "collate" and power < COLLATE_POWER:
            self.take()
            return Node(Kind.COLLATE, self.qualified_name(), (left,))
        if word == "at" and power < ZONE and self.takes_word("at", "time", "zone"):
            return Node(Kind.BINARY, "AT TIME ZONE", (left, self.expression(ZONE)))
        return self._like(left) if power < LIKE else None

    def _is(self, left: Node) -> Node:
        if self.takes_word("isnull"):
            return Node(Kind.IS, "NULL", (left,))
        if self.takes_word("notnull"):
            return Node(Kind.IS, "NOT NULL", (left,))
        self.take()
        negated = self.takes_word("not")
        if self.takes_word("distinct", "from"):
            node = Node(Kind.BINARY, "IS DISTINCT FROM", (left, self.expression(COMPARE)))
            return Node(Kind.NOT, "", (node,)) if negated else node
        self.must(self.next.is_word("null", "true", "false", "unknown", "document", "normalized"))
        return Node(Kind.IS, ("NOT " if negated else "") + self.take().text.upper(), (left,))

    def _like(self, left: Node) -> Node | None:
        start = self._at
        negated = self.takes_word("not")
        if self.takes_word("in"):
            return self._in(left, negated)
        if self.takes_word("between"):
            return self._between(left, negated)
        if self.next.is_word("like", "ilike"):
            return self._pattern(left, negated, self.take().text.upper(), "like_escape")
        if self.takes_word("similar", "to"):
            return self._pattern(left, negated, "~", "similar_to_escape")
        self._at = start
        return None

    def _pattern(self, left: Node, negated: bool, operator: str, escape: str) -> Node:
        arguments = [self.expression(LIKE)]
        if self.takes_word("escape"):
            arguments.append(self.expression(LIKE))
        pattern = arguments[0]
        if len(arguments) > 1 or operator == "~":
            pattern = Node(Kind.CALL, escape, tuple(arguments))
        not_ = "!" if operator == "~" else "NOT "
        return Node(Kind.BINARY, (not_ if negated else "") + operator, (left, pattern))

    def _in(self, left: Node, negated: bool) -> Node:
        self.must(self.takes_mark("("))
        return one_of(left, self.until_bracket(), negated)

    def _between(self, left: Node, negated: bool) -> Node:
        symmetric = self.takes_word("symmetric")
        self.takes_word("asymmetric")
        low = self.expression(LIKE)
        self.must(self.takes_word("and"))
        high = self.expression(LIKE)
        if not symmetric:
            return between(left, low, high, negated)
        kind = Kind.AND if negated else Kind.OR
        ranges = between(left, low, high, negated), between(left, high, low, negated)
        return joined(kind, *ranges)

    def _subscript(self, left: Node) -> Node:
        self.take()
        shape, parts = "[", [left]
        while not self.takes_mark("]"):
            if self.takes_mark(":"):
                shape += ":"
            else:
                shape += "{}"
                parts.append(self.expression())
        return Node(Kind.INDEX, shape + "]", tuple(parts))


def _negative(text: str) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"
