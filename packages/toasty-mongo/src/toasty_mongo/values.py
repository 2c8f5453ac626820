"""Values of the portable types as BSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_mongo.names import BACKEND

_EPOCH = datetime(1970, 1, 1)


class Made(Enum):
    """A value that is made when its document is written."""

    NOW = "new Date()"
    UUID = "UUID()"
    OBJECT_ID = "ObjectId()"


def encoded(type_: Type, value: Any) -> Any:
    """The value as a field of this type holds it. What does not fit stays as it is: the validator refuses it."""
    if value is None or isinstance(value, Made):
        return value
    try:
        return _encoded(type_.for_backend(BACKEND), value)
    except (ValueError, ArithmeticError, TypeError, AttributeError):
        return _plain(value)


def _encoded(type_: Type, value: Any) -> Any:
    match type_:
        case types.SmallInteger() | types.Integer() | types.BigInteger():
            return value if isinstance(value, float) and not value.is_integer() else int(value)
        case types.Float() | types.Double():
            return float(value)
        case types.Boolean():
            return bool(value) if isinstance(value, int) else value
        case types.Date():
            return _day(value)
        case types.DateTime():
            return _moment(value)
        case types.Interval():
            return value.total_seconds() if isinstance(value, timedelta) else float(value)
        case types.Uuid():
            return _uuid(value)
        case types.Binary():
            return bytes(value)
        case types.Decimal():
            from bson.decimal128 import Decimal128

            return Decimal128(Decimal(str(value)))
        case types.Array(item):
            return [encoded(item, one) for one in value]
        case types.Document(fields):
            known = {field.name: field.type for field in fields}
            return {
                name: encoded(known[name], one) if name in known else _plain(one)
                for name, one in value.items()
            }
    return _plain(value)


def _plain(value: Any) -> Any:
    """A value without a type of ours, as BSON has one for it."""
    match value:
        case Enum():
            return _plain(value.value)
        case Decimal():
            from bson.decimal128 import Decimal128

            return Decimal128(value)
        case UUID():
            return _uuid(value)
        case datetime():
            return _moment(value)
        case date():
            return datetime(value.year, value.month, value.day)
        case time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def _day(value: Any) -> datetime:
    day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return datetime(day.year, day.month, day.day)


def _moment(value: Any) -> datetime:
    """A point in time in UTC, which is what BSON holds; milliseconds of it."""
    if not isinstance(value, datetime):
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)
        value = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    plain: datetime = value.replace(microsecond=value.microsecond // 1000 * 1000)
    return plain


def _uuid(value: Any) -> Any:
    from bson.binary import Binary

    return Binary.from_uuid(value if isinstance(value, UUID) else UUID(str(value)))


_AS_THEY_ARE = (
    *(types.SmallInteger, types.Integer, types.BigInteger, types.Float, types.Double),
    *(types.Boolean, types.String, types.Char, types.Text, types.Enum, types.Json, types.Binary),
)


def is_decoded(type_: Type) -> bool:
    """Are there values of this type that `decoded` gives in another form?"""
    return not isinstance(type_.for_backend(BACKEND), _AS_THEY_ARE)


_STORED_AS_IS: tuple[tuple[type[Type], type], ...] = (
    *((whole, int) for whole in (types.SmallInteger, types.Integer, types.BigInteger)),
    *((number, float) for number in (types.Float, types.Double)),
    *((text, str) for text in (types.String, types.Char, types.Text, types.Enum)),
    (types.Boolean, bool),
)


def stored_as_is(type_: Type) -> type | None:
    """The Python type of which every value is what `encoded` gives, if there is one."""
    found = type_.for_backend(BACKEND)
    return next((python for ours, python in _STORED_AS_IS if type(found) is ours), None)


def decoded(type_: Type, value: Any) -> Any:
    """The value of a field as a Python function is to see it."""
    if value is None:
        return None
    match type_.for_backend(BACKEND):
        case types.Decimal() if hasattr(value, "to_decimal"):
            return value.to_decimal()
        case types.Date() if isinstance(value, datetime):
            return value.date()
        case types.DateTime(timezone=True) if isinstance(value, datetime) and not value.tzinfo:
            return value.replace(tzinfo=timezone.utc)
        case types.Time() if isinstance(value, str):
            return _or_as_it_is(time.fromisoformat, value)
        case types.Interval() if isinstance(value, int | float):
            return timedelta(seconds=value)
        case types.Uuid() if hasattr(value, "as_uuid"):
            return _or_as_it_is(lambda found: found.as_uuid(), value)
        case types.Array(item) if isinstance(value, list):
            return [decoded(item, one) for one in value]
        case types.Document(fields) if isinstance(value, Mapping):
            known = {field.name: field.type for field in fields}
            return {
                name: decoded(known[name], one) if name in known else one
                for name, one in value.items()
            }
    return value


def _or_as_it_is(read: Any, value: Any) -> Any:
    try:
        return read(value)
    except ValueError:
        return value
