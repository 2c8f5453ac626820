"""What may stand as a default, in a check, in an index: literals, functions and native expressions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum as PyEnum
from typing import Any, TypeAlias

from attrs import field, frozen


@frozen(init=False)
class Expression:
    """An expression in a database's own words, the same everywhere or one text per backend.

    `text` is for every backend that `by_backend` does not name; None: for no other.
    Write it with `expr()`.
    """

    text: str | None = None
    by_backend: tuple[tuple[str, str], ...] = ()

    def __init__(
        self, text: str | None = None, by_backend: Mapping[str, str] | None = None
    ) -> None:
        ordered = tuple(sorted((by_backend or {}).items()))
        if text is None and not ordered:
            raise ValueError("an expression needs a text, or one for a backend")
        self.__attrs_init__(text, ordered)

    def for_backend(self, backend: str) -> str | None:
        """The text that `backend` takes; None when nothing is written for it."""
        return dict(self.by_backend).get(backend, self.text)

    def __str__(self) -> str:
        return self.text if self.text is not None else self.by_backend[0][1]


def expr(text: str | None = None, /, **by_backend: str) -> Expression:
    """An expression: `expr("lower(name)")`, or `expr("now()", sqlite="CURRENT_TIMESTAMP")`."""
    return Expression(text, by_backend)


class FunctionName(PyEnum):
    """The functions that every backend has a form of."""

    NOW = "now"
    UUID = "uuid"


@frozen
class Function:
    """A portable function as a default: `now()` or `uuid()`."""

    name: FunctionName


def now() -> Function:
    """The time of the insert, as a default."""
    return Function(FunctionName.NOW)


def uuid() -> Function:
    """A new random UUID for each row, as a default."""
    return Function(FunctionName.UUID)


@frozen
class NextValue:
    """The next number of a sequence, as a default."""

    sequence: str


def _same(value: object) -> tuple[str, object]:
    """True is not 1: a literal is its type, too. Not a number is itself, here."""
    return type(value).__name__, value if value == value else repr(value)


@frozen
class Literal:
    """A value as it is: text, number, truth, bytes, date, or a JSON list or object."""

    value: Any = field(eq=_same)


Default: TypeAlias = Literal | Function | Expression | NextValue


def coerce_default(value: object) -> Default | None:
    """What stands in a model or file as a default, as a value: `"open"` becomes `Literal("open")`."""
    if value is None or isinstance(value, (Literal, Function, Expression, NextValue)):
        return value
    return Literal(value)


def coerce_expression(value: Expression | str | None) -> Expression | None:
    """A text is an expression that every backend understands."""
    return Expression(value) if isinstance(value, str) else value


@frozen
class Identity:
    """Numbers that the database gives to rows that bring none (`auto=True`).

    `always`: a row may not bring its own. The others are those of SQL's GENERATED AS IDENTITY;
    SQLite uses AUTOINCREMENT, MySQL AUTO_INCREMENT, and both ignore what they have no word for.
    """

    always: bool = False
    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int | None = None


@frozen
class Serial:
    """Numbers given in each database's older way: a rowid on SQLite, SERIAL on PostgreSQL."""


Auto: TypeAlias = Identity | Serial


def coerce_auto(value: Auto | bool | None) -> Auto | None:
    """`auto=True` is the standard's identity."""
    if value is True:
        return Identity()
    return value or None


def _expression(value: Expression | str) -> Expression:
    return Expression(value) if isinstance(value, str) else value


@frozen
class Generated:
    """A column that the database computes; `stored` on disk, or computed when read."""

    expression: Expression = field(converter=_expression)
    stored: bool = True
