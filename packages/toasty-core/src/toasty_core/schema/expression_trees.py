"""The tree of an expression that models write for all databases: what `expression_reader` makes of its text."""

from __future__ import annotations

from typing import Any, TypeAlias

from attrs import frozen


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
    """A function or an operator on values, by what the vocabulary calls it."""

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
