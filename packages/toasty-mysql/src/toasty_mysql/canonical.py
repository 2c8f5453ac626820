"""Definitions as the servers will report them back: what they keep, in the words that `introspect` has for it.

Types and defaults go the way of the database: what would be written is brought to the server's words, and read from
those. Where a server keeps several things as one, they are one here too: a unique index is a unique constraint, a
constraint under the server's own name has none, RESTRICT is NO ACTION.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from attrs import evolve

from toasty_core.schema.columns import ColumnDef
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
from toasty_core.schema.values import Default, Expression, Generated, Identity, Literal
from toasty_mysql.collations import TextDefaults, text_defaults
from toasty_mysql.ddl import MysqlTableWriter, index_length
from toasty_mysql.defaults import DefaultReader, moment_of_update, on_update
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.flavour import Flavour, ServerVersion
from toasty_mysql.given_names import (
    as_unique,
    check_name,
    foreign_key_name,
    plain_action,
    unique_name,
    without_made,
)
from toasty_mysql.key_room import is_too_long, kept_length, room
from toasty_mysql.names import stored_name
from toasty_mysql.normal import normal_expression
from toasty_mysql.quoted_columns import table_in_backticks
from toasty_mysql.reading import read_type
from toasty_mysql.sequences import is_for, plain_sequence
from toasty_mysql.server_types import TEXTS, ServerType, server_type
from toasty_mysql.table_settings import said_options, said_settings, said_texts
from toasty_mysql.texts import as_options, differing, settings, settled, shown
from toasty_sql.brackets import is_bracketed

_NAME = "mysql"
_SHORT_BYTES = ("binary", "varbinary")
_SPECIAL = ("FULLTEXT", "SPATIAL")


def canonical_column(
    column: ColumnDef,
    flavour: Flavour,
    version: tuple[int, ...] | None = None,
    defaults: TextDefaults | None = None,
) -> ColumnDef:
    """The column as `introspect` will report it, in a table that says nothing of it."""
    return _canonical(flavour, version, defaults).table(TableDef("_", [column])).columns[0]


def canonical_table(
    table: TableDef,
    flavour: Flavour,
    version: tuple[int, ...] | None = None,
    defaults: TextDefaults | None = None,
) -> TableDef:
    """The table as `introspect` will report it."""
    return _canonical(flavour, version, defaults).table(table)


def canonical_schema(
    schema: SchemaSnapshot,
    flavour: Flavour,
    version: tuple[int, ...] | None = None,
    defaults: TextDefaults | None = None,
) -> SchemaSnapshot:
    """The schema as `introspect` will report it. Only MariaDB has sequences.

    `defaults` is what the database gives to tables that say nothing of their text; None: utf8mb4.
    """
    canonical = _canonical(flavour, version, defaults)
    tables = (canonical.table(resolved(table, schema.tables)) for table in schema.tables.values())
    kept = (item for item in schema.sequences.values() if is_for(item, flavour))
    sequences = (plain_sequence(item) for item in kept if flavour is Flavour.MARIADB)
    return SchemaSnapshot.of(*tables, sequences=sequences)


def resolved(table: TableDef, tables: Mapping[str, TableDef]) -> TableDef:
    """The table with the columns that its foreign keys mean where they name none: the target's primary key."""
    if all(key.references for key in table.foreign_keys):
        return table
    keys = (
        evolve(key, references=key.references or _key_of(key.table, tables))
        for key in table.foreign_keys
    )
    return evolve(table, foreign_keys=keys)


def _key_of(table: str, tables: Mapping[str, TableDef]) -> tuple[str, ...]:
    return tables[table].key_columns if table in tables else ()


@lru_cache(maxsize=16)
def _canonical(
    flavour: Flavour, version: tuple[int, ...] | None, defaults: TextDefaults | None
) -> _Canonical:
    server = ServerVersion(flavour, version or flavour.oldest)
    return _Canonical(server, defaults or text_defaults(*server))


