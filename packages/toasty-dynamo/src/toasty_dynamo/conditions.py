"""From Toasty's `where` to conditions on items, with the answers of SQL: what is missing equals nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from toasty_core.errors import SchemaError, Unsupported, suggest
from toasty_core.operations.data import Where
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.expression_trees import (
    Call,
    Compare,
    Condition,
    Constant,
    Field,
    IsNull,
    Join,
    Negation,
    Value,
    Within,
)
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_dynamo.filters import (
    ALWAYS,
    Among,
    Av,
    Both,
    Either,
    Every,
    Guard,
    Has,
    Is,
    Not,
    Size,
    Test,
    is_empty,
)
from toasty_dynamo.names import BACKEND
from toasty_dynamo.sqlish import read_condition
from toasty_dynamo.values import encoded, kind_of

_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def guard_of(table: TableDef, where: Where) -> Guard:
    """The condition that chooses the same items. Raises Unsupported and SchemaError."""
    if where is None:
        return ALWAYS
    if isinstance(where, Expression):
        return _guard(table, read_condition(expression_text(where)), True)
    return Every(tuple(_equal(table.column(name), value) for name, value in where.items()))


def expression_text(expression: Expression) -> str:
    """What an expression says for DynamoDB. Raises SchemaError when it says nothing."""
    text = expression.for_backend(BACKEND)
    if text is None:
        raise SchemaError(
            f"the expression {str(expression)!r} has no text for {BACKEND}",
            hint=f'add it: expr(..., {BACKEND}="...")',
        )
    return text


def _equal(column: ColumnDef, value: Any) -> Guard:
    if value is None:
        return is_empty(column.name)
    if isinstance(value, Expression):
        raise Unsupported(
            f"where={{{column.name!r}: ...}} takes values, not expressions",
            reason="an item is compared with values",
        )
    if _is_several(value):
        return _among(column, value)
    return Test(column.name, "=", _value(column, value))


def _is_several(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _among(column: ColumnDef, values: Iterable[Any]) -> Guard:
    given = sorted(values, key=repr) if isinstance(values, set | frozenset) else list(values)
    there = Among(column.name, tuple(_value(column, one) for one in given if one is not None))
    return Either((there, is_empty(column.name))) if None in given else there


def _value(column: ColumnDef, value: Any) -> Av:
    return encoded(kind_of(column), value, column.name)


def keys_of(table: TableDef, where: Where) -> tuple[dict[str, Av], ...] | None:
    """The keys that `where` names one by one, so that nothing has to be searched; None where it does not."""
    key = table.key_columns
    if not isinstance(where, Mapping) or not key or not set(key) <= set(where):
        return None
    choices = [_choices(table.column(name), where[name]) for name in key]
    return tuple(dict(zip(key, values, strict=True)) for values in product(*choices))


def _choices(column: ColumnDef, value: Any) -> list[Av]:
    given = list(value) if _is_several(value) else [value]
    found = [_value(column, one) for one in given if one is not None]
    return [one for at, one in enumerate(found) if one not in found[:at]]


def column_of(table: TableDef, name: str) -> ColumnDef:
    """The column that a condition speaks of, in whatever case. Raises SchemaError."""
    same = [c for c in table.columns if c.name.lower() == name.lower()]
    exact = [c for c in same if c.name == name]
    if not same:
        raise SchemaError(
            f"a condition of {table.key!r} speaks of {name!r}, which is no column",
            hint=suggest(name, list(table.column_names)),
        )
    return (exact or same)[0]


def _guard(table: TableDef, condition: Condition, wanted: bool) -> Guard:
    """True where the condition is so as `wanted`; where that is unknown, false both ways."""
    match condition:
        case Negation(part):
            return _guard(table, part, not wanted)
        case Join(any_, parts):
            guards = tuple(_guard(table, part, wanted) for part in parts)
            return Either(guards) if any_ is wanted else Every(guards)
        case IsNull(Field(name)):
            empty = is_empty(column_of(table, name).name)
            return empty if wanted else Not(empty)
        case Within(Field(name), values):
            return _within(column_of(table, name), values, wanted)
        case Compare(sign, left, right):
            return _compared(table, sign if wanted else _OPPOSITE[sign], left, right)
        case Field(name):
            return Test(column_of(table, name).name, "=", {"BOOL": wanted})
        case Constant(found) if isinstance(found, bool):
            return Every() if found is wanted else Not(Every((Has(table.key_columns[0]),)))
    raise _unknown(table)


def _within(column: ColumnDef, values: tuple[Value, ...], wanted: bool) -> Guard:
    found = [one.value for one in values if isinstance(one, Constant)]
    if len(found) < len(values):
        raise Unsupported("IN takes values only", reason="DynamoDB compares with values there")
    there = Among(column.name, tuple(_value(column, one) for one in found if one is not None))
    if wanted:
        return there
    return Every((_known(column), Not(there))) if None not in found else Not(Every(()))


def _known(column: ColumnDef) -> Guard:
    return Every((Has(column.name), Not(Is(column.name, ("NULL",)))))


def _compared(table: TableDef, sign: str, left: Value, right: Value) -> Guard:
    match left, right:
        case Constant(), Field() | Call():
            return _compared(table, _TURNED.get(sign, sign), right, left)
        case Field(name), Constant(found):
            column = column_of(table, name)
            test = Test(column.name, sign, _value(column, found))
            return Every((_known(column), test)) if sign == "<>" else test
        case Field(name), Field(other):
            one, two = column_of(table, name), column_of(table, other)
            both = Both(one.name, sign, two.name)
            return Every((_known(one), _known(two), both)) if sign == "<>" else both
        case Call("length", (Field(name),)), Constant(found):
            return Size(column_of(table, name).name, sign, {"N": str(found)})
    raise _unknown(table)


def _unknown(table: TableDef) -> Unsupported:
    return Unsupported(
        f"a condition on {table.key!r} has a form that DynamoDB cannot look for",
        reason="it compares attributes and their length with values and with each other, and computes nothing",
        hint="use db.transform_rows with a function that chooses",
    )
