"""MongoDB as the corpus's nine checks want it: the applications' tables as collections, looked at with PyMongo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from bson.decimal128 import Decimal128

from corpus import rows

Documents = dict[str, list[dict[str, Any]]]
OWN = ("toasty_", "system.")
USUAL = {"validationLevel": "strict", "validationAction": "error"}
"""What MongoDB does where nothing is said, and says after the first collMod."""


# Rows, as an application would put them in.


def documents(metadata: sa.MetaData, never_null: Iterable[tuple[str, str]]) -> Documents:
    """Up to three documents for each table: the judge's rows, read from a SQLite that knows nothing of us."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        rows.fill(connection, metadata, never_null=tuple(never_null))
        found = {
            table.name: [
                document(table, row) for row in connection.execute(sa.select(table)).mappings()
            ]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def document(table: sa.Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as a document: the primary key is the `_id`, a compound one a document."""
    values = {column.name: as_bson(row[column]) for column in table.columns}
    key = [column.name for column in table.primary_key.columns]
    parts = {name: values.pop(name) for name in key}
    if not key:
        return values
    return {"_id": parts[key[0]] if len(key) == 1 else parts, **values}


def as_bson(value: Any) -> Any:
    """The value as BSON has it."""
    match value:
        case Decimal():
            return Decimal128(value)
        case datetime():
            return value.replace(tzinfo=None)
        case date():
            return datetime(value.year, value.month, value.day)
        case time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
    return value


def put(database: Any, given: Documents) -> None:
    """Puts the documents in; the validators let them pass, or this raises."""
    for collection, found in given.items():
        if found:
            database[collection].insert_many(found)


# What is there, for comparison.


def snapshot(database: Any, metadata: sa.MetaData) -> dict[str, Any]:
    """Every table's columns and rows, the values spelt as the corpus compares them."""
    return {
        table.name: {
            "columns": [column.name for column in table.columns],
            "rows": [tuple(values(table, one)) for one in database[table.name].find()],
        }
        for table in metadata.tables.values()
    }


def values(table: sa.Table, found: Mapping[str, Any]) -> Iterator[Any]:
    """The values of a document in the order of the table's columns."""
    key = [column.name for column in table.primary_key.columns]
    for column in table.columns:
        if column.name not in key:
            value = found.get(column.name)
        else:
            value = found["_id"] if len(key) == 1 else found["_id"][column.name]
        yield rows.norm(value.to_decimal() if isinstance(value, Decimal128) else value)


def shape(database: Any) -> dict[str, Any]:
    """All collections with their validators and indexes, as the server tells them."""
    names = sorted(n for n in database.list_collection_names() if not n.startswith(OWN))
    return {
        name: {"rules": rules(database, name), "indexes": indexes(database, name)} for name in names
    }


def rules(database: Any, collection: str) -> Any:
    """The collection's options, whatever order the fields and the checks are in."""
    (found,) = database.list_collections(filter={"name": collection})
    return unordered({**USUAL, **found["options"]})


def unordered(found: Any) -> Any:
    if isinstance(found, Mapping):
        return {name: unordered(found[name]) for name in sorted(found)}
    if isinstance(found, list):
        return sorted((unordered(one) for one in found), key=repr)
    return found


def indexes(database: Any, collection: str) -> dict[str, Any]:
    """The collection's indexes by name."""
    specs = database[collection].list_indexes()
    return {spec["name"]: {**spec, "key": list(spec["key"].items())} for spec in specs}


def fields(database: Any, collection: str) -> dict[str, bool]:
    """The fields that the validator knows, and whether each must be there: `_id` is not among them."""
    schema = found_schema(rules(database, collection).get("validator", {}))
    must = schema.get("required", ())
    return {name: name in must for name in schema.get("properties", {}) if name != "_id"}


def found_schema(validator: Any) -> Any:
    """The `$jsonSchema` of a validator, which may stand beside checks."""
    parts = [validator, *validator.get("$and", ())]
    return next((part["$jsonSchema"] for part in parts if "$jsonSchema" in part), {})


def wanted_fields(table: sa.Table) -> dict[str, bool]:
    """What the application's own model says: every column but the key's, and whether it may not be null."""
    return {c.name: not c.nullable for c in table.columns if not c.primary_key}
