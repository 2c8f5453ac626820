"""Reads SQLAlchemy's tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import NullType

from toasty_core.errors import ModelError
from toasty_core.models.alchemy.column_types import NoSuchType, ReadType, TypeReader
from toasty_core.models.alchemy.constraints import (
    read_check,
    read_foreign_key,
    read_primary_key,
    read_unique,
)
from toasty_core.models.alchemy.defaults import (
    has_sequence,
    read_auto,
    read_default,
    read_generated,
)
from toasty_core.models.alchemy.dialect_options import only_of, options_of
from toasty_core.models.alchemy.dialects import compiler
from toasty_core.models.alchemy.indexes import read_indexes
from toasty_core.models.alchemy.names import resolved_name
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, UniqueDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Identity

_AT_CONSTRAINT = ("on_conflict_primary_key", "on_conflict_unique")


def read_table(table: sa.Table, reader: TypeReader) -> TableDef:
    """The table as it will stand in the database. Raises ModelError."""
    uniques: list[UniqueDef] = []
    checks: list[CheckDef] = []
    foreign_keys: list[ForeignKeyDef] = []
    others: list[Any] = []
    within = (item for column in table.columns for item in column.constraints)
    for item in sorted({*table.constraints, *within}, key=_creation_order):
        only = only_of(item)
        if only is None:
            continue
        if isinstance(item, sa.ForeignKeyConstraint):
            foreign_keys.append(read_foreign_key(item, table, only))
        elif isinstance(item, sa.UniqueConstraint):
            uniques.append(read_unique(item, table, only))
        elif isinstance(item, sa.CheckConstraint):
            checks.append(read_check(item, table, only))
        elif item is not table.primary_key:
            others.append(item)
    columns = tuple(_column(column, table, reader) for column in table.columns if not column.system)
    return TableDef(
        str(table.name),
        columns,
        primary_key=read_primary_key(table),
        indexes=read_indexes(table),
        uniques=uniques,
        checks=checks,
        foreign_keys=foreign_keys,
        comment=table.comment,
        schema=str(table.schema) if table.schema else None,
        options=_options(table, columns, others),
    )


def _creation_order(item: Any) -> int:
    order: int = item._creation_order
    return order


def _column(column: sa.Column[Any], table: sa.Table, reader: TypeReader) -> ColumnDef:
    read = _type(column, table, reader)
    name = str(column.name)
    if (
        column.server_default is None
        and not column.primary_key
        and not vars(column).get("dialect_options")
    ):
        return ColumnDef(
            name, read.type, bool(column.nullable), None, None, None, read.collation, column.comment
        )
    return ColumnDef(
        name,
        read.type,
        bool(column.nullable),
        default=read_default(column, read.type),
        auto=_auto(column, table),
        generated=read_generated(column),
        collation=read.collation,
        comment=column.comment,
        options=_column_options(column, table),
    )


def _column_options(column: sa.Column[Any], table: sa.Table) -> dict[str, dict[str, Any]]:
    """MySQL has no sequences, so SQLAlchemy has it number the column that has one elsewhere, MariaDB included."""
    options = options_of(column, without=_AT_CONSTRAINT)
    if has_sequence(column) and column is table._autoincrement_column:
        options.setdefault("mysql", {})["auto_increment"] = "without sequences"
    return options


def _type(column: sa.Column[Any], table: sa.Table, reader: TypeReader) -> ReadType:
    if isinstance(column.type, NullType):
        raise ModelError(
            f"Column {table.key}.{column.name} has no type.",
            hint="give it one, or make sure that the table it points at is in the metadata",
        )
    try:
        return reader.read(column.type)
    except NoSuchType:
        raise ModelError(
            f"Column {table.key}.{column.name} has the type {column.type!r}, "
            "for which SQLAlchemy has no words on SQLite, PostgreSQL or MySQL.",
            hint="give it a variant: .with_variant(..., 'postgresql')",
        ) from None


def _auto(column: sa.Column[Any], table: sa.Table) -> Any:
    try:
        return read_auto(column, table)
    except ArgumentError as error:
        raise ModelError(f"Column {table.key}.{column.name}: {error}") from None


def _options(
    table: sa.Table, columns: tuple[ColumnDef, ...], others: list[Any]
) -> dict[str, dict[str, Any]]:
    options = options_of(table)
    sqlite = _sqlite_options(options.pop("sqlite", {}), columns)
    if sqlite:
        options["sqlite"] = sqlite
    if others:
        options.setdefault("postgresql", {})["exclude"] = [_exclude(it, table) for it in others]
    return options


def _sqlite_options(said: dict[str, Any], columns: tuple[ColumnDef, ...]) -> dict[str, Any]:
    """SQLite's options in our words. SQLAlchemy's identity is a plain rowid there, unless it says."""
    options = {name: value for name, value in said.items() if name != "with_rowid"}
    if said.get("with_rowid") is False:
        options["without_rowid"] = True
    if any(isinstance(column.auto, Identity) for column in columns):
        options.setdefault("autoincrement", False)
    return options


def _exclude(constraint: Any, table: sa.Table) -> dict[str, Any]:
    """PostgreSQL's EXCLUDE, which no other database has: its words, and its name."""
    if constraint.__visit_name__ != "exclude_constraint":
        raise ModelError(
            f"Table {table.key!r} has a constraint of a kind that Toasty does not know: "
            f"{type(constraint).__name__}.",
            hint="write it into a migration with db.execute_sql",
        )
    words = str(compiler("postgresql").process(constraint))
    return {"name": resolved_name(constraint, table), "sql": words}
