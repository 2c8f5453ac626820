"""Fields of nested documents: renamed, added and dropped by pipelines, through lists of documents too.

Each walks down a path in one document: `one(value)` is what becomes of a document that it comes to. What is no
document where one is awaited stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from toasty_core import operations as ops
from toasty_core.errors import Unsupported
from toasty_core.operations.fields import split_path
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Function, FunctionName, Literal
from toasty_mongo.canonical import canonical_type
from toasty_mongo.expressions import native_words, value_words
from toasty_mongo.names import BACKEND, MARK, path_of
from toasty_mongo.statements import FieldUpdate
from toasty_mongo.values import encoded

Words = Any
One = Callable[[Words], Words]
FieldOperation = ops.RenameField | ops.AddField | ops.DropField


def field_update(operation: FieldOperation, was: TableDef) -> Iterator[FieldUpdate]:
    """What happens to the documents. Raises Unsupported for a field in the primary key."""
    path = field_path(operation)
    column, names = split_path(path)
    refuse_fields(operation, was, column)
    match operation:
        case ops.RenameField():
            change, there = _rename(names[-1], operation.new.rpartition(".")[2]), {path: _THERE}
        case ops.DropField():
            change, there = _drop(names[-1]), {path: _THERE}
        case ops.AddField():
            if operation.fill is None:
                return
            there = {"$expr": lacking(was, path, operation.nullable)}
            change = _fill(names[-1], _given(operation), operation.nullable)
    new = _walk(f"${column}", names[:-1], change)
    yield FieldUpdate(was.key, there, ({"$set": {column: new}},), there)


def _given(operation: ops.AddField) -> Words:
    """The value for documents that are there."""
    given = operation.fill
    if isinstance(given, Expression):
        return value_words(given)
    if isinstance(given, Function) and given.name is FunctionName.NOW:
        return "$$NOW"
    if not isinstance(given, Literal):
        raise Unsupported(
            f"cannot {operation.describe()} with {given}",
            reason="a pipeline makes no such values",
            hint="use db.transform_rows",
        )
    return {"$literal": encoded(canonical_type(operation.type), given.value)}


_THERE = {"$exists": True}


def field_path(operation: FieldOperation) -> str:
    """The path of the field that the operation is about."""
    return operation.old if isinstance(operation, ops.RenameField) else operation.field


def refuse_fields(operation: FieldOperation, table: TableDef, column: str) -> None:
    """Raises Unsupported where documents cannot change so."""
    path = field_path(operation)
    if column in table.key_columns:
        raise Unsupported(
            f"cannot {operation.describe()}: it is in the primary key",
            reason="the _id of a document never changes",
        )
    new = operation.new if isinstance(operation, ops.RenameField) else path
    name = new.rpartition(".")[2]
    if name.startswith("$") or "\0" in name or name == MARK:
        raise Unsupported(
            f"no field can be called {name!r}",
            where=f"{table.key}.{path}",
            reason='a "$" at the beginning is an operator',
        )
    for check in table.checks if not isinstance(operation, ops.AddField) else ():
        text = str(native_words(check.expression) or check.expression.for_backend(BACKEND))
        if f"${path}'" in text or f"${path}." in text:
            raise Unsupported(
                f"cannot {operation.describe()}: a check speaks of it: {check.expression}",
                reason="a validator would go on looking at the old field",
                hint="drop the check first, and add it anew afterwards",
            )


# Down a path.


def _field(value: Words, name: str) -> Words:
    return {"$getField": {"field": {"$literal": name}, "input": value}}


def _is(value: Words, kind: str) -> Words:
    return {"$eq": [{"$type": value}, kind]}


def _missing(value: Words, name: str, nullable: bool = True) -> Words:
    kinds = ["missing"] if nullable else ["missing", "null", "undefined"]
    return {"$in": [{"$type": _field(value, name)}, kinds]}


def _set(value: Words, name: str, new: Words) -> Words:
    return {"$setField": {"field": {"$literal": name}, "input": value, "value": new}}


def _walk(value: Words, names: tuple[str, ...], one: One) -> Words:
    """The value with `one` done to the documents that the names lead to."""

    def within(document: Words) -> Words:
        if not names:
            return one(document)
        inner = _walk(_field(document, names[0]), names[1:], one)
        return {"$cond": [_missing(document, names[0]), document, _set(document, names[0], inner)]}

    return _each(value, within, len(names))


def _each(value: Words, one: One, depth: int) -> Words:
    """`one` of a document, or of each document of a list; anything else as it is."""
    item = f"$$at{depth}"
    listed = {"$cond": [_is(item, "object"), one(item), item]}
    every = {"$map": {"input": value, "as": f"at{depth}", "in": listed}}
    branches = [
        {"case": _is(value, "object"), "then": one(value)},
        {"case": {"$isArray": [value]}, "then": every},
    ]
    return {"$switch": {"branches": branches, "default": value}}


def _any(value: Words, names: tuple[str, ...], one: One) -> Words:
    """Does `one` hold of a document that the names lead to?"""

    def within(document: Words) -> Words:
        return one(document) if not names else _any(_field(document, names[0]), names[1:], one)

    item = f"$$at{len(names)}"
    listed = {"$and": [_is(item, "object"), within(item)]}
    every = {"$map": {"input": value, "as": f"at{len(names)}", "in": listed}}
    branches = [
        {"case": _is(value, "object"), "then": within(value)},
        {"case": {"$isArray": [value]}, "then": {"$anyElementTrue": [every]}},
    ]
    return {"$switch": {"branches": branches, "default": False}}


# What becomes of one document.


def _rename(old: str, new: str) -> One:
    """Moves the value, unless there is one under the new name: nothing is overwritten."""

    def one(value: Words) -> Words:
        moved = _set(_set(value, new, _field(value, old)), old, "$$REMOVE")
        stays = {"$or": [_missing(value, old), {"$not": [_missing(value, new)]}]}
        return {"$cond": [stays, value, moved]}

    return one


def _drop(name: str) -> One:
    return lambda value: _set(value, name, "$$REMOVE")


def _fill(name: str, given: Words, nullable: bool) -> One:
    return lambda value: {
        "$cond": [_missing(value, name, nullable), _set(value, name, given), value]
    }


# Questions.


def lacking(table: TableDef, path: str, nullable: bool) -> Words:
    """Is there a document where the field has no value?"""
    column, names = split_path(path)
    field = f"${path_of(table, column)}"
    return _any(field, names[:-1], lambda value: _missing(value, names[-1], nullable))


def both(table: TableDef, operation: ops.RenameField) -> Words:
    """Is there a document that has the field under the old and the new name?"""
    column, names = split_path(operation.old)
    new = operation.new.rpartition(".")[2]
    field = f"${path_of(table, column)}"

    def there(value: Words) -> Words:
        return {"$not": [{"$or": [_missing(value, names[-1]), _missing(value, new)]}]}

    return _any(field, names[:-1], there)
