"""Fills that no column of the type could hold are refused before anything is changed."""

from __future__ import annotations

from toasty_core import operations as ops
from toasty_core.errors import SchemaError
from toasty_core.operations.base import Operation
from toasty_core.schema.fitting import fits
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.values import Literal


def refuse_unfit_fill(operation: Operation, before: SchemaSnapshot, backend: str) -> None:
    """Raises SchemaError for a literal `fill` that is no value of the column's type, as the backend has it."""
    if isinstance(operation, ops.AddColumn):
        fill, column = operation.fill, operation.column
    elif isinstance(operation, ops.ModifyColumn) and operation.fill is not None:
        fill, column = operation.fill, operation.new_column(before)
    else:
        return
    if isinstance(fill, Literal) and not fits(fill.value, column.type.for_backend(backend)):
        raise SchemaError(
            f"the fill {fill.value!r} of {operation.table}.{column.name} is no value of the type {column.type}",
            hint='give a value of that type, or an expression: fill=expr("...")',
        )
