"""Indexes in MongoDB's words.

A unique index lets several documents have no value, as SQL does: over columns that may be null it is partial. Its
condition is one that the planner sees in a search for a value (`{$gte: ""}`), where there is such a one.
https://www.mongodb.com/docs/manual/core/index-partial/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import IndexColumn, IndexDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_mongo.index_forms import BY_FIELD, EVERY, kinds_of, label_of
from toasty_mongo.names import BACKEND, field_path, path_of

Words = dict[str, Any]

KINDS = ("text", "hashed", "2dsphere", "2d", "wildcard")
"""What `using` may be: another index than an ordered one."""
SETTINGS = (
    *("sparse", "expireAfterSeconds", "hidden", "collation", "partialFilterExpression", "bits"),
    *("weights", "default_language", "language_override", "textIndexVersion", "min", "max"),
    *("wildcardProjection", "2dsphereIndexVersion"),
)
"""What an index's options for MongoDB may be, besides `using`: as createIndexes calls them."""
_LEAST = {
    "string": "",
    "int": float("-inf"),
    "double": float("-inf"),
    "decimal": float("-inf"),
    "bool": False,
    "date": datetime(1, 1, 1),
    "binData": b"",
}
_ANYTHING = ["object", "array", "string", "double", "int", "long", "decimal", "bool", "date"]
_PATH = r"[\w$ -]+(\.[\w$ -]+)*"


def index_words(table: TableDef, index: IndexDef) -> Words:
    """What createIndexes takes for an index of a canonical table. Raises Unsupported."""
    if "\0" in index.name:
        raise Unsupported(f"no index can be called {index.name!r}", reason="it holds a null byte")
    words: Words = {"name": index.name, "key": key_words(table, index)}
    if index.unique:
        words["unique"] = True
    where = index_filter(table, index)
    if where:
        words["partialFilterExpression"] = where
    return {**words, **_settings(table, index)}


def key_words(table: TableDef, index: IndexDef) -> Words:
    """The fields of the index, each with its direction or kind."""
    kinds = kinds_of(index)
    if not index.columns and not kinds:
        raise Unsupported(f"index {index.name!r} names no column", reason="an index is over fields")
    columns = index.columns or [IndexColumn(expression=Expression(EVERY))]
    return dict(_key_part(table, index, part, kinds.get(label_of(part))) for part in columns)


def _key_part(
    table: TableDef, index: IndexDef, part: IndexColumn, kind: str | None
) -> tuple[str, int | str]:
    path = EVERY if label_of(part) == EVERY else _path(table, index, part)
    if kind == "wildcard":
        return path if path == EVERY else f"{path}.{EVERY}", 1
    return path, kind or (-1 if part.descending else 1)


def _path(table: TableDef, index: IndexDef, part: IndexColumn) -> str:
    if part.name is not None:
        return path_of(table, part.name)
    text = (part.expression and part.expression.for_backend(BACKEND)) or ""
    column, _, rest = text.partition(".")
    if re.fullmatch(_PATH, text):
        if rest and table.has_column(column):
            return f"{path_of(table, column)}.{rest}"
        if not table.columns:  # a time series, whose fields stand nowhere
            return text
    from toasty_mongo.backend import MongoBackend

    raise Unsupported(
        f"index {index.name!r} of {table.key} is over the expression {text!r}",
        reason=MongoBackend.features.reasons["expression_indexes"],
        hint="a field of a nested document is written as its path: expr('address.city')",
    )


def _settings(table: TableDef, index: IndexDef) -> Words:
    words = dict(index.options.get(BACKEND, {}))
    words.pop("using", None)
    for name in BY_FIELD:
        if isinstance(words.get(name), Mapping):
            words[name] = {field_path(table, key): item for key, item in words[name].items()}
    return words


def index_filter(table: TableDef, index: IndexDef) -> Words | None:
    """The condition of a partial index: what is written, or what lets documents of a unique one have no value."""
    if index.where is not None:
        return where_filter(table, index.where)
    own = index.options.get(BACKEND, {})
    if not index.unique or own.get("sparse"):
        return None
    return unique_filter(table, index) or None


def unique_filter(table: TableDef, index: IndexDef) -> Words:
    """The condition under which a unique index counts a document: none of its values is null."""
    names = [name for name in index.column_names if name not in table.key_columns]
    columns = [table.column(name) for name in names if table.column(name).nullable]
    return {path_of(table, column.name): not_null(column) for column in columns}


def not_null(column: ColumnDef) -> Words:
    """The condition that a field has a value of its column's type."""
    from toasty_mongo.validators import bson_types

    found = bson_types(column.type)
    if found and found[0] in _LEAST:
        return {"$gte": _LEAST[found[0]]}
    return {"$type": list(found) or _ANYTHING}


def any_value(column: ColumnDef) -> Words:
    """The same condition in other words, as one collection has no two indexes that say all the same."""
    from toasty_mongo.validators import bson_types

    return {"$exists": True, "$type": list(bson_types(column.type)) or _ANYTHING}


def where_filter(table: TableDef, where: Expression) -> Words:
    """The condition of a partial index as a filter. Raises Unsupported for what such a filter cannot say."""
    from toasty_mongo.filters import filter_words

    return filter_words(table, where)
