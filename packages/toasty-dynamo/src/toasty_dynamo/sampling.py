"""The columns of a table that is not recorded, as some of its items show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.types import Type
from toasty_dynamo.names import MARK

SAMPLED = 1000
"""How many items are looked at."""
_SIMPLE: Mapping[str, Type] = {
    "S": types.Text(),
    "N": types.Decimal(),
    "B": types.Binary(),
    "BOOL": types.Boolean(),
    "SS": types.Array(types.Text()),
    "NS": types.Array(types.Decimal()),
    "BS": types.Array(types.Binary()),
}


def sampled_columns(
    client: Any, name: str, key: tuple[str, ...], kinds: Mapping[str, str]
) -> tuple[ColumnDef, ...]:
    """The columns that some of the items have; those of keys first."""
    items = client.scan(TableName=name, Limit=SAMPLED)["Items"]
    seen: dict[str, list[Mapping[str, Any]]] = {attribute: [] for attribute in kinds}
    for item in items:
        for attribute, value in item.items():
            if attribute != MARK:
                seen.setdefault(attribute, []).append(value)
    return tuple(
        _column(attribute, values, attribute not in key, len(items))
        for attribute, values in seen.items()
    )


def _column(name: str, values: list[Mapping[str, Any]], nullable: bool, items: int) -> ColumnDef:
    found = list(dict.fromkeys(kind for value in values for kind in value))
    kinds = [kind for kind in found if kind != "NULL"]
    type_ = _SIMPLE.get(kinds[0], types.Json()) if len(kinds) == 1 else types.Json()
    sets = len(kinds) == 1 and kinds[0] in ("SS", "NS", "BS")
    if kinds == ["N"] and all(_is_whole(value) for value in values if "N" in value):
        type_ = types.BigInteger()
    missing = "NULL" in found or len(values) < items or not values
    options = {"dynamodb": {"as": "set"}} if sets else {}
    return ColumnDef(name, type_, nullable=nullable and missing, options=options)


def _is_whole(value: Mapping[str, Any]) -> bool:
    text = value["N"].lstrip("-")
    return bool(text.isdigit() and int(text) < 2**63)
