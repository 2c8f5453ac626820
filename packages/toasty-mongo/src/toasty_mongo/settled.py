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


_OF_LOCALE: dict[str, Mapping[str, Any]] = {
    "da": {"caseFirst": "upper"},
    "fr_CA": {"backwards": True},
    "mt": {"caseFirst": "upper"},
    "th": {"alternate": "shifted", "normalization": True},
}
"""What is usual in a locale and not elsewhere.
https://www.mongodb.com/docs/manual/reference/collation-locales-defaults/
"""
_NORMALIZING = (
    *("as", "bn", "el", "fa", "fa_AF", "gu", "he", "hi", "ig", "km", "kn", "kok", "mr", "my", "or"),
    *("pa", "ps", "ta", "te", "vi", "yi", "yo"),
)
"""Locales whose collation normalizes; the collations for a search do in every locale."""
SIMPLE = {"locale": "simple"}
"""The collation that compares bytes, as there is when nothing is said."""
USUAL_SETTINGS = {"validationLevel": "strict", "validationAction": "error"}
"""Settings of a collection as they are when nothing is said."""
_NOTHING: dict[str, tuple[Any, ...]] = {
    "max": (0, 2**31 - 1),
    "changeStreamPreAndPostImages": ({"enabled": False},),
    "storageEngine": ({},),
    "indexOptionDefaults": ({},),
}
"""More values of a collection's settings that say nothing."""


def settled_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a collection without those that are as usual."""
    kept = {name: value for name, value in settings.items() if _counts(name, value)}
    if settled_collation(kept.get("collation")) is None:
        kept.pop("collation", None)
    return settled(kept)


def _counts(name: str, value: Any) -> bool:
    if value is None or value is False or value in _NOTHING.get(name, ()):
        return False
    return bool(value != USUAL_SETTINGS.get(name))


def settled_collation(collation: Any) -> Any:
    """The collation without what is usual in its locale; None for the simple one."""
    if collation is None or collation == SIMPLE:
        return None
    return _settled("collation", collation)


def settled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, in the order of their names."""
    return {name: _settled(name, settings[name]) for name in sorted(settings)}


def _settled(name: str, value: Any) -> Any:
    if name == "size" and isinstance(value, int | float):
        return int(-(-value // _STEP) * _STEP)
    if isinstance(value, Mapping) and name in _USUAL:
        usual, added = _usual(name, value), _ADDED[name]
        kept = {key: item for key, item in value.items() if key not in added}
        value = {key: item for key, item in kept.items() if usual.get(key, ...) != item}
    return json.loads(json.dumps(value, default=str, sort_keys=True))


def _usual(name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    usual = _USUAL[name]
    if name != "collation":
        return usual
    locale = str(value.get("locale"))
    normalizes = locale in _NORMALIZING or locale.partition("@")[2].startswith("collation=search")
    normalizes = normalizes or locale == "bn@collation=traditional"
    return {**usual, "normalization": normalizes, **_OF_LOCALE.get(locale, {})}
