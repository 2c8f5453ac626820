"""Which texts a type can read, as a condition that itself never fails.

PostgreSQL 16 and newer know (`pg_input_is_valid`); for 15 the common shapes are spelt out: what it reads beyond
them (`Jan 5, 2024`) counts as unfit there, and takes a `using=`.
https://www.postgresql.org/docs/16/functions-info.html#FUNCTIONS-INFO-VALIDITY
"""

from __future__ import annotations

from collections.abc import Callable

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_postgres.literals import text_literal
from toasty_postgres.values import is_json

_ASKS = (16,)


def is_valid(text: str, type_: Type, type_sql: str, version: tuple[int, ...]) -> str | None:
    """The condition for a text (SQL) to be readable as the type; None where nothing can tell."""
    if version >= _ASKS:
        return f"pg_input_is_valid({text}, {text_literal(type_sql)})"
    shape = _json if is_json(type_) else _SHAPES.get(type(type_))
    return shape(text, type_) if shape else None


def _like(text: str, pattern: str) -> str:
    return f"{text} ~* {text_literal(f'^[[:space:]]*({pattern})[[:space:]]*$')}"


_WHOLE = "[-+]?[0-9]+"
_NUMBER = "[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]{1,3})?"


def _integer(bits: int) -> Callable[[str, Type], str]:
    def fits(text: str, _: Type) -> str:
        range_ = f"trim({text})::numeric BETWEEN {-(2**bits)} AND {2**bits - 1}"
        return f"CASE WHEN {_like(text, _WHOLE)} THEN {range_} ELSE false END"

    return fits


def _decimal(text: str, type_: Type) -> str:
    assert isinstance(type_, types.Decimal)
    if type_.precision is None:
        return _like(text, f"{_NUMBER}|nan|[-+]?inf(inity)?")
    scale = type_.scale or 0
    small = f"abs(round(trim({text})::numeric, {scale})) < 1e{type_.precision - scale}"
    return f"CASE WHEN {_like(text, _NUMBER)} THEN {small} ELSE {_like(text, 'nan')} END"


def _float(text: str, _: Type) -> str:
    number = f"jsonb_path_exists(to_jsonb(trim({text})), '$.double()', '{{}}', true)"
    return f"CASE WHEN {_like(text, _NUMBER)} THEN {number} ELSE {_like(text, 'nan|[-+]?inf(inity)?')} END"


def _boolean(text: str, _: Type) -> str:
    return _like(text, "t|tr|tru|true|y|ye|yes|on|1|f|fa|fal|fals|false|n|no|of|off|0")


_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_ZONE = "( ?(z|utc|[-+][0-1][0-9](:?[0-5][0-9])?))?"


def _real_day(text: str) -> str:
    """Is what a text begins with a day of the calendar?"""
    day = f"substr(trim({text}), 1, 10)"
    return f"jsonb_path_exists(to_jsonb({day}), '$.datetime(\"YYYY-MM-DD\")', '{{}}', true)"


def _date(text: str, _: Type) -> str:
    return (
        f"CASE WHEN {_like(text, f'{_DAY}([ t]{_CLOCK})?')} THEN {_real_day(text)} ELSE false END"
    )


def _moment(text: str, _: Type) -> str:
    shape = _like(text, f"{_DAY}([ t]{_CLOCK}{_ZONE})?")
    return f"CASE WHEN {shape} THEN {_real_day(text)} ELSE false END"


def _time(text: str, _: Type) -> str:
    return _like(text, f"{_CLOCK}{_ZONE}")


def _span(text: str, _: Type) -> str:
    unit = "(year|mon|month|week|day|hour|min|minute|sec|second)s?"
    part = f"[-+]?[0-9]{{1,6}}([.][0-9]{{1,6}})? *{unit}"
    clock = "[-+]?[0-9]{1,6}:[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
    return _like(text, f"{part}( +{part})*( +{clock})?|{clock}")


def _uuid(text: str, _: Type) -> str:
    return f"{text} ~* '^([0-9a-f]{{4}}(-?[0-9a-f]{{4}}){{7}}|[{{][0-9a-f]{{4}}(-?[0-9a-f]{{4}}){{7}}[}}])$'"


def _json(text: str, _: Type) -> str:
    """Crockford's way (json2.js): values become marks, and nothing but marks and commas may be left."""
    escapes = f"""regexp_replace({text}, '\\\\(["\\\\/bfnrt]|u[0-9a-fA-F]{{4}})', '@', 'g')"""
    value = r""""[^"\\\n\r]*"|true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?"""
    marks = f"regexp_replace({escapes}, {text_literal(value)}, ']', 'g')"
    opened = rf"regexp_replace({marks}, '(^|:|,)([[:space:]]*\[)+', '', 'g')"
    rest = r"'^[],:{}[:space:]]+$'"
    return f"({opened} ~ {rest} AND {text} ~ '[^[:space:]]')"


_SHAPES: dict[type[Type], Callable[[str, Type], str]] = {
    types.SmallInteger: _integer(15),
    types.Integer: _integer(31),
    types.BigInteger: _integer(63),
    types.Decimal: _decimal,
    types.Float: _float,
    types.Double: _float,
    types.Boolean: _boolean,
    types.Date: _date,
    types.DateTime: _moment,
    types.Time: _time,
    types.Interval: _span,
    types.Uuid: _uuid,
}
