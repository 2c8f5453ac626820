"""Reads types as the servers have them into the vocabulary's.

`canonical` and introspection both go through here, so that what was written reads back the same.
"""

from __future__ import annotations

from functools import lru_cache

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_mysql.server_types import ServerType, listed_values
from toasty_mysql.texts import shown

_PLAIN: dict[str, Type] = {
    "text": types.Text(),
    "smallint": types.SmallInteger(),
    "int": types.Integer(),
    "bigint": types.BigInteger(),
    "float": types.Float(),
    "double": types.Double(),
    "date": types.Date(),
    "time": types.Time(),
    "datetime": types.DateTime(),
    "blob": types.Binary(),
    "json": types.Json(),
    "uuid": types.Uuid(),
}


@lru_cache(maxsize=2048)
def read_type(type_: ServerType) -> Type:
    """The portable type that is kept so; `Native` where the vocabulary has no word for it."""
    plain = _PLAIN.get(type_.name)
    if plain is not None and not type_.arguments and not type_.unsigned:
        return plain
    numbers = type_.numbers
    match type_.name:
        case "tinyint" if numbers == (1,) and not type_.unsigned:
            return types.Boolean()
        case "varchar" if numbers and numbers[0]:
            return types.String(numbers[0])
        case "char" if numbers and numbers[0]:
            return types.Char(numbers[0])
        case "decimal" if not type_.unsigned:
            return types.Decimal(*numbers)
        case "enum":
            return types.Enum(*dict.fromkeys(map(shown, listed_values(type_.arguments))))
    return types.Native(type_.sql, backend="mysql")
