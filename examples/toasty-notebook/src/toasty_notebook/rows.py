"""What becomes of rows: functions from rows to rows. Each may be done again, as after a crash."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from toasty_core import operations as ops
from toasty_core.operations.data import Where
from toasty_core.schema import ColumnDef, Function, FunctionName, Literal, TableDef, Type, types

Row = dict[str, Any]

_CONVERSIONS: dict[type[Type], Callable[[Any], object]] = {
    **dict.fromkeys((types.SmallInteger, types.Integer, types.BigInteger), int),
    **dict.fromkeys((types.Float, types.Double), float),
    **dict.fromkeys((types.String, types.Char, types.Text), str),
    types.Boolean: bool,
}


def dump(value: Any) -> str:
    """A row or value as JSON: bytes are marked, dates and exact numbers become text."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def load(text: str) -> Any:
    """What `dump` wrote."""
    return json.loads(text, object_hook=_marked)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return str(value)


def _marked(found: Row) -> object:
    return base64.b64decode(found["$bytes"]) if set(found) == {"$bytes"} else found


def matches(row: Row, where: Where) -> bool:
    """Is the row one of those that `where` chooses?"""
    pairs = where.items() if isinstance(where, Mapping) else ()
    return all(
        row.get(name) in load(dump(wanted if isinstance(wanted, list | tuple) else [wanted]))
        for name, wanted in pairs
    )


def inserted(table: TableDef, rows: list[Row], new: Mapping[str, Any]) -> Row:
    """A new row, with defaults and numbers filled in."""
    row: Row = {}
    for column in table.columns:
        value = new[column.name] if column.name in new else default_of(column)
        if value is None and column.auto:
            value = 1 + max((old[column.name] for old in rows), default=0)
        row[column.name] = load(dump(value))
    return row


def default_of(column: ColumnDef) -> object:
    """What a row gets that brings no value."""
    match column.default:
        case Literal(value):
            return value
        case Function(FunctionName.NOW):
            return datetime.now(timezone.utc)
        case Function(FunctionName.UUID):
            return uuid4()
    return None


def follow(row: Row, operation: ops.Operation) -> Row:
    """The row after a change of its columns. Raises ValueError when it cannot follow."""
    match operation:
        case ops.AddColumn(_, column, fill):
            value = fill.value if isinstance(fill, Literal) else default_of(column)
            row = {column.name: load(dump(value)), **row}
            if row[column.name] is None and column.needs_fill:
                raise ValueError(f"no value for {column.name}")
        case ops.DropColumn(_, name):
            row = {key: value for key, value in row.items() if key != name}
        case ops.RenameColumn(_, old, new) if old in row:
            row = {new if key == old else key: value for key, value in row.items()}
        case ops.ModifyColumn(_, name) if name in row:
            row = {**row, name: _modified(row[name], operation)}
    return row


def _modified(value: Any, operation: ops.ModifyColumn) -> object:
    if value is None and isinstance(operation.fill, Literal):
        value = load(dump(operation.fill.value))
    if value is None and operation.nullable is False:
        raise ValueError(f"no value for {operation.column}")
    wanted = operation.type
    return value if value is None or not isinstance(wanted, Type) else _converted(value, wanted)


def _converted(value: Any, wanted: Type) -> object:
    convert = _CONVERSIONS.get(type(wanted))
    return convert(value) if convert else value


def misfits(table: TableDef, rows: list[Row]) -> Iterator[str]:
    """What the table forbids: nulls, and values that stand twice."""
    for column in table.columns:
        if not column.nullable and any(row.get(column.name) is None for row in rows):
            yield f"no value for {column.name}"
    keys = [unique.columns for unique in table.uniques]
    keys += [index.column_names for index in table.indexes if index.unique]
    for key in filter(None, [table.key_columns, *keys]):
        values = [dump([row.get(name) for name in key]) for row in rows]
        values = [value for value in values if "null" not in json.dumps(value)]
        if len(values) != len(set(values)):
            yield f"a value of {', '.join(key)} stands twice"
