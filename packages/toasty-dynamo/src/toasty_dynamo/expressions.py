"""Expressions in models and migrations that are meant for DynamoDB: `expr(dynamodb="age + 1")`.

DynamoDB itself computes next to nothing, so Toasty reads them (`sqlish.py`) and computes them item by item.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from toasty_core.errors import Unsupported
from toasty_core.schema.expression_trees import Constant, Value, fields_of
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Function, FunctionName, Literal
from toasty_dynamo.conditions import column_of
from toasty_dynamo.evaluating import value_of
from toasty_dynamo.names import BACKEND
from toasty_dynamo.sqlish import read_value


def own_text(expression: Expression) -> str:
    """What an expression says for DynamoDB alone. Raises Unsupported for one in other databases' SQL."""
    text = dict(expression.by_backend).get(BACKEND)
    if text is None:
        from toasty_dynamo.backend import DynamoBackend

        raise Unsupported(
            f"{str(expression)!r} is not in words for DynamoDB",
            reason=DynamoBackend.features.reasons["sql"],
            hint='add them: expr(..., dynamodb="age + 1")',
        )
    return text


def is_null(value: Any) -> bool:
    """Is it an expression that stands for null?"""
    if not isinstance(value, Expression):
        return False
    return (value.for_backend(BACKEND) or "").strip().upper() == "NULL"


@frozen
class Setter:
    """A function for rows that gives each column its value: a plain one, or one computed from the row."""

    plain: tuple[tuple[str, Any], ...]
    computed: tuple[tuple[str, Value], ...] = ()
    made: tuple[tuple[str, FunctionName], ...] = ()

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns that change."""
        found = dict(self.plain)
        found.update({name: value_of(item, row) for name, item in self.computed})
        found.update({name: _made(function) for name, function in self.made})
        return found


def _made(name: FunctionName) -> Any:
    from datetime import datetime, timezone
    from uuid import uuid4

    return (
        uuid4() if name is FunctionName.UUID else datetime.now(timezone.utc).replace(microsecond=0)
    )


def setter(table: TableDef, values: Mapping[str, Any]) -> Setter:
    """The function that sets these columns. Raises Unsupported and SchemaError for expressions that it cannot read."""
    plain, computed, made = [], [], []
    for name, given in values.items():
        if isinstance(given, Function):
            made.append((name, given.name))
        elif isinstance(given, Expression):
            computed.append((name, _read(table, given)))
        else:
            plain.append((name, given.value if isinstance(given, Literal) else given))
    return Setter(tuple(plain), tuple(computed), tuple(made))


def _read(table: TableDef, expression: Expression) -> Value:
    if is_null(expression):
        return Constant(None)
    found = read_value(own_text(expression))
    for name in fields_of(found):
        column_of(table, name)
    return found
