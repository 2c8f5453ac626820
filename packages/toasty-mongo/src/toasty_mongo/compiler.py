"""From operations to statements.

Every change of a collection has one shape: indexes that go, documents that change, the validator as it will be,
indexes that come. While documents change, the validator lets both shapes pass where one of them would be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Backend, Effect, Work, only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.operations.needs import needed_features
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression, Function, FunctionName
from toasty_mongo import rows
from toasty_mongo.canonical import canonical_table
from toasty_mongo.conversion import conversion, needs_conversion, pending_filter
from toasty_mongo.expressions import native_words, speaks_of, value_words
from toasty_mongo.indexes import index_words
from toasty_mongo.names import BACKEND, path_of, refuse_field_name, refuse_table_name
from toasty_mongo.settings import changed_settings, create_settings
from toasty_mongo.statements import (
    CallFunction,
    Command,
    ExactUpdate,
    FieldUpdate,
    MongoStatement,
    RenameCollection,
    Transform,
)
from toasty_mongo.validators import validator

Words = dict[str, Any]
Statements = Iterator[MongoStatement]

INDEX_MISSING = (27, 26)
"""IndexNotFound, NamespaceNotFound: there is nothing to drop."""
_NOT_ENFORCED = "foreign keys are recorded here and not enforced by MongoDB"


def compiled(backend: Backend, operation: Operation, before: SchemaSnapshot) -> Statements:
    """The statements of one operation. Raises Unsupported and SchemaError."""
    if not only_for(BACKEND, getattr(operation, "only", ())):
        return iter(())
    _refuse(backend, operation)
    return iter(tuple(_statements(operation, before)))


def _refuse(backend: Backend, operation: Operation) -> None:
    for feature in needed_features(operation, BACKEND):
        if (
            feature == "expression_indexes"
        ):  # some of them are paths into a document: `index_words` knows
            continue
        if getattr(backend.features, feature) or (feature == "sql" and _is_native(operation)):
            continue
        raise Unsupported(
            f"MongoDB cannot {operation.describe()}", reason=backend.features.reasons[feature]
        )


def _is_native(operation: Operation) -> bool:
    """Are all expressions of the operation in MongoDB's words?"""
    if isinstance(operation, ops.ExecuteSql):
        return False
    return all(
        native_words(found) is not None or str(found.for_backend(BACKEND)).upper() == "NULL"
        for found in _expressions(operation)
    )


def _expressions(operation: Operation) -> Iterator[Expression]:
    values = [getattr(operation, name, None) for name in ("where", "using", "fill", "default")]
    if isinstance(operation, ops.UpdateRows):
        values += operation.values.values()
    columns: tuple[ColumnDef, ...] = ()
    if isinstance(operation, ops.AddColumn):
        columns = (operation.column,)
    if isinstance(operation, ops.CreateTable):
        columns = operation.table.columns
    values += [column.default for column in columns]
    yield from (value for value in values if isinstance(value, Expression))


def _statements(operation: Operation, before: SchemaSnapshot) -> Statements:
    match operation:
        case ops.InsertRows():
            return rows.insert(operation, before)
        case ops.UpsertRows():
            return rows.upsert(operation, before)
        case ops.UpdateRows():
            return rows.update(operation, before)
        case ops.DeleteRows():
            return rows.delete(operation, before)
        case ops.TransformRows():
            return rows.transform(operation, before)
        case ops.ExecuteCommand(command):
            return iter((Command(dict(command), again=False),))
        case ops.Run(function):
            return iter((CallFunction(function, operation.describe()),))
        case ops.CreateTable(table):
            return create(canonical_table(table))
        case ops.DropTable(table):
            return iter((_drop(table),))
        case ops.RenameTable():
            return _rename_table(operation, before)
        case ops.CreateIndex(table, index):
            return _create_index(before.table(table), index)
        case ops.DropIndex(table, index) if only_for(
            BACKEND, before.table(table).index(index).only
        ):
            return iter((_drop_index(table, index),))
        case ops.DropIndex():
            return iter(())
    return _changes(operation, before)


# Whole collections.


def create(table: TableDef) -> Statements:
    """A collection with its validator, and its indexes."""
    refuse_table_name(table.key)
    for column in table.columns:
        refuse_field_name(table, column)
    words = {"create": table.key, **create_settings(table, validator(table))}
    note = _NOT_ENFORCED if table.foreign_keys else None
    yield Command(words, again=False, note=note)
    yield from _create_indexes(table, [index_words(table, index) for index in table.indexes])


def _create_indexes(table: TableDef, words: list[Words]) -> Statements:
    if words:
        effect = (Effect(table.key, "intent exclusive", Work.BUILD),)
        yield Command({"createIndexes": table.key, "indexes": words}, effect=effect)


def _create_index(table: TableDef, index: IndexDef) -> Statements:
    """One index: of a wide table only the columns that it is about are looked at."""
    about = {*index.column_names, *table.key_columns}
    every = index.where is not None or any(part.expression for part in index.columns)
    columns = [column for column in table.columns if every or column.name in about]
    narrow = evolve(table, columns=columns, indexes=[index], uniques=(), checks=(), foreign_keys=())
    mine = canonical_table(narrow)
    return _create_indexes(mine, [index_words(mine, one) for one in mine.indexes])


def _drop(table: str) -> Command:
    return Command({"drop": table}, again=False)


def _rename_table(operation: ops.RenameTable, before: SchemaSnapshot) -> Statements:
    refuse_table_name(operation.new)
    small = _small(before, (operation.old,))
    after = operation.apply(small)
    yield RenameCollection(operation.old, operation.new)
    for key, was in small.tables.items():
        new = operation.new if key == operation.old else key
        yield from _refit(canonical_table(was), canonical_table(after.table(new)))


