"""What an item may be: its size, and the values in its keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from toasty_core.schema.tables import TableDef
from toasty_dynamo.filters import Av
from toasty_dynamo.indexes import index_key, own_indexes

ITEM = 409_600
"""Bytes in an item, names included."""
MOST = (2_048, 1_024)
"""Bytes in the values of a partition key and of a sort key."""
_NESTED, _PART = 3, 1
"""Bytes for a list or a mapping, and for each of its parts, besides what is in them."""


@frozen
class KeyPart:
    """An attribute in a key: which key that is, in words, and how many bytes a value has at most."""

    name: str
    of: str
    most: int


def key_parts(table: TableDef) -> tuple[KeyPart, ...]:
    """The attributes in the key of the table, then of its indexes."""
    return (
        *_parts(table.key_columns, "the primary key"),
        *(
            part
            for index in own_indexes(table)
            for part in _parts(index_key(table, index), f"the key of the index {index.name!r}")
        ),
    )


def _parts(names: tuple[str, ...], of: str) -> Iterator[KeyPart]:
    return (KeyPart(name, of, most) for name, most in zip(names, MOST, strict=False))


def misfit(item: Mapping[str, Av], parts: tuple[KeyPart, ...]) -> str | None:
    """Why DynamoDB would not take the item, in words that follow its name; None where it would."""
    for part in parts:
        found = item.get(part.name)
        why = misfit_in_key(found, part.most) if found is not None else None
        if why is not None:
            return f"has a value of {part.name!r} that {why}, and is in {part.of}"
    size = item_size(item)
    if size <= ITEM:
        return None
    return f"would have {size:,} bytes, and DynamoDB takes {ITEM:,} (400 KB), names included"


def misfit_in_key(value: Av, most: int) -> str | None:
    """Why the value cannot be in a key; None where it can, as far as its length goes."""
    ((kind, found),) = value.items()
    if kind not in ("S", "B"):
        return None
    size = _bytes(found)
    if not size:
        return "is empty"
    return f"has {size:,} bytes, of which DynamoDB takes {most:,}" if size > most else None


def item_size(item: Mapping[str, Av]) -> int:
    """How many bytes the item has at least: numbers are rounded down."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Av) -> int:
    """How many bytes the value has at least."""
    ((kind, found),) = value.items()
    match kind:
        case "S" | "B":
            return _bytes(found)
        case "N":
            return _number_size(found)
        case "SS" | "BS":
            return sum(map(_bytes, found))
        case "NS":
            return sum(map(_number_size, found))
        case "L":
            return _NESTED + sum(_PART + value_size(one) for one in found)
        case "M":
            return _NESTED + _PART * len(found) + item_size(found)
    return 1


def _bytes(found: Any) -> int:
    if isinstance(found, str):
        return len(found) if found.isascii() else len(found.encode())
    return len(found)


def _number_size(digits: str) -> int:
    """Two digits in a byte, zeros at the ends left out; one byte besides."""
    text = "".join(map(str, Decimal(digits).as_tuple().digits)).strip("0")
    return (len(text) + 1) // 2 + 1


__all__ = ["ITEM", "MOST", "KeyPart", "item_size", "key_parts", "misfit", "misfit_in_key"]
