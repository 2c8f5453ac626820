"""Reads one field of a native model as a column."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid as python_uuid
from typing import TYPE_CHECKING

from toasty_core.models.annotations import enum_value
from toasty_core.models.specs import PLAIN, UNSAID
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.fitting import fits
from toasty_core.schema.values import (
    Auto,
    Default,
    Expression,
    Function,
    Generated,
    Identity,
    Literal,
    NextValue,
    uuid,
)

if TYPE_CHECKING:
    from toasty_core.models.model_fields import ModelField, ModelFields
    from toasty_core.models.references import References

_WHOLE_NUMBERS = (types.SmallInteger, types.Integer, types.BigInteger)
_OWN_AFFAIR = (types.Native, types.Variant)
_LITERALS = (
    *(bool, int, float, str, bytes, list, dict, decimal.Decimal),
    *(datetime.date, datetime.time, datetime.timedelta, python_uuid.UUID),
)


def read_column(item: ModelField, model: ModelFields, references: References) -> ColumnDef:
    """The column of a field. Raises ModelError with the class's place."""
    spec = item.spec
    if spec is PLAIN:
        meaning = item.meaning()
        return ColumnDef(item.name, meaning.type, meaning.nullable)
    type_ = references.column_type(item, model)
    return ColumnDef(
        item.column,
        type_,
        references.nullable(item),
        default=_default(item, type_),
        auto=_auto(item, type_),
        generated=_generated(item),
        collation=spec.collation,
        comment=spec.comment,
        options=spec.options,
        renamed_from=spec.renamed_from,
    )


def _auto(item: ModelField, type_: types.Type) -> Auto | None:
    said = item.spec.auto
    if not said or isinstance(type_, types.Uuid):
        return None
    if not isinstance(type_, (*_WHOLE_NUMBERS, *_OWN_AFFAIR)):
        raise item.error(
            f": the database cannot give values of the type {type_}.",
            "auto=True is for int and uuid.UUID",
        )
    return Identity() if said is True else said


def _default(item: ModelField, type_: types.Type) -> Default | None:
    spec = item.spec
    if spec.server_default is not UNSAID:
        return _fitting(item, type_, _literal(item, spec.server_default, must=True))
    if spec.default is not UNSAID:
        return _fitting(item, type_, _literal(item, spec.default, must=False))
    return uuid() if spec.auto and isinstance(type_, types.Uuid) else None


def _literal(item: ModelField, value: object, *, must: bool) -> Default | None:
    """The value as a database's default; one that no database knows is the constructor's alone."""
    if value is None or isinstance(value, (Literal, Function, Expression, NextValue)):
        return value
    if isinstance(value, enum.Enum):
        return Literal(enum_value(value))
    if isinstance(value, _LITERALS):
        return Literal(value)
    if must:
        raise item.error(
            f": {value!r} cannot be a default in a database.",
            'give a plain value, now(), uuid() or expr("...")',
        )
    return None


def _fitting(item: ModelField, type_: types.Type, default: Default | None) -> Default | None:
    if isinstance(default, Literal) and not fits(default.value, type_):
        raise item.error(
            f": the default {default.value!r} is no value of the type {type_}.",
            "give a value of that type, or annotate the field with another",
        )
    return default


def _generated(item: ModelField) -> Generated | None:
    said = item.spec.generated
    return said if said is None or isinstance(said, Generated) else Generated(said)
