"""The live schema: from validators and indexes, and where there is no validator from some of the documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve

from toasty_core.errors import ToastyError
from toasty_core.schema import types
from toasty_core.schema.codec import CHECK, COLUMN, FOREIGN_KEY
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, IndexColumn, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_mongo.expressions import as_expression
from toasty_mongo.index_forms import EVERY, TEXT, canonical_index, column_of
from toasty_mongo.indexes import SETTINGS
from toasty_mongo.names import BACKEND, OWN, column_path
from toasty_mongo.settled import SIMPLE, settled_settings
from toasty_mongo.validators import property_schema, validator

if TYPE_CHECKING:
    from pymongo.database import Database

Words = Mapping[str, Any]

SAMPLED = 1000
"""How many documents are looked at where there is no validator."""
_NOT_SETTINGS = ("validator", "uuid", "flags", "idIndex", "encryptedFields")


def introspect(database: Database[Any], session: Any) -> SchemaSnapshot:
    """All collections but Toasty's own, views and those of the server."""
    found = sorted(database.list_collections(session=session), key=lambda item: item["name"])
    tables = [_table(database, session, item) for item in found if _is_table(item)]
    return SchemaSnapshot.of(*tables)


def _is_table(item: Words) -> bool:
    return item.get("type") != "view" and not item["name"].startswith((OWN, "system."))


def _table(database: Database[Any], session: Any, item: Words) -> TableDef:
    name, options = item["name"], item.get("options", {})
    rules = options.get("validator") or {}
    if "timeseries" in options:
        bare = TableDef(name, ())
    elif not rules:
        from toasty_mongo.sampling import sampled_table

        bare = sampled_table(database, session, name)
    else:
        bare = read_table(name, rules)
    bare = evolve(bare, options=read_settings(options))
    specs = database[name].list_indexes(session=session)
    own = (dict(spec) for spec in specs if spec["name"] != "_id_" and not spec.get("clustered"))
    indexes = [read_index(bare, spec) for spec in own]
    return evolve(bare, indexes=indexes)


def read_settings(options: Words) -> dict[str, Words]:
    """The settings of a collection that are not as usual."""
    found = {key: value for key, value in options.items() if key not in _NOT_SETTINGS}
    own = settled_settings(found)
    return {BACKEND: own} if own else {}


# Validators.


def read_table(name: str, rules: Words) -> TableDef:
    """The table that a validator describes, ours or another."""
    schema, checks = _parts(rules)
    said = _meta(schema)
    columns, key = _columns(schema)
    table = TableDef(
        name,
        columns,
        primary_key=key,
        foreign_keys=[FOREIGN_KEY.read(dict(link)) for link in said.get("foreign_keys", ())],
        checks=[CHECK.read(dict(check)) for check in said.get("checks", ())],
        comment=schema.get("description"),
    )
    return table if _checks_agree(table, rules) else evolve(table, checks=map(_check, checks))


def _parts(rules: Words) -> tuple[Words, list[Words]]:
    """The `$jsonSchema` of a validator, and its conditions besides."""
    if "$or" in rules:  # a column is on its way to another name
        return _parts(rules["$or"][0])
    parts = rules.get("$and", [rules])
    schema: Words = next((part["$jsonSchema"] for part in parts if "$jsonSchema" in part), {})
    rest = [{k: v for k, v in part.items() if k != "$jsonSchema"} for part in parts]
    return schema, [part for part in rest if part]


def _check(part: Words) -> CheckDef:
    return CheckDef(as_expression(part["$expr"] if set(part) == {"$expr"} else part))


def _checks_agree(table: TableDef, rules: Words) -> bool:
    """Are the checks those of which the title speaks?"""
    try:
        return _parts(validator(table))[1] == _parts(rules)[1]
    except ToastyError:
        return False


def _meta(schema: Words) -> Words:
    try:
        said = json.loads(schema.get("title", "{}"))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _columns(schema: Words) -> tuple[list[ColumnDef], tuple[str, ...]]:
    required = schema.get("required", ())
    columns: list[ColumnDef] = []
    key: tuple[str, ...] = ()
    for field, words in schema.get("properties", {}).items():
        if field == "_id" and "title" not in words and "properties" in words:
            parts = [_column(name, part, True) for name, part in words["properties"].items()]
            columns += parts
            key = tuple(column.name for column in parts)
        else:
            columns.append(_column(field, words, field in required))
            key = (columns[-1].name,) if field == "_id" else key
    return columns, key


