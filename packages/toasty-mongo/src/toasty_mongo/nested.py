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
from toasty_core.schema.types import Array, Document, Json, Type
from toasty_core.schema.values import Expression, Function, FunctionName, Literal
from toasty_mongo.canonical import canonical_type
from toasty_mongo.expressions import native_words, value_words
from toasty_mongo.names import BACKEND, MARK, path_of
from toasty_mongo.statements import FieldUpdate
from toasty_mongo.values import encoded

Words = Any
One = Callable[[Words], Words]
Lists = tuple[int, ...]
FieldOperation = ops.RenameField | ops.AddField | ops.DropField


def field_update(operation: FieldOperation, was: TableDef) -> Iterator[FieldUpdate]:
    """What happens to the documents. Raises Unsupported for a field in the primary key."""
    path = field_path(operation)
    column, names = split_path(path)
    refuse_fields(operation, was, column)
    there = having(was, path)
    match operation:
        case ops.RenameField():
            change = _rename(names[-1], operation.new.rpartition(".")[2])
        case ops.DropField():
            change = _drop(names[-1])
        case ops.AddField():
            if operation.fill is None:
                return
            there = {"$expr": lacking(was, path, operation.nullable)}
            change = _fill(names[-1], _given(operation), operation.nullable)
    new = _walk(f"${column}", names[:-1], change, _lists(was, column, names[:-1]))
    sure = not isinstance(operation, ops.AddField)
    yield FieldUpdate(was.key, there, ({"$set": {column: new}},), there, sure=sure)


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
            f"cannot {operation.describe()}: no field can be called {name!r}",
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


def field_of(value: Words, name: str) -> Words:
    """The field of a document, whatever its name is."""
    return {"$getField": {"field": {"$literal": name}, "input": value}}


def has_kind(value: Words, kind: str) -> Words:
    """Is the value of this BSON type?"""
    return {"$eq": [{"$type": value}, kind]}


def lacks(value: Words, name: str, nullable: bool = True) -> Words:
    """Has a document no such field, or, when it may not be null, a null in it?"""
    kinds = ["missing"] if nullable else ["missing", "null", "undefined"]
    return {"$in": [{"$type": field_of(value, name)}, kinds]}


def with_field(value: Words, name: str, new: Words) -> Words:
    """A document with another value in a field; `$$REMOVE` takes the field away."""
    return {"$setField": {"field": {"$literal": name}, "input": value, "value": new}}


def _lists(table: TableDef, column: str, names: tuple[str, ...]) -> Lists:
    """How many lists stand in each other around the documents on a way; at least one is looked into everywhere."""

    def around(type_: Type, names: tuple[str, ...]) -> Iterator[int]:
        many = 0
        while isinstance(type_, Array):
            many, type_ = many + 1, type_.item
        yield max(many, 1)
        if names:
            fields = type_.fields if isinstance(type_, Document) else ()
            inner = next((one.type for one in fields if one.name == names[0]), Json())
            yield from around(inner, names[1:])

    return tuple(around(table.column(column).type, names))


def _walk(value: Words, names: tuple[str, ...], one: One, lists: Lists) -> Words:
    """The value with `one` done to the documents that the names lead to."""

    def within(document: Words) -> Words:
        if not names:
            return one(document)
        inner = _walk(field_of(document, names[0]), names[1:], one, lists[1:])
        return {
            "$cond": [lacks(document, names[0]), document, with_field(document, names[0], inner)]
        }

    return _each(value, within, f"at{len(names)}", lists[0])


def _each(value: Words, one: One, name: str, lists: int) -> Words:
    """`one` of a document, or of each document of a list, or of lists in it; anything else as it is."""
    item = f"$${name}"
    listed = {"$cond": [has_kind(item, "object"), one(item), item]}
    if lists > 1:
        listed = _each(item, one, f"{name}in", lists - 1)
    every = {"$map": {"input": value, "as": name, "in": listed}}
    branches = [
        {"case": has_kind(value, "object"), "then": one(value)},
        {"case": {"$isArray": [value]}, "then": every},
    ]
    return {"$switch": {"branches": branches, "default": value}}


def _any(value: Words, names: tuple[str, ...], one: One, lists: Lists) -> Words:
    """Does `one` hold of a document that the names lead to?"""

    def within(document: Words) -> Words:
        if not names:
            return one(document)
        return _any(field_of(document, names[0]), names[1:], one, lists[1:])

    return _any_of(value, within, f"at{len(names)}", lists[0])


def _any_of(value: Words, one: One, name: str, lists: int) -> Words:
    item = f"$${name}"
    listed = {"$and": [has_kind(item, "object"), one(item)]}
    if lists > 1:
        listed = _any_of(item, one, f"{name}in", lists - 1)
    every = {"$map": {"input": value, "as": name, "in": listed}}
    branches = [
        {"case": has_kind(value, "object"), "then": one(value)},
        {"case": {"$isArray": [value]}, "then": {"$anyElementTrue": [every]}},
    ]
    return {"$switch": {"branches": branches, "default": False}}


# What becomes of one document.


def _rename(old: str, new: str) -> One:
    """Moves the value, unless there is one under the new name: nothing is overwritten."""

    def one(value: Words) -> Words:
        moved = with_field(with_field(value, new, field_of(value, old)), old, "$$REMOVE")
        stays = {"$or": [lacks(value, old), {"$not": [lacks(value, new)]}]}
        return {"$cond": [stays, value, moved]}

    return one


def _drop(name: str) -> One:
    return lambda value: with_field(value, name, "$$REMOVE")


def _fill(name: str, given: Words, nullable: bool) -> One:
    return lambda value: {
        "$cond": [lacks(value, name, nullable), with_field(value, name, given), value]
    }


# Questions.


def having(table: TableDef, path: str) -> Words:
    """Finds documents that have the field; a path of MongoDB's own leads through one list, not through lists in it."""
    column, names = split_path(path)
    if max(_lists(table, column, names[:-1])) == 1:
        return {path: {"$exists": True}}
    return {"$expr": _holds(table, path, lambda value: {"$not": [lacks(value, names[-1])]})}


def lacking(table: TableDef, path: str, nullable: bool) -> Words:
    """Is there a document where the field has no value?"""
    return _holds(table, path, lambda value: lacks(value, split_path(path)[1][-1], nullable))


def _holds(table: TableDef, path: str, one: One) -> Words:
    """Does `one` hold of a document that the field of this path is in, or could be?"""
    column, names = split_path(path)
    field = f"${path_of(table, column)}"
    return _any(field, names[:-1], one, _lists(table, column, names[:-1]))


def both(table: TableDef, operation: ops.RenameField) -> Words:
    """Is there a document that has the field under the old and the new name?"""
    old, new = (path.rpartition(".")[2] for path in (operation.old, operation.new))

    def there(value: Words) -> Words:
        return {"$not": [{"$or": [lacks(value, old), lacks(value, new)]}]}

    return _holds(table, operation.old, there)
