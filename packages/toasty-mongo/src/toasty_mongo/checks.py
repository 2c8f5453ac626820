"""Questions about documents that are asked before the first change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from toasty_core import operations as ops
from toasty_core.backends import DataCheck, only_for
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_mongo.canonical import canonical_table, index_of
from toasty_mongo.conversion import conversion, needs_conversion, unfit
from toasty_mongo.expressions import check_expression
from toasty_mongo.indexes import index_filter
from toasty_mongo.names import BACKEND, path_of
from toasty_mongo.statements import Count
from toasty_mongo.validators import type_schema

Words = dict[str, Any]

NULLS = "are null, and the column may no longer be"
_CORRECT = "correct these documents first"


def checks(operation: Operation, before: SchemaSnapshot) -> Iterator[DataCheck]:
    """What must hold of the documents before an operation."""
    match operation:
        case ops.AddColumn(table, column):
            yield from _added(canonical_table(before.table(table)), column, operation.fill)
        case ops.ModifyColumn(table):
            yield from _modified(canonical_table(before.table(table)), operation)
        case ops.RenameColumn(table, old, new):
            yield from _renamed(canonical_table(before.table(table)), old, new)
        case ops.CreateIndex(table, index) if index.unique and only_for(BACKEND, index.only):
            yield _duplicates(canonical_table(before.table(table)), index)
        case ops.AddUnique(table, unique) if only_for(BACKEND, unique.only):
            yield _duplicates(canonical_table(before.table(table)), index_of(unique))
        case ops.AddCheck(table, check) if only_for(BACKEND, check.only):
            yield _broken(canonical_table(before.table(table)), check)
        case ops.AddForeignKey(table, key) if _on_request(key):
            yield _orphans(before, before.table(table), key)


def _on_request(key: ForeignKeyDef) -> bool:
    """Is an orphan check asked for: `options={"mongodb": {"check": True}}`?"""
    return only_for(BACKEND, key.only) and bool(key.options.get(BACKEND, {}).get("check"))


def _added(table: TableDef, column: ColumnDef, fill: Any) -> Iterator[DataCheck]:
    where = f"{table.key}.{column.name}"
    if fill is None and column.needs_fill:
        hint = "give fill=... in the migration, a default, or nullable=True"
        what = "have no value for the new column"
        yield DataCheck(where, what, hint, _count(table, {column.name: None}))
    words = type_schema(canonical_table(TableDef("t", [column])).columns[0].type, column.nullable)
    if words:
        misfits = {
            "$nor": [{"$jsonSchema": {"properties": {column.name: words}}}],
            column.name: {"$exists": True, "$ne": None},
        }
        what = f"have a field {column.name!r} already, which is no {column.type}"
        yield DataCheck(where, what, _CORRECT, _count(table, misfits, column.name))


def _modified(table: TableDef, operation: ops.ModifyColumn) -> Iterator[DataCheck]:
    old = table.column(operation.column)
    new = canonical_table(TableDef("t", [operation.new_column(SchemaSnapshot.of(table))])).columns[
        0
    ]
    where, path = f"{table.key}.{old.name}", path_of(table, old.name)
    if old.type != new.type and operation.using is None:
        condition = _unfit(table, path, old, new)
        if condition is not None:
            hint = "correct these documents first, or give using=expr(mongodb='{...}')"
            query = _count(table, condition, old.name)
            yield DataCheck(where, f"cannot become {new.type}", hint, query)
    if old.nullable and not new.nullable and operation.fill is None:
        hint = "give fill=... in the migration, or set the values first"
        yield DataCheck(where, NULLS, hint, _count(table, {path: None}))


def _unfit(table: TableDef, path: str, old: ColumnDef, new: ColumnDef) -> Words | None:
    field = f"${path}"
    if needs_conversion(old.type, new.type):
        converted = conversion(field, old.type, new.type, f"{table.key}.{old.name}")
        return {"$expr": unfit(field, converted, new.type)}
    words = type_schema(new.type, nullable=True)
    if not words or words == type_schema(old.type, nullable=True):
        return None
    return {"$nor": [{"$jsonSchema": {"properties": {path: words}}}]}


def _renamed(table: TableDef, old: str, new: str) -> Iterator[DataCheck]:
    if old in table.key_columns:
        return
    both = {old: {"$exists": True}, new: {"$exists": True}}
    what = f"have both {old!r} and {new!r}: the rename would overwrite one"
    yield DataCheck(
        f"{table.key}.{old}",
        what,
        f"take {new!r} out of these documents first",
        _count(table, both),
    )


def _duplicates(table: TableDef, index: IndexDef) -> DataCheck:
    paths = [path_of(table, name) for name in index.column_names]
    where = index_filter(table, index)
    group = {str(number): f"${path}" for number, path in enumerate(paths)}
    stages: list[Words] = [{"$match": where}] if where else []
    stages += [
        {"$group": {"_id": group, "times": {"$sum": 1}}},
        {"$match": {"times": {"$gt": 1}}},
    ]
    shown = tuple((n, f"_id.{i}") for i, n in enumerate(index.column_names))
    columns = ", ".join(index.column_names)
    return DataCheck(
        f"{table.key}.{index.column_names[0]}" if len(paths) == 1 else table.key,
        f"stand more than once as {columns}",
        "make the values different, or delete documents, first",
        Count(table.key, tuple(stages), (*shown, ("times", "times"))),
    )


def _broken(table: TableDef, check: CheckDef) -> DataCheck:
    condition = {"$expr": {"$not": [check_expression(table, _ours(check))]}}
    what = f"break the check {check.expression}"
    return DataCheck(table.key, what, _CORRECT, _count(table, condition))


def _ours(check: CheckDef) -> CheckDef:
    text = check.expression.for_backend(BACKEND)
    return CheckDef(Expression(text)) if text is not None else check


def _orphans(schema: SchemaSnapshot, table: TableDef, key: ForeignKeyDef) -> DataCheck:
    parent = schema.table(key.table)
    there = [path_of(parent, name) for name in key.references or parent.key_columns]
    here = [path_of(table, name) for name in key.columns]
    values = {f"v{number}": f"${path}" for number, path in enumerate(here)}
    equal = [{"$eq": [f"${path}", f"$$v{number}"]} for number, path in enumerate(there)]
    inner = [{"$match": {"$expr": {"$and": equal}}}, {"$limit": 1}, {"$project": {"_id": 1}}]
    stages: tuple[Words, ...] = (
        {"$match": {path: {"$ne": None} for path in here}},
        {"$lookup": {"from": parent.key, "let": values, "pipeline": inner, "as": "_found"}},
        {"$match": {"_found": []}},
    )
    shown = tuple(zip(key.columns, here, strict=True))
    return DataCheck(
        f"{table.key}.{key.columns[0]}",
        f"point at no document of {parent.key}",
        f"put what is missing into {parent.key}, or clear what points at it, first",
        Count(table.key, stages, (*_key(table), *shown)),
    )


def _count(table: TableDef, condition: Words, *columns: str) -> Count:
    shown = tuple((name, path_of(table, name)) for name in columns)
    return Count(table.key, ({"$match": condition},), (*_key(table), *shown))


def _key(table: TableDef) -> tuple[tuple[str, str], ...]:
    names = table.key_columns or ("_id",)
    return tuple((name, path_of(table, name) if table.key_columns else name) for name in names)
