"""Rows as documents: insert, upsert, update, delete, and transform with a Python function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import uuid4

from toasty_core.backends import only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.data import (
    DeleteRows,
    InsertRows,
    Row,
    TransformRows,
    UpdateRows,
    UpsertRows,
    Where,
)
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Function, FunctionName, Literal
from toasty_mongo.expressions import native_words, value_words
from toasty_mongo.names import BACKEND, path_of
from toasty_mongo.statements import (
    Command,
    ExactUpdate,
    FieldUpdate,
    Insert,
    Link,
    MongoStatement,
    Transform,
    TransformField,
)
from toasty_mongo.values import Made, encoded

Words = dict[str, Any]

AT_ONCE = 1000
"""How many rows one insert takes."""


def insert(operation: InsertRows, before: SchemaSnapshot) -> Iterator[MongoStatement]:
    """One insert for each thousand rows."""
    table = before.table(operation.table)
    auto = tuple(path_of(table, c.name) for c in table.columns if c.auto is not None)
    links = tuple(_links(table, before))
    rows = iter(operation.rows)
    while chunk := list(islice(rows, AT_ONCE)):
        documents = tuple(document(table, row) for row in chunk)
        yield Insert(table.key, documents, auto, links)


def _links(table: TableDef, schema: SchemaSnapshot) -> Iterator[Link]:
    for key in table.foreign_keys:
        if only_for(BACKEND, key.only) and schema.has_table(key.table):
            parent = schema.table(key.table)
            references = key.references or parent.key_columns
            yield Link(
                tuple(path_of(table, name) for name in key.columns),
                key.table,
                tuple(path_of(parent, name) for name in references),
            )


def document(table: TableDef, row: Row) -> Words:
    """A row as a document, with the defaults of what it leaves out; `_id` first."""
    values = {
        c.name: _given(c, row) for c in table.columns if c.name in row or c.default is not None
    }
    key = table.key_columns
    own = {name: values.pop(name) for name in key if name in values}
    if len(key) == 1 and own:
        return {"_id": own[key[0]], **values}
    return {"_id": own, **values} if own else values


def _given(column: ColumnDef, row: Row) -> Any:
    return new_value(column, row.get(column.name, column.default))


def new_value(column: ColumnDef, given: Any) -> Any:
    """A value for a new document. Raises Unsupported for an expression."""
    if isinstance(given, Expression):
        if (given.for_backend(BACKEND) or "").strip().upper() == "NULL":
            return None
        words = native_words(given)
        if words is None or (isinstance(words, dict) and any(k.startswith("$") for k in words)):
            value_words(given)
            raise Unsupported(
                f"the value of {column.name} is an expression, and a new document takes values only",
                reason="an insert computes nothing",
            )
        return words
    if isinstance(given, Function):
        return Made.NOW if given.name is FunctionName.NOW else Made.UUID
    return encoded(column.type, given.value if isinstance(given, Literal) else given)


def upsert(operation: UpsertRows, before: SchemaSnapshot) -> Iterator[MongoStatement]:
    """One update with `upsert` for each row, a thousand in a command."""
    table = before.table(operation.table)
    key = operation.key_columns(before)
    rows = iter(operation.rows)
    while chunk := list(islice(rows, AT_ONCE)):
        updates = [_upsert(table, key, row) for row in chunk]
        yield Command({"update": table.key, "updates": updates})


def _upsert(table: TableDef, key: tuple[str, ...], row: Row) -> Words:
    whole = document(table, row)
    key_fields = {path_of(table, name).partition(".")[0] for name in key}
    query = {field: whole[field] for field in whole if field in key_fields}
    given = {path_of(table, name) for name in row}
    sets = {f: v for f, v in whole.items() if f in given and f not in key_fields and f != "_id"}
    fresh = {f: v for f, v in whole.items() if f not in sets and f not in query}
    update = {"$set": sets} if sets else {}
    if fresh or not sets:
        update["$setOnInsert"] = fresh or query
    return {"q": query, "u": update, "upsert": True}


def update(operation: UpdateRows, before: SchemaSnapshot) -> Iterator[MongoStatement]:
    """Literals may be set twice; what is computed from what was there is done exactly once."""
    table = before.table(operation.table)
    if not operation.values:
        return
    found = where_words(table, operation.where)
    for name in operation.values:
        if name in table.key_columns:
            raise Unsupported(
                f"the primary key's column {table.key}.{name} cannot be updated",
                reason="the _id of a document never changes",
            )
    computed = any(isinstance(v, Expression | Function) for v in operation.values.values())
    if not computed:
        sets = {n: encoded(table.column(n).type, _plain(v)) for n, v in operation.values.items()}
        yield FieldUpdate(table.key, found, {"$set": sets})
        return
    sets = {name: computed_value(table, name, v) for name, v in operation.values.items()}
    yield ExactUpdate(table.key, found, ({"$set": sets},))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Literal) else value


def computed_value(table: TableDef, name: str, given: Any) -> Any:
    """A value in a pipeline."""
    if isinstance(given, Expression):
        return value_words(given)
    if isinstance(given, Function):
        if given.name is FunctionName.NOW:
            return "$$NOW"
        raise Unsupported(
            f"{table.key}.{name} cannot be set to a new UUID on the server",
            reason="MongoDB makes none in an update",
            hint="use db.transform_rows",
        )
    return {"$literal": encoded(table.column(name).type, _plain(given))}


def delete(operation: DeleteRows, before: SchemaSnapshot) -> Iterator[MongoStatement]:
    """A delete of the documents that are chosen."""
    table = before.table(operation.table)
    found = where_words(table, operation.where)
    yield Command({"delete": table.key, "deletes": [{"q": found, "limit": 0}]})


def transform(operation: TransformRows, before: SchemaSnapshot) -> Iterator[MongoStatement]:
    """Documents through a Python function, by the order of `_id`."""
    table = before.table(operation.table)
    yield Transform(
        table.key,
        transform_fields(table),
        table.key_columns,
        operation.function,
        operation.describe(),
        where_words(table, operation.where),
        operation.batch_size,
    )


def transform_fields(table: TableDef) -> tuple[TransformField, ...]:
    """The columns of a table with their places."""
    return tuple(
        TransformField(column.name, path_of(table, column.name), column.type)
        for column in table.columns
    )


def where_words(table: TableDef, where: Where) -> Words:
    """The filter for the documents that `where` chooses. Raises Unsupported for SQL."""
    if where is None:
        return {}
    if isinstance(where, Expression):
        return dict(value_words(where))
    return dict(_equal(table, name, value) for name, value in where.items())


def _equal(table: TableDef, name: str, value: Any) -> tuple[str, Any]:
    path, type_ = path_of(table, name), table.column(name).type
    if isinstance(value, Mapping):
        return path, {"$eq": encoded(type_, value)}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)
    if isinstance(value, list | tuple):
        return path, {"$in": [encoded(type_, one) for one in value]}
    return path, encoded(type_, value)


class FillUuid:
    """Gives each row that has none a UUID of its own; two of one column are equal."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return {self.column: uuid4()} if row.get(self.column) is None else {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FillUuid) and other.column == self.column

    def __hash__(self) -> int:
        return hash(self.column)
