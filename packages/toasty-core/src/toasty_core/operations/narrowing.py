"""Which changes of a type can lose part of a value."""

from __future__ import annotations

from toasty_core.schema import types
from toasty_core.schema.types import Type

_INTEGERS: tuple[type[Type], ...] = (types.SmallInteger, types.Integer, types.BigInteger)
_TEXTS: tuple[type[Type], ...] = (types.Char, types.String, types.Text)


def may_lose(old: Type, new: Type) -> bool:
    """Could a value of type `old` become another one as `new`, or not fit at all?"""
    if old == new or isinstance(new, types.Text):
        return False
    if isinstance(old, _INTEGERS) and isinstance(new, _INTEGERS):
        return _INTEGERS.index(type(new)) < _INTEGERS.index(type(old))
    if isinstance(old, _TEXTS) and isinstance(new, types.String | types.Char):
        return _narrower(getattr(old, "length", None), new.length)
    if isinstance(old, types.Decimal) and isinstance(new, types.Decimal):
        return _decimal_narrower(old, new)
    if isinstance(old, types.Enum) and isinstance(new, types.Enum):
        return not set(old.values) <= set(new.values)
    widening: tuple[tuple[type[Type], type[Type]], ...] = (
        (types.Float, types.Double),
        (types.Date, types.DateTime),
        (types.Enum, types.String),
    )
    return not any(isinstance(old, a) and isinstance(new, b) for a, b in widening)


def _narrower(old: int | None, new: int | None) -> bool:
    return new is not None and (old is None or new < old)


def _decimal_narrower(old: types.Decimal, new: types.Decimal) -> bool:
    if new.precision is None:
        return False
    if old.precision is None:
        return True
    whole = new.precision - (new.scale or 0) >= old.precision - (old.scale or 0)
    return not (whole and (new.scale or 0) >= (old.scale or 0))
