"""A table as the validator of a collection: `$jsonSchema` from its columns, `$expr` from its checks.

What a column is in full stands in its `title`, which MongoDB keeps and does not look at: the portable type, and
behind a line break, as JSON, what BSON's types cannot say, such as its default. `description` is the comment.
https://www.mongodb.com/docs/manual/reference/operator/query/jsonSchema/
"""

from __future__ import annotations

import json
from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema import types
from toasty_core.schema.codec import CHECK, COLUMN, FOREIGN_KEY
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_mongo.expressions import check_expression
from toasty_mongo.names import BACKEND, path_of

Words = dict[str, Any]

_BSON: dict[type[Type], tuple[str, ...]] = {
    types.String: ("string",),
    types.Char: ("string",),
    types.Text: ("string",),
    types.Enum: ("string",),
    types.SmallInteger: ("int", "long"),
    types.Integer: ("int", "long"),
    types.BigInteger: ("int", "long"),
    types.Float: ("double", "int", "long"),
    types.Double: ("double", "int", "long"),
    types.Decimal: ("decimal",),
    types.Boolean: ("bool",),
    types.Date: ("date",),
    types.DateTime: ("date",),
    types.Time: ("string",),
    types.Interval: ("double", "int", "long"),
    types.Uuid: ("binData",),
    types.Binary: ("binData",),
    types.Array: ("array",),
    types.Document: ("object",),
}
NATIVE = (
    *(
        "double",
        "string",
        "object",
        "array",
        "binData",
        "objectId",
        "bool",
        "date",
        "null",
        "regex",
    ),
    *("javascript", "int", "timestamp", "long", "decimal", "minKey", "maxKey", "number"),
)


def bson_types(type_: Type) -> tuple[str, ...]:
    """BSON's types that hold values of this type; none for JSON, which may be anything."""
    if isinstance(type_, types.Native):
        return _native(type_)
    return _BSON.get(type(type_), ())


def _native(type_: types.Native) -> tuple[str, ...]:
    if type_.backend in (None, BACKEND) and type_.sql in NATIVE:
        return (type_.sql,)
    raise Unsupported(
        f"MongoDB has no type {type_.sql!r}",
        reason="native types are those of BSON, such as Native('objectId', backend='mongodb')",
        hint="for models that serve several databases: Variant(Text, mongodb=...)",
    )


def validator(table: TableDef) -> Words:
    """The validator of a canonical table."""
    schema = {"$jsonSchema": table_schema(table)}
    checks = [{"$expr": check_expression(table, check)} for check in table.checks]
    return {"$and": [schema, *checks]} if checks else schema


def table_schema(table: TableDef) -> Words:
    """The `$jsonSchema` of a canonical table."""
    key = table.key_columns
    required: list[str] = []
    properties: Words = {}
    for column in table.columns:
        field = path_of(table, column.name).partition(".")[0]
        if field == "_id" and len(key) > 1:
            properties.setdefault("_id", _compound(table))
        else:
            properties[field] = property_schema(column, named=field == "_id")
        if not column.nullable and field != "_id":
            required.append(field)
    return _without_none(
        {
            "bsonType": "object",
            "title": _meta(table),
            "description": table.comment,
            "required": required or None,
            "properties": properties or None,
        }
    )


def _compound(table: TableDef) -> Words:
    """A primary key of several columns: a document whose fields have one order."""
    columns = [table.column(name) for name in table.key_columns]
    return {
        "bsonType": "object",
        "required": [column.name for column in columns],
        "properties": {column.name: property_schema(column) for column in columns},
    }


def property_schema(column: ColumnDef, *, named: bool = False) -> Words:
    """What a column's field may hold, and in its title what the column is."""
    words = {**type_schema(column.type, column.nullable), "title": _title(column, named)}
    return _without_none({**words, "description": column.comment})


def type_schema(type_: Type, nullable: bool) -> Words:
    """What a value of this type is in BSON."""
    found = bson_types(type_)
    if not found:
        return {} if nullable else {"not": {"bsonType": "null"}}
    kinds = [*found, "null"] if nullable else list(found)
    return {"bsonType": kinds[0] if len(kinds) == 1 else kinds, **_limits(type_, nullable)}


def _limits(type_: Type, nullable: bool) -> Words:
    match type_:
        case types.String(length) | types.Char(length) if length:
            return {"maxLength": length}
        case types.Enum(values=values):
            return {"enum": [*values, None] if nullable else list(values)}
        case types.Array(item):
            inner = type_schema(item, nullable=True)
            return {"items": inner} if inner else {}
        case types.Document(fields):
            required = [field.name for field in fields if not field.nullable]
            inner = {field.name: type_schema(field.type, field.nullable) for field in fields}
            return _without_none({"required": required or None, "properties": inner or None})
    return {}


def _title(column: ColumnDef, named: bool) -> str:
    said = COLUMN.write(column)
    left_out = ("type", "nullable", "comment", *(() if named else ("name",)))
    rest = {name: value for name, value in said.items() if name not in left_out}
    return f"{column.type}\n{_json(rest)}" if rest else str(column.type)


def _meta(table: TableDef) -> str | None:
    """What stands in no single field: foreign keys, and checks as they were written."""
    said: Words = {}
    if table.checks:
        said["checks"] = [CHECK.write(check) for check in table.checks]
    if table.foreign_keys:
        said["foreign_keys"] = [FOREIGN_KEY.write(key) for key in table.foreign_keys]
    return _json(said) if said else None


def _json(value: Words) -> str:
    return json.dumps(value, ensure_ascii=False)


def _without_none(words: Words) -> Words:
    return {name: value for name, value in words.items() if value is not None}
