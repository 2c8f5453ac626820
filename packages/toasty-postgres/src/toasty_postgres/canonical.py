"""Definitions as PostgreSQL will report them back: what it keeps, in the words that its catalogs have for it.

Expressions are brought to the form that both spellings, the user's and PostgreSQL's, have in common. Where that
is not enough, `normalised` asks the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from toasty_core.backends import only_for
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import (
    CheckDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Auto, Default, Expression, Generated, Identity
from toasty_postgres.ddl import PostgresTableWriter, exclusions, inherited, settings
from toasty_postgres.dialect import PostgresDialect, is_native
from toasty_postgres.forms import (
    exclusion,
    expression,
    folded,
    given_name,
    index_part,
    is_default_class,
    options,
    ordered,
    part_key,
    partition,
    storage,
    with_collation,
)
from toasty_postgres.names import stored_name
from toasty_postgres.numbering import numbering_of
from toasty_postgres.reading import Names, read_default
from toasty_postgres.simplifying import Scope
from toasty_postgres.type_names import name_of, read_type

HOME = "public"
"""The schema that tables without one are taken to stand in, where no database can be asked."""

_DIALECT = PostgresDialect()
_WRITER = PostgresTableWriter(_DIALECT, (18,))
_ALWAYS = Expression("true")  # an index for it is not partial
_AT_KEYS = ("include", "nulls_not_distinct", "without_overlaps")
_AT_FOREIGN_KEYS = ("not_valid", "not_enforced", "set_columns", "period")
_AT_CHECKS = ("not_valid", "not_enforced", "no_inherit")


def canonical_schema(schema: SchemaSnapshot, *, home: str | None = HOME) -> SchemaSnapshot:
    """The schema as PostgreSQL reports it; `home` is its current schema.

    What is said to stand in that one has no schema afterwards: it is the same to PostgreSQL.
    """
    reports = _Reports(home, schema)
    tables = (reports.table(table) for table in schema.tables.values())
    wanted = (one for one in schema.sequences.values() if only_for("postgresql", one.only))
    return SchemaSnapshot.of(*tables, sequences=[reports.sequence(one) for one in wanted])


def canonical_table(table: TableDef, *, home: str | None = HOME) -> TableDef:
    """The table as PostgreSQL reports it; foreign keys without columns of the target stay so."""
    return _Reports(home, SchemaSnapshot.of(table)).table(table)


def canonical_column(column: ColumnDef, *, home: str | None = HOME) -> ColumnDef:
    """The column as PostgreSQL reports it, in a table whose key it does not belong to."""
    return canonical_table(TableDef("", [column]), home=home).columns[0]


class _Reports:
    """What PostgreSQL reports of definitions."""

    def __init__(self, home: str | None, schema: SchemaSnapshot) -> None:
        self._home = home
        self._schema = schema
        self._names = Names(home=home)

    def table(self, table: TableDef) -> TableDef:
        """The table as it is reported."""
        columns = [self._column(column, table) for column in table.columns]
        types_ = {column.name: name_of(column.type) for column in columns}
        scope = Scope.of(stored_name(table.name), types_)
        collations = {column.name: column.collation for column in columns}
        key, uniques = folded(
            _primary_key(table.primary_key), map(_unique, _WRITER.chosen(table.uniques))
        )
        return TableDef(
            stored_name(table.name),
            [_with_expression(column, scope) for column in columns],
            key,
            indexes=[_index(index, scope, collations) for index in _WRITER.indexes(table)],
            uniques=uniques,
            checks=[_check(check, scope) for check in _WRITER.checks(table)],
            foreign_keys=[self._foreign_key(key) for key in _WRITER.chosen(table.foreign_keys)],
            comment=table.comment or None,
            schema=self._schema_name(table.schema),
            options=self._options(table.options, scope),
        )

    def sequence(self, sequence: SequenceDef) -> SequenceDef:
        """The sequence as it is reported."""
        name, schema = stored_name(sequence.name), self._schema_name(sequence.schema)
        return numbering_of(sequence).said().sequence(name, schema)

    def _schema_name(self, name: str | None) -> str | None:
        return None if not name or name == self._home else stored_name(name)

    def _key(self, key: str) -> str:
        """The name by which something is known that may be said to stand in the current schema."""
        schema, dot, name = key.partition(".")
        if not dot:
            return stored_name(key)
        known = self._schema_name(schema)
        return stored_name(name) if known is None else f"{known}.{stored_name(name)}"

    # columns

    def _column(self, column: ColumnDef, table: TableDef) -> ColumnDef:
        type_ = self._type(column.type)
        auto = _auto(column.auto, type_)
        collation = column.collation
        return ColumnDef(
            stored_name(column.name),
            type_,
            nullable=column.nullable and auto is None and column.name not in table.key_columns,
            default=self._default(column, type_),
            auto=auto,
            generated=column.generated,
            collation=None if collation == "default" else collation or None,
            comment=column.comment or None,
        )

    def _type(self, type_: Type) -> Type:
        chosen = type_.for_backend("postgresql")
        match chosen:
            case types.Enum(name=str(name)) if is_native(chosen):
                return types.Enum(*chosen.values, name=self._key(name))
            case types.Array(item=item):
                found = self._type(item)
                return found if isinstance(found, types.Array) else types.Array(found)
        return read_type(_DIALECT.type_sql(chosen))

    def _default(self, column: ColumnDef, type_: Type) -> Default | None:
        if column.default is None or column.auto is not None or column.generated is not None:
            return None
        return read_default(_DIALECT.default_sql(column), type_, self._names)

    # keys

    def _foreign_key(self, key: ForeignKeyDef) -> ForeignKeyDef:
        target = self._schema.tables.get(key.table)
        references = key.references or (target.key_columns if target is not None else ())
        said = settings(key.options)
        match = str(said.get("match") or "").upper()
        return ForeignKeyDef(
            _stored(key.columns),
            self._key(key.table),
            _stored(references),
            given_name(key.name),
            key.on_delete,
            key.on_update,
            key.deferral,
            options=options(
                {**_some(said, _AT_FOREIGN_KEYS), "match": match if match != "SIMPLE" else ""}
            ),
        )

    # the table's own settings

    def _options(self, said: Options, scope: Scope) -> Options:
        chosen = settings(said)
        excluded = [
            {"name": given_name(one.get("name")), "sql": exclusion(str(one["sql"]), scope)}
            for one in exclusions(said)
        ]
        space, method = chosen.get("tablespace"), chosen.get("using")
        by = chosen.get("partition_by")
        return options(
            {
                "with": storage((chosen.get("with") or {}).items()),
                "tablespace": None if space == "pg_default" else space,
                "using": None if method == "heap" else method,
                "partition_by": by and partition(str(by), scope),
                "inherits": [self._key(name) for name in inherited(chosen)],
                "unlogged": chosen.get("unlogged"),
                "exclude": sorted(excluded, key=lambda one: str(one["sql"])),
            }
        )


def _stored(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(stored_name, names))


def _auto(auto: Auto | None, type_: Type) -> Auto | None:
    if not isinstance(auto, Identity):
        return auto
    return numbering_of(auto).said(name_of(type_)).identity(always=auto.always)


def _with_expression(column: ColumnDef, scope: Scope) -> ColumnDef:
    if column.generated is None:
        return column
    text = _DIALECT.expression(column.generated.expression)
    return evolve(column, generated=Generated(expression(text, scope), column.generated.stored))


def _some(said: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Those of the settings that a kind of definition has."""
    found = {name: said.get(name) for name in names}
    for name in ("include", "set_columns"):
        if found.get(name):
            found[name] = list(_stored(tuple(found[name] or ())))
    return found


