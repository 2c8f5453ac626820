"""The text of tables and indexes in SQLite, as SQLAlchemy's dialect lays it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from attrs import evolve

from toasty_core.errors import Unsupported
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import CheckDef, IndexColumn, IndexDef, PrimaryKeyDef, UniqueDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression, Identity
from toasty_sql.ddl import TableWriter
from toasty_sql.dialect import SqlDialect
from toasty_sql.options import OptionNames
from toasty_sqlite.names import is_bare

_INTEGERS = (types.SmallInteger, types.Integer, types.BigInteger)
_STRICT: dict[type[Type], str] = {
    **dict.fromkeys((*_INTEGERS, types.Boolean), "INTEGER"),
    **dict.fromkeys((types.Float, types.Double, types.Decimal), "REAL"),
    types.Binary: "BLOB",
}


def settings(options: Options) -> Mapping[str, Any]:
    """The options that are for SQLite."""
    return options.get("sqlite", {})


class SqliteTableWriter(TableWriter):
    """Writes DDL for SQLite.

    Table options: `strict`, `without_rowid`, `autoincrement` (True or False overrules what `auto` says).
    Constraint options: `on_conflict`; column options: `on_conflict_not_null`.
    """

    option_names: ClassVar[OptionNames] = {
        TableDef: ("strict", "without_rowid", "autoincrement"),
        ColumnDef: ("on_conflict_not_null",),
        PrimaryKeyDef: ("on_conflict",),
        UniqueDef: ("on_conflict",),
        CheckDef: ("on_conflict",),
    }

    def __init__(self, dialect: SqlDialect) -> None:
        super().__init__(dialect)
        self._asked: tuple[TableDef | None, bool] = None, False

    def create_table(self, table: TableDef, name: str | None = None) -> str:
        """CREATE TABLE. Raises Unsupported for a key that is to be numbered, and cannot be."""
        self._refuse_unnumbered(table)
        return super().create_table(table, name)

    def are_same(self, one: TableDef, other: TableDef) -> bool:
        """Are the tables one and the same for SQLite, but for their indexes?"""
        return super().create_table(one) == super().create_table(other)

    def _refuse_unnumbered(self, table: TableDef) -> None:
        """Only the rowid is numbered, and only a key of one column is the rowid."""
        chosen = settings(table.options)
        if len(table.key_columns) > 1:
            reason = "SQLite numbers a key of one column, and this key has several"
        elif chosen.get("without_rowid"):
            reason = "SQLite numbers rowids, and a table WITHOUT ROWID has none"
        else:
            return
        numbered = [name for name in table.key_columns if table.column(name).auto is not None]
        if numbered and chosen.get("autoincrement") is not False:
            raise Unsupported(
                f"sqlite cannot number the rows of {table.key!r} by {numbered[0]!r}",
                reason=reason,
                hint="leave auto out and give each row its number, or make the column a key of its own",
            )

    def table_options(self, table: TableDef) -> str:
        """WITHOUT ROWID and STRICT."""
        chosen = settings(table.options)
        words = ["WITHOUT ROWID"] if chosen.get("without_rowid") else []
        words += ["STRICT"] if chosen.get("strict") else []
        return "\n " + ",\n ".join(words) if words else ""

    def has_inline_key(self, table: TableDef) -> bool:
        """AUTOINCREMENT stands only with a column that is the key itself."""
        return self.autoincrements(table)

    def autoincrements(self, table: TableDef) -> bool:
        """Does the table have a key that never gives a number twice? Asked several times for each table."""
        if self._asked[0] is not table:
            self._asked = table, self._autoincrements(table)
        return self._asked[1]

    def _autoincrements(self, table: TableDef) -> bool:
        chosen = settings(table.options)
        wanted = chosen.get("autoincrement")
        if wanted is False or chosen.get("without_rowid") or len(table.key_columns) != 1:
            return False
        column = table.column(table.key_columns[0])
        if not isinstance(column.type.for_backend("sqlite"), _INTEGERS):
            return False
        if wanted is None:
            return isinstance(column.auto, Identity)
        return not any(column.name in key.columns for key in self.chosen(table.foreign_keys))

    def rowid_column(self, table: TableDef) -> str | None:
        """The column that is the rowid under another name; None when the table hides it or has none."""
        if len(table.key_columns) != 1 or settings(table.options).get("without_rowid"):
            return None
        column = table.column(table.key_columns[0])
        return column.name if self.column_type(column, table).upper() == "INTEGER" else None

    def column_type(self, column: ColumnDef, table: TableDef) -> str:
        """The column's type: the one word for numbered keys, and the few of STRICT tables."""
        type_ = column.type.for_backend("sqlite")
        if table.options and settings(table.options).get("strict") and not _is_own(type_):
            return _STRICT.get(type(type_), "TEXT")
        if isinstance(type_, _INTEGERS) and self._is_numbered(column, table):
            return "INTEGER"
        return self.dialect.type_sql(type_)

    def _is_numbered(self, column: ColumnDef, table: TableDef) -> bool:
        key = table.primary_key
        if key is None or column.name not in key.columns:
            return False
        return len(key.columns) == 1 and self.autoincrements(table)

    def not_null(self, column: ColumnDef) -> str:
        """NOT NULL, and what happens to a row that breaks it."""
        if column.nullable:
            return ""
        if not column.options:
            return " NOT NULL"
        action = settings(column.options).get("on_conflict_not_null")
        return " NOT NULL" + (f" ON CONFLICT {action}" if action else "")

    def auto(self, column: ColumnDef, table: TableDef) -> str:
        """PRIMARY KEY AUTOINCREMENT stands with its column."""
        if not self._is_numbered(column, table):
            return ""
        conflict = _on_conflict(table.primary_key.options) if table.primary_key else ""
        return f" PRIMARY KEY{conflict} AUTOINCREMENT"

    def primary_key(self, key: PrimaryKeyDef) -> str:
        """PRIMARY KEY, and what happens to a row that breaks it."""
        return super().primary_key(key) + _on_conflict(key.options)

    def unique(self, unique: UniqueDef) -> str:
        """UNIQUE, which SQLite never defers."""
        columns = self.dialect.quoted(unique.columns)
        return f"{self.named(unique.name)}UNIQUE ({columns}){_on_conflict(unique.options)}"

    def check(self, check: CheckDef) -> str:
        """CHECK, and what happens to a row that breaks it."""
        return super().check(check) + _on_conflict(check.options)

    def create_index(self, table: TableDef, index: IndexDef) -> str:
        """CREATE INDEX, with the text that SQLAlchemy gives it: SQLite keeps it word for word."""
        if any(part.expression is not None for part in index.columns):
            index = evolve(index, columns=self._spelt(index))
        return super().create_index(table, index)

    def _spelt(self, index: IndexDef) -> Iterator[IndexColumn]:
        """The parts; beside an expression, plain names go without quotes, as SQLAlchemy has them."""
        for part in index.columns:
            if part.name is not None and is_bare(part.name):
                yield evolve(part, name=None, expression=Expression(part.name))
            else:
                yield part

    def nulls(self, part: IndexColumn) -> str:
        """SQLite refuses NULLS FIRST and LAST in an index."""
        return ""


def _is_own(type_: Type) -> bool:
    """Is it written in SQLite's own words?"""
    return isinstance(type_, types.Native) and type_.backend in (None, "sqlite")


def _on_conflict(options: Options) -> str:
    action = settings(options).get("on_conflict")
    return f" ON CONFLICT {action}" if action else ""
