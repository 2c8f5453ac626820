"""Questions about documents that are asked before the first change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import DataCheck, only_for
from toasty_core.operations.base import Operation
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression
from toasty_mongo.canonical import canonical_table, index_of
from toasty_mongo.conversion import conversion, needs_conversion, sure_filter, unfit
from toasty_mongo.expressions import check_expression
from toasty_mongo.indexes import index_filter
from toasty_mongo.indexes import key_words as key_paths
from toasty_mongo.limits import is_series
from toasty_mongo.names import BACKEND, path_of
from toasty_mongo.nested import both, field_path, having, lacking
from toasty_mongo.nested_conversion import converted, converts_inside, leaves
from toasty_mongo.orphans import orphans
from toasty_mongo.rekeyed import key_words, rekeys
from toasty_mongo.statements import Count
from toasty_mongo.validators import type_schema

Words = dict[str, Any]

NULLS = "are null, and the column may no longer be"
_CORRECT = "correct these documents first"
_CONVERT = "correct these documents first, or give using=expr(mongodb='{...}')"
_MISFIT = "_misfit"
_FIELDS = "for fields of nested documents write db.rename_field, db.add_field or db.drop_field"


def checks(operation: Operation, before: SchemaSnapshot) -> Iterator[DataCheck]:
    """What must hold of the documents before an operation."""
    for key in operation.touches()[:1]:
        if before.has_table(key) and is_series(before.table(key)):
            return _of_series(operation, before.table(key))
    return _of_documents(operation, before)


def _of_series(operation: Operation, table: TableDef) -> Iterator[DataCheck]:
    if isinstance(operation, ops.DropColumn):
        what = "have a value in it, and MongoDB changes no measurements of a time series"
        where = f"{table.key}.{operation.column}"
        query = _count(table, {operation.column: {"$exists": True}}, operation.column)
        yield DataCheck(where, what, "leave the column, or make a new time series", query)


def _of_documents(operation: Operation, before: SchemaSnapshot) -> Iterator[DataCheck]:
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
        case ops.RenameField(table) | ops.AddField(table):
            yield from _of_field(canonical_table(before.table(table)), operation)
        case ops.ChangePrimaryKey(table):
            yield from _other_key(canonical_table(before.table(table)), operation)
        case ops.AddForeignKey(table, key) if _on_request(key):
            yield orphans(before, before.table(table), key)


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
        if needs_conversion(old.type, new.type):
            yield from _alike_when_converted(table, old, new)
        for lost in _lost_fields(old.type, new.type, path):
            what = f"have a value in {lost}, which is to be no field any more"
            query = _count(table, having(table, lost), old.name)
            yield DataCheck(where, what, _FIELDS, query)
        yield from _unfit_inside(table, path, old, new)
        first: tuple[Words, ...] = ()
        if converts_inside(old.type, new.type):
            first = ({"$set": {path: converted(f"${path}", old.type, new.type, where)}},)
        condition = _misfit(path, new) if first else _unfit(table, path, old, new)
        if condition is not None:
            hint = _CONVERT
            if isinstance(new.type, types.Document | types.Array):
                hint = f"{hint}; {_FIELDS}"
            query = _count(table, condition, old.name)
            query = evolve(query, pipeline=(*first, *query.pipeline))
            yield DataCheck(where, f"cannot become {new.type}", hint, query)
    if old.name in table.key_columns and (new.type != old.type or operation.using is not None):
        will = table.replace_column(old.name, new)
        if rekeys(operation, table, will):
            yield _alike(table, table.key_columns, key_words(operation, table, will))
    if old.nullable and not new.nullable and operation.fill is None:
        hint = "give fill=... in the migration, or set the values first"
        yield DataCheck(where, NULLS, hint, _count(table, {path: None}))


def _unfit_inside(
    table: TableDef, path: str, old: ColumnDef, new: ColumnDef
) -> Iterator[DataCheck]:
    """For each place in the column's documents and lists: values that do not convert."""
    where = f"{table.key}.{old.name}"
    found = leaves(f"${path}", old.type, new.type) if converts_inside(old.type, new.type) else ()
    for leaf, values in found:
        stages = (
            {"$set": {_MISFIT: leaf.misfit(values, where)}},
            {"$match": {_MISFIT: {"$ne": None}}},
        )
        name = leaf.path.rpartition(".")[2] or old.name
        query = Count(table.key, stages, (*_key(table), (name, _MISFIT)))
        yield DataCheck(f"{where}{leaf.path}", f"cannot become {leaf.new}", _CONVERT, query)


def _of_field(table: TableDef, operation: ops.RenameField | ops.AddField) -> Iterator[DataCheck]:
    path = field_path(operation)
    where = f"{table.key}.{path}"
    if isinstance(operation, ops.RenameField):
        what = f"have both {path!r} and {operation.new!r}: the rename would overwrite one"
        query = _count(table, {"$expr": both(table, operation)})
        yield DataCheck(where, what, f"take {operation.new!r} out of these documents first", query)
    elif operation.fill is None and not operation.nullable:
        what = "have no value for the new field"
        hint = "give fill=... in the migration, or nullable=True"
        query = _count(table, {"$expr": lacking(table, path, nullable=False)})
        yield DataCheck(where, what, hint, query)


