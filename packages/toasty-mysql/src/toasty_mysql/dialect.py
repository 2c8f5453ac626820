"""The words of MySQL and MariaDB: names, types, values and defaults, as SQLAlchemy's dialects write them."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from toasty_core.errors import Unsupported
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression, Function, FunctionName
from toasty_mysql.flavour import Flavour
from toasty_mysql.literals import literal, text_literal
from toasty_mysql.names import check_letters, check_name, quote, stored_name
from toasty_mysql.values import decoder, encoder
from toasty_sql.brackets import is_bracketed
from toasty_sql.codecs import Codec
from toasty_sql.dialect import SqlDialect

_BARE = re.compile(
    r"""[+-]?\d+(\.\d+)?([eE][+-]?\d+)? | (NULL|TRUE|FALSE|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP|NOW)
    | ([xXbB]|_utf8mb4\s*)?'([^'\\]|\\.|'')*' | "([^"\\]|\\.|"")*" """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ON_UPDATE = re.compile(r"\bON\s+UPDATE\b", re.IGNORECASE)
_PRECISE_NOW = re.compile(
    r"(NOW|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP)\(\d+\)\Z", re.IGNORECASE
)
_PRECISION = re.compile(r"(?:DATETIME|TIMESTAMP)\s*\((\d)\)", re.IGNORECASE)
_RANDOM = re.compile(r"\b(uuid|uuid_short|rand|random_bytes)\s*\(", re.IGNORECASE)
_LARGE = re.compile(
    r"\w*(TEXT|BLOB)\b|JSON\b|GEOMETRY|POINT|POLYGON|LINESTRING|MULTI", re.IGNORECASE
)


def characters(type_: types.String) -> int:
    """How many characters a String takes. VARCHAR must say it: one without a length has 255; more is refused."""
    return type_.length or 255


class MysqlDialect(SqlDialect):
    """What both say alike, and what only one of them says."""

    name: ClassVar[str] = "mysql"
    placeholder: ClassVar[str] = "%s"
    has_schemas: ClassVar[bool] = False

    plain_types: ClassVar[dict[type[Type], str]] = {
        **SqlDialect.plain_types,
        types.Boolean: "BOOL",
        types.Double: "DOUBLE",
        types.DateTime: "DATETIME",
        types.Interval: "DATETIME",
        types.Array: "JSON",
        types.Document: "JSON",
    }

    def __init__(self, flavour: Flavour, version: tuple[int, ...]) -> None:
        self.flavour = flavour
        self.version = version

    @property
    def is_mariadb(self) -> bool:
        """Is it MariaDB?"""
        return self.flavour is Flavour.MARIADB

    # names

    def quote(self, name: str) -> str:
        """The name of a table or column in backticks. Raises Unsupported for one that cannot stand."""
        return quote(check_name(name))

    def part(self, name: str) -> str:
        """The name of an index or constraint in backticks; one that is too long is cut."""
        return quote(stored_name(check_letters(name)))

    def table(self, table: TableDef) -> str:
        """The table's name. Raises Unsupported for one in a schema."""
        if table.schema is not None:
            raise Unsupported(
                f"table {table.key!r} stands in a schema",
                reason="a schema is a database of its own here: give each its own URL and migrations",
            )
        return self.quote(table.name)

    # types

    def type_sql(self, type_: Type) -> str:
        """The type as it stands behind a column's name."""
        match type_.for_backend(self.name):
            case types.String() as text:
                return f"VARCHAR({characters(text)})"
            case types.Float(precision=int(precision)):
                return f"FLOAT({precision})"
            case types.Binary(length=int(length)):
                return f"BLOB({length})"
            case types.Uuid():
                return "UUID" if self.is_mariadb else "CHAR(32)"
            case other:
                return super().type_sql(other)

    def enum_sql(self, type_: types.Enum) -> str:
        """ENUM with its values, or text with room for the longest where that is asked for."""
        if not type_.native:
            return super().enum_sql(type_)
        return f"ENUM({','.join(map(text_literal, type_.values))})"

    def is_large(self, type_: Type) -> bool:
        """Is it kept apart from the row: text, bytes or JSON of any length? MySQL lets such a one have less."""
        type_ = type_.for_backend(self.name)
        return (
            not isinstance(type_, types.String) and _LARGE.match(self.type_sql(type_)) is not None
        )

    # values

    def literal(self, value: Any) -> str:
        """A value that the driver would take, as a literal."""
        return literal(value)

    def encode(self, type_: Type) -> Codec:
        """What makes a Python value one that the driver stores in a column of this type."""
        return encoder(type_.for_backend(self.name))

    def decode(self, type_: Type) -> Codec:
        """The way back."""
        return decoder(type_.for_backend(self.name))

    # defaults

    def literal_default_sql(self, value: Any, type_: Type) -> str:
        """A literal as a default; MySQL wants it in brackets where the type is a large one."""
        return self._for_type(super().literal_default_sql(value, type_), type_)

    def default_sql(self, column: ColumnDef) -> str | None:
        """What stands behind DEFAULT; None when the column has no default here."""
        default = column.default
        if not isinstance(default, Expression):
            return super().default_sql(column)
        text = default.for_backend(self.name)
        if text is None:
            return None
        return self._for_type(self.expression_default_sql(text), column.type)

    def _for_type(self, sql: str, type_: Type) -> str:
        bare = not self.is_mariadb and not is_bracketed(sql) and sql.upper() != "NULL"
        return f"({sql})" if bare and self.is_large(type_) else sql

    def expression_default_sql(self, text: str) -> str:
        """An expression of the user's as a default: in brackets, unless it is a literal or the present."""
        text = text.strip()
        kept = _BARE.fullmatch(text) or _PRECISE_NOW.match(text) or _ON_UPDATE.search(text)
        return text if kept or is_bracketed(text) else f"({text})"

    def is_random_default(self, column: ColumnDef) -> bool:
        """Does the column's default give each row another value?

        MySQL refuses to add such a column, and MariaDB may give all rows the same one.
        """
        default = column.default
        if isinstance(default, Function):
            return default.name is FunctionName.UUID
        text = default.for_backend(self.name) if isinstance(default, Expression) else None
        return text is not None and _RANDOM.search(text) is not None

    def now_sql(self, type_: Type) -> str:
        """The present, as exact as the type."""
        if isinstance(type_, types.Date):
            return "(CURRENT_DATE)"
        if isinstance(type_, types.Time):
            return "(CURRENT_TIME)"
        precision = _PRECISION.match(type_.sql) if isinstance(type_, types.Native) else None
        return f"CURRENT_TIMESTAMP({precision.group(1)})" if precision else "(now())"

    def uuid_sql(self, type_: Type) -> str:
        """A new UUID; as 32 digits where there is no room for dashes."""
        room = getattr(type_, "length", None)
        dashes = (room is None or room >= 36) and not isinstance(type_, types.Uuid)
        return (
            "(uuid())"
            if (self.is_mariadb and isinstance(type_, types.Uuid)) or dashes
            else "(replace(uuid(), '-', ''))"
        )

    def next_value_sql(self, sequence: str) -> str:
        """The next number of a sequence. Raises Unsupported on MySQL."""
        if not self.is_mariadb:
            raise Unsupported(
                "MySQL has no sequences",
                reason="it numbers rows only by AUTO_INCREMENT",
                hint="use auto=True",
            )
        return f"(NEXT VALUE FOR {self.quote(sequence)})"
