"""Python values as databases store them, and back: what the codecs of several databases have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from toasty_core.schema import types

Codec: TypeAlias = Callable[[Any], Any]
"""Makes one value of another."""

EPOCH = datetime(1970, 1, 1)
"""Where no type is a span of time, one is kept as the moment that far from here, as SQLAlchemy does it."""


def or_none(encode: Codec) -> Codec:
    """The codec, for which None is None."""
    return lambda value: None if value is None else encode(value)


def forgiving(decode: Codec | None) -> Codec:
    """The codec, for which a value that it cannot read stays as it is stored; without one all values do."""

    def read(value: Any) -> Any:
        try:
            return value if value is None or decode is None else decode(value)
        except (TypeError, ValueError, ArithmeticError):
            return value

    return read


def text(plain: Codec) -> Codec:
    """For texts: what has one of its own is that, the rest is what `plain` makes of it."""
    return lambda value: str(value) if isinstance(value, UUID | Decimal) else plain(value)


def span(plain: Codec) -> Codec:
    """For spans of time: a number is one of seconds, the rest is what `plain` makes of it."""

    def encode(value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return plain(timedelta(seconds=value) if is_number else value)

    return encode


def label(type_: types.Enum, plain: Codec) -> Codec:
    """For enums: a member stands as its name, as SQLAlchemy does it, or as its value where the type knows that."""

    def encode(value: Any) -> Any:
        if not isinstance(value, Enum):
            return plain(value)
        by_value = value.name not in type_.values and value.value in type_.values
        return value.value if by_value else value.name

    return encode


def in_utc(value: datetime) -> datetime:
    """The same time in UTC, which then goes without saying."""
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return value
