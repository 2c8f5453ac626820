"""Conditions as filters, for partial indexes: only some of what `$expr` can say is allowed there.

https://www.mongodb.com/docs/manual/core/index-partial/#create-a-partial-index
"""

from __future__ import annotations

from typing import Any

from toasty_core.errors import SchemaError, Unsupported
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.expression_trees import (
    Compare,
    Condition,
    Constant,
    Field,
    IsNull,
    Join,
    Negation,
    Within,
)
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_mongo.expressions import native_words
from toasty_mongo.names import BACKEND, path_of
from toasty_mongo.sqlish import JOINED, read_condition

_TURNED = {"$lt": "$gt", "$lte": "$gte", "$gt": "$lt", "$gte": "$lte"}


def filter_words(table: TableDef, where: Expression) -> dict[str, Any]:
    """The condition as a filter. Raises Unsupported for what a partial index cannot have."""
    words = native_words(where)
    if isinstance(words, dict):
        return words
    return _filter(table, read_condition(str(where.for_backend(BACKEND))))


def _filter(table: TableDef, condition: Condition) -> dict[str, Any]:
    match condition:
        case Join(any_, parts):
            return {JOINED[any_]: [_filter(table, part) for part in parts]}
        case Compare(operator, Field(name), Constant(found)) if operator != "$ne":
            return _compared(table, name, operator, found)
        case Compare(operator, Constant(found), Field(name)) if operator != "$ne":
            return _compared(table, name, _TURNED.get(operator, operator), found)
        case Within(Field(name), values) if all(isinstance(one, Constant) for one in values):
            found = [one.value for one in values if isinstance(one, Constant)]
            return {_place(table, name)[0]: {"$in": found}}
        case Negation(IsNull(Field(name))):
            from toasty_mongo.indexes import not_null

            path, column = _place(table, name)
            return {path: not_null(column)}
        case Field(name):
            return {_place(table, name)[0]: True}
    raise Unsupported(
        f"a partial index of {table.key} has a condition that MongoDB cannot have there",
        reason="it takes AND, OR, IN, comparisons of a field with a value, and IS NOT NULL",
        hint='write it as a filter: expr(mongodb=\'{"state": "open"}\')',
    )


def _compared(table: TableDef, name: str, operator: str, found: Any) -> dict[str, Any]:
    path = _place(table, name)[0]
    return {path: found if operator == "$eq" else {operator: found}}


def _place(table: TableDef, name: str) -> tuple[str, ColumnDef]:
    for column in table.columns:
        if column.name.lower() == name.lower():
            return path_of(table, column.name), column
    raise SchemaError(f"a condition of {table.key!r} speaks of {name!r}, which is no column")
