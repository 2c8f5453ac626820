"""Values that stand in for those that are gone, when a column that must not be null comes back."""

from __future__ import annotations

from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression, Literal

_NUMBERS = (
    types.SmallInteger,
    types.Integer,
    types.BigInteger,
    types.Float,
    types.Double,
    types.Decimal,
    types.Interval,
)


def fill_for_restored(column: ColumnDef) -> Literal | Expression | None:
    """The plainest value of the column's type; None when the column needs none."""
    return empty_value(column.type) if column.needs_fill else None


def empty_value(type_: Type) -> Literal | Expression | None:
    """0, an empty text, the first day of 1970, ...; None where a type has no plain value."""
    match type_:
        case types.Variant():
            return _empty_everywhere(type_)
        case types.String() | types.Text() | types.Char():
            return Literal("")
        case types.Boolean():
            return Literal(False)
        case types.Date():
            return Literal("1970-01-01")
        case types.Time():
            return Literal("00:00:00")
        case types.DateTime():
            return Literal("1970-01-01 00:00:00")
        case types.Uuid():
            return Literal("00000000-0000-0000-0000-000000000000")
        case types.Enum(values=values):
            return Literal(values[0])
        case types.Binary():
            return Literal(b"")
        case types.Json() | types.Document():
            return Literal({})
        case types.Array():
            return Literal([])
    return Literal(0) if isinstance(type_, _NUMBERS) else None


def _empty_everywhere(type_: types.Variant) -> Literal | Expression | None:
    """A plain value of one of the types that fits all of them; else that of the default."""
    from toasty_core.schema.fitting import fits

    kinds = (type_.default, *(kind for _, kind in type_.by_backend))
    values = [empty_value(kind) for kind in kinds]
    plain = (value for value in values if isinstance(value, Literal))
    fitting = (value for value in plain if all(fits(value.value, kind) for kind in kinds))
    return next(fitting, values[0])
