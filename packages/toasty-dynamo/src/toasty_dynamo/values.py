"""Values of the portable types as attribute values of DynamoDB, and back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html

A column's options choose between forms: `{"dynamodb": {"as": "epoch"}}` keeps a date or time as seconds since
1970, as a TTL needs it; `"set"` an array as a set; `"text"` JSON as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from enum import Enum
from typing import Any
from uuid import UUID

from attrs import frozen

from toasty_core.errors import SchemaError, Unsupported
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.types import Type
from toasty_dynamo.filters import Av
from toasty_dynamo.names import BACKEND

NUMBERS = Context(prec=38, Emin=-130, Emax=125, traps=[Inexact, InvalidOperation, Overflow])
"""What a number may be: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""
_UTC = timezone.utc
_FALSE = frozenset(("false", "f", "no", "n", "off", "0"))
_TRUE = frozenset(("true", "t", "yes", "y", "on", "1"))
_WHOLE = (types.SmallInteger, types.Integer, types.BigInteger)
_REAL = (types.Float, types.Double)
_TEXTS = (types.String, types.Char, types.Text)


class Form(Enum):
    """How a value is kept, where there are several ways."""

    USUAL = "usual"
    EPOCH = "epoch"
    SET = "set"
    TEXT = "text"


class Made(Enum):
    """A value that is made for each item when it is written."""

    UUID = "uuid"


class Unfit(ValueError):
    """The value is none of the type; says why."""


_FITTING = {
    Form.EPOCH: (types.Date, types.DateTime),
    Form.SET: (types.Array,),
    Form.TEXT: (types.Json, types.Document, types.Array),
}


@frozen
class Kind:
    """What an attribute holds: the column's type and how it is kept."""

    type: Type
    form: Form = Form.USUAL

    def item(self, type_: Type) -> Kind:
        """The same for a part of the value."""
        return Kind(type_.for_backend(BACKEND))


def kind_of(column: ColumnDef) -> Kind:
    """What the column's attribute holds. Raises Unsupported for a form that its type does not have."""
    type_ = column.type.for_backend(BACKEND)
    given = column.options.get(BACKEND, {}).get("as", "usual")
    try:
        form = Form(given)
    except ValueError:
        known = ", ".join(repr(form.value) for form in Form)
        raise Unsupported(
            f"{column.name!r} cannot be kept as {given!r}", reason=f"the forms are {known}"
        ) from None
    if form is not Form.USUAL and not isinstance(type_, _FITTING[form]):
        raise Unsupported(
            f"{column.name!r} cannot be kept as {form.value!r}",
            reason=f"its type is {type_}; this form is for {', '.join(t.__name__ for t in _FITTING[form])}",
        )
    return Kind(type_, form)


def stored_types(kind: Kind) -> tuple[str, ...]:
    """The service's types that values of this kind have; empty where it may be any."""
    type_ = kind.type
    if kind.form is Form.EPOCH:
        return ("N",)
    if kind.form is Form.TEXT:
        return ("S",)
    if kind.form is Form.SET:
        return ("SS", "NS", "BS")
    if isinstance(type_, (*_WHOLE, *_REAL, types.Decimal, types.Interval)):
        return ("N",)
    if isinstance(type_, (*_TEXTS, types.Enum, types.Date, types.Time, types.DateTime, types.Uuid)):
        return ("S",)
    others: dict[Any, tuple[str, ...]] = {
        types.Boolean: ("BOOL",),
        types.Binary: ("B",),
        types.Array: ("L",),
        types.Document: ("M",),
    }
    return others.get(type(type_), ())


def encoded(kind: Kind, value: Any, name: str = "") -> Av:
    """The value of the column `name` as the service keeps it. Raises SchemaError for one that is none of the type."""
    if value is None:
        return {"NULL": True}
    try:
        return as_stored(kind, value)
    except Unfit as error:
        why = f": {error}" if str(error) else ""
    except (ValueError, ArithmeticError, TypeError, AttributeError):
        why = ""
    raise SchemaError(f"{name}{': ' if name else ''}{shown(value)} is no {kind.type}{why}")