def _column(field: str, words: Words, required: bool) -> ColumnDef:
    """The column of which the title speaks, if the rest says the same; else the one that the rest describes."""
    nullable = not required and field != "_id"
    if "title" in words:
        with_title = _titled(field, words, nullable)
        if with_title is not None:
            return with_title
    comment = words.get("description")
    return ColumnDef(field, type_of(words), nullable=nullable, comment=comment)


def _titled(field: str, words: Words, nullable: bool) -> ColumnDef | None:
    type_, _, rest = str(words["title"]).partition("\n")
    said: dict[str, Any] = {"name": field, "type": type_, "comment": words.get("description")}
    for null in dict.fromkeys((nullable, False, True)):
        try:
            column = COLUMN.read({**said, **json.loads(rest or "{}"), "nullable": null})
            agrees = property_schema(column, named=field == "_id") == dict(words)
        except (ToastyError, ValueError, TypeError):
            return None
        if agrees:
            found: ColumnDef = column
            return found
    return None


_TYPES: dict[str, Type] = {
    "string": types.Text(),
    "int": types.Integer(),
    "long": types.BigInteger(),
    "double": types.Double(),
    "decimal": types.Decimal(),
    "bool": types.Boolean(),
    "date": types.DateTime(),
    "binData": types.Binary(),
    "objectId": types.Native("objectId", backend=BACKEND),
    "timestamp": types.Native("timestamp", backend=BACKEND),
    "regex": types.Native("regex", backend=BACKEND),
}


def type_of(words: Words) -> Type:
    """The portable type that is nearest to what a field may hold."""
    given = words.get("bsonType", words.get("type", ()))
    kinds = [given] if isinstance(given, str) else list(given)
    kinds = [kind for kind in kinds if kind != "null"]
    values = [value for value in words.get("enum", ()) if value is not None]
    if values and all(isinstance(value, str) for value in values):
        return types.Enum(*values)
    if "maxLength" in words and kinds == ["string"]:
        return types.String(words["maxLength"])
    if kinds == ["array"]:
        return types.Array(type_of(words.get("items", {})))
    if kinds == ["object"] and words.get("properties"):
        return _document(words)
    return _scalar(kinds)


def _document(words: Words) -> Type:
    required = words.get("required", ())
    return types.Document(
        *(
            types.Field(name, type_of(inner), nullable=name not in required)
            for name, inner in sorted(words["properties"].items())  # as `canonical_type` has them
        )
    )


def _scalar(kinds: list[str]) -> Type:
    found = set(kinds)
    if len(found) == 1:
        return _TYPES.get(kinds[0], types.Json())
    if found == {"int", "long"}:
        return types.Integer()
    if found and found <= {"int", "long", "double", "number"}:
        return types.Double()
    return types.Json()


# Indexes.


def read_index(table: TableDef, spec: dict[str, Any]) -> IndexDef:
    """An index from its words in the catalog."""
    parts, using = _key_parts(table, spec)
    settings = {key: _setting(spec[key]) for key in SETTINGS if key in spec}
    if "collation" in table.options.get(BACKEND, {}):
        settings.setdefault("collation", SIMPLE)
    options = {BACKEND: {**settings, "using": using}}
    index = IndexDef(spec["name"], parts, unique=bool(spec.get("unique")), options=options)
    return canonical_index(table, index)


def _setting(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _key_parts(table: TableDef, spec: Words) -> tuple[list[IndexColumn], dict[str, str]]:
    parts: list[IndexColumn] = []
    using: dict[str, str] = {}
    for path, kind in _fields(spec):
        label = column_path(table, path)
        part = column_of(table, label)
        parts.append(evolve(part, descending=True if kind == -1 else None))
        if isinstance(kind, str):
            using[label] = kind
    return parts, using


def _fields(spec: Words) -> Iterator[tuple[str, Any]]:
    """The fields with their directions or kinds; those of a text index stand among its weights."""
    for path, kind in spec["key"].items():
        if path == "_fts":
            names = (name for name in spec.get("weights", {}) if name not in spec["key"])
            yield from ((name, TEXT) for name in names)
        elif path == EVERY:
            yield EVERY, "wildcard"
        elif path.endswith(f".{EVERY}"):
            yield path.removesuffix(f".{EVERY}"), "wildcard"
        elif path != "_ftsx":
            yield path, int(kind) if isinstance(kind, float) else kind
