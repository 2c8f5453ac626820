"""Python values as psycopg sends them for a column's type, and what it returns as Python values.

Texts are sent without a type, so that PostgreSQL reads them by the type of their column; arrays go as such a
text, too, since psycopg knows nothing of enums.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from toasty_core.errors import SchemaError
from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_postgres.literals import span_text
from toasty_sql.codecs import Codec, in_utc, label, or_none, span


def is_json(type_: Type) -> bool:
    """Is it kept as JSON, also under PostgreSQL's own name of it?"""
    if isinstance(type_, types.Native):
        return type_.sql.strip().upper() in ("JSON", "JSONB")
    return isinstance(type_, types.Json | types.Document)


def encoder(type_: Type) -> Codec:
    """What makes a Python value one that is sent for a column of this type."""
    return or_none(_encoder(type_))


def _encoder(type_: Type) -> Codec:
    if is_json(type_):
        return _json
    if isinstance(type_, types.Array):
        item = encoder(type_.item.for_backend("postgresql"))
        return lambda value: array_text(value, item) if isinstance(value, list | tuple) else value
    if isinstance(type_, types.DateTime):
        return _aware if type_.timezone else _naive
    if isinstance(type_, types.Enum):
        return label(type_, _text)
    return _ENCODERS.get(type(type_), _plain)


def decoder(type_: Type) -> Codec:
    """What makes of a value that psycopg returns one of Python: it has done most of it itself."""
    if not isinstance(type_, types.Array):
        return _same
    item = decoder(type_.item.for_backend("postgresql"))
    return lambda value: read_array(value, item) if isinstance(value, str) else value


def array_text(values: list[Any] | tuple[Any, ...], item: Codec) -> str:
    """A list in PostgreSQL's words: `{"a","b"}`; lists in it are further dimensions."""
    parts = (
        array_text(value, item) if isinstance(value, list | tuple) else _element(item(value))
        for value in values
    )
    return "{" + ",".join(parts) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = _text_form(value)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text_form(value: Any) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return span_text(value) if isinstance(value, timedelta) else str(value)


def read_array(text: str, item: Codec) -> Any:
    """The list that an array's text stands for; psycopg leaves arrays of enums as text."""
    return _read(iter(text.partition("{")[2]), item)


def _read(letters: Iterator[str], item: Codec) -> list[Any]:
    found: list[Any] = []
    word, quoted, waiting = "", False, False
    for letter in letters:
        if letter == '"':
            word, quoted = _quoted(letters), True
        elif letter == "{":
            found.append(_read(letters, item))
            waiting = False
            continue
        elif letter in ",}":
            if quoted or word or waiting:
                found.append(None if word == "NULL" and not quoted else item(word))
            word, quoted, waiting = "", False, False
            if letter == "}":
                return found
            continue
        else:
            word += letter
        waiting = True
    return found


def _quoted(letters: Iterator[str]) -> str:
    word = ""
    for letter in letters:
        if letter == '"':
            break
        word += next(letters, "") if letter == "\\" else letter
    return word


def _same(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    """A value by what it is in Python, for columns whose type does not say."""
    if isinstance(value, Enum):
        return _plain(value.value)
    return _json(value) if isinstance(value, dict) else value


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    numbers = (int, float, Decimal, UUID, date)
    return str(value) if isinstance(value, numbers) else _plain(value)


def _integer(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else _plain(value)


def _boolean(value: Any) -> Any:
    return bool(value) if isinstance(value, int | float) else _plain(value)


def _date(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else _plain(value)


def _naive(value: Any) -> Any:
    """A time with a zone is kept as it is in UTC."""
    return in_utc(value) if isinstance(value, datetime) else _plain(value)


def _aware(value: Any) -> Any:
    """A time without a zone is taken to be in UTC, whatever the session's zone is."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return _plain(value)


def _json(value: Any) -> str:
    return json.dumps(value, default=_in_json)


def _in_json(value: Any) -> Any:
    """What JSON has no word for, as text or number."""
    if isinstance(value, bytes):
        raise SchemaError(f"{value!r} has no form in JSON")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return float(value)
    return span_text(value) if isinstance(value, timedelta) else str(value)


_ENCODERS: dict[type[Type], Codec] = {
    types.String: _text,
    types.Char: _text,
    types.Text: _text,
    types.SmallInteger: _integer,
    types.Integer: _integer,
    types.BigInteger: _integer,
    types.Float: _integer,
    types.Double: _integer,
    types.Decimal: _integer,
    types.Boolean: _boolean,
    types.Date: _date,
    types.Interval: span(_plain),
}
