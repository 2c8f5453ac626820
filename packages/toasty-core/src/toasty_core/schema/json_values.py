"""Python values as JSON, and back as what they were: `b"\\x00"` as `{"$bytes": "00"}`.

JSON's own values stand for themselves. All others stand in an object with one key that begins with `$`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from toasty_core.errors import SnapshotError
from toasty_core.schema.values import Expression

_PLAIN: frozenset[type] = frozenset({str, bool, int, type(None)})


def to_json(value: Any) -> Any:
    """The value as JSON. Raises SnapshotError for a type that has no form in it."""
    kind = type(value)
    if kind in _PLAIN or (kind is float and math.isfinite(value)):
        return value
    if kind is list:
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return _mapping_to_json(value)
    tagged = _TAGS.get(kind)
    if tagged is None:
        raise SnapshotError(
            f"{value!r} cannot be saved: a value of type {kind.__name__} has no form in JSON",
            hint="use a text, a number, a truth value, bytes, a date, a list or a dict",
        )
    tag, write, _ = tagged
    return {tag: write(value)}


def from_json(data: Any) -> Any:
    """What `to_json` was given. Raises SnapshotError for an unknown tag."""
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    tag = next(iter(data), "")
    if len(data) == 1 and tag.startswith("$"):
        if tag not in _READERS:
            raise SnapshotError(f"unknown kind of value {tag!r}")
        return _READERS[tag](data[tag])
    return {key: from_json(item) for key, item in data.items()}


def sorted_deep(data: Any) -> Any:
    """JSON with the keys of all its objects in order, for settings, whose order means nothing."""
    if isinstance(data, dict):
        return {key: sorted_deep(data[key]) for key in sorted(data)}
    return [sorted_deep(item) for item in data] if isinstance(data, list) else data


def _mapping_to_json(value: Mapping[Any, Any]) -> Any:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: to_json(item) for key, item in value.items()}
    return {"$dict": [[to_json(key), to_json(item)] for key, item in value.items()]}


def _expression_to_json(value: Expression) -> dict[str, Any]:
    return {"text": value.text, "by_backend": dict(value.by_backend)}


def _read_dict(pairs: list[list[Any]]) -> dict[Any, Any]:
    return {from_json(key): from_json(item) for key, item in pairs}


def _items(value: Any) -> list[Any]:
    return [to_json(item) for item in value]


def _in_order(value: Any) -> list[Any]:
    return sorted(_items(value), key=repr)


_TAGS: dict[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    float: ("$float", repr, float),
    tuple: ("$tuple", _items, lambda data: tuple(from_json(item) for item in data)),
    set: ("$set", _in_order, lambda data: {from_json(item) for item in data}),
    frozenset: ("$frozenset", _in_order, lambda data: frozenset(from_json(i) for i in data)),
    bytes: ("$bytes", bytes.hex, bytes.fromhex),
    Decimal: ("$decimal", str, Decimal),
    date: ("$date", date.isoformat, date.fromisoformat),
    datetime: ("$datetime", datetime.isoformat, datetime.fromisoformat),
    time: ("$time", time.isoformat, time.fromisoformat),
    timedelta: (
        "$timedelta",
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda data: timedelta(*data),
    ),
    UUID: ("$uuid", str, UUID),
    Expression: ("$expression", _expression_to_json, lambda data: Expression(**data)),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "$dict": _read_dict,
    **{tag: read for tag, _, read in _TAGS.values()},
}
