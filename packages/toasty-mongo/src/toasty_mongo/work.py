"""What happens to the documents of a collection when an operation changes its columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from toasty_core import operations as ops
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression, Function, FunctionName
from toasty_mongo import rows
from toasty_mongo.conversion import conversion, needs_conversion, pending_filter
from toasty_mongo.expressions import speaks_of, value_words
from toasty_mongo.names import BACKEND, path_of
from toasty_mongo.nested import field_update
from toasty_mongo.nested_conversion import converted, converts_inside
from toasty_mongo.statements import ExactUpdate, FieldUpdate, MongoStatement, Transform
from toasty_mongo.validators import type_schema

Statements = Iterator[MongoStatement]


def work(operation: Operation, was: TableDef, will: TableDef) -> Statements:
    """What happens to the documents."""
    match operation:
        case ops.AddColumn(_, column):
            given = operation.fill if operation.fill is not None else column.default
            yield from _fill(will, will.column(column.name), given)
        case ops.DropColumn(_, name):
            _refuse_checks(was, name, "drop")
            there = {name: {"$exists": True}}
            yield FieldUpdate(was.key, there, {"$unset": {name: ""}}, there, sure=True)
        case ops.RenameColumn():
            yield from _move(operation, was, will)
        case ops.ModifyColumn():
            yield from _modify(operation, was, will)
        case ops.RenameField() | ops.AddField() | ops.DropField():
            yield from field_update(operation, was)
        case ops.ChangePrimaryKey() if was.key_columns and not will.key_columns:
            yield _take_out_of_key(was)


def _take_out_of_key(table: TableDef) -> FieldUpdate:
    """The columns of the key as fields; what is in `_id` stays there, and means nothing any more."""
    first = {table.key_columns[0]: {"$exists": False}}
    fields = {name: f"${path_of(table, name)}" for name in table.key_columns}
    return FieldUpdate(table.key, first, ({"$set": fields},), first, sure=True)


def _refuse_checks(table: TableDef, column: str, verb: str) -> None:
    for check in table.checks:
        if speaks_of(check, column):
            raise Unsupported(
                f"cannot {verb} {table.key}.{column}: a check speaks of it: {check.expression}",
                reason="a validator would go on looking at the old field",
                hint="drop the check first, and add it anew afterwards",
            )


def _fill(table: TableDef, column: ColumnDef, given: Any) -> Statements:
    """A value for the documents that have none."""
    if given is None:
        return
    path = path_of(table, column.name)
    none = {path: {"$exists": False}} if column.nullable else {path: None}
    if isinstance(given, Function) and given.name is FunctionName.UUID:
        fields = rows.transform_fields(table)
        function = rows.FillUuid(column.name)
        what = f"a UUID for {table.key}.{column.name}"
        yield Transform(table.key, fields, table.key_columns, function, what, none)
    elif isinstance(given, Function):
        yield FieldUpdate(table.key, none, ({"$set": {path: "$$NOW"}},), none)
    elif isinstance(given, Expression) and str(given.for_backend(BACKEND)).upper() != "NULL":
        yield FieldUpdate(table.key, none, ({"$set": {path: value_words(given)}},))
    else:
        value = rows.new_value(column, given)
        if value is not None:
            yield FieldUpdate(table.key, none, {"$set": {path: value}}, none)


def _move(operation: ops.RenameColumn, was: TableDef, will: TableDef) -> Statements:
    old, new = path_of(was, operation.old), path_of(will, operation.new)
    _refuse_checks(will, operation.old, "rename")
    if old == new:  # the primary key is _id, whatever it is called
        return
    moving = {old: {"$exists": True}, new: {"$exists": False}}
    left = {old: {"$exists": True}}
    yield FieldUpdate(was.key, moving, {"$rename": {old: new}}, left, sure=True)


def _modify(operation: ops.ModifyColumn, was: TableDef, will: TableDef) -> Statements:
    old, new = was.column(operation.column), will.column(operation.column)
    path = path_of(was, old.name)
    if operation.using is not None:
        there = {path: {"$exists": True}}
        yield ExactUpdate(was.key, there, ({"$set": {path: value_words(operation.using)}},))
    elif converts_inside(old.type, new.type):
        yield _convert_inside(was, path, old.type, new.type)
    elif needs_conversion(old.type, new.type):
        yield _convert(was, path, old.type, new.type)
    if not new.nullable and operation.fill is not None:
        yield from _fill(will, new, operation.fill)


def _convert(table: TableDef, path: str, old: Type, new: Type) -> FieldUpdate:
    pending = pending_filter(path, old, new)
    words = conversion(f"${path}", old, new, f"{table.key}.{path}")
    kept = {"$ifNull": [words, f"${path}"]}  # what does not convert is not lost
    return FieldUpdate(table.key, pending, ({"$set": {path: kept}},), pending, sure=True)


def _convert_inside(table: TableDef, path: str, old: Type, new: Type) -> FieldUpdate:
    """Documents that do not fit the schema as it will be, or whose value becomes another one of the same type."""
    words = converted(f"${path}", old, new, f"{table.key}.{path}")
    schema = {"$jsonSchema": {"properties": {path: type_schema(new, nullable=True)}}}
    differs = {"$expr": {"$ne": [words, f"${path}"]}}
    pending = {path: {"$exists": True, "$ne": None}, "$or": [{"$nor": [schema]}, differs]}
    return FieldUpdate(table.key, pending, ({"$set": {path: words}},), pending, sure=True)
