"""Expressions as models write them, computed here from the values of a row.

A condition is true, false, or None where a value is missing, as in SQL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

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
from toasty_dynamo.filters import COMPARED

Row = Mapping[str, Any]

_COMPUTED: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: None if b == 0 else a / b,
    "%": lambda a, b: None if b == 0 else a % b,
    "||": lambda *parts: "".join(map(str, parts)),
    "length": len,
    "lower": lambda text: str(text).lower(),
    "upper": lambda text: str(text).upper(),
    "trim": lambda text: str(text).strip(),
    "abs": abs,
    "floor": lambda number: number // 1,
    "ceil": lambda number: -(-number // 1),
    "round": round,
}


def value_of(item: Value, row: Row) -> Any:
    """The value; None where one that it is made of is missing. Raises TypeError for values that do not go together."""
    match item:
        case Field(name):
            return _exact(row.get(name))
        case Constant(found):
            return _exact(found)
        case Call("coalesce", parts):
            found = (value_of(part, row) for part in parts)
            return next((one for one in found if one is not None), None)
        case Call(name, parts):
            values = [value_of(part, row) for part in parts]
            return None if None in values else _COMPUTED[name](*values)
    raise AssertionError(f"{item!r} is no value")


def _exact(value: Any) -> Any:
    """Numbers of one kind, which can be counted together without losing a digit."""
    return Decimal(str(value)) if isinstance(value, float) else value


def holds(condition: Condition, row: Row) -> bool | None:
    """Is it true of the row?"""
    match condition:
        case Compare(sign, left, right):
            return _compared(sign, value_of(left, row), value_of(right, row))
        case IsNull(item):
            return value_of(item, row) is None
        case Within(item, values):
            return _within(value_of(item, row), [value_of(one, row) for one in values])
        case Join(any_, parts):
            return _joined(any_, [holds(part, row) for part in parts])
        case Negation(part):
            found = holds(part, row)
            return None if found is None else not found
        case Field() | Constant():
            value = value_of(condition, row)
            return None if value is None else bool(value)
    raise AssertionError(f"{condition!r} is no condition")


def _compared(sign: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    try:
        return COMPARED[sign](left, right)
    except TypeError:  # a text and a number: neither is less
        return sign == "<>"


def _within(value: Any, values: list[Any]) -> bool | None:
    if value is None:
        return None
    return True if value in values else None if None in values else False


def _joined(any_: bool, answers: list[bool | None]) -> bool | None:
    """Three-valued AND and OR."""
    if any_ in answers:
        return any_
    return None if None in answers else not any_
