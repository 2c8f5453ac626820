"""What SQLAlchemy writes for a type on each backend, and which portable types it writes the same for."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import CompileError
from sqlalchemy.sql import sqltypes
from sqlalchemy.types import TypeEngine

from toasty_core.models.alchemy.dialects import dialect
from toasty_core.schema import types


def ddl(type_: TypeEngine[Any], backend: str) -> str | None:
    """The type's words on a backend; None when it has none there."""
    compile_type = dialect(backend).type_compiler_instance.process
    try:
        text: str = compile_type(type_)
    except (CompileError, AttributeError, NotImplementedError):  # each is a way to have no words
        return None
    return text


@lru_cache(maxsize=1024)
def portable_ddl(type_: types.Type, backend: str) -> str | None:
    """The words of a portable type on a backend."""
    return ddl(_TO_ALCHEMY[type(type_)](type_), backend)


# Synonyms of one type, where the database itself forgets which was written.
_SYNONYMS = {"postgresql": (("DECIMAL", "NUMERIC"),), "mysql": (("NUMERIC", "DECIMAL"),)}


def same_ddl(one: str | None, other: str | None, backend: str) -> bool:
    """Do the two mean one type on the backend?"""
    return _plain(one, backend) == _plain(other, backend)


def _plain(text: str | None, backend: str) -> str | None:
    for word, meaning in _SYNONYMS.get(backend, ()):
        if text is not None and text.startswith(word):
            return meaning + text[len(word) :]
    return text


def _length(type_: Any) -> int | None:
    return type_.length or None


def portable_enum(type_: sa.Enum) -> types.Type:
    """An enum; one whose text has no limit is text."""
    values = tuple(str(value) for value in type_.enums)
    if not values:
        return types.String(_length(type_))
    if not type_.native_enum and type_.length is None:
        return types.String()
    longest = max(len(value) for value in values)
    length = type_.length if type_.length and type_.length > longest else None
    return types.Enum(*values, name=_enum_name(type_), native=type_.native_enum, length=length)


def _enum_name(type_: sa.Enum) -> str | None:
    if not type_.name:
        return None
    return f"{type_.schema}.{type_.name}" if type_.schema else str(type_.name)


def _array(type_: Any) -> types.Type:
    item = guess(type_.item_type) or types.Native(str(type_.item_type))
    for _ in range(type_.dimensions or 1):
        item = types.Array(item)
    return item


_string = lru_cache(maxsize=1024)(types.String)
_char = lru_cache(maxsize=1024)(types.Char)
_decimal = lru_cache(maxsize=1024)(types.Decimal)
_double, _text, _json, _uuid = types.Double(), types.Text(), types.Json(), types.Uuid()
_small, _integer, _big = types.SmallInteger(), types.Integer(), types.BigInteger()
_boolean, _date, _interval = types.Boolean(), types.Date(), types.Interval()
_datetimes = {flag: types.DateTime(timezone=flag) for flag in (False, True)}
_times = {flag: types.Time(timezone=flag) for flag in (False, True)}

# From the special to the general: the first class that fits tells what a type is at heart.
_GUESSES: tuple[tuple[type[Any], Callable[[Any], types.Type]], ...] = (
    (sa.Enum, portable_enum),
    (sa.Boolean, lambda t: _boolean),
    (sa.SmallInteger, lambda t: _small),
    (sa.BigInteger, lambda t: _big),
    (sa.Integer, lambda t: _integer),
    (sa.Double, lambda t: _double),
    (sa.Float, lambda t: types.Float(t.precision)),
    (sa.Numeric, lambda t: _decimal(t.precision, t.scale)),
    (sa.DateTime, lambda t: _datetimes[bool(t.timezone)]),
    (sa.Date, lambda t: _date),
    (sa.Time, lambda t: _times[bool(t.timezone)]),
    (sqltypes._AbstractInterval, lambda t: _interval),
    (sa.Uuid, lambda t: _uuid),
    (sqltypes._Binary, lambda t: types.Binary(_length(t))),
    (sa.JSON, lambda t: _json),
    (sa.ARRAY, _array),
    (sa.Text, lambda t: _text),
    (sa.CHAR, lambda t: _char(_length(t))),
    (sa.NCHAR, lambda t: _char(_length(t))),
    (sa.String, lambda t: _string(_length(t))),
)


