"""Commands as text that mongosh runs as it is: extended JSON in the shell's mode.

https://www.mongodb.com/docs/manual/reference/mongodb-extended-json-v1/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any
from uuid import UUID

from toasty_mongo.values import Made

_SMALL = 2**31


def shell_text(value: Any) -> str:
    """A value as mongosh reads it."""
    own = _OF_BSON.get(type(value).__name__)
    if own is not None:
        return own(value)
    match value:
        case Made():
            return str(value.value)
        case bool() | None:
            return json.dumps(value)
        case int():
            return str(value) if -_SMALL <= value < _SMALL else f'NumberLong("{value}")'
        case float():
            return _number(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case datetime():
            return _moment(value)
        case UUID():
            return f'UUID("{value}")'
        case bytes():
            return _binary(value)
        case Mapping():
            return _document(value)
        case list() | tuple():
            return f"[{', '.join(map(shell_text, value))}]"
    return _called(type(value).__name__, str(value))


def _document(value: Mapping[Any, Any]) -> str:
    """An object puts names that are numbers first, and takes `__proto__` for something else: a Map keeps them all."""
    names = [str(name) for name in value]
    if any(name.isdecimal() or name == "__proto__" for name in names):
        return f"new Map([{', '.join(shell_text([str(k), v]) for k, v in value.items())}])"
    inner = ", ".join(f"{shell_text(str(k))}: {shell_text(v)}" for k, v in value.items())
    return f"{{{inner}}}"


def _moment(value: datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return f'ISODate("{value.isoformat(timespec="milliseconds")}Z")'


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(value)]
    return f"Double({value!r})" if value.is_integer() else repr(value)


def _binary(value: bytes) -> str:
    from base64 import b64encode

    subtype = getattr(value, "subtype", 0)
    if subtype == 4 and len(value) == 16:
        return f'UUID("{UUID(bytes=bytes(value))}")'
    return f'BinData({subtype}, "{b64encode(value).decode()}")'


def _called(function: str, *words: Any) -> str:
    return f"{function}({', '.join(map(shell_text, words))})"


_OF_BSON: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "Decimal128": lambda value: _called("NumberDecimal", str(value)),
        "Int64": lambda value: _called("NumberLong", str(value)),
        "Timestamp": lambda value: _called("Timestamp", {"t": value.time, "i": value.inc}),
        "MinKey": lambda value: "MinKey()",
        "MaxKey": lambda value: "MaxKey()",
        "Code": lambda value: _called("Code", str(value), *filter(None, [value.scope])),
        "Regex": lambda value: _regex(value),
        "Pattern": lambda value: _regex(value),
        "DBRef": lambda value: shell_text(value.as_doc()),
        "DatetimeMS": lambda value: f"new Date({int(value)})",
    }
)
"""How mongosh makes values of BSON's own types: by the names of PyMongo's, which is not imported for it."""
_FLAGS = ((re.I, "i"), (re.L, "l"), (re.M, "m"), (re.S, "s"), (re.U, "u"), (re.X, "x"))
"""As PyMongo writes them."""


def _regex(value: Any) -> str:
    flags = "".join(letter for flag, letter in _FLAGS if value.flags & flag)
    pattern = value.pattern
    return _called("BSONRegExp", pattern.decode() if isinstance(pattern, bytes) else pattern, flags)


def command_text(body: Mapping[str, Any]) -> str:
    """A command of the database as a line for mongosh."""
    return f"db.runCommand({shell_text(body)})"


def comment_text(text: str) -> str:
    """A comment: one line."""
    return f"// {' '.join(text.split())}"
