"""The table of a model."""

from __future__ import annotations

from typing import Any

from toasty_core.schema import TableDef


def table_of(model: Any) -> TableDef:
    """The table that `@model` gave to a class, of which a type checker knows nothing."""
    table: TableDef = model.__toasty_table__()
    return table
