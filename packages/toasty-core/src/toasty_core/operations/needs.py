"""Which features of a database an operation needs to mean what it says.

For backends that can do some things and not others, so that each refuses the rest in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from toasty_core.operations import columns, constraints, data, fields, indexes, tables
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, IndexDef, UniqueDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression

_BY_OPERATION: dict[type[Operation], str] = {
    tables.RenameTable: "rename_table",
    tables.CreateSequence: "sequences",
    tables.ModifySequence: "sequences",
    columns.RenameColumn: "rename_column",
    columns.DropColumn: "drop_column",
    constraints.RenameConstraint: "constraint_names",
    data.ExecuteSql: "sql",
    data.ExecuteCommand: "commands",
    fields.RenameField: "nested_fields",
    fields.AddField: "nested_fields",
    fields.DropField: "nested_fields",
}
_BY_PART: dict[type[object], str] = {
    UniqueDef: "unique_constraints",
    CheckDef: "check_constraints",
    ForeignKeyDef: "foreign_keys",
}


def needed_features(operation: Operation, backend: str) -> tuple[str, ...]:
    """The names of `Features` that the operation needs on the backend of this name, in the order of its parts.

    Comments are none of them: they may be left out. What is said for other backends only (`only=`) needs
    nothing, and neither does dropping an index or a constraint: without the feature it is not there.
    """
    return tuple(dict.fromkeys(_needs(operation, backend)))


def _needs(operation: Operation, backend: str) -> Iterator[str]:
    match operation:
        case tables.CreateTable(table):
            yield from _of_table(table, backend)
        case columns.AddColumn(_, column):
            yield from _of_column(column)
        case columns.ModifyColumn():
            yield from _of_change(operation)
        case indexes.CreateIndex(_, index):
            yield from _of_index(index, backend)
        case constraints.ChangePrimaryKey(_, key):
            yield from ("change_primary_key", *(() if key is not None else ("keyless_tables",)))
        case constraints.AddUnique(_, part) | constraints.AddCheck(_, part):
            yield from _of_parts([part], backend)
        case constraints.AddForeignKey(_, part):
            yield from _of_parts([part], backend)
        case _ if type(operation) in _BY_OPERATION and _is_for(operation, backend):
            yield _BY_OPERATION[type(operation)]
    yield from _of_expressions(operation)


def _is_for(item: object, backend: str) -> bool:
    only = getattr(getattr(item, "sequence", item), "only", ())
    return not only or backend in only


def _of_table(table: TableDef, backend: str) -> Iterator[str]:
    if table.schema is not None:
        yield "schemas"
    if not table.key_columns:
        yield "keyless_tables"
    for column in table.columns:
        yield from _of_column(column)
    yield from _of_parts([*table.uniques, *table.checks, *table.foreign_keys], backend)
    for index in table.indexes:
        yield from _of_index(index, backend)


def _of_column(column: ColumnDef) -> Iterator[str]:
    wanted = {
        "auto": column.auto,
        "generated_columns": column.generated,
        "collations": column.collation,
        "defaults": column.default,
    }
    yield from (feature for feature, value in wanted.items() if value is not None)
    if isinstance(column.default, Expression):
        yield "sql"


def _of_change(operation: columns.ModifyColumn) -> Iterator[str]:
    by_attribute = {
        "type": "modify_type",
        "nullable": "nullability",
        "default": "defaults",
        "auto": "auto",
        "generated": "generated_columns",
        "collation": "collations",
    }
    yield from (by_attribute[name] for name in operation.changes() if name in by_attribute)
    if isinstance(operation.default, Expression):
        yield "sql"


def _of_index(index: IndexDef, backend: str) -> Iterator[str]:
    if not _is_for(index, backend):
        return
    wanted = {
        "indexes": not index.unique,
        "unique_indexes": index.unique,
        "partial_indexes": index.where is not None,
        "expression_indexes": any(part.expression for part in index.columns),
        "descending_indexes": any(part.descending for part in index.columns),
    }
    yield from (feature for feature, needed in wanted.items() if needed)


def _of_parts(parts: Iterable[UniqueDef | CheckDef | ForeignKeyDef], backend: str) -> Iterator[str]:
    yield from (_BY_PART[type(part)] for part in parts if _is_for(part, backend))


def _of_expressions(operation: Operation) -> Iterator[str]:
    """Expressions among the values of an operation on rows or columns."""
    values = [getattr(operation, name, None) for name in ("where", "using", "fill")]
    if isinstance(operation, data.UpdateRows):
        values += operation.values.values()
    if any(isinstance(value, Expression) for value in values):
        yield "sql"
