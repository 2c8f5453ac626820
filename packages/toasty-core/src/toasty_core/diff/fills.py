"""Reads a value for rows that are there already, as it is typed, by the column's type."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from toasty_core.diff.answers import Fill
from toasty_core.diff.documents import field_at
from toasty_core.errors import UsageError, suggest
from toasty_core.schema import types
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Default, Expression, Literal

_BITS: dict[type[Type], int] = {types.SmallInteger: 16, types.Integer: 32, types.BigInteger: 64}
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def parse_fill(text: str, schema: SchemaSnapshot) -> Fill:
    """The fill that `users.email=unknown@example.com` means; `users.email=expr:lower(name)` is an expression.

    `schema` has the columns as they will be. Raises UsageError when there is no such column, or when the
    value does not fit its type.
    """
    place, equals, _ = text.partition("=")
    if not equals:
        raise UsageError(
            f"cannot read the fill {text!r}",
            hint="write TABLE.COLUMN=VALUE, e.g. users.email=unknown@example.com",
        )
    for table, column, value in _readings(text):
        type_ = type_at(schema.tables[table], column) if table in schema.tables else None
        if type_ is not None:
            return Fill(table, column, read_value(value, type_, f"{table}.{column}"))
    raise no_such_column(place, schema)


def type_at(table: TableDef, place: str) -> Type | None:
    """The type of a column, or of a field in its documents (`address.country`); None where there is none."""
    if table.has_column(place):
        return table.column(place).type
    column, *names = place.split(".")
    found = field_at(table.column(column).type, tuple(names)) if table.has_column(column) else None
    return found.type if found else None


def no_such_column(place: str, schema: SchemaSnapshot) -> UsageError:
    """The error for a fill whose column `schema` does not have."""
    return UsageError(f"the models have no column {place!r}", hint=_near(place, schema))


def _readings(text: str) -> Iterator[tuple[str, str, str]]:
    """Every way to split `table.column=value`: names may hold dots and equals signs."""
    for equals in (index for index, letter in enumerate(text) if letter == "="):
        for dot in (index for index, letter in enumerate(text[:equals]) if letter == "."):
            yield text[:dot], text[dot + 1 : equals].strip(), text[equals + 1 :]


def _near(place: str, schema: SchemaSnapshot) -> str | None:
    table = place.rpartition(".")[0]
    if table in schema.tables:
        return suggest(place, [f"{table}.{name}" for name in schema.tables[table].column_names])
    return suggest(table, schema.tables) or "write TABLE.COLUMN=VALUE"


def read_value(text: str, type_: Type, where: str) -> Default:
    """The value that `text` means in a column of this type. Raises UsageError, naming column and type."""
    if text.startswith("expr:"):
        return Expression(text[len("expr:") :])
    try:
        return Literal(_read(text, type_))
    except (ValueError, InvalidOperation) as error:
        reason = f": {error}" if str(error) and not isinstance(error, InvalidOperation) else ""
        raise UsageError(
            f"{text!r} is no value for {where}, which is {type_}{reason}",
            where=where,
            hint="write expr:... for an expression in the database's own words",
        ) from None


def read_answer(answer: object, type_: Type, where: str) -> Default:
    """The value that an answer in a JSON document means: a text as it would be typed, or the value itself."""
    if isinstance(answer, dict) and set(answer) == {"expr"} and isinstance(answer["expr"], str):
        return Expression(answer["expr"])
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return read_value(text, type_, where)


def _read(text: str, type_: Type) -> Any:
    if isinstance(type_, types.Variant):
        return _read(text, type_.default)
    if type(type_) in _BITS:
        return _whole_number(text, _BITS[type(type_)])
    if isinstance(type_, types.String | types.Char):
        return _short_enough(text, type_.length)
    if isinstance(type_, types.Decimal):
        return _exact_number(text, type_)
    if isinstance(type_, types.Enum):
        return _one_of(text, type_.values)
    reader = _READERS.get(type(type_))
    return reader(text) if reader else text


def _whole_number(text: str, bits: int) -> int:
    number = int(text)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError(f"it holds {bits} bits")
    return number


def _short_enough(text: str, length: int | None) -> str:
    if length is not None and len(text) > length:
        raise ValueError(f"it has {len(text)} characters")
    return text


def _exact_number(text: str, type_: types.Decimal) -> int | float | str:
    number = Decimal(text.strip())
    if not number.is_finite():
        raise ValueError("a finite number is needed")
    if type_.precision is not None and number:
        whole = type_.precision - (type_.scale or 0)
        if number.adjusted() + 1 > whole:
            raise ValueError(f"it has more than {whole} digits before the point")
    if number == number.to_integral_value():
        return int(number)
    plain = f"{number:f}"
    return float(plain) if Decimal(repr(float(plain))) == number else plain


def _one_of(text: str, values: tuple[str, ...]) -> str:
    if text not in values:
        raise ValueError(f"one of {', '.join(map(repr, values))} is")
    return text


def _truth(text: str) -> bool:
    if text.strip().casefold() not in _TRUTHS:
        raise ValueError("true or false is")
    return _TRUTHS[text.strip().casefold()]


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a finite number is needed")
    return number


def _day(text: str) -> str:
    return date.fromisoformat(text.strip()).isoformat()


def _time_of_day(text: str) -> str:
    return time.fromisoformat(text.strip()).isoformat()


def _point_in_time(text: str) -> str:
    return datetime.fromisoformat(text.strip().replace("Z", "+00:00")).isoformat(sep=" ")


def _seconds(text: str) -> int | float:
    number = _number(text)
    return int(number) if number.is_integer() else number


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


def _json(text: str) -> Any:
    value = json.loads(text)
    if value is None:
        raise ValueError("null is no value")
    return value


def _json_list(text: str) -> list[Any]:
    value = json.loads(text)
    if not isinstance(value, list):
        raise ValueError("a JSON list is")
    return value


def _json_object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object is")
    return value


_READERS: dict[type[Type], Callable[[str], Any]] = {
    types.Boolean: _truth,
    types.Float: _number,
    types.Double: _number,
    types.Date: _day,
    types.Time: _time_of_day,
    types.DateTime: _point_in_time,
    types.Interval: _seconds,
    types.Uuid: lambda text: str(UUID(text.strip())),
    types.Binary: _bytes,
    types.Json: _json,
    types.Array: _json_list,
    types.Document: _json_object,
}
