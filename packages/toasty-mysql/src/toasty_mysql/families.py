"""What types have in common in the way they are kept."""

from __future__ import annotations

from enum import Enum

from toasty_core.schema import types
from toasty_core.schema.types import Type


class Family(Enum):
    """What types have in common in the way they are kept."""

    TEXT = "text"
    ENUM = "enum"
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "truth"
    DATE = "date"
    TIME = "time"
    MOMENT = "date and time"
    UUID = "UUID"
    BYTES = "bytes"
    JSON = "JSON"
    OTHER = "other"


_FAMILIES: dict[type[Type], Family] = {
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


def family(type_: Type) -> Family:
    """The family of a type; OTHER for a native one."""
    type_ = type_.for_backend("mysql")
    if isinstance(type_, types.Enum):
        return Family.ENUM if type_.native else Family.TEXT
    return _FAMILIES.get(type(type_), Family.OTHER)
