"""Types by name: whatever spelling stands in SQL, as `format_type` says it, and as the vocabulary's types.

https://www.postgresql.org/docs/current/datatype.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from toasty_core.schema import types
from toasty_core.schema.types import Type

_TYPE = re.compile(
    r"""
    (?P<name>(?:"(?:[^"]|"")*"|[^\s"(\[.]+)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[^\s"(\[]+))?
             (?:\s+(?:varying|precision))?)
    (?P<before>\s*\([^)]*\))?
    (?P<zone>\s+(?:with|without)\s+time\s+zone)?
    (?P<span>\s+(?:year|month|day|hour|minute|second)(?:\s+to\s+(?:month|hour|minute|second))?)?
    (?P<after>\s*\([^)]*\))?
    (?P<array>(?:\s*\[\s*\d*\s*\]|\s+array(?:\s*\[\s*\d*\s*\])?)*)\s*\Z
    """,
    re.VERBOSE | re.IGNORECASE,
)

_QUOTED = re.compile(r'("(?:[^"]|"")*")')
_NAMES = {
    "varchar": "character varying",
    "char varying": "character varying",
    "national character varying": "character varying",
    "char": "character",
    "nchar": "character",
    "int": "integer",
    "int4": "integer",
    "serial": "integer",
    "serial4": "integer",
    "int2": "smallint",
    "smallserial": "smallint",
    "serial2": "smallint",
    "int8": "bigint",
    "bigserial": "bigint",
    "serial8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "decimal": "numeric",
    "dec": "numeric",
    "bool": "boolean",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    '"character"': "bpchar",
}
_ONE_LONG = frozenset({"character", "bit"})  # without a length, they are one long

_PLAIN: dict[str, Type] = {
    "text": types.Text(),
    "character varying": types.String(),
    "smallint": types.SmallInteger(),
    "integer": types.Integer(),
    "bigint": types.BigInteger(),
    "boolean": types.Boolean(),
    "real": types.Float(24),
    "double precision": types.Double(),
    "numeric": types.Decimal(),
    "date": types.Date(),
    "time without time zone": types.Time(),
    "time with time zone": types.Time(timezone=True),
    "timestamp without time zone": types.DateTime(),
    "timestamp with time zone": types.DateTime(timezone=True),
    "interval": types.Interval(),
    "uuid": types.Uuid(),
    "bytea": types.Binary(),
    "json": types.Json(),
}
_SIZED = re.compile(r"(character varying|character|numeric)\((\d+)(?:,(\d+))?\)\Z")

NUMBERS: tuple[str, ...] = (
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
)
"""The types of numbers; each turns by itself into those behind it."""


@lru_cache(maxsize=4096)
def type_name(sql: str) -> str:
    """The type as `format_type` says it: `VARCHAR( 20 )` is `character varying(20)`.

    What cannot be read is itself.
    """
    found = _TYPE.match(sql.strip())
    if found is None:
        return sql.strip()
    name = _plain_name(found["name"])
    size = _size(found["before"] or found["after"])
    zone, span = _words(found["zone"]), _words(found["span"])
    array = "[]" if found["array"] else ""
    return _sized(name, size, zone, span) + array


def _plain_name(text: str) -> str:
    words = _QUOTED.split(text)
    words[::2] = [" ".join(word.lower().split()) for word in words[::2]]
    name = "".join(words).removeprefix("pg_catalog.")
    return _NAMES.get(name, name)


def _size(text: str | None) -> str:
    return re.sub(r"\s+", "", text) if text else ""


def _words(text: str | None) -> str:
    return " " + " ".join(text.lower().split()) if text else ""


def _sized(name: str, size: str, zone: str, span: str) -> str:
    if name == "float":
        return "real" if size and int(size[1:-1]) <= 24 else "double precision"
    if name in ("timestamp", "time"):
        return f"{name}{size}{zone or ' without time zone'}"
    if name.endswith(" with time zone"):
        return f"{name.partition(' ')[0]}{size} with time zone"
    if name == "interval":
        return f"interval{span}{size}"
    if name in _ONE_LONG and not size:
        return f"{name}(1)"
    if name == "numeric" and size and "," not in size:
        return f"numeric({size[1:-1]},0)"
    return name + size


@lru_cache(maxsize=4096)
def read_type(sql: str) -> Type:
    """The type that `sql` names; `Native` when the vocabulary has no word for it.

    PostgreSQL does not mind how many dimensions an array was declared with, so it has one here.
    """
    name = type_name(sql)
    if name.endswith("[]"):
        return types.Array(read_type(name[:-2]))
    plain = _PLAIN.get(name)
    if plain is not None:
        return plain
    found = _SIZED.match(name)
    if found is None:
        return types.Native(name, backend="postgresql")
    base, first, second = found[1], int(found[2]), found[3]
    if base == "character varying":
        return types.String(first)
    return types.Char(first) if base == "character" else types.Decimal(first, int(second))


def name_of(type_: Type) -> str:
    """The name of a type as `read_type` gives it: what `format_type` says. Empty for an enum."""
    match type_:
        case types.String(length=length):
            return f"character varying({length})" if length else "character varying"
        case types.Char(length=length):
            return f"character({length})"
        case types.Decimal(precision=int(precision), scale=scale):
            return f"numeric({precision},{scale})"
        case types.Array(item=item):
            return f"{name_of(item)}[]"
        case types.Native(sql=sql):
            return sql
    return _SPELLINGS.get(type_, "")


_SPELLINGS = {type_: name for name, type_ in _PLAIN.items()}
