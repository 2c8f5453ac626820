"""What types have in common in the way databases keep and convert their values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from toasty_core.schema import types
from toasty_core.schema.types import Type


class Family(Enum):
    """A group of types. Databases tell some of them apart that are one to others, and state which."""

    TEXT = "text"
    ENUM = "enum"
    INTEGER = "whole number"
    DECIMAL = "exact number"
    FLOAT = "floating number"
    NUMBER = "number"
    BOOLEAN = "truth"
    DATE = "date"
    TIME = "time"
    MOMENT = "date and time"
    SPAN = "interval"
    UUID = "UUID"
    BYTES = "bytes"
    JSON = "JSON"
    ARRAY = "array"
    OTHER = "other"


FAMILIES: Mapping[type[Type], Family] = {
    types.String: Family.TEXT,
    types.Char: Family.TEXT,
    types.Text: Family.TEXT,
    types.SmallInteger: Family.INTEGER,
    types.Integer: Family.INTEGER,
    types.BigInteger: Family.INTEGER,
    types.Float: Family.NUMBER,
    types.Double: Family.NUMBER,
    types.Decimal: Family.NUMBER,
    types.Boolean: Family.BOOLEAN,
    types.Date: Family.DATE,
    types.Time: Family.TIME,
    types.DateTime: Family.MOMENT,
    types.Interval: Family.MOMENT,
    types.Uuid: Family.UUID,
    types.Binary: Family.BYTES,
    types.Json: Family.JSON,
    types.Array: Family.JSON,
    types.Document: Family.JSON,
}
"""The families where a span is kept as a moment, and a list as JSON. Enums and native types are each database's own."""
