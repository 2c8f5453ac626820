"""Documents that point at nothing: the server looks each of them up by an index, and only the strays come back.

https://www.mongodb.com/docs/manual/reference/operator/aggregation/lookup/
"""

from __future__ import annotations

from typing import Any

from toasty_core.backends import DataCheck
from toasty_core.schema.constraints import ForeignKeyDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mongo.names import path_of
from toasty_mongo.statements import Count

Words = dict[str, Any]
Stages = tuple[Words, ...]

_FOUND = "_found"
_POINTED = "_pointed"


def orphans(schema: SchemaSnapshot, table: TableDef, key: ForeignKeyDef) -> DataCheck:
    """The question for documents of a table whose key points at nothing; a null in it points nowhere, as in SQL."""
    parent = schema.table(key.table)
    here = {name: path_of(table, name) for name in key.columns}
    told = {name: path_of(table, name) for name in table.key_columns} or {"_id": "_id"}
    filled = {"$match": {path: {"$ne": None} for path in here.values()}}
    return DataCheck(
        f"{table.key}.{key.columns[0]}",
        f"point at no document of {parent.key}",
        f"put what is missing into {parent.key}, or clear what points at it, first",
        Count(
            table.key, (filled, *_looked_up(table, parent, key)), tuple({**told, **here}.items())
        ),
    )


def _looked_up(table: TableDef, parent: TableDef, key: ForeignKeyDef) -> Stages:
    """Measured over 300,000 documents: 1.5 seconds by the field itself, 7.5 by a pipeline with `$expr`."""
    references = key.references or parent.key_columns
    pairs = {
        there: path_of(table, here) for here, there in zip(key.columns, references, strict=True)
    }
    if set(pairs) == set(parent.key_columns):
        if len(pairs) == 1:
            return _by_field(parent, pairs[references[0]], "_id")
        whole = {name: f"${pairs[name]}" for name in parent.key_columns}
        return ({"$set": {_POINTED: whole}}, *_by_field(parent, _POINTED, "_id"))
    if len(pairs) == 1 and _is_unique(parent, references[0]):
        return _by_field(parent, pairs[references[0]], references[0])
    return _by_pipeline(parent, pairs)


def _is_unique(table: TableDef, column: str) -> bool:
    """Is there at most one document with a value? More would all be fetched."""
    alone = [index.column_names for index in table.indexes if index.unique and not index.where]
    return (column,) in (*alone, *(unique.columns for unique in table.uniques))


def _by_field(parent: TableDef, here: str, there: str) -> Stages:
    """A list finds what any of its values points at, and is no value of a foreign key: it is a stray itself."""
    words = {"from": parent.key, "localField": here, "foreignField": there, "as": _FOUND}
    stray = {"$or": [{_FOUND: []}, {here: {"$type": "array"}}]}
    return ({"$lookup": words}, {"$match": stray})


def _by_pipeline(parent: TableDef, pairs: dict[str, str]) -> Stages:
    values = {f"v{number}": f"${here}" for number, here in enumerate(pairs.values())}
    equal = [
        {"$eq": [f"${path_of(parent, there)}", f"$$v{number}"]}
        for number, there in enumerate(pairs)
    ]
    inner = [{"$match": {"$expr": {"$and": equal}}}, {"$limit": 1}, {"$project": {"_id": 1}}]
    words = {"from": parent.key, "let": values, "pipeline": inner, "as": _FOUND}
    return ({"$lookup": words}, {"$match": {_FOUND: []}})
