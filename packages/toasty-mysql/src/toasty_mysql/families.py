"""The families of types, as MySQL and MariaDB keep them."""

from __future__ import annotations

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_sql.families import FAMILIES, Family


def family(type_: Type) -> Family:
    """The family of a type; OTHER for a native one."""
    type_ = type_.for_backend("mysql")
    if isinstance(type_, types.Enum):
        return Family.ENUM if type_.native else Family.TEXT
    return FAMILIES.get(type(type_), Family.OTHER)
