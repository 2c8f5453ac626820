"""The text of tables, columns, constraints and indexes.

`TableWriter` writes a whole CREATE TABLE as SQLAlchemy would, so that its inspector sees the same. It leaves
out what is not for its dialect: other backends' indexes, and checks without a text for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol, TypeVar

from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    Deferral,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Generated
from toasty_sql.dialect import SqlDialect
from toasty_sql.options import OptionNames

_ORDER: dict[bool | None, str] = {None: "", False: " ASC", True: " DESC"}


class _Chosen(Protocol):
    @property
    def only(self) -> tuple[str, ...]: ...


_Item = TypeVar("_Item", bound=_Chosen)


class TableWriter:
    """Writes DDL in the words of a dialect. Subclasses state what differs."""

    option_names: ClassVar[OptionNames] = {}
    """What may stand in this backend's `options`; where it is stated, any other name is refused."""

    def __init__(self, dialect: SqlDialect) -> None:
        self.dialect = dialect

    # tables

    def create_table(self, table: TableDef, name: str | None = None) -> str:
        """CREATE TABLE, without the indexes; `name` is the quoted name, when it is to be another one."""
        lines = ", \n\t".join(self.lines(table))
        head = f"CREATE TABLE {name or self.dialect.table(table)} (\n\t{lines}\n)"
        return head + self.table_options(table)

    def lines(self, table: TableDef) -> Iterator[str]:
        """What stands between the brackets: columns, then constraints."""
        for column in table.columns:
            yield self.column(column, table)
        if table.primary_key and not self.has_inline_key(table):
            yield self.primary_key(table.primary_key)
        yield from map(self.unique, self.chosen(table.uniques))
        yield from map(self.foreign_key, self.chosen(table.foreign_keys))
        yield from map(self.check, self.checks(table))

    def table_options(self, table: TableDef) -> str:
        """What stands behind the closing bracket."""
        return ""

    def has_inline_key(self, table: TableDef) -> bool:
        """Does the primary key stand with its column?"""
        return False

    def chosen(self, items: tuple[_Item, ...]) -> Iterator[_Item]:
        """Those of the definitions that are for this backend."""
        if not items:
            return iter(())
        name = self.dialect.name
        return (item for item in items if not item.only or name in item.only)

    def checks(self, table: TableDef) -> Iterator[CheckDef]:
        """The checks that are for this backend and have a text for it."""
        if not table.checks:
            return iter(())
        name = self.dialect.name
        return (c for c in self.chosen(table.checks) if c.expression.for_backend(name) is not None)

    # columns

    def column(self, column: ColumnDef, table: TableDef) -> str:
        """A column as it stands in CREATE TABLE and ADD COLUMN."""
        name, type_ = self.dialect.quote(column.name), self.column_type(column, table)
        value = None if column.generated else self.dialect.default_sql(column)
        default = "" if value is None else f" DEFAULT {value}"
        generated = self.generated(column.generated) if column.generated else ""
        ending = f"{self.not_null(column)}{self.auto(column, table)}{generated}"
        return f"{name} {type_}{self.collation(column)}{default}{ending}"

    def column_type(self, column: ColumnDef, table: TableDef) -> str:
        """The column's type; the table may have a say."""
        return self.dialect.type_sql(column.type)

    def collation(self, column: ColumnDef) -> str:
        """COLLATE, when the column has an order of its own."""
        return f" COLLATE {self.dialect.quote(column.collation)}" if column.collation else ""

    def not_null(self, column: ColumnDef) -> str:
        """NOT NULL, unless the column may be null."""
        return "" if column.nullable else " NOT NULL"

    def auto(self, column: ColumnDef, table: TableDef) -> str:
        """What makes the database number the rows."""
        return ""

    def generated(self, generated: Generated) -> str:
        """GENERATED ALWAYS AS, for a computed column."""
        text = self.text(generated.expression)
        return f" GENERATED ALWAYS AS ({text})" + (" STORED" if generated.stored else self.virtual)

    virtual = " VIRTUAL"

    def text(self, expression: Expression) -> str:
        """An expression in this backend's words; another's where it has none, for the database to judge."""
        return expression.for_backend(self.dialect.name) or str(expression)

    # constraints

    def named(self, name: str | None) -> str:
        """CONSTRAINT and the name, when there is one."""
        return f"CONSTRAINT {self.dialect.quote(name)} " if name else ""

    def primary_key(self, key: PrimaryKeyDef) -> str:
        """PRIMARY KEY over columns."""
        return f"{self.named(key.name)}PRIMARY KEY ({self.dialect.quoted(key.columns)})"

    def unique(self, unique: UniqueDef) -> str:
        """UNIQUE over columns."""
        columns = self.dialect.quoted(unique.columns)
        return f"{self.named(unique.name)}UNIQUE ({columns}){self.deferral(unique.deferral)}"

    def check(self, check: CheckDef) -> str:
        """CHECK with its condition."""
        return f"{self.named(check.name)}CHECK ({self.text(check.expression)})"

    def foreign_key(self, key: ForeignKeyDef) -> str:
        """FOREIGN KEY, with what happens when the parent goes."""
        references = f" ({self.dialect.quoted(key.references)})" if key.references else ""
        return "".join(
            (
                f"{self.named(key.name)}FOREIGN KEY({self.dialect.quoted(key.columns)}) ",
                f"REFERENCES {self.dialect.table_key(key.table)}{references}",
                _action("DELETE", key.on_delete),
                _action("UPDATE", key.on_update),
                self.deferral(key.deferral),
            )
        )

    def deferral(self, deferral: Deferral) -> str:
        """DEFERRABLE, for a constraint that can wait until the commit."""
        if deferral is Deferral.IMMEDIATE:
            return ""
        return " DEFERRABLE" + (" INITIALLY DEFERRED" if deferral is Deferral.DEFERRED else "")

    # indexes

    def indexes(self, table: TableDef) -> Iterator[IndexDef]:
        """The indexes that are for this backend."""
        return self.chosen(table.indexes)

    def create_index(self, table: TableDef, index: IndexDef) -> str:
        """CREATE INDEX."""
        unique = "UNIQUE " if index.unique else ""
        parts = ", ".join(self.index_part(part) for part in index.columns)
        where = index.where.for_backend(self.dialect.name) if index.where else None
        tail = f" WHERE {where}" if where is not None else ""
        name = self.dialect.quote(index.name)
        return f"CREATE {unique}INDEX {name} ON {self.dialect.table(table)} ({parts}){tail}"

    def index_part(self, part: IndexColumn) -> str:
        """A column or expression of an index, and how it is kept."""
        text = (
            self.dialect.quote(part.name) if part.name is not None else self.index_expression(part)
        )
        collation = f" COLLATE {self.dialect.quote(part.collation)}" if part.collation else ""
        return f"{text}{collation}{_ORDER[part.descending]}{self.nulls(part)}"

    def index_expression(self, part: IndexColumn) -> str:
        """An expression of an index, as SQLAlchemy writes it."""
        assert part.expression is not None
        return self.text(part.expression)

    def nulls(self, part: IndexColumn) -> str:
        """NULLS FIRST or LAST, when it is said."""
        if part.nulls_first is None:
            return ""
        return " NULLS FIRST" if part.nulls_first else " NULLS LAST"

    def drop_index(self, table: TableDef, name: str) -> str:
        """DROP INDEX."""
        prefix = f"{self.dialect.quote(table.schema)}." if table.schema else ""
        return f"DROP INDEX {prefix}{self.dialect.quote(name)}"


def _action(event: str, action: Action) -> str:
    return "" if action is Action.NO_ACTION else f" ON {event} {action.value.upper()}"
