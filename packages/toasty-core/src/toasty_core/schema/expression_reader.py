"""Expressions as models write them for all databases, read into a tree: `age >= 0 AND name IS NOT NULL`.

Comparisons, AND, OR, NOT, IS NULL, IN, BETWEEN, + - * / % ||, and functions. For databases that know no SQL: what the
operators and functions are called in the tree is the backend's `Vocabulary`, and so is how it refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from attrs import field, frozen

from toasty_core.errors import SchemaError
from toasty_core.schema.expression_trees import (
    Call,
    Compare,
    Condition,
    Constant,
    Field,
    IsNull,
    Join,
    Negation,
    Value,
    Within,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)|(?P<word>[^\W\d]\w*)
    |(?P<sign><>|!=|<=|>=|\|\||[-+*/%(),<>=]))""",
    re.VERBOSE,
)
_COMPARISONS = {sign: sign for sign in ("=", "<>", "<", "<=", ">", ">=")} | {"!=": "<>"}
_SUMS = ("+", "-", "||")
_PRODUCTS = ("*", "/", "%")


@frozen
class Vocabulary:
    """What a backend calls the operators and functions of expressions, and what it says of those that it cannot read.

    `functions` are the functions that there are, in lower case, and what each is called in the tree; `operators` what
    the signs are called there (`=`, `<>`, `<`, `<=`, `>`, `>=`, `+`, `-`, `||`, `*`, `/`, `%`); where it says nothing,
    as here. `subject` begins the sentence "... is not understood from ... on", with `{text}` in it.
    """

    functions: Mapping[str, str]
    hint: str
    subject: str = "the expression {text!r}"
    operators: Mapping[str, str] = field(factory=dict)

    def operator(self, sign: str) -> str:
        """What a sign is called; `!=` is `<>`."""
        sign = _COMPARISONS.get(sign, sign)
        return self.operators.get(sign, sign)

    def unknown(self, text: str, rest: str) -> SchemaError:
        """The error for a text that is not understood where `rest` begins."""
        subject = self.subject.format(text=text)
        return SchemaError(f"{subject} is not understood from {rest[:20]!r} on", hint=self.hint)


def read_condition(text: str, words: Vocabulary) -> Condition:
    """The tree of a condition. Raises SchemaError for what it does not know."""
    reader = _Reader(text, words)
    found = reader.either()
    reader.end()
    return found


def read_value(text: str, words: Vocabulary) -> Value:
    """The tree of a value. Raises SchemaError for what it does not know."""
    reader = _Reader(text, words)
    found = reader.value()
    reader.end()
    return found


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, words: Vocabulary) -> None:
        self._text = text
        self._words = words
        self._tokens = self._split(text)
        self._at = 0

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens, place = [], 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise self._unknown(text[place:].strip())
            tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()
        return tokens

    def _unknown(self, rest: str) -> SchemaError:
        return self._words.unknown(self._text, rest)

    def _peek(self) -> str:
        return self._tokens[self._at][1].upper() if self._at < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._unknown("its end")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, *words: str) -> bool:
        """Do these words come next? Then it goes behind them."""
        found = [token[1].upper() for token in self._tokens[self._at : self._at + len(words)]]
        if found != list(words) or any(
            token[0] in ("text", "quoted") for token in self._tokens[self._at :][: len(words)]
        ):
            return False
        self._at += len(words)
        return True

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            raise self._unknown(self._peek() or "its end")

    def end(self) -> None:
        """Raises SchemaError when something is left."""
        if self._at < len(self._tokens):
            raise self._unknown(self._peek())

    def either(self) -> Condition:
        """Conditions with OR between them."""
        parts = [self.all_of()]
        while self._takes("OR"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else Join(True, tuple(parts))

    def all_of(self) -> Condition:
        """Conditions with AND between them."""
        parts = [self.negated()]
        while self._takes("AND"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else Join(False, tuple(parts))

    def negated(self) -> Condition:
        """A condition, maybe with NOT before it."""
        return Negation(self.negated()) if self._takes("NOT") else self.comparison()

    def comparison(self) -> Condition:
        """A comparison, or a condition in brackets."""
        start = self._at
        if self._takes("("):
            try:
                inner = self.either()
                self._expect(")")
                if not self._continues():
                    return inner
            except SchemaError:
                inner = None
            self._at = start  # a value in brackets
        left = self.value()
        return self._compared(left)

    def _continues(self) -> bool:
        word = self._peek()
        return word in {*_COMPARISONS, *_SUMS, *_PRODUCTS, "IS", "IN", "BETWEEN", "NOT"}

    def _compared(self, left: Value) -> Condition:
        if self._takes("IS", "NOT", "NULL"):
            return Negation(IsNull(left))
        if self._takes("IS", "NULL"):
            return IsNull(left)
        opposite = self._takes("NOT")
        if self._takes("IN"):
            found: Condition = Within(left, self._list())
        elif self._takes("BETWEEN"):
            low = self.value()
            self._expect("AND")
            found = self._between(left, low, self.value())
        elif not opposite and self._peek() in _COMPARISONS:
            found = Compare(self._sign(), left, self.value())
        elif not opposite and not isinstance(left, Call):
            return left
        else:
            raise self._unknown(self._peek() or "its end")
        return Negation(found) if opposite else found

    def _between(self, item: Value, low: Value, high: Value) -> Condition:
        least, most = self._words.operator(">="), self._words.operator("<=")
        return Join(False, (Compare(least, item, low), Compare(most, item, high)))

    def _sign(self) -> str:
        return self._words.operator(self._next()[1])

    def _list(self) -> tuple[Value, ...]:
        self._expect("(")
        found = [self.value()]
        while self._takes(","):
            found.append(self.value())
        self._expect(")")
        return tuple(found)

    def value(self) -> Value:
        """Sums of products of atoms."""
        return self._chain(_SUMS, lambda: self._chain(_PRODUCTS, self.atom))

    def _chain(self, signs: tuple[str, ...], inner: Callable[[], Value]) -> Value:
        found: Value = inner()
        while self._kind() == "sign" and self._peek() in signs:
            found = Call(self._sign(), (found, inner()))
        return found

    def atom(self) -> Value:
        """A value, a column, a call, or any of them in brackets."""
        kind, text = self._next()
        if kind == "number":
            return Constant(float(text) if re.search(r"[.eE]", text) else int(text))
        if kind == "text":
            return Constant(text[1:-1].replace("''", "'"))
        if kind == "quoted":
            return Field(text[1:-1].replace(text[0] * 2, text[0]))
        if text == "(":
            found = self.value()
            self._expect(")")
            return found
        if text == "-":
            inner = self.atom()
            if isinstance(inner, Constant):
                return Constant(-inner.value)
            return Call(self._words.operator("-"), (Constant(0), inner))
        return self._word(text)

    def _word(self, text: str) -> Value:
        if text.upper() in ("TRUE", "FALSE", "NULL"):
            return Constant({"TRUE": True, "FALSE": False, "NULL": None}[text.upper()])
        if not re.match(r"[^\W\d]", text):
            raise self._unknown(text)
        if self._peek() != "(":
            return Field(text)
        operator = self._words.functions.get(text.lower())
        if operator is None:
            raise self._unknown(f"{text}(")
        return Call(operator, self._list())
