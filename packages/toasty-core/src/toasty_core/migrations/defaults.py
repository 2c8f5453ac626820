"""Defaults that a column cannot hold are found in the migration file, before a database takes or refuses them."""

from __future__ import annotations

from collections.abc import Iterator

from toasty_core.errors import SchemaError
from toasty_core.operations import AddColumn, CreateTable, ModifyColumn, Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.fitting import fits
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.values import Literal


def refuse_unfit_default(operation: Operation, before: SchemaSnapshot) -> None:
    """Raises SchemaError for a literal default that is no value of its column's type."""
    for table, column in _columns(operation, before):
        default = column.default
        if isinstance(default, Literal) and not fits(default.value, column.type):
            raise SchemaError(
                f"the default {default.value!r} of {table}.{column.name} is no value of the type {column.type}",
                hint='give a value of that type, or an expression: default=expr("...")',
            )


def _columns(operation: Operation, before: SchemaSnapshot) -> Iterator[tuple[str, ColumnDef]]:
    """The columns whose default the operation says, or whose type under one."""
    if isinstance(operation, CreateTable):
        for column in operation.table.columns:
            yield operation.table.key, column
    elif isinstance(operation, AddColumn):
        yield operation.table, operation.column
    elif isinstance(operation, ModifyColumn) and not {"type", "default"}.isdisjoint(
        operation.changes()
    ):
        yield operation.table, operation.new_column(before)
