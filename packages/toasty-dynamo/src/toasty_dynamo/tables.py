"""Whole tables in DynamoDB's words, and what no table can be.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema.tables import TableDef
from toasty_dynamo.indexes import (
    attribute_type,
    index_words,
    is_local,
    key_attributes,
    own_indexes,
    refuse_indexes,
    throughput,
)
from toasty_dynamo.names import refuse_attribute_name, refuse_table_name
from toasty_dynamo.settings import (
    PROVISIONED,
    SENTINEL,
    STANDARD,
    TABLE,
    table_settings,
    unique_settings,
    usual,
)

Words = dict[str, Any]


def create_words(table: TableDef, name: str) -> Words:
    """What CreateTable takes, indexes included; `name` is what the service will know the table by."""
    settings = table_settings(table)
    words: Words = {
        "TableName": name,
        "AttributeDefinitions": attribute_words(key_attributes(table)),
        "KeySchema": [
            {"AttributeName": column, "KeyType": kind}
            for column, kind in zip(table.key_columns, ("HASH", "RANGE"), strict=False)
        ],
        **billing_words(settings),
    }
    for word, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True)):
        found = [index for index in own_indexes(table) if is_local(table, index) is local]
        if found:
            words[word] = [index_words(table, index) for index in found]
    if settings.get("stream"):
        words["StreamSpecification"] = stream_words(settings)
    if settings.get("deletion_protection"):
        words["DeletionProtectionEnabled"] = True
    if usual(TABLE, settings, "table_class") != STANDARD:
        words["TableClass"] = settings["table_class"]
    if settings.get("tags"):
        words["Tags"] = tag_words(settings["tags"])
    return words


def attribute_words(attributes: Iterable[tuple[str, str]]) -> list[Words]:
    """AttributeDefinitions: exactly the attributes of keys."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes]


def billing_words(settings: Words) -> Words:
    """How the table is paid for."""
    if usual(TABLE, settings, "billing") != PROVISIONED:
        return {"BillingMode": "PAY_PER_REQUEST"}
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput(settings)}


def stream_words(settings: Words) -> Words:
    """StreamSpecification."""
    view = settings.get("stream")
    return {"StreamEnabled": True, "StreamViewType": view} if view else {"StreamEnabled": False}


def tag_words(tags: Words) -> list[Words]:
    """Tags, in the order of their names."""
    return [{"Key": name, "Value": tags[name]} for name in sorted(tags)]


def refuse_table(table: TableDef, prefix: str = "") -> None:
    """Raises Unsupported where the table cannot be, with the reason and the ways out."""
    refuse_table_name(table.key, prefix)
    for column in table.columns:
        refuse_attribute_name(table, column)
    refuse_key(table)
    refuse_indexes(table)
    _refuse_ttl(table)
    for unique in table.uniques:
        refuse_unique(table, unique)


def refuse_unique(table: TableDef, unique: Any) -> None:
    """Raises Unsupported for a unique constraint that nothing keeps."""
    from toasty_core.backends import only_for
    from toasty_dynamo.names import BACKEND

    if not only_for(BACKEND, unique.only):
        return
    if unique_settings(table, unique).get("unique") != SENTINEL:
        raise Unsupported(
            f"unique ({', '.join(unique.columns)}) of {table.key} would not be kept",
            reason="DynamoDB keeps only keys apart, and its indexes are never unique",
            hint='say options={"dynamodb": {"unique": "sentinel"}}: items of their own keep the values apart,'
            ' as long as the application writes them too; or leave it to other databases with only=["..."]',
        )


def refuse_key(table: TableDef) -> None:
    """Raises Unsupported for a primary key that no table can have."""
    key = table.key_columns
    if not 1 <= len(key) <= 2:
        raise Unsupported(
            f"table {table.key!r} has {f'a primary key of {len(key)} columns' if key else 'no primary key'}",
            reason="DynamoDB needs a partition key, and takes a sort key besides",
            hint="give it a primary key of one or two columns that are texts, numbers or binary values;"
            " more can be joined into one, such as 'tenant#day'",
        )
    for name in key:
        column = table.column(name)
        if attribute_type(column) is None:
            raise Unsupported(
                f"{table.key}.{name} cannot be in the primary key: it is of type {column.type}",
                reason="keys of tables and indexes are texts, numbers or binary values",
                hint="keep the value as a text or a number",
            )


def _refuse_ttl(table: TableDef) -> None:
    name = table_settings(table).get("ttl")
    if name is None:
        return
    column = table.column(name)
    if attribute_type(column) != "N":
        raise Unsupported(
            f"the items of {table.key} cannot live until {name!r}: it is of type {column.type}",
            reason="DynamoDB reads the end of an item's life as seconds since 1970, a number",
            hint='make it an Integer, or keep a time so with options={"dynamodb": {"as": "epoch"}}',
        )
