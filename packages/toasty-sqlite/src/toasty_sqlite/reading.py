"""Reads what SQLite reports as text: declared types and defaults, as the vocabulary's values.

`canonical` and introspection both go through here, so that what was written reads back the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_core.schema.values import Default, Expression, Literal, now
from toasty_sql.brackets import without_brackets
from toasty_sqlite.tokens import plainly_named

__all__ = ["current_time", "plain_expression", "read_default", "read_type", "without_brackets"]

_TYPE = re.compile(r"([A-Z_]+)(?:\((\d+)(?:,(\d+))?\))?\Z")
_BLANKS = re.compile(r"\s*([(),])\s*")
_INTEGER = re.compile(r"[+-]?\d+\Z")
_NUMBER = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?\Z")
_TEXT = re.compile(r"'(?:[^']|'')*'\Z")
_BYTES = re.compile(r"[xX]'((?:[0-9a-fA-F]{2})*)'\Z")

_PLAIN: dict[str, Type] = {
    "TEXT": types.Text(),
    "SMALLINT": types.SmallInteger(),
    "INTEGER": types.Integer(),
    "BIGINT": types.BigInteger(),
    "BOOLEAN": types.Boolean(),
    "FLOAT": types.Float(),
    "DOUBLE": types.Double(),
    "DATE": types.Date(),
    "TIME": types.Time(),
    "DATETIME": types.DateTime(),
    "BLOB": types.Binary(),
    "JSON": types.Json(),
    "VARCHAR": types.String(),
    "CHAR": types.Char(),
    "NUMERIC": types.Decimal(),
}


@lru_cache(maxsize=1024)
def read_type(sql: str) -> Type:
    """The type that is declared as `sql`; `Native` when the vocabulary has no word that is written so.

    Case and blanks have no meaning: `varchar( 40 )` is `VARCHAR(40)`.
    """
    words = _BLANKS.sub(r"\1", sql.strip()).upper()
    plain = _PLAIN.get(words)
    if plain is not None:
        return plain
    found = _TYPE.match(words)
    if found is not None and found.group(2) not in (None, "0"):
        name, first, second = found.group(1), int(found.group(2)), found.group(3)
        if name == "VARCHAR" and second is None:
            return types.String(first)
        if name == "CHAR" and second is None:
            return types.Char(first)
        if name == "NUMERIC":
            return types.Decimal(first, int(second) if second is not None else None)
    return types.Native(sql, backend="sqlite")


def plain_expression(sql: str) -> str:
    """An expression as it is compared: without brackets around it, and without quotes that say nothing."""
    return without_brackets(plainly_named(sql))


def current_time(type_: Type) -> str:
    """The keyword for the present in a column of this type."""
    match type_:
        case types.Date():
            return "CURRENT_DATE"
        case types.Time():
            return "CURRENT_TIME"
    return "CURRENT_TIMESTAMP"


def read_default(sql: str | None, type_: Type) -> Default | None:
    """The default that stands as `sql` in a column of `type_` (the type as read); None without one."""
    if sql is None:
        return None
    text = without_brackets(sql)
    if text.upper() == current_time(type_):
        return now()
    if _INTEGER.match(text):
        return Literal(int(text))
    if _NUMBER.match(text):
        return Literal(float(text))
    if _TEXT.match(text):
        return Literal(text[1:-1].replace("''", "'"))
    found = _BYTES.match(text)
    return Literal(bytes.fromhex(found.group(1))) if found else Expression(text)
