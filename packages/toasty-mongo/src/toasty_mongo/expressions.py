"""Checks as `$expr`: they hold unless they are false, so that a missing value passes, as in SQL."""

from __future__ import annotations

from typing import Any

from toasty_core.errors import SchemaError, Unsupported
from toasty_core.schema.constraints import CheckDef
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
    fields_of,
)
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_mongo.names import BACKEND, path_of
from toasty_mongo.sqlish import JOINED, read_condition

Words = Any
_INVERSE = {"$eq": "$ne", "$ne": "$eq", "$lt": "$gte", "$gte": "$lt", "$gt": "$lte", "$lte": "$gt"}


def native_words(expression: Expression) -> Words | None:
    """What an expression in MongoDB's own words says, from its JSON; None when it is not JSON.

    Raises SchemaError for JSON that cannot be read, or when there is no text for MongoDB.
    """
    text = expression.for_backend(BACKEND)
    if text is None:
        raise SchemaError(
            f"the expression {str(expression)!r} has no text for {BACKEND}",
            hint=f'add it: expr(..., {BACKEND}="...")',
        )
    if not text.lstrip().startswith(("{", "[")):
        return None
    from bson import json_util

    try:
        return json_util.loads(text, json_options=json_util.RELAXED_JSON_OPTIONS)
    except (ValueError, TypeError) as error:
        raise SchemaError(f"the expression {text!r} is no extended JSON: {error}") from error


def as_expression(words: Words) -> Expression:
    """An expression in MongoDB's own words: what `native_words` takes apart."""
    from bson import json_util

    return Expression(json_util.dumps(words, json_options=json_util.RELAXED_JSON_OPTIONS))


def value_words(expression: Expression) -> Words:
    """An aggregation expression for a value. Raises Unsupported for SQL."""
    words = native_words(expression)
    if words is None:
        from toasty_mongo.backend import MongoBackend

        raise Unsupported(
            f"{str(expression)!r} is not in MongoDB's words",
            reason=MongoBackend.features.reasons["sql"],
        )
    return words


def check_expression(table: TableDef, check: CheckDef) -> Words:
    """A check as an aggregation expression: true unless the condition is false."""
    words = native_words(check.expression)
    if words is not None:
        return words
    condition = read_condition(str(check.expression.for_backend(BACKEND)))
    return may_hold(table, condition)


def may_hold(table: TableDef, condition: Condition) -> Words:
    """True unless the condition is false: where a value is missing, it may hold."""
    match condition:
        case Compare(operator, left, right):
            sides = [value(table, left), value(table, right)]
            return {"$or": [*_missing(table, left, right), {operator: sides}]}
        case Within(item, values):
            found = [value(table, one) for one in values]
            return {"$or": [*_missing(table, item), {"$in": [value(table, item), found]}]}
        case Join(any_, parts):
            return {JOINED[any_]: [may_hold(table, part) for part in parts]}
        case Negation(part):
            return _opposite(table, part)
        case IsNull(item):
            return {"$lte": [value(table, item), None]}
    item = value(table, condition)
    return {"$or": [*_missing(table, condition), {"$eq": [item, True]}]}


def _opposite(table: TableDef, condition: Condition) -> Words:
    """`may_hold` of the opposite."""
    match condition:
        case Compare(operator, left, right):
            return may_hold(table, Compare(_INVERSE[operator], left, right))
        case Join(any_, parts):
            opposites: tuple[Condition, ...] = tuple(Negation(part) for part in parts)
            return may_hold(table, Join(not any_, opposites))
        case Negation(part):
            return may_hold(table, part)
        case IsNull(item):
            return {"$gt": [value(table, item), None]}
        case Within(item, values):
            found = {"$in": [value(table, item), [value(table, one) for one in values]]}
            return {"$or": [*_missing(table, item), {"$not": [found]}]}
    item = value(table, condition)
    return {"$or": [*_missing(table, condition), {"$ne": [item, True]}]}


def _missing(table: TableDef, *items: Value) -> list[Words]:
    """One condition for each field among the values: it has none."""
    names = dict.fromkeys(name for item in items for name in fields_of(item))
    return [{"$lte": [_field(table, name), None]} for name in names]


def value(table: TableDef, item: Value) -> Words:
    """A value as an aggregation expression."""
    match item:
        case Field(name):
            return _field(table, name)
        case Constant(found):
            return {"$literal": found} if isinstance(found, str) and "$" in found else found
        case Call(operator, parts):
            words = [value(table, part) for part in parts]
            return {operator: words[0] if len(words) == 1 else words}
    raise AssertionError(f"{item!r} is no value")


def _field(table: TableDef, name: str) -> str:
    column = next((c for c in table.columns if c.name.lower() == name.lower()), None)
    column = next((c for c in table.columns if c.name == name), column)
    if column is None:
        raise SchemaError(f"a condition of {table.key!r} speaks of {name!r}, which is no column")
    return f"${path_of(table, column.name)}"


def speaks_of(check: CheckDef, column: str) -> bool:
    """Does a check name the column?"""
    words = native_words(check.expression)
    if words is not None:
        text = str(words)
        return f"'${column}'" in text or f"'${column}." in text
    condition = read_condition(str(check.expression.for_backend(BACKEND)))
    return column.lower() in [name.lower() for name in fields_of(condition)]
