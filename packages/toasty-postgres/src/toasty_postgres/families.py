"""What types have in common in the way PostgreSQL converts their values."""

from __future__ import annotations

from enum import Enum

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_postgres.dialect import is_native


class Family(Enum):
    """What types have in common in the way their values convert."""

    TEXT = "text"
    LABEL = "enum"
    INTEGER = "whole number"
    DECIMAL = "exact number"
    FLOAT = "number"
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


_FAMILIES: dict[type[Type], Family] = {
    types.String: Family.TEXT,
    types.Char: Family.TEXT,
    types.Text: Family.TEXT,
    types.SmallInteger: Family.INTEGER,
    types.Integer: Family.INTEGER,
    types.BigInteger: Family.INTEGER,
    types.Decimal: Family.DECIMAL,
    types.Float: Family.FLOAT,
    types.Double: Family.FLOAT,
    types.Boolean: Family.BOOLEAN,
    types.Date: Family.DATE,
    types.Time: Family.TIME,
    types.DateTime: Family.MOMENT,
    types.Interval: Family.SPAN,
    types.Uuid: Family.UUID,
    types.Binary: Family.BYTES,
    types.Json: Family.JSON,
    types.Document: Family.JSON,
    types.Array: Family.ARRAY,
}
_WORDS = {"JSON": Family.JSON, "JSONB": Family.JSON, "CITEXT": Family.TEXT}


def family(type_: Type) -> Family:
    """The family of a type, as PostgreSQL takes it."""
    if isinstance(type_, types.Enum):
        return Family.LABEL if is_native(type_) else Family.TEXT
    if isinstance(type_, types.Native):
        return _WORDS.get(type_.sql.strip().upper(), Family.OTHER)
    return _FAMILIES.get(type(type_), Family.OTHER)


def room(type_: Type) -> int | None:
    """How many characters a text of the type may have; None for any number."""
    match type_:
        case types.String(length=length):
            return length
        case types.Char(length=length):
            return length or 1
        case types.Enum():
            return type_.width
    return None