def shown(value: Any) -> str:
    """A value for people, not longer than they read."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def as_stored(kind: Kind, value: Any) -> Av:
    """The value as the service keeps it. Raises ValueError, TypeError and the like for one that is none of the type."""
    value = value.value if isinstance(value, Enum) and not isinstance(value, Made) else value
    match kind.form:
        case Form.EPOCH:
            return {"N": _number(_seconds(kind.type, value))}
        case Form.TEXT:
            return {"S": value if isinstance(value, str) else json.dumps(value, default=str)}
        case Form.SET:
            return _set(kind, value)
    return _usual(kind, value)


def _usual(kind: Kind, value: Any) -> Av:
    match kind.type:
        case types.SmallInteger() | types.Integer() | types.BigInteger():
            return {"N": _number(whole(value))}
        case types.Float() | types.Double():
            return {"N": _number(Decimal(repr(float(value))))}
        case types.Decimal():
            return {"N": _number(Decimal(str(value)))}
        case types.Interval():
            seconds = value.total_seconds() if isinstance(value, timedelta) else value
            return {"N": _number(Decimal(str(seconds)))}
        case types.Boolean():
            return {"BOOL": truth(value)}
        case types.Date():
            return {"S": day(value).isoformat()}
        case types.DateTime(timezone=zone):
            return {"S": moment(value, zone).isoformat()}
        case types.Time():
            found = value if isinstance(value, time) else time.fromisoformat(str(value))
            return {"S": found.isoformat()}
        case types.Uuid():
            return {"S": str(value if isinstance(value, UUID) else UUID(str(value)))}
    return _composed(kind, value)


def _composed(kind: Kind, value: Any) -> Av:
    match kind.type:
        case types.Binary():
            return {"B": bytes(value)}
        case types.String() | types.Char() | types.Text() | types.Enum():
            if isinstance(value, bytes | list | dict):
                raise Unfit
            return {"S": value if isinstance(value, str) else str(value)}
        case types.Array(item):
            if isinstance(value, str | Mapping):
                raise Unfit
            return {"L": [_part(kind.item(item), one) for one in value]}
        case types.Document(fields):
            known = {field.name: kind.item(field.type) for field in fields}
            parts = dict(value).items()
            return {"M": {n: _part(known[n], v) if n in known else plain(v) for n, v in parts}}
    return plain(value)


def _part(kind: Kind, value: Any) -> Av:
    return {"NULL": True} if value is None else as_stored(kind, value)


def _set(kind: Kind, value: Any) -> Av:
    if not isinstance(kind.type, types.Array):
        raise Unfit
    parts = [as_stored(kind.item(kind.type.item), one) for one in value]
    if not parts:
        raise Unfit("DynamoDB has no empty sets; leave the attribute out")
    names = {name for part in parts for name in part}
    if not names <= {"S"} and not names <= {"N"} and not names <= {"B"}:
        raise Unfit("a set holds texts, numbers or bytes")
    (name,) = names
    return {f"{name}S": sorted({part[name] for part in parts})}


def plain(value: Any) -> Av:
    """A value without a type of ours, as the service has one for it."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": _number(value)}
        case float():
            return {"N": _number(Decimal(repr(value)))}
        case bytes() | bytearray() | memoryview():
            return {"B": bytes(value)}
        case Enum():
            return plain(value.value)
        case datetime() | date() | time():
            return {"S": value.isoformat()}
        case timedelta():
            return {"N": _number(Decimal(str(value.total_seconds())))}
        case Mapping():
            return {"M": {str(name): plain(one) for name, one in value.items()}}
        case list() | tuple():
            return {"L": [plain(one) for one in value]}
        case set() | frozenset():
            return _set(Kind(types.Array(_item_type(value)), Form.SET), value)
    return {"S": str(value)}


def _item_type(value: Any) -> Type:
    kinds: dict[Any, Type] = {str: types.Text(), bytes: types.Binary()}
    return kinds.get(type(next(iter(value), "")), types.Decimal())


def _number(value: int | Decimal) -> str:
    """The digits of a number. Raises Unfit for one that DynamoDB would not keep to the last digit."""
    number = Decimal(value)
    if not number.is_finite():
        raise Unfit("DynamoDB has neither infinity nor not-a-number")
    try:
        NUMBERS.create_decimal(number)
    except (Inexact, Overflow, InvalidOperation):
        raise Unfit("DynamoDB keeps 38 digits, between 1E-130 and 9.9E+125") from None
    return str(value)


def whole(value: Any) -> int:
    """A whole number. Raises ValueError for what is none."""
    if isinstance(value, str):
        return int(value)
    number = int(value)
    if number != value:
        raise Unfit("it has a part behind the point")
    return number


def truth(value: Any) -> bool:
    """True or false. Raises ValueError for what says neither."""
    if isinstance(value, str):
        word = value.strip().casefold()
        if word not in _TRUE and word not in _FALSE:
            raise Unfit
        return word in _TRUE
    if value not in (0, 1):
        raise Unfit
    return bool(value)


def day(value: Any) -> date:
    """A day, from a date, a time, or their text."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else _read_moment(str(value)).date()


def moment(value: Any, zone: bool) -> datetime:
    """A point in time: in UTC and saying so with `zone`; else without a zone, in UTC where it had one."""
    if not isinstance(value, datetime):
        is_day = isinstance(value, date)
        value = datetime(value.year, value.month, value.day) if is_day else _read_moment(str(value))
    found: datetime = value
    if found.tzinfo is not None:
        found = found.astimezone(_UTC)
        return found if zone else found.replace(tzinfo=None)
    return found.replace(tzinfo=_UTC) if zone else found


def _read_moment(text: str) -> datetime:
    return datetime.fromisoformat(text.strip().replace("Z", "+00:00"))


def _seconds(type_: Type, value: Any) -> int | Decimal:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    found = moment(day(value) if isinstance(type_, types.Date) else value, zone=True)
    seconds = Decimal(str(found.timestamp()))
    return int(seconds) if seconds == int(seconds) else seconds
