"""What types have in common in the way PostgreSQL converts their values."""

from __future__ import annotations

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_postgres.dialect import is_native
from toasty_sql.families import FAMILIES, Family

_FAMILIES: dict[type[Type], Family] = {
    **FAMILIES,
    types.Decimal: Family.DECIMAL,
    types.Float: Family.FLOAT,
    types.Double: Family.FLOAT,
    types.Interval: Family.SPAN,
    types.Array: Family.ARRAY,
}
_WORDS = {"JSON": Family.JSON, "JSONB": Family.JSON, "CITEXT": Family.TEXT}


def family(type_: Type) -> Family:
    """The family of a type, as PostgreSQL takes it."""
    if isinstance(type_, types.Enum):
        return Family.ENUM if is_native(type_) else Family.TEXT
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
