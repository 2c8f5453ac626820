"""Attribute values of DynamoDB as Python's."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_dynamo.filters import Av
from toasty_dynamo.values import Form, Kind, moment

_UTC = timezone.utc


def decoded(kind: Kind, value: Av | None) -> Any:
    """The value as a Python function is to see it; one of another type than the column's as it is."""
    if value is None:
        return None
    found = bare(value)
    if found is None:
        return None
    try:
        return _decoded(kind, found)
    except (ValueError, TypeError, ArithmeticError):
        return found


def bare(value: Av) -> Any:
    """The value in Python's own types, whatever the column's type is."""
    ((name, found),) = value.items()
    match name:
        case "NULL":
            return None
        case "N":
            return _read_number(found)
        case "B":
            return bytes(found)
        case "L":
            return [bare(one) for one in found]
        case "M":
            return {key: bare(one) for key, one in found.items()}
        case "NS":
            return sorted(_read_number(one) for one in found)
        case "SS" | "BS":
            return sorted(found)
    return found


def _read_number(text: str) -> int | Decimal:
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def _decoded(kind: Kind, found: Any) -> Any:
    if kind.form is Form.EPOCH:
        return _from_seconds(kind.type, found)
    if kind.form is Form.TEXT:
        return json.loads(found)
    match kind.type:
        case types.Float() | types.Double() if isinstance(found, int | Decimal):
            return float(found)
        case types.Decimal() if isinstance(found, int):
            return Decimal(found)
        case types.Date() if isinstance(found, str):
            return date.fromisoformat(found)
        case types.DateTime(timezone=zone) if isinstance(found, str):
            return moment(found, zone)
        case types.Time() if isinstance(found, str):
            return time.fromisoformat(found)
        case types.Interval() if isinstance(found, int | Decimal):
            return timedelta(seconds=float(found))
        case types.Uuid() if isinstance(found, str):
            return UUID(found)
        case types.Array(item) if isinstance(found, list):
            return [_inner(kind.item(item), one) for one in found]
        case types.Document(fields) if isinstance(found, dict):
            known = {field.name: kind.item(field.type) for field in fields}
            return {n: _inner(known[n], one) if n in known else one for n, one in found.items()}
    return found


def _inner(kind: Kind, found: Any) -> Any:
    return None if found is None else _decoded(kind, found)


def _from_seconds(type_: Type, found: Any) -> Any:
    if not isinstance(found, int | Decimal):
        raise TypeError
    instant = datetime.fromtimestamp(0, _UTC) + timedelta(seconds=float(found))
    if isinstance(type_, types.Date):
        return instant.date()
    zone = isinstance(type_, types.DateTime) and type_.timezone
    return instant if zone else instant.replace(tzinfo=None)
