"""From operations to statements.

Every change of a collection has one shape: indexes that go, documents that change, the validator as it will be,
indexes that come. While documents change, the validator lets both shapes pass where one of them would be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Backend, only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.operations.needs import needed_features
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import ForeignKeyDef, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_mongo import rows
from toasty_mongo.canonical import canonical_table
from toasty_mongo.expressions import native_words
from toasty_mongo.index_changes import IndexChange, create_indexes, drop_index
from toasty_mongo.indexes import index_words
from toasty_mongo.limits import is_series, refuse_limits
from toasty_mongo.names import (
    BACKEND,
    STANDALONE,
    refuse_field_name,
    refuse_table_name,
)
from toasty_mongo.options import refuse_options
from toasty_mongo.rekeyed import rekey, rekeys
from toasty_mongo.settings import changed_settings, create_settings
from toasty_mongo.statements import (
    CallFunction,
    Command,
    FieldUpdate,
    MongoStatement,
    Rekey,
    RenameCollection,
)
from toasty_mongo.validators import validator
from toasty_mongo.work import work

if TYPE_CHECKING:
    from typing import TypeGuard

Words = dict[str, Any]
Statements = Iterator[MongoStatement]

_NOT_ENFORCED = (
    "MongoDB records {} and does not enforce {}: rows that migrations insert are checked, your application keeps the"
    " rest. toasty schema:drift --orphans finds documents that point at nothing"
)


def compiled(backend: Backend, operation: Operation, before: SchemaSnapshot) -> Statements:
    """The statements of one operation. Raises Unsupported and SchemaError."""
    if not only_for(BACKEND, getattr(operation, "only", ())):
        return iter(())
    _refuse(backend, operation)
    refuse_options(operation)
    refuse_limits(operation, before)
    statements = tuple(_statements(operation, before))
    standalone = backend.form == STANDALONE
    return (
        evolve(one, blocking=True) if standalone and isinstance(one, Rekey) else one
        for one in statements
    )


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
            return iter((drop_index(table, index),))
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
    yield Command(words, again=False, note=_note(table, table.foreign_keys))
    yield from create_indexes(table.key, [index_words(table, index) for index in table.indexes])


def _create_index(table: TableDef, index: IndexDef) -> Statements:
    """One index: of a wide table only the columns that it is about are looked at."""
    about = {*index.column_names, *table.key_columns}
    every = index.where or index.options or any(part.expression for part in index.columns)
    columns = [column for column in table.columns if every or column.name in about]
    narrow = evolve(table, columns=columns, indexes=[index], uniques=(), checks=(), foreign_keys=())
    mine = canonical_table(narrow)
    return create_indexes(mine.key, [index_words(mine, one) for one in mine.indexes])


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
    if not keys or (is_series(before.table(keys[0])) and not _is_kept(operation)):
        return
    after = operation.apply(small)
    was, will = canonical_table(small.table(keys[0])), canonical_table(after.table(keys[0]))
    if isinstance(operation, ops.AddColumn):
        refuse_field_name(was, operation.column)
    if isinstance(operation, ops.RenameColumn):
        refuse_field_name(will, will.column(operation.new))
    if rekeys(operation, was, will):
        yield rekey(operation, was, will)
    else:
        changes = tuple(work(operation, was, will))
        yield from _refit(was, will, changes, _refuses(operation, was, will))
    for other in small.tables.values():
        if other.key != keys[0]:
            yield from _refit(canonical_table(other), canonical_table(after.table(other.key)))


def _is_kept(operation: Operation) -> bool:
    """Is it about what a time series has? Its columns and its comment stand nowhere: it takes no validator."""
    return not isinstance(
        operation, ops.AddColumn | ops.DropColumn | ops.ModifyColumn | ops.SetTableComment
    )


def _refit(
    was: TableDef, will: TableDef, changes: tuple[MongoStatement, ...] = (), both: bool = False
) -> Statements:
    """Everything that leads from one table to the other; with `both`, either shape passes while documents change."""
    indexes = IndexChange.between(was, will)
    yield from indexes.first()
    rules = [validator(was), validator(will)]
    if changes and both and rules[0] != rules[1]:
        yield _set_validator(will, {"$or": rules})
    if _is_removal(changes) and not both:
        yield from _new_validator(was, will, rules)
        yield from changes
    else:
        yield from (_ranges_alone(one) for one in changes)
        yield from _new_validator(was, will, rules)
        yield from (evolve(one, rest=True) for one in changes if _is_pending(one))
    yield from indexes.last()


def _note(table: TableDef, keys: Sequence[ForeignKeyDef]) -> str | None:
    """Says once of each key, by its name for people, that it is not enforced."""
    names = [f"{table.key}.{', '.join(key.columns)} -> {key.table}" for key in keys]
    if not names:
        return None
    what = f"the foreign key{'s' if len(names) > 1 else ''} {'; '.join(names)}"
    return _NOT_ENFORCED.format(what, "them" if len(names) > 1 else "it")


def _is_pending(one: MongoStatement) -> TypeGuard[FieldUpdate]:
    """Can it be told which documents are left? Others may bring them until the new validator stands."""
    return isinstance(one, FieldUpdate) and one.pending is not None


def _ranges_alone(one: MongoStatement) -> MongoStatement:
    return evolve(one, pending=None) if _is_pending(one) else one


def _is_removal(changes: tuple[MongoStatement, ...]) -> bool:
    """Does it take a field away? Then the validator must not ask for it any more."""
    return any(
        isinstance(one, FieldUpdate) and isinstance(one.update, dict) and "$unset" in one.update
        for one in changes
    )


def _new_validator(was: TableDef, will: TableDef, rules: list[Words]) -> Statements:
    settings = changed_settings(was, will)
    if rules[0] != rules[1] or settings:
        more = len(will.foreign_keys) > len(was.foreign_keys)
        new = [key for key in will.foreign_keys if more and key not in was.foreign_keys]
        if is_series(will):
            yield Command({"collMod": will.key, **settings})
        else:
            yield evolve(_set_validator(will, rules[1], settings), note=_note(will, new))


def _set_validator(table: TableDef, rules: Words, settings: Words | None = None) -> Command:
    return Command({"collMod": table.key, "validator": rules, **(settings or {})})


def _refuses(operation: Operation, was: TableDef, will: TableDef) -> bool:
    """Would the old validator or the new one refuse documents that are on their way?"""
    match operation:
        case ops.ChangePrimaryKey() | ops.RenameField() | ops.AddField() | ops.DropField():
            return True
        case ops.RenameColumn(_, old, new):
            required = not was.column(old).nullable or not will.column(new).nullable
            return required or was.checks != will.checks
        case ops.ModifyColumn(_, column):
            return bool(was.column(column).type != will.column(column).type)
    return False
