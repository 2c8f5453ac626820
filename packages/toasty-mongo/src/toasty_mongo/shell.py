"""Commands as text that mongosh runs as it is: extended JSON in the shell's mode.

https://www.mongodb.com/docs/manual/reference/mongodb-extended-json-v1/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from toasty_mongo.values import Made

_SMALL = 2**31


def shell_text(value: Any) -> str:
    """A value as mongosh reads it."""
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
            return f'ISODate("{value.isoformat(timespec="milliseconds")}Z")'
        case UUID():
            return f'UUID("{value}")'
        case bytes():
            return _binary(value)
        case Mapping():
            inner = ", ".join(f"{shell_text(str(k))}: {shell_text(v)}" for k, v in value.items())
            return f"{{{inner}}}"
        case list() | tuple():
            return f"[{', '.join(map(shell_text, value))}]"
    return _of_bson(value)


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


def _of_bson(value: Any) -> str:
    """A value of BSON's own: its text in mongosh is the name of its type and the value as text."""
    name = {"Decimal128": "NumberDecimal"}.get(type(value).__name__, type(value).__name__)
    return f"{name}({json.dumps(str(value))})"


def command_text(body: Mapping[str, Any]) -> str:
    """A command of the database as a line for mongosh."""
    return f"db.runCommand({shell_text(body)})"


def comment_text(text: str) -> str:
    """A comment: one line."""
    return f"// {' '.join(text.split())}"
