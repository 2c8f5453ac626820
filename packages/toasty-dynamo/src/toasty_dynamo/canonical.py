"""Tables as DynamoDB and Toasty's record of them keep them: what introspection reports back for what the models say."""

from __future__ import annotations

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
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression
from toasty_dynamo.indexes import own_indexes
from toasty_dynamo.names import BACKEND
from toasty_dynamo.settings import index_settings, table_settings, unique_settings


def canonical_schema(schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema without sequences, which DynamoDB does not have."""
    tables = (canonical_table(table) for table in schema.tables.values())
    return SchemaSnapshot({table.key: table for table in tables})


def canonical_table(table: TableDef) -> TableDef:
    """The table without what is for other databases, and without what is as usual."""
    mine = evolve(
        table,
        columns=tuple(canonical_column(column) for column in table.columns),
        primary_key=PrimaryKeyDef(table.key_columns) if table.key_columns else None,
        options=_named(table_settings(table)),
    )
    return evolve(
        mine,
        indexes=[canonical_index(table, index) for index in own_indexes(table)],
        uniques=[_unique(table, one) for one in table.uniques if only_for(BACKEND, one.only)],
        checks=[_check(check) for check in table.checks if only_for(BACKEND, check.only)],
        foreign_keys=[_link(link) for link in table.foreign_keys if only_for(BACKEND, link.only)],
    )


def canonical_column(column: ColumnDef) -> ColumnDef:
    """The column with the type and the options that are for DynamoDB."""
    own = dict(column.options.get(BACKEND, {}))
    return evolve(
        column,
        type=canonical_type(column.type),
        collation=None,
        options=_named({name: own[name] for name in sorted(own)}),
        renamed_from=None,
    )


def canonical_type(type_: Type) -> Type:
    """The type that is for DynamoDB, in lists and documents too."""
    match type_.for_backend(BACKEND):
        case types.Array(item):
            return types.Array(canonical_type(item))
        case types.Document(fields):
            return types.Document(*(evolve(f, type=canonical_type(f.type)) for f in fields))
        case found:
            return found


def canonical_index(table: TableDef, index: IndexDef) -> IndexDef:
    """The index as its table's record keeps it: which way it is read is asked of each query."""
    parts = (
        IndexColumn(part.name, part.expression, True if part.descending else None)
        for part in index.columns
    )
    where = index.where and _own_words(index.where)
    options = _named(index_settings(table, index))
    return evolve(index, columns=parts, where=where, only=(), options=options)


def _own_words(expression: Expression) -> Expression:
    text = expression.for_backend(BACKEND)
    return Expression(text) if text is not None else expression


def _unique(table: TableDef, unique: UniqueDef) -> UniqueDef:
    return UniqueDef(unique.columns, unique.name, options=_named(unique_settings(table, unique)))


def _check(check: CheckDef) -> CheckDef:
    return CheckDef(_own_words(check.expression), check.name)


def _link(link: ForeignKeyDef) -> ForeignKeyDef:
    return ForeignKeyDef(
        link.columns, link.table, link.references, link.name, link.on_delete, link.on_update
    )


def _named(own: dict[str, object]) -> Options:
    return {BACKEND: own} if own else {}
