"""Fills that a column cannot hold are refused before anything is changed.

A fill is said once for all databases, and a `Variant` may be another type on one of them. One that fits it
elsewhere, but not here, is none here: what matters then is whether there are rows that want one.
"""

from __future__ import annotations

from toasty_core import operations as ops
from toasty_core.errors import SchemaError
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.fitting import fits, stands_for_others
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.values import Default, Literal


def refuse_unfit_fill(operation: Operation, before: SchemaSnapshot, backend: str) -> None:
    """Raises SchemaError for a literal `fill` that is no value of the column's type, as the backend has it."""
    if isinstance(operation, ops.AddColumn):
        fill, column = operation.fill, operation.column
    elif isinstance(operation, ops.ModifyColumn) and operation.fill is not None:
        fill, column = operation.fill, operation.new_column(before)
    else:
        return
    if not isinstance(fill, Literal) or fits(fill.value, column.type.for_backend(backend)):
        return
    if column.nullable or not stands_for_others(fill.value, column.type, backend):
        raise SchemaError(
            f"the fill {fill.value!r} of {operation.table}.{column.name} is no value of the type {column.type}",
            hint='give a value of that type, or an expression: fill=expr("...")',
        )


def has_no_value(column: ColumnDef, fill: Default | None, backend: str) -> str:
    """What to say of rows that would have no value for a new column."""
    what = "would have no value for the new column, which must not be null"
    if isinstance(fill, Literal) and stands_for_others(fill.value, column.type, backend):
        what += f" (the fill {fill.value!r} is no value of {column.type.for_backend(backend)})"
    return what
