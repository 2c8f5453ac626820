"""The calls that lead from one table to another: as few as can be, in an order that the service takes.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.tables import TableDef
from toasty_dynamo.indexes import (
    attribute_type,
    index_key,
    index_words,
    is_local,
    key_attributes,
    own_indexes,
    throughput,
)
from toasty_dynamo.settings import (
    PROVISIONED,
    STANDARD,
    TABLE,
    index_settings,
    table_settings,
    usual,
)
from toasty_dynamo.statements import Call, Does
from toasty_dynamo.tables import (
    attribute_words,
    billing_words,
    create_words,
    refuse_table,
    stream_words,
    tag_words,
)

Words = dict[str, Any]
Calls = Iterator[Call]

_NOT_ENFORCED = "recorded here and not enforced by DynamoDB"
_TTL_WAITS = "AWS takes one change of the time to live in an hour: the second waits for that"


def calls(was: TableDef | None, will: TableDef | None, name: str) -> tuple[Call, ...]:
    """The calls from a canonical table to another; None is no table. Raises Unsupported.

    `name` is what the service knows the table by.
    """
    if will is None:
        return tuple(_drop(was, name)) if was is not None else ()
    refuse_table(will, name.removesuffix(will.key))
    found = _create(will, name) if was is None else _change(was, will, name)
    return tuple(found)


def _create(table: TableDef, name: str) -> Calls:
    said = [
        word
        for word, parts in (("foreign keys", table.foreign_keys), ("checks", table.checks))
        if parts
    ]
    note = f"{' and '.join(said)} are {_NOT_ENFORCED}" if said else None
    yield Call("CreateTable", create_words(table, name), Does.CREATE, note=note)
    settings = table_settings(table)
    yield from _ttl(None, settings.get("ttl"), name)
    yield from _recovery(False, bool(settings.get("point_in_time_recovery")), name)


def _drop(table: TableDef, name: str) -> Calls:
    if table_settings(table).get("deletion_protection"):
        raise Unsupported(
            f"table {table.key!r} cannot be dropped",
            reason="it is protected: its option deletion_protection is True",
            hint="set the table's options without it first, in a migration of its own",
        )
    yield Call("DeleteTable", {"TableName": name}, Does.DROP)


def _change(was: TableDef, will: TableDef, name: str) -> Calls:
    refuse_fixed(was, will)
    old, new = table_settings(was), table_settings(will)
    come, gone = _index_changes(was, will)
    yield from (_drop_index(name, index) for index in gone)
    yield from _billing(was, will, name)
    if old.get("stream") != new.get("stream"):
        if old.get("stream") and new.get("stream"):  # another view needs a new stream
            yield _setting(name, {"StreamSpecification": {"StreamEnabled": False}})
        yield _setting(name, {"StreamSpecification": stream_words(new)})
    flags = [bool(settings.get("deletion_protection")) for settings in (old, new)]
    if flags[0] != flags[1]:
        yield _setting(name, {"DeletionProtectionEnabled": flags[1]})
    if old.get("table_class") != new.get("table_class"):
        yield _setting(name, {"TableClass": usual(TABLE, new, "table_class") or STANDARD})
    yield from _ttl(old.get("ttl"), new.get("ttl"), name)
    yield from _recovery(
        bool(old.get("point_in_time_recovery")), bool(new.get("point_in_time_recovery")), name
    )
    yield from _tags(old.get("tags", {}), new.get("tags", {}), name)
    yield from (_create_index(will, name, index) for index in come)


def _setting(name: str, words: Words) -> Call:
    return Call("UpdateTable", {"TableName": name, **words})


# What stands from the creation of a table on.


def refuse_fixed(was: TableDef, will: TableDef) -> None:
    """Raises Unsupported where the two differ in what no call changes."""
    if _key(was) != _key(will):
        raise Unsupported(
            f"the primary key of {was.key} cannot be changed in place",
            reason="the key of a table and the types in it are fixed when it is made",
            hint="make a new table and copy the items, or change the primary key with db.change_primary_key,"
            " which does that",
        )
    local = [
        {i.name: _essence(table, i) for i in own_indexes(table) if is_local(table, i)}
        for table in (was, will)
    ]
    if local[0] != local[1]:
        named = sorted(n for n in {**local[0], **local[1]} if local[0].get(n) != local[1].get(n))
        raise Unsupported(
            f"the local index {named[0]!r} of {was.key} cannot be changed in place",
            reason="local indexes are fixed when their table is made",
            hint="make it a global index, or make a new table and copy the items",
        )


def _key(table: TableDef) -> list[tuple[str, str | None]]:
    return [(name, attribute_type(table.column(name))) for name in table.key_columns]


# Indexes.


def _index_changes(was: TableDef, will: TableDef) -> tuple[list[IndexDef], list[str]]:
    """The indexes that come, and the names of those that go; one that is to be another goes and comes."""
    old = {i.name: _essence(was, i) for i in own_indexes(was) if not is_local(was, i)}
    new = {i.name: _essence(will, i) for i in own_indexes(will) if not is_local(will, i)}
    gone = [name for name, words in old.items() if new.get(name) != words]
    come = [i for i in own_indexes(will) if i.name in new and old.get(i.name) != new[i.name]]
    return come, gone


def _essence(table: TableDef, index: IndexDef) -> Words:
    """What no call changes in an index: key, types of the key, projection."""
    words = index_words(table, index)
    words.pop("ProvisionedThroughput", None)
    kinds = [attribute_type(table.column(name)) for name in index_key(table, index)]
    return {**words, "types": kinds}


def replaced(was: TableDef, will: TableDef) -> list[str]:
    """The names of the indexes of `was` that go, or become others."""
    return _index_changes(was, will)[1]


def _drop_index(name: str, index: str) -> Call:
    change = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index}}]}
    return Call("UpdateTable", {"TableName": name, **change}, Does.DROP_INDEX, index)


def _create_index(table: TableDef, name: str, index: IndexDef) -> Call:
    keys = index_key(table, index)
    attributes = [item for item in key_attributes(table) if item[0] in keys]
    words = {
        "TableName": name,
        "AttributeDefinitions": attribute_words(attributes),
        "GlobalSecondaryIndexUpdates": [{"Create": index_words(table, index)}],
    }
    return Call("UpdateTable", words, Does.CREATE_INDEX, index.name)


# Settings.


def _billing(was: TableDef, will: TableDef, name: str) -> Calls:
    old, new = table_settings(was), table_settings(will)
    if billing_words(old) != billing_words(new):
        indexes = _capacities(will, _staying(was, will)) if usual(TABLE, new, "billing") else []
        more = {"GlobalSecondaryIndexUpdates": indexes} if indexes else {}
        yield _setting(name, {**billing_words(new), **more})
        return
    changed = [
        index
        for index in _staying(was, will)
        if _capacity(was, was.index(index.name)) != _capacity(will, index)
    ]
    if changed:
        yield _setting(name, {"GlobalSecondaryIndexUpdates": _capacities(will, changed)})


def _staying(was: TableDef, will: TableDef) -> list[IndexDef]:
    come = [index.name for index in _index_changes(was, will)[0]]
    return [i for i in own_indexes(will) if i.name not in come and not is_local(will, i)]


def _capacity(table: TableDef, index: IndexDef) -> Words:
    return throughput(index_settings(table, index)) or throughput(table_settings(table))


def _capacities(table: TableDef, indexes: list[IndexDef]) -> list[Words]:
    if table_settings(table).get("billing") != PROVISIONED:
        return []
    return [
        {"Update": {"IndexName": i.name, "ProvisionedThroughput": _capacity(table, i)}}
        for i in indexes
    ]


def _ttl(old: str | None, new: str | None, name: str) -> Calls:
    if old == new:
        return
    for column, enabled in ((old, False), (new, True)):
        if column is not None:
            words = {"Enabled": enabled, "AttributeName": column}
            request = {"TableName": name, "TimeToLiveSpecification": words}
            note = _TTL_WAITS if old is not None and enabled else None
            yield Call("UpdateTimeToLive", request, Does.TTL, note=note)


def _recovery(old: bool, new: bool, name: str) -> Calls:
    if old != new:
        words = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": new}}
        yield Call("UpdateContinuousBackups", {"TableName": name, **words}, Does.RECOVERY)


def _tags(old: Words, new: Words, name: str) -> Calls:
    arn = f"arn:aws:dynamodb:REGION:ACCOUNT:table/{name}"
    gone = sorted(set(old) - set(new))
    if gone:
        yield Call("UntagResource", {"ResourceArn": arn, "TagKeys": gone}, Does.TAGS)
    come = {tag: text for tag, text in new.items() if old.get(tag) != text}
    if come:
        yield Call("TagResource", {"ResourceArn": arn, "Tags": tag_words(come)}, Does.TAGS)


__all__ = ["calls", "refuse_fixed", "replaced"]