def _lost_fields(old: Type, new: Type, path: str) -> Iterator[str]:
    """The paths of fields that a document has and is to have no more."""
    if isinstance(old, types.Array) and isinstance(new, types.Array):
        yield from _lost_fields(old.item, new.item, path)
    elif isinstance(old, types.Document) and isinstance(new, types.Document):
        kept = {field.name: field.type for field in new.fields}
        for field in old.fields:
            inner = f"{path}.{field.name}"
            if field.name in kept:
                yield from _lost_fields(field.type, kept[field.name], inner)
            else:
                yield inner


def _alike_when_converted(table: TableDef, old: ColumnDef, new: ColumnDef) -> Iterator[DataCheck]:
    """For each unique index: documents whose values become the same."""
    for index in table.indexes:
        if index.unique and old.name in index.column_names and old.name not in table.key_columns:
            paths = {name: path_of(table, name) for name in index.column_names}
            key = {str(n): f"${path}" for n, path in enumerate(paths.values())}
            at, field = list(paths).index(old.name), f"${paths[old.name]}"
            words = conversion(field, old.type, new.type, f"{table.key}.{old.name}")
            there = {"$match": {path: {"$ne": None} for path in paths.values()}}
            yield _twice(table, tuple(paths), ({**key, str(at): words}), there)


def _other_key(table: TableDef, operation: ops.ChangePrimaryKey) -> Iterator[DataCheck]:
    """A key has a value in every document, and no value twice."""
    will = operation.apply(SchemaSnapshot.of(table)).table(table.key)
    new = will.key_columns
    for name in new:
        if name not in table.key_columns:
            what = f"have no value for {name}, which is to be a part of the primary key"
            where = f"{table.key}.{name}"
            query = evolve(_count(table, {path_of(table, name): None}), rekeys=True)
            yield DataCheck(where, what, _CORRECT, query)
    if new and (not table.key_columns or set(table.key_columns) - set(new)):
        yield _alike(table, new, key_words(operation, table, will))


def _alike(table: TableDef, names: tuple[str, ...], key: Any) -> DataCheck:
    """Documents that would have the same `_id`."""
    parts = [key] if len(names) == 1 else list(key.values())
    found = _twice(table, names, {str(n): part for n, part in enumerate(parts)})
    assert isinstance(found.query, Count), "it is ours"
    return found._replace(query=evolve(found.query, rekeys=True))


def _twice(table: TableDef, names: tuple[str, ...], key: Words, *before: Words) -> DataCheck:
    """Documents for which `key`, with a part for each name by its number, is the same."""
    stages = (
        *before,
        {"$group": {"_id": key, "times": {"$sum": 1}}},
        {"$match": {"times": {"$gt": 1}}},
    )
    shown = tuple((name, f"_id.{number}") for number, name in enumerate(names))
    columns = ", ".join(names)
    return DataCheck(
        f"{table.key}.{names[0]}" if len(names) == 1 else table.key,
        f"stand more than once as {columns}",
        "make the values different, or delete documents, first",
        Count(table.key, stages, (*shown, ("times", "times"))),
    )


def _unfit(table: TableDef, path: str, old: ColumnDef, new: ColumnDef) -> Words | None:
    field = f"${path}"
    if needs_conversion(old.type, new.type):
        converted = conversion(field, old.type, new.type, f"{table.key}.{old.name}")
        return {**(sure_filter(path, new.type) or {}), "$expr": unfit(field, converted, new.type)}
    if type_schema(new.type, nullable=True) == type_schema(old.type, nullable=True):
        return None
    return _misfit(path, new)


def _misfit(path: str, new: ColumnDef) -> Words | None:
    """The documents whose field the schema as it will be refuses."""
    words = type_schema(new.type, nullable=True)
    return {"$nor": [{"$jsonSchema": {"properties": {path: words}}}]} if words else None


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
    paths = list(key_paths(table, index))
    names = tuple(part.name or str(part.expression) for part in index.columns)
    key = {str(number): f"${path}" for number, path in enumerate(paths)}
    where = index_filter(table, index)
    return _twice(table, names, key, *([{"$match": where}] if where else ()))


def _broken(table: TableDef, check: CheckDef) -> DataCheck:
    condition = {"$expr": {"$not": [check_expression(table, _ours(check))]}}
    what = f"break the check {check.expression}"
    return DataCheck(table.key, what, _CORRECT, _count(table, condition))


def _ours(check: CheckDef) -> CheckDef:
    text = check.expression.for_backend(BACKEND)
    return CheckDef(Expression(text)) if text is not None else check


def _count(table: TableDef, condition: Words, *columns: str) -> Count:
    shown = tuple((name, path_of(table, name)) for name in columns)
    return Count(table.key, ({"$match": condition},), (*_key(table), *shown))


def _key(table: TableDef) -> tuple[tuple[str, str], ...]:
    names = table.key_columns or ("_id",)
    return tuple((name, path_of(table, name) if table.key_columns else name) for name in names)
