"""Python values as PyMySQL stores them, in the form that SQLAlchemy's dialect reads, and back."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from toasty_core.errors import SchemaError
from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_sql.codecs import EPOCH, Codec, forgiving, in_utc, label, or_none, span, text

_SIXTEEN = re.compile(r"(?:VAR)?BINARY\s*\(16\)\Z", re.IGNORECASE)


def encoder(type_: Type) -> Codec:
    """What makes a Python value one that is stored in a column of this type."""
    if isinstance(type_, types.Native) and _SIXTEEN.match(type_.sql):
        return _uuid_bytes
    if isinstance(type_, types.Enum):
        return or_none(label(type_, plain))
    return or_none(_ENCODERS.get(type(type_), plain))


def decoder(type_: Type) -> Codec:
    """What makes a stored value a Python value; one that cannot be read stays as it is stored."""
    return forgiving(_DECODERS.get(type(type_)))


def plain(value: Any) -> Any:
    """A value by what it is in Python, for columns whose type does not say."""
    for class_, encode in _BY_CLASS:
        if isinstance(value, class_):
            return encode(value)
    return value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise SchemaError(f"{value} is no number that MySQL or MariaDB can keep")
    return value


def _date(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else plain(value)


def _datetime(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return in_utc(datetime.fromisoformat(value))
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return plain(value)


def _time(value: Any) -> Any:
    return value if isinstance(value, timedelta) else plain(value)


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


_BY_CLASS: tuple[tuple[type, Codec], ...] = (
    (Enum, lambda value: plain(value.value)),
    (bool, int),
    (float, _number),
    (bytearray, bytes),
    (datetime, in_utc),
    (timedelta, lambda value: EPOCH + value),
    (UUID, lambda value: value.hex),
    (dict, _json),
    (list, _json),
    (tuple, _json),
)

_ENCODERS: dict[type[Type], Codec] = {
    types.String: text(plain),
    types.Char: text(plain),
    types.Text: text(plain),
    types.Date: _date,
    types.DateTime: _datetime,
    types.Time: _time,
    types.Interval: span(plain),
    types.Uuid: _uuid,
    types.Json: _json,
    types.Array: _json,
    types.Document: _json,
}


def _clock(value: Any) -> Any:
    """PyMySQL gives a time of day as the span since midnight."""
    return (EPOCH + value).time() if isinstance(value, timedelta) else time.fromisoformat(value)


_DECODERS: dict[type[Type], Codec] = {
    types.Boolean: bool,
    types.Time: _clock,
    types.Interval: lambda value: value - EPOCH,
    types.Uuid: UUID,
    types.Json: json.loads,
    types.Array: json.loads,
    types.Document: json.loads,
}
