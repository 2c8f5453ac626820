"""Conditions as models write them for all databases, read into a tree: `age >= 0 AND name IS NOT NULL`.

Comparisons, AND, OR, NOT, IS NULL, IN, BETWEEN, + - * / % ||, and a few functions. `filters.py` says it in
DynamoDB's words, `evaluating.py` computes it.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from attrs import frozen

from toasty_core.errors import SchemaError

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)|(?P<word>[^\W\d]\w*)
    |(?P<sign><>|!=|<=|>=|\|\||[-+*/%(),<>=]))""",
    re.VERBOSE,
)
COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_SUMS = ("+", "-", "||")
_PRODUCTS = ("*", "/", "%")
FUNCTIONS = {
    **dict.fromkeys(("length", "char_length", "character_length", "size"), "length"),
    **{
        name: name
        for name in ("lower", "upper", "trim", "abs", "floor", "ceil", "round", "coalesce")
    },
    "mod": "%",
    "concat": "||",
}


@frozen
class Field:
    """A column."""

    name: str


@frozen
class Constant:
    """A value."""

    value: Any


@frozen
class Call:
    """A function or an operator on values, by its sign or name."""

    operator: str
    items: tuple[Value, ...]


@frozen
class Compare:
    """A comparison: true, false, or neither where one of the two is null."""

    operator: str
    left: Value
    right: Value


@frozen
class IsNull:
    """Is there no value?"""

    item: Value


@frozen
class Within:
    """Is it one of these values?"""

    item: Value
    values: tuple[Value, ...]


@frozen
class Join:
    """Several conditions: all of them, or (`any_`) one of them."""

    any_: bool
    parts: tuple[Condition, ...]


@frozen
class Negation:
    """The opposite."""

    part: Condition


Value: TypeAlias = "Field | Constant | Call"
Condition: TypeAlias = "Compare | IsNull | Within | Join | Negation | Constant | Field"


def read_value(text: str) -> Value:
    """The tree of a value. Raises SchemaError for what it does not know."""
    reader = _Reader(text)
    found = reader.value()
    reader.end()
    return found


def read_condition(text: str) -> Condition:
    """The tree of a condition. Raises SchemaError for what it does not know."""
    reader = _Reader(text)
    found = reader.either()
    reader.end()
    return found


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
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
        return SchemaError(
            f"the expression {self._text!r} is not understood from {rest[:20]!r} on",
            hint="Toasty reads comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, + - * / ||, and"
            f" {', '.join(sorted(FUNCTIONS))}; for more use db.transform_rows",
        )

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
        return word in {*COMPARISONS, *_SUMS, *_PRODUCTS, "IS", "IN", "BETWEEN", "NOT"}

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
            found = Join(False, (Compare(">=", left, low), Compare("<=", left, self.value())))
        elif not opposite and self._peek() in COMPARISONS:
            found = Compare(self._sign(), left, self.value())
        elif not opposite and not isinstance(left, Call):
            return left
        else:
            raise self._unknown(self._peek() or "its end")
        return Negation(found) if opposite else found

    def _sign(self) -> str:
        sign = self._next()[1]
        return "<>" if sign == "!=" else sign

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

    def _chain(self, signs: tuple[str, ...], inner: Any) -> Value:
        found: Value = inner()
        while self._kind() == "sign" and self._peek() in signs:
            found = Call(self._next()[1], (found, inner()))
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
            return Call("-", (Constant(0), inner))
        return self._word(text)

    def _word(self, text: str) -> Value:
        if text.upper() in ("TRUE", "FALSE", "NULL"):
            return Constant({"TRUE": True, "FALSE": False, "NULL": None}[text.upper()])
        if not re.match(r"[^\W\d]", text):
            raise self._unknown(text)
        if self._peek() != "(":
            return Field(text)
        operator = FUNCTIONS.get(text.lower())
        if operator is None:
            raise self._unknown(f"{text}(")
        return Call(operator, self._list())


def fields_of(item: Any) -> tuple[str, ...]:
    """The columns that a condition or value speaks of, by name."""
    match item:
        case Field(name):
            return (name,)
        case Call(_, parts) | Join(_, parts):
            return tuple(name for part in parts for name in fields_of(part))
        case Compare(_, left, right):
            return (*fields_of(left), *fields_of(right))
        case Within(one, values):
            return (*fields_of(one), *(name for part in values for name in fields_of(part)))
        case IsNull(part) | Negation(part):
            return fields_of(part)
    return ()
