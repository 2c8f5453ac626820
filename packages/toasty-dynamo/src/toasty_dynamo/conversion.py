"""From one type to another, value by value, here: DynamoDB converts nothing.

What is there decides, not what the old column said: one attribute may hold values of several types.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from attrs import frozen

from toasty_core.operations.narrowing import may_lose
from toasty_core.schema import types
from toasty_dynamo.decoding import bare, decoded
from toasty_dynamo.filters import Av, Every, Guard, Has, Is, Not
from toasty_dynamo.values import Form, Kind, Unfit, as_stored, stored_types

_NUMBERS = (types.SmallInteger, types.Integer, types.BigInteger, types.Float, types.Double)
_COUNTS = (*_NUMBERS, types.Decimal, types.Interval, types.Boolean)
_MOMENTS = (types.Date, types.DateTime, types.Time)
_TEXTS = (types.String, types.Char, types.Text, types.Enum)
_NARROW: dict[Any, int] = {types.SmallInteger: 16, types.Integer: 32, types.BigInteger: 64}


@frozen
class Conversion:
    """What becomes of an attribute whose column gets another type."""

    old: Kind
    new: Kind

    @property
    def is_needed(self) -> bool:
        """Do values change, or only what is allowed of them?"""
        if self.old == self.new or isinstance(self.new.type, types.Json | types.Native):
            return self.old.form is not self.new.form
        same = type(self.old.type) is type(self.new.type) and self.old.form is self.new.form
        if same and not isinstance(self.new.type, types.Array | types.Document | types.DateTime):
            return False
        mine, theirs = stored_types(self.old), stored_types(self.new)
        exact = isinstance(self.new.type, (*_MOMENTS, types.Uuid, types.Array, types.Document))
        narrow = isinstance(self.new.type, (types.SmallInteger, types.Integer, types.BigInteger))
        return (
            exact
            or not mine
            or mine != theirs
            or (narrow and not isinstance(self.old.type, _NARROW_TYPES))
        )

    @property
    def may_fail(self) -> bool:
        """Could there be values that are none of the new type?"""
        same_form = self.old.form is self.new.form
        return self.is_needed or (not same_form) or may_lose(self.old.type, self.new.type)

    def pending(self, name: str) -> Guard:
        """Finds, on the server, the items whose attribute may have to change."""
        theirs, mine = stored_types(self.new), stored_types(self.old)
        if theirs and mine and not set(theirs) & set(mine):
            return Every((Has(name), Not(Is(name, ("NULL", *theirs)))))
        return Has(name)

    def result(self, value: Av) -> Av | None:
        """The new value, itself where it is one already; None where it does not convert."""
        if "NULL" in value:
            return value
        try:
            found = as_stored(self.new, self._read(value))
        except (ValueError, TypeError, ArithmeticError, AttributeError):
            return None
        return found if self._fits(found) else None

    def _read(self, value: Av) -> Any:
        """The value in Python's types, as the new type can take it."""
        ((name, _),) = value.items()
        of_old = name in stored_types(self.old)
        found = decoded(self.old, value) if of_old else bare(value)
        new = self.new.type
        if self.new.form is Form.TEXT:
            return (
                found
                if name == "S" and self.old.form is not Form.TEXT
                else json.dumps(found, default=str)
            )
        if self.old.form is Form.TEXT and name == "S":
            return found
        if isinstance(new, types.Array) and not isinstance(found, list):
            return [found]
        if isinstance(new, _TEXTS):
            return self._text(found)
        if isinstance(new, _MOMENTS) and not _is_moment(found, self.new):
            raise Unfit("a number is no time")
        if isinstance(new, _COUNTS) and isinstance(found, str):
            return found.strip()
        return found

    def _text(self, found: Any) -> str:
        if isinstance(found, bytes | list | dict):
            raise Unfit("it is no text")
        if isinstance(found, bool):
            return "true" if found else "false"
        if isinstance(found, Decimal):
            return format(found, "f")
        return str(found)

    def _fits(self, found: Av) -> bool:
        match self.new.type:
            case types.String(length) | types.Char(length) if length and "S" in found:
                return len(found["S"]) <= length
            case types.Enum(values=values):
                text = found.get("S")
                return text in values
            case types.SmallInteger() | types.Integer() | types.BigInteger():
                limit: int = 2 ** (_NARROW[type(self.new.type)] - 1)
                return -limit <= int(found["N"]) < limit
            case types.Decimal(precision, scale) if precision is not None:
                return _has_room(Decimal(str(found["N"])), precision, scale or 0)
            case types.Binary(length) if length:
                return len(found["B"]) <= length
        return True


_NARROW_TYPES = tuple(_NARROW)


def _is_moment(found: Any, new: Kind) -> bool:
    if new.form is Form.EPOCH:
        return not isinstance(found, bool)
    return not isinstance(found, int | Decimal | bool)


def _has_room(number: Decimal, precision: int, scale: int) -> bool:
    _, digits, exponent = number.normalize().as_tuple()
    behind = max(0, -int(exponent))
    before = max(0, len(digits) + int(exponent))
    return behind <= scale and before <= precision - scale
