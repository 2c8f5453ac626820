"""Does a literal fit a column's type? Said before it reaches a database, of which some would take anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

from toasty_core.schema import types
from toasty_core.schema.types import Type

_NUMBERS = (int, float, Decimal)
_TRUTHS = frozenset({"true", "false", "t", "f", "yes", "no", "on", "off", "1", "0"})


def fits(value: object, type_: Type) -> bool:
    """Can a column of this type hold the value? True where only the database can know.

    A text fits where it reads as a value of the type, as `"2025-01-17"` does for a Date.
    """
    if isinstance(type_, types.Variant):
        return fits(value, type_.default)
    if value is None or (isinstance(value, Enum) and not isinstance(value, (str, int))):
        return True
    judge = _JUDGES.get(type(type_))
    return judge is None or judge(value, type_)


def stands_for_others(value: object, type_: Type, backend: str) -> bool:
    """Is the value one for other databases: it fits the column's type, but not the one that it has on this backend?"""
    here = type_.for_backend(backend)
    return here is not type_ and not fits(value, here) and fits(value, type_)


def _whole(value: Any, type_: Type) -> bool:
    if isinstance(value, str):
        return _reads(int, value)
    return isinstance(value, _NUMBERS) and value == value // 1


def _number(value: Any, type_: Type) -> bool:
    return _reads(Decimal, value) if isinstance(value, str) else isinstance(value, _NUMBERS)


def _truth(value: Any, type_: Type) -> bool:
    if isinstance(value, str):
        return value.strip().casefold() in _TRUTHS
    return isinstance(value, _NUMBERS) and value in (0, 1)


def _text(value: Any, type_: Type) -> bool:
    """What is plainly no text does not fit; other objects may have one."""
    if isinstance(value, str):
        length = getattr(type_, "length", None)
        return length is None or len(value) <= length
    return not isinstance(value, (*_NUMBERS, bytes, list, dict))


def _label(value: Any, type_: Type) -> bool:
    if isinstance(value, Enum):
        return value.value in type_.values or value.name in type_.values  # type: ignore[attr-defined]
    return not isinstance(value, (str, *_NUMBERS, bytes, list, dict)) or value in type_.values  # type: ignore[attr-defined]


def _day(value: Any, type_: Type) -> bool:
    return isinstance(value, date) or (isinstance(value, str) and _moment(value, type_))


def _time_of_day(value: Any, type_: Type) -> bool:
    if isinstance(value, str):
        return _reads(time.fromisoformat, _plain_zone(value))
    return isinstance(value, time)


def _moment(value: Any, type_: Type) -> bool:
    if isinstance(value, str):
        return _reads(datetime.fromisoformat, _plain_zone(value))
    return isinstance(value, date)


def _uuid(value: Any, type_: Type) -> bool:
    return _reads(UUID, value) if isinstance(value, str) else isinstance(value, UUID)


def _bytes(value: Any, type_: Type) -> bool:
    return isinstance(value, (bytes, bytearray, memoryview))


def _plain_zone(text: str) -> str:
    """Python reads a `Z` for UTC from 3.11 on."""
    return text.strip().removesuffix("Z")


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text.strip())
    except (ValueError, InvalidOperation):
        return False
    return True


_JUDGES: dict[type[Type], Callable[[Any, Type], bool]] = {
    **dict.fromkeys((types.SmallInteger, types.Integer, types.BigInteger), _whole),
    **dict.fromkeys((types.Float, types.Double, types.Decimal), _number),
    **dict.fromkeys((types.String, types.Char, types.Text), _text),
    types.Boolean: _truth,
    types.Enum: _label,
    types.Date: _day,
    types.Time: _time_of_day,
    types.DateTime: _moment,
    types.Uuid: _uuid,
    types.Binary: _bytes,
}
