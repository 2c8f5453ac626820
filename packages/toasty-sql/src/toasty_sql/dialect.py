"""How a database says things: names, types, values, defaults.

A backend subclasses `SqlDialect` and states what differs. Everything here is text for statements that are
written offline; nothing needs a connection.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, ClassVar

from toasty_core.errors import Unsupported
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.fitting import stands_for_others
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import (
    Default,
    Expression,
    Function,
    FunctionName,
    Literal,
    NextValue,
)
from toasty_sql.brackets import is_bracketed, is_plain
from toasty_sql.codecs import Codec
from toasty_sql.literals import literal


class SqlDialect:
    """Standard SQL. `name` is the backend's name, by which `only`, options and variants are chosen."""

    name: ClassVar[str] = "sql"
    placeholder: ClassVar[str] = "?"
    has_schemas: ClassVar[bool] = True

    # names

    def quote(self, name: str) -> str:
        """A name in the database's quotes, whatever it holds."""
        return '"' + name.replace('"', '""') + '"'

    def quoted(self, names: tuple[str, ...]) -> str:
        """Several names, with commas."""
        return ", ".join(map(self.quote, names))

    def table(self, table: TableDef) -> str:
        """The table's name, with its schema where it has one."""
        name = self.quote(table.name)
        return f"{self.quote(table.schema)}.{name}" if table.schema else name

    def table_key(self, key: str) -> str:
        """The name of the table with this key, which may not be at hand (a foreign key's target)."""
        if not self.has_schemas:
            return self.quote(key)
        return ".".join(self.quote(part) for part in key.split(".", 1))

    # types

    def type_sql(self, type_: Type) -> str:
        """The type as it stands behind a column's name. Raises Unsupported for one without a form."""
        chosen = type_.for_backend(self.name)
        if isinstance(chosen, types.String):  # most columns of most schemas
            return "VARCHAR" if chosen.length is None else f"VARCHAR({chosen.length})"
        match chosen:
            case types.Char(length=length):
                return f"CHAR({length})" if length else "CHAR"
            case types.Decimal() as decimal:
                return self.decimal_sql(decimal)
            case types.Enum() as enum:
                return self.enum_sql(enum)
            case types.Native(sql=sql):
                return sql
            case other:
                return self.plain_type_sql(other)

    def plain_type_sql(self, type_: Type) -> str:
        """A type whose arguments do not show in its text."""
        try:
            return self.plain_types[type(type_)]
        except KeyError:
            raise Unsupported(
                f"{self.name} has no type for {type_}",
                hint=f'write Native("...", backend="{self.name}")',
            ) from None

    plain_types: ClassVar[dict[type[Type], str]] = {
        types.Text: "TEXT",
        types.SmallInteger: "SMALLINT",
        types.Integer: "INTEGER",
        types.BigInteger: "BIGINT",
        types.Boolean: "BOOLEAN",
        types.Float: "FLOAT",
        types.Double: "DOUBLE PRECISION",
        types.Date: "DATE",
        types.Time: "TIME",
        types.DateTime: "TIMESTAMP",
        types.Binary: "BLOB",
        types.Json: "JSON",
    }

    def decimal_sql(self, type_: types.Decimal) -> str:
        """An exact number, with the digits that are given."""
        if type_.precision is None:
            return "NUMERIC"
        scale = f", {type_.scale}" if type_.scale is not None else ""
        return f"NUMERIC({type_.precision}{scale})"

    def enum_sql(self, type_: types.Enum) -> str:
        """An enum, as text with room for the longest value."""
        return f"VARCHAR({type_.width})"

    # values

    def literal(self, value: Any) -> str:
        """A value that the driver would take, as a literal."""
        return literal(value)

    def encode(self, type_: Type) -> Codec:
        """What makes a Python value one that the driver stores in a column of this type."""
        if isinstance(type_, types.Json | types.Array | types.Document):
            return lambda value: None if value is None else json.dumps(value)
        return plain_value

    def decode(self, type_: Type) -> Codec:
        """The way back: what the driver returns, as a Python value."""
        return lambda value: value

    # defaults

    def default_sql(self, column: ColumnDef) -> str | None:
        """What stands behind DEFAULT; None when the column has no default here."""
        default = column.default
        if default is None:
            return None
        if isinstance(default, Literal):
            return self.literal_default_sql(default.value, column.type.for_backend(self.name))
        if isinstance(default, Expression):
            text = default.for_backend(self.name)
            return None if text is None else self.expression_default_sql(text)
        return self.function_sql(default, column.type.for_backend(self.name))

    def literal_default_sql(self, value: Any, type_: Type) -> str:
        """A literal as a default. Text stays text, whatever the column's type is."""
        return self.literal(value if isinstance(value, str) else self.encode(type_)(value))

    def expression_default_sql(self, text: str) -> str:
        """An expression of the user's as a default: in brackets, unless it is a bare word or number."""
        return text if is_plain(text) or is_bracketed(text) else f"({text})"

    def function_sql(self, default: Function | NextValue, type_: Type) -> str:
        """A portable function as an expression."""
        if isinstance(default, NextValue):
            return self.next_value_sql(default.sequence)
        return self.now_sql(type_) if default.name is FunctionName.NOW else self.uuid_sql(type_)

    def now_sql(self, type_: Type) -> str:
        """The present, in a form for this type."""
        return "CURRENT_TIMESTAMP"

    def uuid_sql(self, type_: Type) -> str:
        """A new random UUID, in a form for this type."""
        raise Unsupported(
            f"{self.name} has no function for a random UUID", hint='write expr("...")'
        )

    def next_value_sql(self, sequence: str) -> str:
        """The next number of a sequence."""
        raise Unsupported(f"{self.name} has no sequences", hint="use auto=True")

    def value_sql(self, default: Default, type_: Type) -> str | None:
        """A fill as an expression; None for one that is written for other databases."""
        if isinstance(default, Literal) and stands_for_others(default.value, type_, self.name):
            return None
        type_ = type_.for_backend(self.name)
        if isinstance(default, Literal):
            return self.literal(self.fill_value(default.value, type_))
        if isinstance(default, Expression):
            text = default.for_backend(self.name)
            return None if text is None else text if is_plain(text) else f"({text})"
        return self.function_sql(default, type_)

    def fill_value(self, value: Any, type_: Type) -> Any:
        """A fill's literal as it is stored. JSON may come as its text."""
        is_json = isinstance(type_, types.Json | types.Array | types.Document)
        if is_json and isinstance(value, str) and _is_json(value):
            return value
        return self.encode(type_)(value)


def plain_value(value: Any) -> Any:
    """A value as it is; a member of a Python enum as its value."""
    return value.value if isinstance(value, Enum) else value


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