def _small(before: SchemaSnapshot, tables: tuple[str, ...]) -> SchemaSnapshot:
    """The schema of these tables and of those that point at them: the rest is not looked at."""
    found = {key: before.tables[key] for key in tables if before.has_table(key)}
    for key in tables:
        found.update({other.key: other for other in before.referrers(key)})
    return SchemaSnapshot(found)


# Changes of a collection.


def _changes(operation: Operation, before: SchemaSnapshot) -> Statements:
    keys = operation.touches()
    small = _small(before, keys)
    for key in keys:
        if not before.has_table(key):
            before.table(key)
    if not keys:
        return
    after = operation.apply(small)
    was, will = canonical_table(small.table(keys[0])), canonical_table(after.table(keys[0]))
    if isinstance(operation, ops.AddColumn):
        refuse_field_name(was, operation.column)
    if isinstance(operation, ops.RenameColumn):
        refuse_field_name(will, will.column(operation.new))
    yield from _refit(was, will, tuple(_work(operation, was, will)), _refuses(operation, was, will))
    for other in small.tables.values():
        if other.key != keys[0]:
            yield from _refit(canonical_table(other), canonical_table(after.table(other.key)))


def _refit(
    was: TableDef, will: TableDef, work: tuple[MongoStatement, ...] = (), both: bool = False
) -> Statements:
    """Everything that leads from one table to the other; with `both`, either shape passes while documents change."""
    old = {i.name: index_words(was, i) for i in was.indexes}
    new = {i.name: index_words(will, i) for i in will.indexes}
    gone = [name for name, words in old.items() if new.get(name) != words]
    if gone:
        yield from (_drop_index(will.key, name) for name in gone)
    rules = [validator(was), validator(will)]
    if work and both and rules[0] != rules[1]:
        yield _set_validator(will, {"$or": rules})
    if not work or both:
        yield from work
        yield from _new_validator(was, will, rules)
    elif _is_removal(work):
        yield from _new_validator(was, will, rules)
        yield from work
    else:
        yield from work
        yield from _new_validator(was, will, rules)
    come = [words for name, words in new.items() if old.get(name) != words]
    yield from _create_indexes(will, come)


def _is_removal(work: tuple[MongoStatement, ...]) -> bool:
    """Does it take a field away? Then the validator must not ask for it any more."""
    return any(
        isinstance(one, FieldUpdate) and isinstance(one.update, dict) and "$unset" in one.update
        for one in work
    )


def _new_validator(was: TableDef, will: TableDef, rules: list[Words]) -> Statements:
    settings = changed_settings(was, will)
    if rules[0] != rules[1] or settings:
        note = _NOT_ENFORCED if len(will.foreign_keys) > len(was.foreign_keys) else None
        yield evolve(_set_validator(will, rules[1], settings), note=note)


def _set_validator(table: TableDef, rules: Words, settings: Words | None = None) -> Command:
    return Command({"collMod": table.key, "validator": rules, **(settings or {})})


def _drop_index(table: str, name: str) -> Command:
    return Command({"dropIndexes": table, "index": name}, harmless=INDEX_MISSING)


def _refuses(operation: Operation, was: TableDef, will: TableDef) -> bool:
    """Would the old validator or the new one refuse documents that are on their way?"""
    match operation:
        case ops.RenameColumn(_, old, new):
            return not was.column(old).nullable or not will.column(new).nullable
        case ops.ModifyColumn(_, column):
            return bool(was.column(column).type != will.column(column).type)
    return False


def _work(operation: Operation, was: TableDef, will: TableDef) -> Statements:
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
    _refuse_checks(was, operation.old, "rename")
    if old == new:  # the primary key is _id, whatever it is called
        return
    if "." in old:
        raise Unsupported(
            f"cannot rename {was.key}.{operation.old}: it is a part of the primary key",
            reason="the _id of a document cannot be changed",
        )
    moving = {old: {"$exists": True}, new: {"$exists": False}}
    left = {old: {"$exists": True}}
    yield FieldUpdate(was.key, moving, {"$rename": {old: new}}, left, sure=True)


def _modify(operation: ops.ModifyColumn, was: TableDef, will: TableDef) -> Statements:
    old, new = was.column(operation.column), will.column(operation.column)
    path = path_of(was, old.name)
    if operation.using is not None:
        _refuse_key(was, old, path)
        there = {path: {"$exists": True}}
        yield ExactUpdate(was.key, there, ({"$set": {path: value_words(operation.using)}},))
    elif needs_conversion(old.type, new.type):
        _refuse_key(was, old, path)
        yield _convert(was, path, old.type, new.type)
    if not new.nullable and operation.fill is not None:
        yield from _fill(will, new, operation.fill)


def _refuse_key(table: TableDef, column: ColumnDef, path: str) -> None:
    if path.partition(".")[0] == "_id":
        raise Unsupported(
            f"the values of {table.key}.{column.name} cannot be converted",
            reason="they are the _id of documents, which never changes",
        )


def _convert(table: TableDef, path: str, old: Type, new: Type) -> FieldUpdate:
    pending = pending_filter(path, old, new)
    words = conversion(f"${path}", old, new, f"{table.key}.{path}")
    kept = {"$ifNull": [words, f"${path}"]}  # what does not convert is not lost
    return FieldUpdate(table.key, pending, ({"$set": {path: kept}},), pending, sure=True)
