"""Settings as they are compared: without what the server adds by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_COLLATION = {
    "caseLevel": False,
    "caseFirst": "off",
    "strength": 3,
    "numericOrdering": False,
    "alternate": "non-ignorable",
    "maxVariable": "punct",
    "normalization": False,
    "backwards": False,
}
"""A collation as it is but for its locale, when nothing is said."""
_USUAL: dict[str, Mapping[str, Any]] = {
    "collation": _COLLATION,
    "timeseries": {"granularity": "seconds"},
    "clusteredIndex": {"name": "_id_"},
}
_ADDED = {
    "collation": ("version",),
    "timeseries": ("bucketMaxSpanSeconds", "bucketRoundingSeconds"),
    "clusteredIndex": ("v",),
}
_STEP = 256
"""The size of a capped collection is a multiple of this, in bytes."""


def settled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, in the order of their names."""
    return {name: _settled(name, settings[name]) for name in sorted(settings)}


def _settled(name: str, value: Any) -> Any:
    if name == "size" and isinstance(value, int):
        return -(-value // _STEP) * _STEP
    if isinstance(value, Mapping) and name in _USUAL:
        usual, added = _USUAL[name], _ADDED[name]
        kept = {key: item for key, item in value.items() if key not in added}
        value = {key: item for key, item in kept.items() if usual.get(key, ...) != item}
    return json.loads(json.dumps(value, default=str, sort_keys=True))
