"""Python values as SQLite stores them, in the form that SQLAlchemy's dialect reads, and back.

A value that does not fit its column's type is stored as it is: SQLite takes it, and so do we.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from toasty_core.errors import SchemaError
from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_sql.codecs import EPOCH, Codec, forgiving, in_utc, label, or_none, span, text

_LARGEST = 2**63


def encoder(type_: Type) -> Codec:
    """What makes a Python value one that is stored in a column of this type."""
    if isinstance(type_, types.Enum):
        return or_none(label(type_, plain))
    return or_none(_ENCODERS.get(type(type_), plain))


def decoder(type_: Type) -> Codec:
    """What makes a stored value a Python value; one that cannot be read stays as it is stored."""
    decode = _DECODERS.get(type(type_))
    if isinstance(type_, types.Decimal) and type_.scale is not None:
        decode = _rounded(type_.scale)
    return forgiving(decode)


def plain(value: Any) -> Any:
    """A value by what it is in Python, for columns whose type does not say."""
    if type(value) in (str, bytes, float):
        return value
    for class_, encode in _BY_CLASS:
        if isinstance(value, class_):
            return encode(value)
    return value


def _integer(value: Any) -> Any:
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise SchemaError(f"{value} is too large a number for SQLite", hint="it takes 64 bits")
    return int(value) if isinstance(value, int) else plain(value)


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else plain(value)


def _date(value: Any) -> Any:
    return value.date().isoformat() if isinstance(value, datetime) else plain(value)


def _datetime(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return plain(value)


def _time(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value)
        except ValueError:
            return value
    return plain(value)


def _stamp(value: datetime) -> str:
    return in_utc(value).isoformat(sep=" ", timespec="microseconds")


def _uuid(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = UUID(value)
        except ValueError:
            return value
    return value.hex if isinstance(value, UUID) else plain(value)


def _json(value: Any) -> Any:
    return value if isinstance(value, bytes) else json.dumps(value, default=_in_json)


def _in_json(value: Any) -> Any:
    """What JSON has no word for, as text or number."""
    if isinstance(value, bytes):
        raise SchemaError(f"{value!r} has no form in JSON")
    stored = plain(value)
    return str(value) if stored is value else stored


_BY_CLASS: tuple[tuple[type, Codec], ...] = (
    (Enum, lambda value: plain(value.value)),
    (bool, int),
    (int, _integer),
    (datetime, _stamp),
    (date, date.isoformat),
    (time, lambda value: value.isoformat(timespec="microseconds")),
    (timedelta, lambda value: _stamp(EPOCH + value)),
    (Decimal, float),
    (UUID, lambda value: value.hex),
    (dict, _json),
    (list, _json),
    (tuple, _json),
)

_ENCODERS: dict[type[Type], Codec] = {
    types.String: text(plain),
    types.Char: text(plain),
    types.Text: text(plain),
    types.SmallInteger: _integer,
    types.Integer: _integer,
    types.BigInteger: _integer,
    types.Boolean: _integer,
    types.Float: _float,
    types.Double: _float,
    types.Decimal: _float,
    types.Date: _date,
    types.DateTime: _datetime,
    types.Time: _time,
    types.Interval: span(plain),
    types.Uuid: _uuid,
    types.Json: _json,
    types.Array: _json,
    types.Document: _json,
}


def _rounded(scale: int) -> Codec:
    return lambda value: Decimal(f"{value:.{scale}f}" if isinstance(value, float) else value)


_DECODERS: dict[type[Type], Codec] = {
    types.Boolean: bool,
    types.Decimal: lambda value: Decimal(str(value)),
    types.Date: date.fromisoformat,
    types.Time: time.fromisoformat,
    types.DateTime: datetime.fromisoformat,
    types.Interval: lambda value: datetime.fromisoformat(value) - EPOCH,
    types.Uuid: UUID,
    types.Json: json.loads,
    types.Array: json.loads,
    types.Document: json.loads,
}
