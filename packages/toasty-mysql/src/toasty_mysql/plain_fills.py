"""Fills that a column may have as its default, so that no row is touched when it comes."""

from __future__ import annotations

from datetime import date
from typing import TypeGuard

from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Default, Literal

_WHOLE = (types.SmallInteger, types.Integer, types.BigInteger, types.Boolean)
_TEXTS = (types.String, types.Char)


def is_plain(fill: Default | None, column: ColumnDef) -> TypeGuard[Literal]:
    """Is the fill stored as a default exactly as an UPDATE stores it?

    Only types whose values neither database rounds or cuts, and that need no brackets around a default.
    """
    if not isinstance(fill, Literal) or column.auto is not None or column.generated is not None:
        return False
    type_ = column.type.for_backend("mysql")
    default = column.default
    return _is_exact(fill.value, type_) and (
        default is None or (isinstance(default, Literal) and _is_exact(default.value, type_))
    )


def _is_exact(value: object, type_: Type) -> bool:
    if isinstance(type_, _WHOLE):
        return type(value) in (int, bool)
    if isinstance(type_, types.Date):
        return type(value) is date
    if isinstance(type_, types.Enum):
        return type_.native and type(value) is str
    return isinstance(type_, _TEXTS) and type(value) is str
