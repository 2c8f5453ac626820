"""Values as SQL literals, in the standard's form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def literal(value: Any) -> str:
    """`value` as a literal: `NULL`, `1`, `'it''s'`, `X'00ff'`.

    Raises TypeError for a value that SQL has no form of.
    """
    found = written(value, _WRITERS)
    if found is None:
        raise TypeError(f"{value!r} has no form in SQL")
    return found


def written(value: Any, writers: Mapping[type, Callable[[Any], str]]) -> str | None:
    """What the writer of the value's class says, or else of a class that it belongs to; None without one."""
    write = writers.get(type(value))
    if write is None:
        write = next((it for class_, it in writers.items() if isinstance(value, class_)), None)
    return None if write is None else write(value)


def text_literal(text: str) -> str:
    """Text in single quotes. A NUL would end the statement early, so it is written as bytes."""
    if "\0" in text:
        return f"CAST({bytes_literal(text.encode())} AS TEXT)"
    return "'" + text.replace("'", "''") + "'"


def bytes_literal(data: bytes) -> str:
    """Bytes as `X'00ff'`."""
    return f"X'{bytes(data).hex()}'"


def float_literal(number: float) -> str:
    """A number that reads back as the same float; infinities overflow into themselves."""
    if math.isnan(number):
        return "NULL"
    if math.isinf(number):
        return "9e999" if number > 0 else "-9e999"
    return repr(number)


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: text_literal,
    bool: lambda value: "1" if value else "0",
    int: str,
    float: float_literal,
    type(None): lambda value: "NULL",
    Decimal: str,
    bytes: bytes_literal,
    bytearray: bytes_literal,
    datetime: lambda value: text_literal(value.isoformat(sep=" ")),
    date: lambda value: text_literal(value.isoformat()),
    time: lambda value: text_literal(value.isoformat()),
}
