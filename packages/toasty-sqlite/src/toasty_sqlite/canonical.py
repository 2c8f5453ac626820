"""Definitions as SQLite will report them back: what it keeps, in the words that its catalog has for it."""

from __future__ import annotations

from attrs import evolve

from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import (
    CheckDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Generated, Identity, Serial
from toasty_sqlite.ddl import SqliteTableWriter, settings
from toasty_sqlite.dialect import SqliteDialect
from toasty_sqlite.reading import plain_expression, read_default, read_type

_DIALECT = SqliteDialect()
_WRITER = SqliteTableWriter(_DIALECT)


def canonical_schema(schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema as SQLite reports it: sequences are not kept."""
    return SchemaSnapshot.of(*(canonical_table(table) for table in schema.tables.values()))


def canonical_column(column: ColumnDef) -> ColumnDef:
    """The column as SQLite reports it, in a table that is not STRICT and whose key it is not alone."""
    return _column(column, _DIALECT.type_sql(column.type))


def canonical_table(table: TableDef) -> TableDef:
    """The table as SQLite reports it."""
    return TableDef(
        table.name,
        [_table_column(column, table) for column in table.columns],
        _primary_key(table),
        indexes=[_index(index) for index in _WRITER.indexes(table)],
        uniques=[_unique(unique) for unique in _WRITER.chosen(table.uniques)],
        checks=[_check(check) for check in _WRITER.checks(table)],
        foreign_keys=[_foreign_key(key) for key in _WRITER.chosen(table.foreign_keys)],
        options=_kept(table.options, "strict", "without_rowid"),
    )


def _column(column: ColumnDef, type_sql: str) -> ColumnDef:
    type_ = read_type(type_sql)
    generated = column.generated
    default = None if generated else read_default(_DIALECT.default_sql(column), type_)
    conflict = _kept(column.options, "on_conflict_not_null") if not column.nullable else {}
    return ColumnDef(
        column.name,
        type_,
        nullable=column.nullable,
        default=default,
        generated=Generated(_expression(generated.expression), generated.stored)
        if generated
        else None,
        collation=column.collation,
        options=conflict,
    )


def _table_column(column: ColumnDef, table: TableDef) -> ColumnDef:
    found = _column(column, _WRITER.column_type(column, table))
    if _WRITER.rowid_column(table) != column.name:
        return evolve(found, nullable=False) if _key_is_filled(column, table) else found
    auto = Identity() if _WRITER.autoincrements(table) else Serial()
    return evolve(found, auto=auto, nullable=False)


def _key_is_filled(column: ColumnDef, table: TableDef) -> bool:
    """Is it part of a key that may not be null, although the column does not say so?"""
    chosen = settings(table.options)
    strict = chosen.get("strict") or chosen.get("without_rowid")
    return bool(strict) and column.name in table.key_columns


def _primary_key(table: TableDef) -> PrimaryKeyDef | None:
    key = table.primary_key
    if key is None:
        return None
    name = None if _WRITER.has_inline_key(table) else key.name
    return PrimaryKeyDef(key.columns, name, _kept(key.options, "on_conflict"))


def _unique(unique: UniqueDef) -> UniqueDef:
    return UniqueDef(unique.columns, unique.name, options=_kept(unique.options, "on_conflict"))


def _check(check: CheckDef) -> CheckDef:
    options = _kept(check.options, "on_conflict")
    return CheckDef(_expression(check.expression), check.name, options=options)


def _foreign_key(key: ForeignKeyDef) -> ForeignKeyDef:
    return evolve(key, only=(), options={})


def _index(index: IndexDef) -> IndexDef:
    where = index.where.for_backend("sqlite") if index.where else None
    return IndexDef(
        index.name,
        [_part(part) for part in index.columns],
        unique=index.unique,
        where=None if where is None else Expression(plain_expression(where)),
    )


def _part(part: IndexColumn) -> IndexColumn:
    expression = _expression(part.expression) if part.expression else None
    return evolve(part, expression=expression, descending=part.descending or None, nulls_first=None)


def _expression(expression: Expression) -> Expression:
    return Expression(plain_expression(_DIALECT.expression(expression)))


def _kept(options: Options, *names: str) -> Options:
    """Those of SQLite's own settings that are on."""
    chosen = settings(options)
    found = {name: chosen[name] for name in names if chosen.get(name)}
    return {"sqlite": found} if found else {}