def guess(type_: TypeEngine[Any]) -> types.Type | None:
    """The portable type that it is at heart, whatever its words; None when there is none."""
    for class_, read in _GUESSES:
        if isinstance(type_, class_):
            return read(type_)
    return None


def _exact_text(type_: Any) -> types.Type | None:
    return _text if type_.length is None else None


EXACT: dict[type[Any], Callable[[Any], types.Type | None]] = {
    sa.String: lambda t: _string(_length(t)),
    sa.VARCHAR: lambda t: _string(_length(t)),
    sa.Unicode: lambda t: _string(_length(t)),
    sa.Text: _exact_text,
    sa.TEXT: _exact_text,
    sa.UnicodeText: _exact_text,
    sa.CHAR: lambda t: _char(_length(t)),
    sa.Integer: lambda t: _integer,
    sa.INTEGER: lambda t: _integer,
    sa.SmallInteger: lambda t: _small,
    sa.SMALLINT: lambda t: _small,
    sa.BigInteger: lambda t: _big,
    sa.BIGINT: lambda t: _big,
    sa.Boolean: lambda t: _boolean,
    sa.Date: lambda t: _date,
    sa.DATE: lambda t: _date,
    sa.DateTime: lambda t: _datetimes[bool(t.timezone)],
    sa.Time: lambda t: _times[bool(t.timezone)],
    sa.Float: lambda t: types.Float(t.precision),
    sa.Double: lambda t: _double,
    sa.Numeric: lambda t: _decimal(t.precision, t.scale),
    sa.NUMERIC: lambda t: _decimal(t.precision, t.scale),
    sa.LargeBinary: lambda t: types.Binary(_length(t)),
    sa.Interval: lambda t: _interval if t.second_precision is None and t.native else None,
    sa.Uuid: lambda t: _uuid if t.native_uuid else None,
    sa.JSON: lambda t: _json,
    sa.Enum: portable_enum,
}
"""Classes whose words are those of the portable type on every backend, so nothing is compiled.

None: not with these settings.
"""


def exact(type_: TypeEngine[Any]) -> types.Type | None:
    """The portable type, where no word needs to be compiled to know it; its variants are not looked at."""
    read = EXACT.get(type(type_))
    return read(type_) if read is not None else None


def _to_enum(type_: Any) -> sa.Enum:
    return sa.Enum(
        *type_.values,
        name=type_.name,
        native_enum=type_.native,
        length=type_.width,
    )


def _to_array(type_: Any) -> sa.ARRAY[Any]:
    dimensions = 1
    while isinstance(type_.item, types.Array):
        dimensions, type_ = dimensions + 1, type_.item
    return sa.ARRAY(_TO_ALCHEMY[type(type_.item)](type_.item), dimensions=dimensions)


_TO_ALCHEMY: dict[type[types.Type], Callable[[Any], TypeEngine[Any]]] = {
    types.String: lambda t: sa.String(t.length),
    types.Char: lambda t: sa.CHAR(t.length),
    types.Text: lambda t: sa.Text(),
    types.SmallInteger: lambda t: sa.SmallInteger(),
    types.Integer: lambda t: sa.Integer(),
    types.BigInteger: lambda t: sa.BigInteger(),
    types.Boolean: lambda t: sa.Boolean(),
    types.Float: lambda t: sa.Float(t.precision),
    types.Double: lambda t: sa.Double(),
    types.Decimal: lambda t: sa.Numeric(t.precision, t.scale),
    types.Date: lambda t: sa.Date(),
    types.Time: lambda t: sa.Time(timezone=t.timezone),
    types.DateTime: lambda t: sa.DateTime(timezone=t.timezone),
    types.Interval: lambda t: sa.Interval(),
    types.Uuid: lambda t: sa.Uuid(),
    types.Binary: lambda t: sa.LargeBinary(t.length),
    types.Json: lambda t: sa.JSON(),
    types.Enum: _to_enum,
    types.Array: _to_array,
    types.Native: lambda t: _Words(t.sql),
}


class _Words(sa.types.UserDefinedType[Any]):
    """A type in a database's own words."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **_settings: Any) -> str:
        """The words."""
        return self.words
