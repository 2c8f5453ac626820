"""The text of tables, columns, constraints and indexes, as SQLAlchemy's dialects lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from toasty_core.errors import SchemaError, Unsupported
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.tables import TableDef
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.names import stored_name
from toasty_mysql.options import TABLE_OPTIONS, table_options
from toasty_sql.brackets import is_bracketed
from toasty_sql.ddl import TableWriter
from toasty_sql.options import OptionNames

_WORD = re.compile(r"\w+\Z")
_TEXTS = (types.String, types.Char, types.Text, types.Enum)
_NUMBERED = (types.SmallInteger, types.Integer, types.BigInteger, types.Native)
_ORDER = {None: "", False: " ASC", True: " DESC"}


def settings(options: Options) -> Mapping[str, Any]:
    """The options that are for MySQL and MariaDB."""
    return options.get("mysql", {})


WITHOUT_SEQUENCES = "without sequences"
"""The value of the option `auto_increment` for a column whose numbers a sequence gives where there are any."""


class MysqlTableWriter(TableWriter):
    """Writes DDL for MySQL and MariaDB.

    Column options: `charset`, `on_update`, `auto_increment`. Index options: `length` (by column, or one for all),
    `prefix` (FULLTEXT, SPATIAL), `using`, `with_parser`. Primary key options: `using`. Table options: see
    `toasty_mysql.options`. Neither database can defer a constraint, so all are checked at once.
    """

    dialect: MysqlDialect
    option_names: ClassVar[OptionNames] = {
        TableDef: TABLE_OPTIONS,
        ColumnDef: ("charset", "on_update", "auto_increment"),
        IndexDef: ("length", "prefix", "using", "with_parser"),
        PrimaryKeyDef: ("using",),
    }

    def __init__(self, dialect: MysqlDialect) -> None:
        super().__init__(dialect)

    # columns

    def column(self, column: ColumnDef, table: TableDef) -> str:
        """A column as it stands in CREATE TABLE, ADD COLUMN and MODIFY."""
        return f"{self.dialect.quote(column.name)} {self.definition(column, table)}"

    def definition(self, column: ColumnDef, table: TableDef) -> str:
        """What stands behind a column's name: all of it, for a MODIFY takes away what it does not say."""
        return "".join(
            (
                self.typed(column),
                self.generated(column.generated) if column.generated else "",
                self.nullability(column, table),
                f" COMMENT {self.dialect.literal(column.comment)}" if column.comment else "",
                self.given(column, table),
            )
        )

    def typed(self, column: ColumnDef) -> str:
        """The type, with its character set and collation."""
        charset = settings(column.options).get("charset")
        is_text = isinstance(column.type.for_backend("mysql"), _TEXTS)
        said = f" CHARACTER SET {charset}" if charset and is_text else ""
        return f"{self.dialect.type_sql(column.type)}{said}{self.collation(column)}"

    def collation(self, column: ColumnDef) -> str:
        """COLLATE, when the column has an order of its own."""
        return f" COLLATE {_plain(column.collation)}" if column.collation else ""

    def nullability(self, column: ColumnDef, table: TableDef) -> str:
        """NOT NULL, which a key's columns always are; a TIMESTAMP says it where it may be null."""
        if column.generated is not None and self.dialect.is_mariadb:
            return ""  # MariaDB does not take it there
        if not column.nullable or column.name in table.key_columns:
            return " NOT NULL"
        return " NULL" if self.dialect.type_sql(column.type).upper().startswith("TIMESTAMP") else ""

    def given(self, column: ColumnDef, table: TableDef) -> str:
        """AUTO_INCREMENT or DEFAULT, and what an UPDATE puts there."""
        if column.generated is not None:
            return ""
        if self.is_numbered(column, table):
            return " AUTO_INCREMENT"
        numbered = column.auto is not None or self.says_numbered(column)
        value = None if numbered else self.dialect.default_sql(column)
        update = settings(column.options).get("on_update")
        return (f" DEFAULT {value}" if value is not None else "") + (
            f" ON UPDATE {update}" if update else ""
        )

    def can_be_numbered(self, column: ColumnDef) -> bool:
        """Is it a number?"""
        return isinstance(column.type.for_backend("mysql"), _NUMBERED)

    def says_numbered(self, column: ColumnDef) -> bool:
        """Does the option `auto_increment` hold for this server? `"without sequences"` is for MySQL only."""
        said = settings(column.options).get("auto_increment")
        return bool(said) and not (said == WITHOUT_SEQUENCES and self.dialect.is_mariadb)

    def is_numbered(self, column: ColumnDef, table: TableDef) -> bool:
        """Does the database number the rows in this column?

        It must be a number and begin the primary key; with the option `auto_increment` any key will do. Elsewhere
        SQLAlchemy leaves AUTO_INCREMENT out, and so do we.
        """
        said = self.says_numbered(column)
        if not (column.auto is not None or said) or not self.can_be_numbered(column):
            return False
        keys = [table.key_columns]
        keys += [unique.columns for unique in self.chosen(table.uniques)] if said else []
        return any(key[:1] == (column.name,) for key in keys)

    # tables

    def lines(self, table: TableDef) -> Iterator[str]:
        """What stands between the brackets: columns, constraints, and indexes, so that one statement makes all."""
        self._refuse_same_names(table)
        yield from super().lines(table)
        for index in self.indexes(table):
            yield self.add_index(table, index).removeprefix("ADD ")

    def _refuse_same_names(self, table: TableDef) -> None:
        """Raises SchemaError for two indexes, or two constraints, whose names are one when they are cut."""
        indexes = [index.name for index in self.indexes(table)]
        uniques = [unique.name for unique in self.chosen(table.uniques)]
        checks = [check.name for check in self.checks(table)]
        keys = [key.name for key in self.chosen(table.foreign_keys)]
        for names in ([*indexes, *uniques], checks, keys):
            known: dict[str, str] = {}
            for name in filter(None, names):
                other = known.setdefault(stored_name(name).lower(), name)
                if other != name:
                    raise SchemaError(
                        f"{name!r} and {other!r} of table {table.key!r} would have one name,"
                        f" {stored_name(name)!r}",
                        hint="names have at most 64 characters, and upper and lower case are the same here",
                    )

    def table_options(self, table: TableDef) -> str:
        """ENGINE, character set, comment and the rest."""
        text = table_options(table, self.start(table))
        return f" {text}" if text else ""

    def start(self, table: TableDef) -> int | None:
        """The first number that the table gives, where one is said."""
        for column in table.columns:
            if self.is_numbered(column, table):
                start = getattr(column.auto, "start", None)
                return start if isinstance(start, int) else None
        return None

    # constraints

    def named(self, name: str | None) -> str:
        """CONSTRAINT and the name, when there is one."""
        return f"CONSTRAINT {self.dialect.part(name)} " if name else ""

    def primary_key(self, key: PrimaryKeyDef) -> str:
        """PRIMARY KEY over columns. It has no name of its own here."""
        using = settings(key.options).get("using")
        return f"PRIMARY KEY ({self.dialect.quoted(key.columns)})" + (
            f" USING {using}" if using else ""
        )

    def unique(self, unique: UniqueDef) -> str:
        """UNIQUE over columns."""
        return f"{self.named(unique.name)}UNIQUE ({self.dialect.quoted(unique.columns)})"

    def foreign_key(self, key: ForeignKeyDef) -> str:
        """FOREIGN KEY. Raises Unsupported for SET DEFAULT, which InnoDB does not know."""
        if Action.SET_DEFAULT in (key.on_delete, key.on_update):
            raise Unsupported(
                f"a foreign key to {key.table} says SET DEFAULT",
                reason="InnoDB refuses it",
                hint="say SET NULL, or nothing",
            )
        return "".join(
            (
                f"{self.named(key.name)}FOREIGN KEY({self.dialect.quoted(key.columns)}) ",
                f"REFERENCES {self.dialect.table_key(key.table)} ({self.dialect.quoted(key.references)})",
                _action("DELETE", key.on_delete),
                _action("UPDATE", key.on_update),
            )
        )

    def check(self, check: CheckDef) -> str:
        """CHECK with its condition."""
        return f"{self.named(check.name)}CHECK ({self.text(check.expression)})"

    # indexes

    def create_index(self, table: TableDef, index: IndexDef) -> str:
        """CREATE INDEX. Raises Unsupported for one over some of the rows, or over what cannot be indexed."""
        name, on = self.dialect.part(index.name), self.dialect.table(table)
        tail = self.index_tail(table, index)
        return f"CREATE {self.index_kind(index)}INDEX {name} ON {on} {tail}"

    def add_index(self, table: TableDef, index: IndexDef) -> str:
        """ADD INDEX, for ALTER TABLE."""
        name = self.dialect.part(index.name)
        return f"ADD {self.index_kind(index)}INDEX {name} {self.index_tail(table, index)}"

    def index_kind(self, index: IndexDef) -> str:
        """UNIQUE, FULLTEXT or SPATIAL."""
        prefix = settings(index.options).get("prefix")
        return ("UNIQUE " if index.unique else "") + (f"{prefix} " if prefix else "")

    def index_tail(self, table: TableDef, index: IndexDef) -> str:
        """The parts of an index, and how it is kept."""
        where = index.where.for_backend("mysql") if index.where else None
        if where is not None:
            raise Unsupported(
                f"index {index.name} of {table.key} is over some of the rows only",
                reason="an index here is over all rows",
                hint="index a generated column that is NULL for the others, or say only= for other databases",
            )
        chosen = settings(index.options)
        parts = ", ".join(self.index_item(table, index, part) for part in index.columns)
        parser, using = chosen.get("with_parser"), chosen.get("using")
        return (
            f"({parts})"
            + (f" WITH PARSER {parser}" if parser else "")
            + (f" USING {using}" if using else "")
        )

    def index_item(self, table: TableDef, index: IndexDef, part: IndexColumn) -> str:
        """A column of an index, with how much of it; or an expression, where there are such indexes."""
        _refuse_nulls(table, index, part)
        if part.name is None or part.collation:
            return f"{self.index_expression_of(table, index, part)}{_ORDER[part.descending]}"
        length = index_length(index, part.name)
        self.check_length(table, index, part.name, length)
        text = self.dialect.quote(part.name) + (f"({length})" if length else "")
        return f"{text}{_ORDER[part.descending]}"

    def index_expression_of(self, table: TableDef, index: IndexDef, part: IndexColumn) -> str:
        """An expression in brackets. Raises Unsupported on MariaDB, which indexes columns only."""
        if self.dialect.is_mariadb:
            raise Unsupported(
                f"index {index.name} of {table.key} is over an expression",
                reason="MariaDB indexes columns only",
                hint="index a generated column, or say only= for other databases",
            )
        text = self.index_expression(part) if part.name is None else self.dialect.quote(part.name)
        text += f" COLLATE {_plain(part.collation)}" if part.collation else ""
        return text if is_bracketed(text) else f"({text})"

    def check_length(self, table: TableDef, index: IndexDef, name: str, length: int | None) -> None:
        """Raises Unsupported where MySQL wants to know how much of a text is indexed."""
        if length or settings(index.options).get("prefix") or not table.has_column(name):
            return
        if not self.dialect.is_mariadb and self.dialect.is_large(table.column(name).type):
            raise Unsupported(
                f"index {index.name} of {table.key} needs a length for {name}",
                reason=f"MySQL indexes only the beginning of a {self.dialect.type_sql(table.column(name).type)}",
                hint=f'say options={{"mysql": {{"length": {{"{name}": 100}}}}}}, or make the column a String(...)',
            )


def index_length(index: IndexDef, name: str) -> int | None:
    """How many characters of a column the index holds; None for all of them."""
    length = settings(index.options).get("length")
    found = length.get(name) if isinstance(length, Mapping) else length
    return int(found) if found else None


def _refuse_nulls(table: TableDef, index: IndexDef, part: IndexColumn) -> None:
    """Nulls come first, and in descending order last: there is no word for anything else."""
    if part.nulls_first is not None and part.nulls_first is bool(part.descending):
        raise Unsupported(
            f"index {index.name} of {table.key} says where nulls stand",
            reason="here they are less than any value",
        )


def _plain(name: str) -> str:
    """A collation or character set: quoted only where it must be."""
    return name if _WORD.match(name) else "`" + name.replace("`", "``") + "`"


def _action(event: str, action: Action) -> str:
    return "" if action is Action.NO_ACTION else f" ON {event} {action.value.upper()}"
