"""Has a call landed? Asked of what the service says, before the call is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from toasty_dynamo.statements import Call
from toasty_dynamo.waiting import Described, index_of

_CREATED = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def same_table(call: Call, found: Described) -> bool:
    """Is the table that is there the one that the call makes: keys, their types, indexes?"""
    return bool(_table_words(call.request) == _table_words(found))


def _table_words(words: Mapping[str, Any]) -> Any:
    indexes = [
        sorted((_index_words(index) for index in words.get(kind) or ()), key=str)
        for kind in _CREATED[2:]
    ]
    return _keys(words["KeySchema"]), _types(words["AttributeDefinitions"]), indexes


def same_index(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Is the index that is there the one that is wanted: key and projection?"""
    return bool(_index_words(wanted) == _index_words(found))


def _index_words(words: Mapping[str, Any]) -> Any:
    projection = words.get("Projection", {})
    included = sorted(projection.get("NonKeyAttributes") or ())
    return words["IndexName"], _keys(words["KeySchema"]), projection["ProjectionType"], included


def _keys(schema: Any) -> list[tuple[str, str]]:
    return [(part["AttributeName"], part["KeyType"]) for part in schema]


def _types(attributes: Any) -> list[tuple[str, str]]:
    return sorted((part["AttributeName"], part["AttributeType"]) for part in attributes)


def setting_landed(call: Call, found: Described) -> bool:
    """Is the table already as an UpdateTable call for a setting would make it?"""
    wanted = {name: words for name, words in call.request.items() if name in _ASKED}
    if "StreamSpecification" in wanted:
        wanted["StreamSpecification"] = stream_of(wanted)
    settled = all(_ASKED[name](found) == words for name, words in wanted.items())
    return settled and all(
        _capacity_landed(change, found)
        for change in call.request.get("GlobalSecondaryIndexUpdates", ())
    )


def billing_of(found: Described) -> str:
    """How the table is paid for, in DynamoDB's word."""
    usual = "PROVISIONED" if throughput_of(found)["ReadCapacityUnits"] else "PAY_PER_REQUEST"
    mode: str = found.get("BillingModeSummary", {}).get("BillingMode", usual)
    return mode


def throughput_of(found: Mapping[str, Any]) -> dict[str, int]:
    """The capacity of a table or an index; 0 where it has none of its own."""
    said = found.get("ProvisionedThroughput", {})
    return {name: said.get(name, 0) for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def stream_of(found: Mapping[str, Any]) -> str | None:
    """What the stream shows; None without a stream."""
    said = found.get("StreamSpecification") or {}
    view: str | None = said.get("StreamViewType")
    return view if said.get("StreamEnabled") else None


def _capacity_landed(change: Mapping[str, Any], found: Described) -> bool:
    words = change["Update"]
    index = index_of(found, words["IndexName"])
    return index is not None and throughput_of(index) == words["ProvisionedThroughput"]


_ASKED: Mapping[str, Callable[[Described], Any]] = {
    "BillingMode": billing_of,
    "ProvisionedThroughput": throughput_of,
    "StreamSpecification": stream_of,
    "DeletionProtectionEnabled": lambda found: bool(found.get("DeletionProtectionEnabled")),
    "TableClass": lambda found: found.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
}

__all__ = [
    "billing_of",
    "same_index",
    "same_table",
    "setting_landed",
    "stream_of",
    "throughput_of",
]
