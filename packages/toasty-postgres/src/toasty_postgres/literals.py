"""Values as literals of PostgreSQL.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from toasty_core.errors import SchemaError
from toasty_sql.literals import written


def literal(value: Any) -> str:
    """`value` as a literal: `NULL`, `true`, `'it''s'`. Raises SchemaError for what has no form in SQL."""
    found = written(value, _WRITERS)
    if found is None:
        raise SchemaError(f"{value!r} has no form in PostgreSQL's SQL")
    return found


def text_literal(text: str) -> str:
    """Text in single quotes, the same whether or not the server conforms to the standard in strings."""
    if "\0" in text:
        raise SchemaError(
            f"{text!r} has a zero character, which PostgreSQL's text cannot hold",
            hint="keep such values in a Binary column",
        )
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def span_text(span: timedelta) -> str:
    """A span of time as PostgreSQL reads it: days, seconds and their fractions."""
    return f"{span.days} days {span.seconds}.{span.microseconds:06} seconds"


def _float(number: float) -> str:
    if math.isnan(number) or math.isinf(number):
        return f"'{str(number).replace('inf', 'Infinity').replace('nan', 'NaN')}'::float8"
    return repr(number)


def _decimal(number: Decimal) -> str:
    return str(number) if number.is_finite() else f"'{number}'::numeric"


def _bytes(data: bytes) -> str:
    return text_literal(f"\\x{bytes(data).hex()}")


def _json(value: Any) -> str:
    return text_literal(json.dumps(value))


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: text_literal,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _float,
    type(None): lambda value: "NULL",
    Decimal: _decimal,
    bytes: _bytes,
    bytearray: _bytes,
    datetime: lambda value: text_literal(value.isoformat(sep=" ")),
    date: lambda value: text_literal(value.isoformat()),
    time: lambda value: text_literal(value.isoformat()),
    timedelta: lambda value: text_literal(span_text(value)),
    UUID: lambda value: text_literal(str(value)),
    dict: _json,
    list: _json,
    tuple: _json,
    Enum: lambda value: literal(value.value),
}
