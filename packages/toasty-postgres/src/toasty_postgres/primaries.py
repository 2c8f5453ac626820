"""Reads what stands for itself in an expression: values, columns, calls, and all that brings its own brackets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal

from toasty_postgres.keywords import shown
from toasty_postgres.nodes import LIKE, NULL, Kind, Node
from toasty_postgres.token_reader import SPANS, TokenReader
from toasty_postgres.tokens import NotUnderstood, Token, TokenKind
from toasty_postgres.type_names import type_name

_CONSTANTS = frozenset({"true", "false", "null"})
_NO_BRACKETS = frozenset(
    {
        *("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"),
        *("current_user", "session_user", "user", "current_role", "current_catalog"),
        *("current_schema", "system_user"),
    }
)
_SEPARATED = frozenset({"extract", "position", "substring", "overlay"})
_SUBSTRINGS = ("{} FROM {}", "{} FROM {} FOR {}")
_BETWEEN_ARGUMENTS = ("from", "for", "in", "placing")
_STOPS = frozenset(
    {
        *("and", "or", "not", "is", "isnull", "notnull", "in", "between", "like", "ilike"),
        *("similar", "collate", "at", "then", "when", "else", "end", "as", "from", "for"),
        *("escape", "placing", "operator", "using", "with", "asc", "desc", "nulls"),
    }
)
_LITERAL_TYPES = frozenset(
    {
        *("date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json"),
        *("jsonb", "bytea", "inet", "text", "numeric"),
    }
)


class PrimaryReader(TokenReader, ABC):
    """Reads values, columns and calls."""

    @abstractmethod
    def expression(self, power: int = 0) -> Node:
        """An expression whose operators bind tighter than `power`."""

    def primary(self) -> Node:
        """What stands for itself. Raises NotUnderstood."""
        token = self.take()
        match token.kind:
            case TokenKind.NUMBER:
                return Node(Kind.NUMBER, _number(token.text))
            case TokenKind.TEXT:
                return Node(Kind.TEXT, token.text)
            case TokenKind.BITS:
                return Node(Kind.CAST, '"bit"', (Node(Kind.TEXT, _bits(token.text)),))
            case TokenKind.QUOTED:
                return self._name(token)
            case TokenKind.WORD:
                return self._word(token)
        if token.is_mark("("):
            parts = self.until_bracket()
            return parts[0] if len(parts) == 1 else Node(Kind.ROW, "", parts)
        raise NotUnderstood(token.text)

    def _word(self, token: Token) -> Node:
        word = token.text
        if word in _CONSTANTS:
            return NULL if word == "null" else Node(Kind.WORD, word)
        if word in _NO_BRACKETS:
            return Node(Kind.WORD, word.upper() + self._precision())
        if word == "case":
            return self._case()
        if word == "cast" and self.takes_mark("("):
            return self._cast()
        if word == "array" and self.takes_mark("["):
            return self._array()
        if word == "row" and self.takes_mark("("):
            return Node(Kind.ROW, "", self.until_bracket())
        if word in _LITERAL_TYPES and self.next.kind is TokenKind.TEXT:
            return self._typed(word)
        if word in _STOPS or word in ("select", "with", "exists"):
            raise NotUnderstood(word)
        return self._name(token)

    def _precision(self) -> str:
        if not self.next.is_mark("("):
            return ""
        self.take()
        size = self.take().text
        self.must(self.takes_mark(")"))
        return f"({size})"

    def _typed(self, name: str) -> Node:
        """`interval '1 day'`: a cast, in the standard's words."""
        text = Node(Kind.TEXT, self.take().text)
        span = ""
        while self.next.is_word(*SPANS, "to"):
            span += f" {self.take().text}"
        return Node(Kind.CAST, type_name(name + span), (text,))

    def _cast(self) -> Node:
        node = self.expression()
        self.must(self.takes_word("as"))
        type_ = self.type()
        self.must(self.takes_mark(")"))
        return Node(Kind.CAST, type_, (node,))

    def _array(self) -> Node:
        items: list[Node] = []
        while not self.takes_mark("]"):
            inner = self.takes_mark("[")
            items.append(self._array() if inner else self.expression())
            self.takes_mark(",")
        return Node(Kind.ARRAY, "", tuple(items))

    def _case(self) -> Node:
        compared = () if self.next.is_word("when") else (self.expression(),)
        parts: list[Node] = [*compared]
        while self.takes_word("when"):
            parts.append(self.expression())
            self.must(self.takes_word("then"))
            parts.append(self.expression())
        if self.takes_word("else"):
            parts.append(self.expression())
        self.must(self.takes_word("end"))
        return Node(Kind.CASE, "s" if compared else "", tuple(parts))

    def _name(self, token: Token) -> Node:
        """A column, perhaps with its table, or a call."""
        names = [token]
        while self.takes_mark("."):
            names.append(self.take())
        if any(name.kind not in (TokenKind.WORD, TokenKind.QUOTED) for name in names):
            raise NotUnderstood(names[-1].text)
        if names[0].text == "pg_catalog" and len(names) > 1:
            del names[0]
        name = ".".join(shown(item.text) for item in names)
        return self._call(names, name) if self.next.is_mark("(") else Node(Kind.NAME, name)

    def _call(self, names: list[Token], name: str) -> Node:
        self.take()
        plain = names[0].text if len(names) == 1 else ""
        # In quotes, it is the function of that name and not the special form.
        if names[0].kind is TokenKind.WORD and plain in _SEPARATED:
            return self._separated(plain)
        if names[0].kind is TokenKind.WORD and plain == "trim":
            return self._trim()
        if self.next.is_mark("*"):
            raise NotUnderstood("*")
        return Node(Kind.CALL, plain or name, self.until_bracket())

    def _separated(self, word: str) -> Node:
        """`EXTRACT(year FROM born)`, `SUBSTRING(name FROM 1 FOR 2)`: keywords between the arguments."""
        parts: list[Node] = []
        shape = ""
        while not self.takes_mark(")"):
            parts.append(self._field() if word == "extract" and not parts else self._argument())
            shape += "{}"
            if self.takes_mark(","):
                shape += ", "
            elif self.next.is_word(*_BETWEEN_ARGUMENTS):
                shape += f" {self.take().text.upper()} "
        if "," in shape or " " not in shape or (word == "substring" and shape in _SUBSTRINGS):
            return Node(Kind.CALL, word, tuple(parts))
        return Node(Kind.SPECIAL, f"{word.upper()}({shape})", tuple(parts))

    def _field(self) -> Node:
        return Node(Kind.WORD, self.take().text.lower())

    def _argument(self) -> Node:
        """An argument before FROM, FOR or IN; the latter is no operator there."""
        return self.expression(LIKE)

    def _trim(self) -> Node:
        side = self.take().text.upper() if self.next.is_word("both", "leading", "trailing") else ""
        parts = [] if self.takes_word("from") else [self.expression()]
        if self.takes_word("from") or not parts:
            parts = [*parts, self.expression()]
        elif self.takes_mark(","):
            parts = [self.expression(), parts[0]]
        self.must(self.takes_mark(")"))
        letters = "{} " if len(parts) == 2 else ""
        return Node(Kind.SPECIAL, f"TRIM({side or 'BOTH'} {letters}FROM {{}})", tuple(parts))

    def until_bracket(self) -> tuple[Node, ...]:
        """Expressions with commas, up to the closing bracket, which is taken."""
        parts: list[Node] = []
        while not self.takes_mark(")"):
            if self.takes_word("variadic"):
                parts.append(Node(Kind.SPECIAL, "VARIADIC {}", (self.expression(),)))
            else:
                parts.append(self.expression())
            self.must(self.takes_mark(",") or self.next.is_mark(")"))
        return tuple(parts)


def _number(text: str) -> str:
    """Without an exponent, as PostgreSQL writes numbers."""
    return format(Decimal(text), "f")


def _bits(text: str) -> str:
    """`B'101'` and `X'1f'`, bit by bit."""
    digits = text[2:-1]
    return digits if text[0] == "B" else "".join(f"{int(digit, 16):04b}" for digit in digits)
