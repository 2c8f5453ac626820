"""Indexes in DynamoDB's words: which can be, and what CreateTable and UpdateTable take for one.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from toasty_core.backends import only_for
from toasty_core.errors import Unsupported
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.tables import TableDef
from toasty_dynamo.names import BACKEND, refuse_index_name
from toasty_dynamo.settings import ALL, GLOBAL, INDEX, LOCAL, index_settings, usual

Words = dict[str, Any]

MOST_GLOBAL, MOST_LOCAL = 20, 5
"""How many indexes a table may have."""
_PRESENT = r"\s*\(?\s*(\"?)([\w$.-]+)\1\s+IS\s+NOT\s+NULL\s*\)?\s*"
_OTHER = 'leave it to another database with only=["..."]'


def own_indexes(table: TableDef) -> tuple[IndexDef, ...]:
    """The indexes that are for DynamoDB."""
    return tuple(index for index in table.indexes if only_for(BACKEND, index.only))


def is_local(table: TableDef, index: IndexDef) -> bool:
    """Does the index share the table's partition key? Then it is there from the table's creation on."""
    return bool(usual(INDEX, index_settings(table, index), "kind") == LOCAL)


def index_key(table: TableDef, index: IndexDef) -> tuple[str, ...]:
    """The attributes of the index's key: partition key, and sort key if there is one."""
    columns = index.column_names
    if is_local(table, index) and len(columns) == 1:
        return (*table.key_columns[:1], *columns)
    return columns


def index_words(table: TableDef, index: IndexDef) -> Words:
    """The index as CreateTable takes it. Raises Unsupported."""
    refuse_index(table, index)
    settings = index_settings(table, index)
    kinds = ("HASH", "RANGE")
    words: Words = {
        "IndexName": index.name,
        "KeySchema": [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(index_key(table, index), kinds, strict=False)
        ],
        "Projection": _projection(table, index, settings),
    }
    capacity = throughput(settings) or throughput(table.options.get(BACKEND, {}))
    if capacity and usual(INDEX, settings, "kind") == GLOBAL:
        words["ProvisionedThroughput"] = capacity
    return words


def throughput(settings: Any) -> Words:
    """ProvisionedThroughput; empty where no capacity is said."""
    if settings.get("read_capacity") is None or settings.get("write_capacity") is None:
        return {}
    return {
        "ReadCapacityUnits": settings["read_capacity"],
        "WriteCapacityUnits": settings["write_capacity"],
    }


def _projection(table: TableDef, index: IndexDef, settings: Words) -> Words:
    wanted = usual(INDEX, settings, "projection")
    if isinstance(wanted, str):
        return {"ProjectionType": wanted}
    for name in wanted:
        table.column(name)
    keys = (*table.key_columns, *index_key(table, index))
    rest = [name for name in wanted if name not in keys]
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": rest} if rest else _only_keys()


def _only_keys() -> Words:
    return {"ProjectionType": "KEYS_ONLY"}


# What cannot be.


def refuse_indexes(table: TableDef) -> None:
    """Raises Unsupported where a table has an index that cannot be, or too many."""
    indexes = own_indexes(table)
    for index in indexes:
        refuse_index(table, index)
    local = [index for index in indexes if is_local(table, index)]
    for found, most, word in (
        (len(indexes) - len(local), MOST_GLOBAL, "global"),
        (len(local), MOST_LOCAL, "local"),
    ):
        if found > most:
            raise Unsupported(
                f"table {table.key!r} would have {found} {word} indexes",
                reason=f"DynamoDB takes {most} in a table",
                hint="drop one that is not needed, or ask several questions of one index",
            )


def refuse_index(table: TableDef, index: IndexDef) -> None:
    """Raises Unsupported with the reason, the index, and the ways out."""
    what = f"index {index.name!r} of {table.key}"
    refuse_index_name(index.name)
    settings = index_settings(table, index)
    if index.unique:
        raise Unsupported(
            f"{what} is unique",
            reason="an index of DynamoDB never keeps values apart",
            hint='use a unique constraint with options={"dynamodb": {"unique": "sentinel"}} and a plain index,'
            f" or {_OTHER}",
        )
    _refuse_parts(table, index, what)
    if settings.get("kind") == LOCAL:
        _refuse_local(table, index, what)
    for name in index.column_names:
        _refuse_type(table.column(name), what)
    if index.where is not None and not _is_presence(index):
        raise Unsupported(
            f"{what} has the condition {index.where}",
            reason="an index of DynamoDB holds the items that have its columns, and no other condition",
            hint="put the value into a column of its own for the items that count, and index that,"
            f" or {_OTHER}",
        )


def _refuse_parts(table: TableDef, index: IndexDef, what: str) -> None:
    if any(part.expression for part in index.columns):
        raise Unsupported(
            f"{what} is over an expression",
            reason="DynamoDB indexes attributes",
            hint=f"store the value in a column of its own, and index that, or {_OTHER}",
        )
    if not 1 <= len(index.columns) <= 2:
        raise Unsupported(
            f"{what} has {len(index.columns)} columns",
            reason="an index has a partition key, and maybe a sort key",
            hint=f"join the columns into one of their own, such as 'tenant#day', or {_OTHER}",
        )


def _refuse_local(table: TableDef, index: IndexDef, what: str) -> None:
    if len(table.key_columns) != 2:
        raise Unsupported(
            f"{what} is local",
            reason="only a table with a sort key has local indexes",
            hint="leave kind='local' out: a global index",
        )
    key = index_key(table, index)
    if key[0] != table.key_columns[0] or len(key) != 2:
        raise Unsupported(
            f"{what} is local, and does not begin with {table.key_columns[0]!r}",
            reason="a local index has the partition key of its table, and another sort key",
            hint="leave kind='local' out: a global index",
        )


def _refuse_type(column: ColumnDef, what: str) -> None:
    if attribute_type(column) is None:
        raise Unsupported(
            f"{what} is on {column.name!r}, which is of type {column.type}",
            reason="keys of tables and indexes are texts, numbers or binary values",
            hint="keep the value as a text or a number in a column of its own, and index that",
        )


def _is_presence(index: IndexDef) -> bool:
    """Does the condition only say that the index's own columns have a value?"""
    text = index.where.for_backend(BACKEND) if index.where is not None else None
    if text is None:
        return False
    parts = re.split(r"\s+AND\s+", text.strip(), flags=re.IGNORECASE)
    found = [re.fullmatch(_PRESENT, part, re.IGNORECASE) for part in parts]
    return all(match is not None and match[2] in index.column_names for match in found)


# Types of keys.


def attribute_type(column: ColumnDef) -> str | None:
    """The type of an attribute in a key: `S`, `N` or `B`; None where the column cannot be in one."""
    from toasty_dynamo.values import kind_of, stored_types

    found = stored_types(kind_of(column))
    return found[0] if found in (("S",), ("N",), ("B",)) else None


def key_attributes(table: TableDef) -> Iterator[tuple[str, str]]:
    """The attributes of all keys of the table, each once, with their types."""
    names = [*table.key_columns]
    for index in own_indexes(table):
        names += index_key(table, index)
    for name in dict.fromkeys(names):
        yield name, attribute_type(table.column(name)) or "S"


__all__ = [
    "ALL",
    "MOST_GLOBAL",
    "MOST_LOCAL",
    "attribute_type",
    "index_key",
    "index_words",
    "is_local",
    "key_attributes",
    "own_indexes",
    "refuse_index",
    "refuse_indexes",
    "throughput",
]