def _primary_key(key: PrimaryKeyDef | None) -> PrimaryKeyDef | None:
    if key is None:
        return None
    said = options(_some(settings(key.options), _AT_KEYS))
    return PrimaryKeyDef(_stored(key.columns), given_name(key.name), said)


def _unique(unique: UniqueDef) -> UniqueDef:
    said = options(_some(settings(unique.options), _AT_KEYS))
    columns = _stored(unique.columns)
    return UniqueDef(columns, given_name(unique.name), unique.deferral, options=said)


def _check(check: CheckDef, scope: Scope) -> CheckDef:
    text = expression(_DIALECT.expression(check.expression), scope)
    said = options(_some(settings(check.options), _AT_CHECKS))
    return CheckDef(text, given_name(check.name), options=said)


# indexes


def _index(index: IndexDef, scope: Scope, collations: Mapping[str, str | None]) -> IndexDef:
    said = settings(index.options)
    method = str(said.get("using") or "btree").lower()
    classes = {str(key): str(class_).lower() for key, class_ in (said.get("ops") or {}).items()}
    parts = [_part(part, scope, collations, classes) for part in index.columns]
    where = index.where.for_backend("postgresql") if index.where else None
    condition = None if where is None else expression(where, scope)
    ops = {
        part_key(part): class_
        for part, class_ in parts
        if class_ is not None and not is_default_class(class_, method)
    }
    return IndexDef(
        stored_name(index.name),
        [part for part, _ in parts],
        unique=index.unique,
        where=None if condition == _ALWAYS else condition,
        options=options(
            {
                "using": None if method == "btree" else method,
                "ops": ops,
                "with": storage((said.get("with") or {}).items()),
                "tablespace": said.get("tablespace"),
                **_some(said, _AT_KEYS[:2]),
            }
        ),
    )


def _part(
    part: IndexColumn,
    scope: Scope,
    collations: Mapping[str, str | None],
    classes: Mapping[str, str],
) -> tuple[IndexColumn, str | None]:
    if part.name is not None:
        class_ = classes.get(part.name)
        found = evolve(part, name=stored_name(part.name))
    else:
        assert part.expression is not None
        text = _DIALECT.expression(part.expression)
        found, written = index_part(text, scope, part)
        class_ = classes.get(text, written)
    found = with_collation(found, found.collation, collations)
    return ordered(found), class_
