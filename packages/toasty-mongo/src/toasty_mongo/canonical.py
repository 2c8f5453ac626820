"""Tables as MongoDB keeps them: what introspection reports back for what the models say."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from toasty_core.backends import only_for
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import (
    CheckDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression
from toasty_mongo.index_forms import canonical_index
from toasty_mongo.names import BACKEND
from toasty_mongo.settled import settled_settings


def canonical_schema(schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema without sequences, which MongoDB does not have."""
    tables = (canonical_table(table) for table in schema.tables.values())
    return SchemaSnapshot({table.key: table for table in tables})


def canonical_table(table: TableDef) -> TableDef:
    """The table with unique indexes for its uniques, and without what is for others or nowhere kept."""
    key = PrimaryKeyDef(table.key_columns) if table.key_columns else None
    columns = tuple(canonical_column(column) for column in table.columns)
    mine = evolve(table, columns=columns, primary_key=key, indexes=(), uniques=())
    if "timeseries" in table.options.get(BACKEND, {}):  # MongoDB takes no validator there
        return _series(mine, table)
    return evolve(
        mine,
        indexes=[
            canonical_index(mine, index) for index in _indexes(table) if not _is_of_key(mine, index)
        ],
        checks=[_check(check) for check in table.checks if only_for(BACKEND, check.only)],
        foreign_keys=[_link(link) for link in table.foreign_keys if only_for(BACKEND, link.only)],
        options=_settings(table.options),
    )


def _series(mine: TableDef, table: TableDef) -> TableDef:
    """A time series: nothing but its settings and its indexes is kept."""
    bare = TableDef(table.name, (), options=_settings(table.options))
    indexes = [canonical_index(mine, index) for index in _indexes(table)]
    return evolve(bare, indexes=[_by_path(index) for index in indexes])


def _by_path(index: IndexDef) -> IndexDef:
    """The index over fields that are no columns."""
    parts = (
        evolve(part, name=None, expression=Expression(part.name)) if part.name else part
        for part in index.columns
    )
    return evolve(index, columns=tuple(parts))


def canonical_column(column: ColumnDef) -> ColumnDef:
    """The column with the type that is for MongoDB, and without options."""
    type_ = canonical_type(column.type)
    return evolve(column, type=type_, collation=None, options={}, renamed_from=None)


def canonical_type(type_: Type) -> Type:
    """The type that is for MongoDB, in lists and documents too."""
    match type_.for_backend(BACKEND):
        case types.Array(item):
            return types.Array(canonical_type(item))
        case types.Document(fields):
            known = (evolve(one, type=canonical_type(one.type)) for one in fields)
            return types.Document(*sorted(known, key=lambda one: one.name))  # they have no order
        case found:
            return found


def _indexes(table: TableDef) -> Iterator[IndexDef]:
    for index in table.indexes:
        if only_for(BACKEND, index.only):
            yield index
    for unique in table.uniques:
        if only_for(BACKEND, unique.only):
            yield index_of(unique)


def _is_of_key(table: TableDef, index: IndexDef) -> bool:
    """Is it over the `_id` alone, which has an index anyway that can have no other name?"""
    single = len(table.key_columns) == 1 and index.column_names == table.key_columns
    return single and len(index.columns) == 1 and not index.where and not index.options.get(BACKEND)


def index_of(unique: UniqueDef) -> IndexDef:
    """The unique index that a unique constraint is."""
    name = unique.name or f"{'_'.join(unique.columns)}_key"
    return IndexDef(name, unique.columns, unique=True, options=unique.options)


def _check(check: CheckDef) -> CheckDef:
    text = check.expression.for_backend(BACKEND)
    expression = Expression(text) if text is not None else check.expression
    return CheckDef(expression, check.name)


def _link(link: ForeignKeyDef) -> ForeignKeyDef:
    return ForeignKeyDef(
        link.columns, link.table, link.references, link.name, link.on_delete, link.on_update
    )


def _settings(options: Options) -> Options:
    own = settled_settings(options.get(BACKEND, {}))
    return {BACKEND: own} if own else {}
