"""The way to all that changes items: what is done to them for an operation, how it is done, and what checks find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Statement, Violations, only_for
from toasty_core.errors import StatementFailed, Unsupported
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_dynamo import rows
from toasty_dynamo.conversion import Conversion
from toasty_dynamo.copy_statements import copies
from toasty_dynamo.edits import Change, Moved
from toasty_dynamo.expressions import is_null, setter
from toasty_dynamo.filters import Every, Has, Lacks, is_empty
from toasty_dynamo.item_statements import ChangeItems, ConvertItems, ItemStatement
from toasty_dynamo.names import BACKEND
from toasty_dynamo.pacing import ItemSettings, item_settings
from toasty_dynamo.values import kind_of

if TYPE_CHECKING:
    from toasty_dynamo.database import DynamoDatabase

Statements = Iterator[ItemStatement]


def compile_items(
    operation: Operation, before: SchemaSnapshot, after: SchemaSnapshot, prefix: str = ""
) -> list[Statement]:
    """What is done to items for an operation; nothing where none changes. Raises Unsupported and SchemaError.

    `prefix` is what the names of tables begin with.
    """
    found = _compiled(operation, before, after, prefix)
    return [_named(statement, prefix) for statement in found]


def _named(statement: Statement, prefix: str) -> Statement:
    """The statement with what the names of tables begin with, for its text."""
    found: Any = statement
    return evolve(found, prefix=prefix) if isinstance(statement, ItemStatement) else statement


def _compiled(
    operation: Operation, before: SchemaSnapshot, after: SchemaSnapshot, prefix: str
) -> list[Statement]:
    match operation:
        case ops.InsertRows():
            return list(rows.insert(operation, before))
        case ops.UpsertRows():
            return list(rows.upsert(operation, before))
        case ops.UpdateRows():
            return list(rows.update(operation, before))
        case ops.DeleteRows():
            return list(rows.delete(operation, before))
        case ops.TransformRows():
            return list(rows.transform(operation, before))
        case ops.AddUnique() | ops.DropUnique() | ops.DropTable():
            return list(_sentinels(operation, before))
    return [*_columns(operation, before), *copies(operation, before, after, prefix)]


def _columns(operation: Operation, before: SchemaSnapshot) -> Statements:
    match operation:
        case ops.AddColumn(table, column):
            given = operation.fill if operation.fill is not None else column.default
            yield from _fill(before.table(table), column, given)
        case ops.DropColumn(table, name):
            there, found = Has(name), before.table(table)
            yield ChangeItems(
                found.key, found.key_columns, Change(removes=(name,)), there, there, "keep it"
            )
        case ops.RenameColumn():
            yield from _rename(operation, before.table(operation.table))
        case ops.ModifyColumn():
            yield from _modify(operation, before)


def _fill(table: TableDef, column: ColumnDef, given: Any) -> Statements:
    """A value for the items that have none."""
    if given is None or is_null(given):
        return
    pending = Lacks(column.name) if column.nullable else is_empty(column.name)
    if isinstance(given, Expression):
        wide = table if table.has_column(column.name) else table.with_column(column)
        function = setter(wide, {column.name: given})
        said = ops.TransformRows(table.key, function)
        found = rows.transformation(wide, said, function)
        description = f"fill {table.key}.{column.name}"
        yield evolve(found, guard=pending, description=description)
        return
    value = rows.new_value(column, given, table.key)
    if value is not None:
        change = Change(((column.name, value),))
        yield ChangeItems(table.key, table.key_columns, change, pending, pending)


def _rename(operation: ops.RenameColumn, table: TableDef) -> Statements:
    old, new = operation.old, operation.new
    if old in table.key_columns:
        return  # the key's attributes are copied
    change = Change(((new, Moved(old)),), (old,))
    pending = Every((Has(old), Lacks(new)))
    clash = f"have both {old!r} and {new!r}"
    yield ChangeItems(table.key, table.key_columns, change, pending, Has(old), clash)
    yield from _sentinels_renamed(operation, table)


def _sentinels_renamed(operation: ops.RenameColumn, table: TableDef) -> Statements:
    from toasty_dynamo.item_statements import Unique
    from toasty_dynamo.sentinels import DropSentinels, MakeSentinels

    for unique in rows.uniques_of(table):
        if operation.old in unique.columns:
            names = (operation.new if n == operation.old else n for n in unique.columns)
            yield MakeSentinels(table.key, table.key_columns, Unique(tuple(names)))
            yield DropSentinels(table.key, table.key_columns, unique)


def _modify(operation: ops.ModifyColumn, before: SchemaSnapshot) -> Statements:
    table = before.table(operation.table)
    old, new = table.column(operation.column), operation.new_column(before)
    if operation.using is not None:
        _refuse_key(table, old)
        yield from _use(operation, table, new)
    else:
        conversion = Conversion(kind_of(old), kind_of(new))
        if conversion.is_needed:
            _refuse_key(table, old)
            yield ConvertItems(table.key, table.key_columns, old.name, conversion)
    if not new.nullable and operation.fill is not None:
        yield from _fill(table.replace_column(old.name, new), new, operation.fill)


def _use(operation: ops.ModifyColumn, table: TableDef, new: ColumnDef) -> Statements:
    function = setter(table, {operation.column: operation.using})
    found = rows.transformation(table, operation, function)
    columns = (
        rows.column_kind(new) if column.name == new.name else column for column in found.columns
    )
    yield evolve(found, columns=tuple(columns), guard=Has(operation.column))


def _refuse_key(table: TableDef, column: ColumnDef) -> None:
    if column.name in table.key_columns:
        raise Unsupported(
            f"the values of {table.key}.{column.name} cannot be converted",
            reason="they are in the keys of items, which never change",
            hint="add a column with the new type, fill it, and change the primary key",
        )


def _sentinels(operation: Operation, before: SchemaSnapshot) -> Statements:
    from toasty_dynamo.item_statements import Unique
    from toasty_dynamo.sentinels import DropSentinels, MakeSentinels

    match operation:
        case ops.AddUnique(key, unique) if only_for(BACKEND, unique.only):
            table = before.table(key)
            yield MakeSentinels(table.key, table.key_columns, Unique(unique.columns))
        case ops.DropUnique(key):
            table, unique = before.table(key), operation.found(before)
            if only_for(BACKEND, unique.only):
                yield DropSentinels(table.key, table.key_columns, Unique(unique.columns))
        case ops.DropTable(key):
            table = before.table(key)
            for one in rows.uniques_of(table):
                yield DropSentinels(table.key, table.key_columns, one)


def perform(statement: Statement, database: DynamoDatabase) -> None:
    """Does a statement on items."""
    from toasty_dynamo.working import Worker

    if not isinstance(statement, ItemStatement):
        raise StatementFailed(f"DynamoDB cannot do {statement}")
    settings, tell = _settings(database), getattr(database, "tell", _quiet)
    Worker(database.own, database.place.table, database.entry, settings, tell).do(statement)


def drop_left(key: str, database: DynamoDatabase) -> None:
    """Carries over what was still written into a table that a rename left behind, and deletes it."""
    from toasty_dynamo import late
    from toasty_dynamo.copy_statements import FollowTable
    from toasty_dynamo.desk import Desk
    from toasty_dynamo.kept import kept_table
    from toasty_dynamo.notes import Notes
    from toasty_dynamo.records import Records

    own, name = database.own, database.place.table
    left = kept_table(own, name(key))
    now = left.now.removeprefix(database.place.prefix) if left is not None else ""
    heir = Records(own).all().get(now)
    if heir is None:
        raise StatementFailed(f"{key} is no table that a rename left behind.")
    statement = FollowTable(heir.key, heir.key_columns, key, rows.uniques_of(heir))
    desk = Desk(own, name, Notes(own, None, statement), _settings(database), database.tell)
    late.drop_left(desk, name(key), late.Heir(heir.key, heir.key_columns, statement.uniques))


def _quiet(text: str) -> None:
    """Tells nobody."""


def _settings(database: DynamoDatabase) -> ItemSettings:
    """How gently items are treated, as the URL says it."""
    return item_settings(database.url)


def violations(query: Statement, database: DynamoDatabase) -> Violations:
    """What a check finds."""
    from toasty_dynamo.violations import find

    return find(query, database.own, database.place.table, _settings(database))


__all__ = ["compile_items", "perform", "violations"]
