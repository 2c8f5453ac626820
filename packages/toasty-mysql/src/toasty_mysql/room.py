"""What a type has room for: the condition for values of another type that are too large for it."""

from __future__ import annotations

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_mysql.dialect import characters
from toasty_mysql.families import family
from toasty_sql.families import Family

_BITS: dict[type[Type], int] = {types.SmallInteger: 16, types.Integer: 32, types.BigInteger: 64}
_ROOM = (2**8, 2**16, 2**24, 2**32)
"""TINYBLOB, BLOB, MEDIUMBLOB, LONGBLOB: which one it is follows from the length that is said."""


def overflow(value: str, old: Type, new: Type) -> str | None:
    """The condition (SQL) for a `value` of type `old` that does not fit into `new`; None: each one fits."""
    match new:
        case types.String() as text:
            return _longer(value, old, characters(text))
        case types.Char(length=length):
            return _longer(value, old, length or 1)
        case types.Enum(native=False):
            return _longer(value, old, new.width)
        case types.SmallInteger() | types.Integer() | types.BigInteger():
            return _out_of_range(value, old, new)
        case types.Decimal():
            return _not_decimal(value, old, new)
        case types.Float(precision=precision) if precision is None or precision <= 24:
            is_float = isinstance(old, types.Float) or family(old) is not Family.NUMBER
            return None if is_float else f"ABS({value}) > 3.402823466e38"
        case types.Binary(length=int(length)):
            room = next(size for size in _ROOM if length < size)
            return f"LENGTH({value}) >= {room}"
    return None


_WRITTEN: dict[type[Type], int] = {
    types.SmallInteger: 6,
    types.Integer: 11,
    types.BigInteger: 20,
    types.Boolean: 4,
    types.Date: 10,
    types.DateTime: 19,
    types.Interval: 19,
    types.Uuid: 36,
}
"""How many characters a value has at most, as text."""


def _longer(value: str, old: Type, length: int) -> str | None:
    if isinstance(old, types.Enum):
        most: int | None = old.width
    else:
        most = _WRITTEN.get(type(old), getattr(old, "length", None))
        most = None if isinstance(old, types.Binary) else most
    if most is not None and most <= length:
        return None
    return f"CHAR_LENGTH({value}) > {length}"


def _out_of_range(value: str, old: Type, new: Type) -> str | None:
    bits = _BITS[type(new)]
    known = 1 if isinstance(old, types.Boolean) else _BITS.get(type(old), 128)
    if known <= bits:
        return None
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    number = f"CAST({value} AS DECIMAL(65, 10))"
    return f"{value} IS NOT NULL AND {number} NOT BETWEEN {least} AND {most}"


_DIGITS: dict[type[Type], int] = {
    types.Boolean: 3,
    types.SmallInteger: 5,
    types.Integer: 10,
    types.BigInteger: 19,
}


def _not_decimal(value: str, old: Type, new: types.Decimal) -> str | None:
    """Too many digits before the point, or behind it: those would be rounded away."""
    precision, scale = new.precision or 10, new.scale or 0
    before, behind = _DIGITS.get(type(old), 65), 0 if type(old) in _DIGITS else 65
    if isinstance(old, types.Decimal):
        before, behind = (old.precision or 10) - (old.scale or 0), old.scale or 0
    if before <= precision - scale and behind <= scale:
        return None
    number = f"CAST({value} AS DECIMAL(65, 30))"
    most = 10 ** (precision - scale)
    return (
        f"{value} IS NOT NULL AND (ABS({number}) >= {most} OR ROUND({number}, {scale}) <> {number})"
    )
