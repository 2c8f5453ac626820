"""Values as they come back from databases, made comparable.

A database without a type of its own for, say, a UUID stores a text or bytes. What counts is that the value is
the same, so both sides are brought into the plainest form of their type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from toasty_core.schema import Type, types

_EPOCH = datetime(1970, 1, 1)


def plain_value(type_: Type, value: Any) -> Any:
    """The value in the form in which all backends' values of this type are equal."""
    if value is None:
        return None
    match type_:
        case types.Boolean():
            return bool(value)
        case types.SmallInteger() | types.Integer() | types.BigInteger():
            return int(value)
        case types.Float() | types.Double():
            return float(value)
        case types.Decimal():
            return Decimal(str(value)).normalize()
        case types.Date():
            return value if type(value) is date else date.fromisoformat(str(value)[:10])
        case types.Time():
            return _time(value)
        case types.DateTime():
            return _moment(value)
        case types.Interval():
            return _span(value)
        case types.Uuid():
            return UUID(bytes=value) if isinstance(value, bytes) else UUID(str(value))
        case types.Binary():
            return bytes(value)
        case types.Json() | types.Array() | types.Document():
            return json.loads(value) if isinstance(value, str | bytes) else _containers(value)
    return value


def _time(value: Any) -> time:
    if isinstance(value, timedelta):  # since midnight, as drivers of MySQL give it
        return (_EPOCH + value).time()
    found = value if isinstance(value, time) else time.fromisoformat(str(value))
    return found.replace(tzinfo=None)


def _moment(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else _parsed(str(value))
    return found.astimezone(timezone.utc).replace(tzinfo=None) if found.tzinfo else found


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _span(value: Any) -> timedelta:
    """A span of time; some databases keep it as a number of seconds or as a time since 1970."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float | Decimal):
        return timedelta(seconds=float(value))
    return _span_of_text(str(value))


def _span_of_text(text: str) -> timedelta:
    days, _, clock = text.rpartition(", ")  # as Python writes it: "1 day, 0:00:02"
    try:
        return _parsed(text) - _EPOCH
    except ValueError:
        hours, minutes, seconds = clock.split(":")
    whole = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    return whole + timedelta(days=int(days.split()[0]) if days else 0)


def _containers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _containers(item) for key, item in value.items()}
    return [_containers(item) for item in value] if isinstance(value, list | tuple) else value