class _Canonical:
    """What one server makes of definitions."""

    def __init__(self, server: ServerVersion, around: TextDefaults) -> None:
        self._server = server
        self._around = around
        self._dialect = MysqlDialect(*server)
        self._writer = MysqlTableWriter(self._dialect)

    def table(self, table: TableDef) -> TableDef:
        """The table as the catalog has it."""
        table = table_in_backticks(table)
        keys = [self._foreign_key(key, table) for key in self._writer.chosen(table.foreign_keys)]
        indexes = [self._index(index, table) for index in self._writer.indexes(table)]
        uniques = [self._unique(unique) for unique in self._writer.chosen(table.uniques)]
        uniques += [unique for unique in map(as_unique, indexes) if unique is not None]
        plain = without_made((index for index in indexes if as_unique(index) is None), keys)
        return TableDef(
            table.name,
            [self._column(column, table) for column in table.columns],
            PrimaryKeyDef(table.key_columns) if table.primary_key else None,
            indexes=plain,
            uniques=uniques,
            checks=[self._check(check, table) for check in self._writer.checks(table)],
            foreign_keys=[evolve(key, name=foreign_key_name(key.name, table.name)) for key in keys],
            comment=_comment(table),
            options=said_settings(table.options, self._around, self._server),
        )

    def _text(self, expression: Expression, names: tuple[str, ...]) -> Expression:
        """An expression in the one form."""
        text = self._writer.text(expression)
        return Expression(shown(normal_expression(text, self._server.flavour, names)))

    # columns

    def _column(self, column: ColumnDef, table: TableDef) -> ColumnDef:
        type_ = server_type(self._dialect.type_sql(column.type))
        default, update = self._default(column, type_, table)
        charset, collation = self._differing(column, type_, table)
        return ColumnDef(
            column.name,
            read_type(type_),
            nullable=not self._is_required(column, table),
            default=default,
            auto=Identity() if self._writer.is_numbered(column, table) else None,
            generated=self._generated(column.generated, table) if column.generated else None,
            collation=collation,
            comment=shown(column.comment or "") or None,
            options=as_options(charset=charset, on_update=update),
        )

    def _is_required(self, column: ColumnDef, table: TableDef) -> bool:
        if column.name in table.key_columns or self._writer.is_numbered(column, table):
            return True
        can_say = column.generated is None or self._server.flavour is Flavour.MYSQL
        return can_say and not column.nullable

    def _default(
        self, column: ColumnDef, type_: ServerType, table: TableDef
    ) -> tuple[Default | None, str | None]:
        """The default, and what an UPDATE puts there."""
        if column.generated or column.auto or self._writer.says_numbered(column):
            return None, None
        sql, update = on_update(self._dialect.default_sql(column))
        said = settings(column.options).get("on_update")
        reader = DefaultReader(self._server.flavour, table.column_names)
        default = reader.of_sql(sql, type_)
        if self._server.flavour is Flavour.MYSQL and type_.name in _SHORT_BYTES and sql:
            default = default if is_bracketed(sql) else _before_zero(default)
        return default, moment_of_update(str(said)) if said else update

    def _differing(
        self, column: ColumnDef, type_: ServerType, table: TableDef
    ) -> tuple[str | None, str | None]:
        """Its character set and collation, where they are not the table's."""
        if type_.name not in TEXTS:
            return None, None
        around = self._texts(table)
        return differing(self._column_texts(column, around), around, self._server)

    def _column_texts(self, column: ColumnDef, around: TextDefaults) -> TextDefaults:
        written = server_type(self._writer.typed(column))
        return settled(written.charset, written.collation, around, self._server)

    def _texts(self, table: TableDef) -> TextDefaults:
        return said_texts(table.options, self._around, self._server)

    def _generated(self, generated: Generated, table: TableDef) -> Generated:
        return Generated(self._text(generated.expression, table.column_names), generated.stored)

    # constraints

    def _unique(self, unique: UniqueDef) -> UniqueDef:
        return UniqueDef(unique.columns, unique_name(unique.name, unique.columns))

    def _check(self, check: CheckDef, table: TableDef) -> CheckDef:
        name = check_name(check.name, table.name)
        return CheckDef(self._text(check.expression, table.column_names), name)

    def _foreign_key(self, key: ForeignKeyDef, table: TableDef) -> ForeignKeyDef:
        own = table.key_columns if key.table == table.key else ()
        return ForeignKeyDef(
            key.columns,
            key.table,
            key.references or own,
            stored_name(key.name) if key.name else None,
            on_delete=plain_action(key.on_delete),
            on_update=plain_action(key.on_update),
        )

    # indexes

    def _index(self, index: IndexDef, table: TableDef) -> IndexDef:
        prefix = str(settings(index.options).get("prefix") or "").upper()
        lengths = {} if prefix in _SPECIAL else dict(self._lengths(index, table))
        names = table.column_names
        ordered = prefix not in _SPECIAL and not self._is_hash(index, table)
        return IndexDef(
            stored_name(index.name),
            [self._part(part, names, ordered=ordered) for part in index.columns],
            unique=index.unique,
            options=as_options(
                length=lengths or None, prefix=prefix or None, using=_method(index, table)
            ),
        )

    def _part(self, part: IndexColumn, names: tuple[str, ...], *, ordered: bool) -> IndexColumn:
        expression = self._text(part.expression, names) if part.expression else None
        return IndexColumn(part.name, expression, descending=(ordered and part.descending) or None)

    def _lengths(self, index: IndexDef, table: TableDef) -> Iterator[tuple[str, int]]:
        """How much of each column it holds, where that is not all."""
        is_cut = self._dialect.is_mariadb and not index.unique
        for name in index.column_names:
            type_, charset = self._kept(name, table)
            usual = kept_length(type_, charset) if is_cut else None
            length = index_length(index, name) or usual
            if length and type_.numbers != (length,):
                yield name, length

    def _is_hash(self, index: IndexDef, table: TableDef) -> bool:
        """Does MariaDB keep only a hash of the values?"""
        whole = (room(*self._kept(name, table)) for name in index.column_names)
        rooms = (
            index_length(index, name) or found
            for name, found in zip(index.column_names, whole, strict=True)
        )
        return self._dialect.is_mariadb and index.unique and is_too_long(rooms)

    def _kept(self, name: str, table: TableDef) -> tuple[ServerType, str]:
        """A column's type, and its character set."""
        column = table.column(name)
        type_ = server_type(self._dialect.type_sql(column.type))
        return type_, self._column_texts(column, self._texts(table)).charset


def _before_zero(default: Default | None) -> Default | None:
    """Bytes as MySQL's catalog shows them, unless they are an expression: up to the first zero."""
    if isinstance(default, Literal) and isinstance(default.value, bytes):
        return Literal(default.value.partition(b"\0")[0])
    return default


def _comment(table: TableDef) -> str | None:
    said = table.comment or said_options(table.options).get("comment")
    return shown(said) if said else None


def _method(index: IndexDef, table: TableDef) -> str | None:
    """How it is kept, where there is a choice and it is not the usual one."""
    in_memory = said_options(table.options).get("engine", "").lower() in ("memory", "heap")
    said = str(settings(index.options).get("using") or "").upper()
    return said if in_memory and said == "BTREE" else None


__all__ = ["canonical_column", "canonical_schema", "canonical_table", "resolved"]
