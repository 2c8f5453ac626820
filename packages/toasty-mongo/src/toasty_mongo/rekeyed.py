"""What becomes of documents whose `_id` changes: which operations ask for it, and the document as it will be.

The `_id` of a document never changes, so the documents go into a copy of their collection (`Rekey`).
https://www.mongodb.com/docs/manual/core/document/#the-_id-field
"""

from __future__ import annotations

from typing import Any

from toasty_core import operations as ops
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.schema.tables import TableDef
from toasty_mongo.conversion import conversion, needs_conversion
from toasty_mongo.expressions import value_words
from toasty_mongo.indexes import index_words
from toasty_mongo.names import BACKEND, path_of
from toasty_mongo.settings import CHOICES, create_settings
from toasty_mongo.settled import USUAL_SETTINGS
from toasty_mongo.statements import Rekey
from toasty_mongo.validators import validator

Words = dict[str, Any]


def rekeys(operation: Operation, was: TableDef, will: TableDef) -> bool:
    """Does every document get another `_id`?"""
    match operation:
        case ops.ChangePrimaryKey():
            return bool(will.key_columns) and will.key_columns != was.key_columns
        case ops.RenameColumn(_, old):
            return old in was.key_columns and len(was.key_columns) > 1
        case ops.ModifyColumn(_, column) if column in was.key_columns:
            converts = needs_conversion(was.column(column).type, will.column(column).type)
            return converts or operation.using is not None
    return False


def rekey(operation: Operation, was: TableDef, will: TableDef) -> Rekey:
    """The statement for an operation that `rekeys`. Raises Unsupported for a capped collection."""
    settings = create_settings(will, validator(will))
    if settings.get("capped"):
        raise Unsupported(
            f"cannot {operation.describe()}: the collection is capped",
            reason="documents get another _id in a copy, and MongoDB copies into no capped collection",
        )
    return Rekey(
        was.key,
        _stages(operation, was, will),
        settings,
        tuple(index_words(will, index) for index in will.indexes),
        {"validator": validator(was), **USUAL_SETTINGS, **_chosen(was)},
    )


def _chosen(table: TableDef) -> Words:
    given = table.options.get(BACKEND, {})
    return {name: given[name] for name in CHOICES if name in given}


def _stages(operation: Operation, was: TableDef, will: TableDef) -> tuple[Words, ...]:
    """From the old document to the new one: the fields of the old key come out, those of the new one go in."""
    key = key_words(operation, was, will)
    out = {c: f"${path_of(was, c)}" for c in was.key_columns if c in _fields(will)}
    source: Any = {"$mergeObjects": ["$$ROOT", out]} if out else "$$ROOT"
    moved = {"$setField": {"field": "_id", "input": source, "value": key}}
    gone = [name for name in will.key_columns if name in _fields(was)]
    return ({"$replaceWith": moved}, *([{"$unset": gone}] if gone else []))


def _fields(table: TableDef) -> list[str]:
    """The columns that are no part of the key."""
    return [name for name in table.column_names if name not in table.key_columns]


def key_words(operation: Operation, was: TableDef, will: TableDef) -> Any:
    """The new `_id` as an expression on the old document."""
    parts = {name: _part(operation, was, will, name) for name in will.key_columns}
    return next(iter(parts.values())) if len(parts) == 1 else parts


def _part(operation: Operation, was: TableDef, will: TableDef, name: str) -> Any:
    old = name
    if isinstance(operation, ops.RenameColumn) and name == operation.new:
        old = operation.old
    field = f"${path_of(was, old)}"
    if isinstance(operation, ops.ModifyColumn) and operation.column == name:
        if operation.using is not None:
            return value_words(operation.using)
        before, after = was.column(old).type, will.column(name).type
        if needs_conversion(before, after):
            return {"$ifNull": [conversion(field, before, after, f"{was.key}.{name}"), field]}
    return field
