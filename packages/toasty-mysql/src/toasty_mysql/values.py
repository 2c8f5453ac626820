"""Python values as PyMySQL stores them, in the form that SQLAlchemy's dialect reads, and back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from toasty_core.errors import SchemaError
from toasty_core.schema import types
from toasty_core.schema.types import Type

Codec = Callable[[Any], Any]

_EPOCH = datetime(1970, 1, 1)
_SIXTEEN = re.compile(r"(?:VAR)?BINARY\s*\(16\)\Z", re.IGNORECASE)


def encoder(type_: Type) -> Codec:
    """What makes a Python value one that is stored in a column of this type."""
    if isinstance(type_, types.Native) and _SIXTEEN.match(type_.sql):
        return _uuid_bytes
    encode = _enum(type_) if isinstance(type_, types.Enum) else _ENCODERS.get(type(type_), plain)
    return lambda value: None if value is None else encode(value)


def decoder(type_: Type) -> Codec:
    """What makes a stored value a Python value; one that cannot be read stays as it is stored."""
    decode = _DECODERS.get(type(type_))
    return _same if decode is None else _forgiving(decode)


def plain(value: Any) -> Any:
    """A value by what it is in Python, for columns whose type does not say."""
    for class_, encode in _BY_CLASS:
        if isinstance(value, class_):
            return encode(value)
    return value


def _same(value: Any) -> Any:
    return value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise SchemaError(f"{value} is no number that MySQL or MariaDB can keep")
    return value


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, UUID | Decimal) else plain(value)


def _naive(value: datetime) -> datetime:
    """Times are kept in UTC, without saying so."""
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return value


def _date(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else plain(value)


def _datetime(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return _naive(datetime.fromisoformat(value))
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return plain(value)


def _time(value: Any) -> Any:
    return value if isinstance(value, timedelta) else plain(value)


def _interval(value: Any) -> Any:
    """A number is one of seconds; SQLAlchemy keeps a span as the moment that far from 1970."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return plain(timedelta(seconds=value) if is_number else value)


def _uuid(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return UUID(value).hex
        except ValueError:
            return value
    return plain(value)


def _uuid_bytes(value: Any) -> Any:
    """A UUID for a column of 16 bytes, also from its text, which would not fit."""
    found = _uuid(value)
    is_uuid = isinstance(found, str) and re.fullmatch(r"[0-9a-f]{32}", found)
    return bytes.fromhex(found) if is_uuid else plain(value)


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        raise SchemaError(f"{value!r} has no form in JSON")
    return json.dumps(value, default=_in_json)


def _in_json(value: Any) -> Any:
    """What JSON has no word for, as text or number."""
    if isinstance(value, bytes):
        raise SchemaError(f"{value!r} has no form in JSON")
    if isinstance(value, Decimal):
        return float(value)
    stored = plain(value)
    return stored if isinstance(stored, str | int | float) else str(stored)


def _enum(type_: types.Enum) -> Codec:
    """A member stands as its name, as SQLAlchemy does it, or as its value where that is what the type knows."""

    def encode(value: Any) -> Any:
        if not isinstance(value, Enum):
            return plain(value)
        by_value = value.name not in type_.values and value.value in type_.values
        return value.value if by_value else value.name

    return encode


_BY_CLASS: tuple[tuple[type, Codec], ...] = (
    (Enum, lambda value: plain(value.value)),
    (bool, int),
    (float, _number),
    (bytearray, bytes),
    (datetime, _naive),
    (timedelta, lambda value: _EPOCH + value),
    (UUID, lambda value: value.hex),
    (dict, _json),
    (list, _json),
    (tuple, _json),
)

_ENCODERS: dict[type[Type], Codec] = {
    types.String: _text,
    types.Char: _text,
    types.Text: _text,
    types.Date: _date,
    types.DateTime: _datetime,
    types.Time: _time,
    types.Interval: _interval,
    types.Uuid: _uuid,
    types.Json: _json,
    types.Array: _json,
    types.Document: _json,
}


def _forgiving(decode: Codec) -> Codec:
    def read(value: Any) -> Any:
        try:
            return None if value is None else decode(value)
        except (TypeError, ValueError, ArithmeticError):
            return value

    return read


def _clock(value: Any) -> Any:
    """PyMySQL gives a time of day as the span since midnight."""
    return (_EPOCH + value).time() if isinstance(value, timedelta) else time.fromisoformat(value)


_DECODERS: dict[type[Type], Codec] = {
    types.Boolean: bool,
    types.Time: _clock,
    types.Interval: lambda value: value - _EPOCH,
    types.Uuid: UUID,
    types.Json: json.loads,
    types.Array: json.loads,
    types.Document: json.loads,
}
