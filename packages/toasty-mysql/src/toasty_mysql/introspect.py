"""The live schema as a snapshot: tables, their parts, and MariaDB's sequences; views are not looked at.

What can be said in several ways is said in one, the same as in `canonical`: see there, and `given_names`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from attrs import evolve

from toasty_core.schema.collecting import no_collection
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Default, Expression, Generated, Identity
from toasty_mysql.collations import TextDefaults, charset_of, plain_charset, plain_collation
from toasty_mysql.defaults import DefaultReader, on_update
from toasty_mysql.flavour import Flavour, ServerVersion
from toasty_mysql.given_names import (
    as_unique,
    check_name,
    foreign_key_name,
    plain_action,
    without_made,
)
from toasty_mysql.introspect_rows import (
    ActionRow,
    CheckRow,
    ColumnRow,
    Fetch,
    KeyRow,
    PartRow,
    Rows,
    SequenceRow,
    TableRow,
    read_rows,
)
from toasty_mysql.names import quote
from toasty_mysql.normal import normal_expression, written
from toasty_mysql.reading import read_type
from toasty_mysql.sequences import plain_sequence
from toasty_mysql.server_types import TEXTS, ServerType, server_type
from toasty_mysql.table_settings import found_settings
from toasty_mysql.texts import as_options, differing, shown

_SPECIAL = ("FULLTEXT", "SPATIAL")


def introspect(
    fetch: Fetch,
    flavour: Flavour,
    version: tuple[int, ...] | None = None,
    *,
    only_tables: Collection[str] | None = None,
) -> SchemaSnapshot:
    """The tables of the connection's database, without Toasty's own; of `only_tables` these, when given."""
    server = ServerVersion(flavour, version or flavour.oldest)
    rows = read_rows(fetch, flavour, only_tables)
    with no_collection():
        tables = [_TableReader(row, rows, server).table() for row in rows.tables]
        return SchemaSnapshot.of(*tables, sequences=map(_sequence, rows.sequences))


class _TableReader:
    """Reads one table."""

    def __init__(self, row: TableRow, rows: Rows, server: ServerVersion) -> None:
        self._row = row
        self._server = server
        self._around = rows.defaults
        self._columns = rows.columns.get(row.name, [])
        self._parts = rows.parts.get(row.name, [])
        self._keys = rows.keys.get(row.name, [])
        self._checks = rows.checks.get(row.name, [])
        self._actions = rows.actions
        self._names = tuple(column.name for column in self._columns)
        self._defaults = DefaultReader(server.flavour, self._names)
        collation = plain_collation(row.collation or rows.defaults.collation)
        self._texts = TextDefaults(charset_of(collation), collation)

    def table(self) -> TableDef:
        """The table with all its parts."""
        row = self._row
        keys = [self._foreign_key(list(group)) for _, group in groupby(self._keys, _constraint)]
        indexes = [self._index(list(group)) for _, group in groupby(self._parts, _index_name)]
        primary = next((index for index in indexes if index.name == "PRIMARY"), None)
        named = [index for index in indexes if index is not primary]
        uniques = [unique for unique in map(as_unique, named) if unique is not None]
        plain = without_made((index for index in named if as_unique(index) is None), keys)
        return TableDef(
            row.name,
            [self._column(column) for column in self._columns],
            PrimaryKeyDef(primary.column_names, options=primary.options) if primary else None,
            indexes=plain,
            uniques=uniques,
            checks=self._own_checks(),
            foreign_keys=[_nameless(key, row.name) for key in keys],
            comment=row.comment or None,
            options=found_settings(
                row.engine, row.create_options or "", self._texts, self._around, self._server
            ),
        )

    def _text(self, sql: str) -> Expression:
        """An expression of the catalog's in the one form."""
        sql = written(sql, self._server.flavour)
        return Expression(shown(normal_expression(sql, self._server.flavour, self._names)))

    # columns

    def _column(self, row: ColumnRow) -> ColumnDef:
        extra = row.extra.lower()
        is_generated = " generated" in extra and "default_generated" not in extra
        type_ = self._type(row)
        charset, collation = self._differing(row, type_)
        return ColumnDef(
            row.name,
            read_type(type_),
            nullable=row.nullable == "YES",
            default=None if is_generated else self._default(row, type_),
            auto=Identity() if "auto_increment" in extra else None,
            generated=self._generated(row, extra) if is_generated else None,
            collation=collation,
            comment=row.comment or None,
            options=as_options(charset=charset, on_update=on_update(row.extra)[1]),
        )

    def _type(self, row: ColumnRow) -> ServerType:
        """The type; MariaDB's JSON is a long text with a check of its own."""
        is_json = row.type == "longtext" and row.collation == "utf8mb4_bin"
        if is_json and any(_is_json_check(check, row.name) for check in self._checks):
            return ServerType("json")
        return server_type(row.type)

    def _differing(self, row: ColumnRow, type_: ServerType) -> tuple[str | None, str | None]:
        if type_.name not in TEXTS or row.charset is None or row.collation is None:
            return None, None
        texts = TextDefaults(plain_charset(row.charset), plain_collation(row.collation))
        return differing(texts, self._texts, self._server)

    def _default(self, row: ColumnRow, type_: ServerType) -> Default | None:
        if self._server.flavour is Flavour.MARIADB or "default_generated" in row.extra.lower():
            sql = None if row.default is None else written(row.default, self._server.flavour)
            return self._defaults.of_sql(sql, type_)
        return self._defaults.of_value(row.default, type_)

    def _generated(self, row: ColumnRow, extra: str) -> Generated:
        return Generated(self._text(row.generated or ""), stored="virtual" not in extra)

    # constraints

    def _own_checks(self) -> Iterator[CheckDef]:
        """The checks, without those that are a part of JSON columns."""
        json = {column.name for column in self._columns if self._type(column).name == "json"}
        for check in self._checks:
            if not (check.name in json and _is_json_check(check, check.name)):
                at_column = check.level == "Column"
                name = None if at_column else check_name(check.name, self._row.name)
                enforced = as_options(not_enforced=check.enforced == "NO" or None)
                yield CheckDef(self._text(check.clause), name, options=enforced)

    def _foreign_key(self, rows: list[KeyRow]) -> ForeignKeyDef:
        first = rows[0]
        action = self._actions.get((first.table, first.name), _NO_ACTION)
        foreign = first.database != first.own_database
        return ForeignKeyDef(
            tuple(row.column for row in rows),
            f"{first.database}.{first.target}" if foreign else first.target,
            tuple(row.reference for row in rows),
            first.name,
            on_delete=plain_action(Action(action.on_delete.lower())),
            on_update=plain_action(Action(action.on_update.lower())),
        )

    # indexes

    def _index(self, rows: list[PartRow]) -> IndexDef:
        first = rows[0]
        special = first.kind if first.kind in _SPECIAL else None
        lengths = {row.column: row.length for row in rows if row.column and row.length}
        return IndexDef(
            first.name,
            map(self._part, rows),
            unique=not int(first.non_unique),
            options=as_options(
                length=lengths if lengths and not special else None,
                prefix=special,
                using=self._method(first),
            ),
        )

    def _method(self, row: PartRow) -> str | None:
        """How it is kept, where there is a choice: in memory a hash is usual, elsewhere a B-tree is all there is."""
        in_memory = (self._row.engine or "").upper() == "MEMORY"
        return row.kind if in_memory and row.kind == "BTREE" else None

    def _part(self, row: PartRow) -> IndexColumn:
        expression = self._text(row.expression) if row.expression and row.column is None else None
        return IndexColumn(row.column, expression, descending=True if row.order == "D" else None)


_NO_ACTION = ActionRow("", "", "NO ACTION", "NO ACTION")


def _nameless(key: ForeignKeyDef, table: str) -> ForeignKeyDef:
    return evolve(key, name=foreign_key_name(key.name, table))


def _constraint(row: KeyRow) -> str:
    return row.name


def _index_name(row: PartRow) -> str:
    return row.name


def _is_json_check(check: CheckRow, column: str) -> bool:
    """Is it the check that MariaDB gives to a JSON column?"""
    return (
        check.level == "Column"
        and check.name == column
        and check.clause == f"json_valid({quote(column)})"
    )


def _sequence(row: SequenceRow) -> SequenceDef:
    return plain_sequence(
        SequenceDef(
            row.name,
            start=row.start,
            increment=row.increment,
            minimum=row.minimum,
            maximum=row.maximum,
            cycle=bool(row.cycle),
            cache=row.cache,
        )
    )
