"""SQLite's words: names, types, values and defaults, as SQLAlchemy's dialect writes and stores them."""

from __future__ import annotations

from typing import ClassVar

from toasty_core.errors import Unsupported
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression
from toasty_sql.brackets import is_bracketed, without_brackets
from toasty_sql.codecs import Codec
from toasty_sql.dialect import SqlDialect
from toasty_sqlite.names import quote
from toasty_sqlite.reading import current_time
from toasty_sqlite.values import decoder, encoder

# A random UUID of version 4: the digit 4 at its place, and one of 89ab at the other.
_HEX = (
    "lower(hex(randomblob(4)){0}||hex(randomblob(2)){0}||'4'||substr(hex(randomblob(2)), 2){0}"
    "||substr('89AB', 1 + (abs(random()) % 4), 1)||substr(hex(randomblob(2)), 2){0}||hex(randomblob(6)))"
)
_DASH = "||'-'"


class SqliteDialect(SqlDialect):
    """SQLite. It has no schemas and no sequences, and types are hints."""

    name: ClassVar[str] = "sqlite"
    has_schemas: ClassVar[bool] = False

    plain_types: ClassVar[dict[type[Type], str]] = {
        **SqlDialect.plain_types,
        types.Double: "DOUBLE",
        types.DateTime: "DATETIME",
        types.Interval: "DATETIME",
        types.Uuid: "CHAR(32)",
        types.Array: "JSON",
        types.Document: "JSON",
    }

    def table(self, table: TableDef) -> str:
        """The table's name. Raises Unsupported for one in a schema."""
        if table.schema is not None:
            raise Unsupported(
                f"table {table.key!r} stands in a schema, and SQLite has none",
                reason="SQLite has one namespace for tables in each file",
            )
        return quote(table.name)

    def encode(self, type_: Type) -> Codec:
        """What makes a Python value one that SQLite stores in a column of this type."""
        return encoder(type_.for_backend(self.name))

    def decode(self, type_: Type) -> Codec:
        """The way back."""
        return decoder(type_.for_backend(self.name))

    def now_sql(self, type_: Type) -> str:
        """CURRENT_TIMESTAMP, or the keyword for a date or a time."""
        return current_time(type_)

    def uuid_sql(self, type_: Type) -> str:
        """A random UUID as 32 digits, or with dashes in a column that has room for them."""
        room = getattr(type_, "length", None)
        plain = isinstance(type_, types.Uuid) or (room is not None and room < 36)
        return f"({_HEX.format('' if plain else _DASH)})"

    def is_constant_default(self, column: ColumnDef) -> bool:
        """Does ADD COLUMN take the column's default? It refuses the present and what is in brackets."""
        sql = self.default_sql(column)
        return sql is None or not (is_bracketed(sql) or sql.upper().startswith("CURRENT_"))

    def is_null_default(self, column: ColumnDef) -> bool:
        """Does the column's default leave rows without a value?"""
        sql = self.default_sql(column)
        return sql is None or without_brackets(sql).upper() == "NULL"

    def expression(self, expression: Expression) -> str:
        """An expression in SQLite's words; another's where it has none, for SQLite to judge."""
        return expression.for_backend(self.name) or str(expression)
