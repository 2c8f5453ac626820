"""What cannot be done with time series, capped and clustered collections: said before anything is done.

https://www.mongodb.com/docs/manual/core/timeseries/timeseries-limitations/
https://www.mongodb.com/docs/manual/core/capped-collections/#behavior
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toasty_core import operations as ops
from toasty_core.backends import only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.operations.data import Where
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mongo.names import BACKEND

_SERIES = "MongoDB changes no measurements of a time series"
_NO_VALIDATOR = "a time series has no validator to keep it in"


def refuse_limits(operation: Operation, before: SchemaSnapshot) -> None:
    """Raises Unsupported for what this kind of collection cannot do."""
    for key in operation.touches()[:1]:
        if isinstance(operation, ops.CreateTable):
            table = operation.table
        elif before.has_table(key):
            table = before.table(key)
        else:
            return
        for reason in _reasons(operation, table):
            kind = "a time series" if is_series(table) else "capped"
            what = f"MongoDB cannot {operation.describe()}: {key} is {kind}"
            raise Unsupported(what, reason=reason)


def is_series(table: TableDef) -> bool:
    """Is the table a time series on MongoDB?"""
    return "timeseries" in table.options.get(BACKEND, {})


def _reasons(operation: Operation, table: TableDef) -> Iterator[str]:
    given = table.options.get(BACKEND, {})
    if is_series(table):
        yield from _of_series(operation, table)
    elif given.get("capped"):
        for index in _indexes(operation):
            if "expireAfterSeconds" in index.options.get(BACKEND, {}):
                yield "a capped collection has no TTL index: it drops its oldest documents when it is full"


def _of_series(operation: Operation, table: TableDef) -> Iterator[str]:
    match operation:
        case ops.RenameColumn() | ops.TransformRows() | ops.UpsertRows():
            yield _SERIES
        case ops.RenameField() | ops.AddField() | ops.DropField():
            yield _SERIES
        case ops.AddColumn(_, column) if operation.fill is not None or column.default is not None:
            yield f"{_SERIES}, so those that are there get no value"
        case ops.ModifyColumn(_, name):
            kind = operation.changes().get("type", table.column(name).type)
            changed = kind != table.column(name).type
            if changed or operation.using is not None or operation.fill is not None:
                yield _SERIES
        case ops.RenameTable():
            yield "a time series cannot be renamed"
        case ops.AddCheck() | ops.AddForeignKey():
            yield _NO_VALIDATOR
        case ops.ChangePrimaryKey():
            yield "a time series has no key"
        case ops.UpdateRows():
            yield f"{_SERIES}; what describes them can be changed with db.execute_command"
        case ops.DeleteRows(_, where) if not _by_meta(where, table):
            yield "measurements are deleted by their metaField alone"
        case ops.CreateTable():
            if table.checks or table.foreign_keys:
                yield _NO_VALIDATOR
            if table.primary_key is not None:
                yield "a time series has no key: leave primary_key out"
    yield from (reason for index in _indexes(operation) for reason in _of_index(index))


def _by_meta(where: Where, table: TableDef) -> bool:
    meta = table.options[BACKEND]["timeseries"].get("metaField")
    return where is None or (isinstance(where, Mapping) and set(where) <= {meta})


def _of_index(index: IndexDef) -> Iterator[str]:
    given: Mapping[str, Any] = index.options.get(BACKEND, {})
    if index.unique:
        yield "a time series has no unique index"
    if given.get("sparse") or given.get("using") == "text" or "expireAfterSeconds" in given:
        yield (
            "a time series has no sparse, text or TTL index; the table's option expireAfterSeconds"
            " says when measurements go"
        )


def _indexes(operation: Operation) -> Iterator[IndexDef]:
    """The indexes that the operation makes here."""
    match operation:
        case ops.CreateTable(table):
            found = [*table.indexes, *(_unique(one) for one in table.uniques)]
        case ops.CreateIndex(_, index):
            found = [index]
        case ops.AddUnique(_, unique):
            found = [_unique(unique)]
        case _:
            found = []
    yield from (index for index in found if only_for(BACKEND, index.only))


def _unique(unique: Any) -> IndexDef:
    return IndexDef(unique.name or "unique", unique.columns, unique=True, only=unique.only)
