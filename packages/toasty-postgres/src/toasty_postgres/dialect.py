"""PostgreSQL's words: names, types, values and defaults, as SQLAlchemy's dialect writes them."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from toasty_core.errors import Unsupported
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression
from toasty_postgres.literals import literal, text_literal
from toasty_postgres.names import qualified, quote
from toasty_postgres.values import decoder, encoder
from toasty_sql.brackets import without_brackets
from toasty_sql.codecs import Codec
from toasty_sql.dialect import SqlDialect

_TEXTS = (types.String, types.Char, types.Text)


class PostgresDialect(SqlDialect):
    """PostgreSQL. A document is JSONB, which it can search; an enum without a name is text."""

    name: ClassVar[str] = "postgresql"
    placeholder: ClassVar[str] = "%s"

    plain_types: ClassVar[dict[type[Type], str]] = {
        **SqlDialect.plain_types,
        types.Interval: "INTERVAL",
        types.Uuid: "UUID",
        types.Binary: "BYTEA",
        types.Document: "JSONB",
    }

    def quote(self, name: str) -> str:
        """A name in double quotes; one of more than 63 bytes in its short form."""
        return quote(name)

    def table_key(self, key: str) -> str:
        """The name of the table with this key, which is not at hand."""
        return qualified(key)

    def plain_type_sql(self, type_: Type) -> str:
        """A type whose arguments show in PostgreSQL's own way, or not at all."""
        match type_:
            case types.Float(precision=int(bits)):
                return f"FLOAT({bits})"
            case types.DateTime(timezone=zoned):
                return f"TIMESTAMP {_zone(zoned)}"
            case types.Time(timezone=zoned):
                return f"TIME {_zone(zoned)}"
            case types.Array(item=item):
                return f"{self.type_sql(item)}[]"
        return super().plain_type_sql(type_)

    def enum_sql(self, type_: types.Enum) -> str:
        """The name of the enum's own type; text for one that is to be text, or has no name."""
        return qualified(type_.name) if is_native(type_) else super().enum_sql(type_)  # type: ignore[arg-type]

    def literal(self, value: Any) -> str:
        """A value that the driver would take, as a literal."""
        return literal(value)

    def encode(self, type_: Type) -> Codec:
        """What makes a Python value one that psycopg sends for a column of this type."""
        return encoder(type_.for_backend(self.name))

    def decode(self, type_: Type) -> Codec:
        """The way back."""
        return decoder(type_.for_backend(self.name))

    def now_sql(self, type_: Type) -> str:
        """now(), or the keyword for a date or a time."""
        match type_:
            case types.Date():
                return "CURRENT_DATE"
            case types.Time(timezone=zoned):
                return "CURRENT_TIME" if zoned else "LOCALTIME"
        return "now()"

    def uuid_sql(self, type_: Type) -> str:
        """A random UUID; without dashes where a text has no room for them."""
        room = getattr(type_, "length", None)
        if isinstance(type_, _TEXTS) and room is not None and room < 36:
            return "replace((gen_random_uuid())::text, '-', '')"
        return "gen_random_uuid()"

    def next_value_sql(self, sequence: str) -> str:
        """The next number of a sequence."""
        return f"nextval({text_literal(qualified(sequence))})"

    def fill_value(self, value: Any, type_: Type) -> Any:
        """A fill's literal as it is stored. A list may come as JSON's text, or PostgreSQL's."""
        if isinstance(type_, types.Array) and isinstance(value, str) and value.startswith("["):
            return self.encode(type_)(json.loads(value))
        if isinstance(type_, types.Array):
            return self.encode(type_)(value)
        return super().fill_value(value, type_)

    def is_null_default(self, column: ColumnDef) -> bool:
        """Does the column's default leave rows without a value?"""
        sql = self.default_sql(column)
        return sql is None or without_brackets(sql).upper() == "NULL"

    def expression(self, expression: Expression) -> str:
        """An expression in PostgreSQL's words; another's where it has none, for PostgreSQL to judge."""
        return expression.for_backend(self.name) or str(expression)

    def serial_sql(self, column: ColumnDef) -> str:
        """SERIAL in the width of the column. Raises Unsupported for a column that is no whole number."""
        word = _SERIALS.get(type(column.type.for_backend(self.name)))
        if word is None:
            raise Unsupported(
                f"postgresql cannot number the rows in column {column.name!r}: {column.type} is no whole number",
                hint="make it an Integer or BigInteger",
            )
        return word


_SERIALS: dict[type[Type], str] = {
    types.SmallInteger: "SMALLSERIAL",
    types.Integer: "SERIAL",
    types.BigInteger: "BIGSERIAL",
}


def _zone(zoned: bool) -> str:
    return "WITH TIME ZONE" if zoned else "WITHOUT TIME ZONE"


def is_native(type_: types.Enum) -> bool:
    """Does the enum have a type of its own in PostgreSQL?"""
    return type_.native and bool(type_.name)
