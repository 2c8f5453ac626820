"""The schema of a collection without a validator, as some of its documents show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_mongo.names import BACKEND, MARK

if TYPE_CHECKING:
    from pymongo.database import Database

SAMPLED = 1000
"""How many documents are looked at."""
_ORDER = ("int", "long", "double", "decimal")
_SIMPLE: dict[str, Type] = {
    "string": types.Text(),
    "int": types.Integer(),
    "long": types.BigInteger(),
    "double": types.Double(),
    "decimal": types.Decimal(),
    "bool": types.Boolean(),
    "date": types.DateTime(),
    "binData": types.Binary(),
    "objectId": types.Native("objectId", backend=BACKEND),
}


class Seen:
    """What was seen of one field: the kinds of its values, and the fields of its documents."""

    def __init__(self) -> None:
        self.times = 0
        self.nulls = 0
        self.kinds: dict[str, None] = {}
        self.fields: dict[str, Seen] = {}
        self.items: Seen | None = None

    def note(self, value: Any) -> None:
        """Takes one more value in."""
        self.times += 1
        kind = kind_of(value)
        if kind == "null":
            self.nulls += 1
            return
        self.kinds[kind] = None
        if kind == "object":
            for name, inner in value.items():
                self.fields.setdefault(name, Seen()).note(inner)
        if kind == "array":
            self.items = self.items or Seen()
            for item in value:
                self.items.note(item)

    def type(self) -> Type:
        """The type that holds all that was seen."""
        kinds = list(self.kinds)
        if kinds and all(kind in _ORDER for kind in kinds):
            return _SIMPLE[max(kinds, key=_ORDER.index)]
        if kinds == ["array"] and self.items and self.items.kinds:
            return types.Array(self.items.type())
        if kinds == ["object"] and self.fields:
            return types.Document(
                *(
                    types.Field(name, seen.type(), nullable=seen.nullable(self.times - self.nulls))
                    for name, seen in self.fields.items()
                )
            )
        return _SIMPLE.get(kinds[0], types.Json()) if len(kinds) == 1 else types.Json()

    def nullable(self, documents: int) -> bool:
        """Was it missing or null in one of that many documents?"""
        return self.nulls > 0 or self.times < documents


def kind_of(value: Any) -> str:
    """The name of a value's BSON type."""
    from datetime import datetime
    from uuid import UUID

    from bson import Decimal128, ObjectId

    known: tuple[tuple[Any, str], ...] = (
        (bool, "bool"),
        (int, "int" if isinstance(value, int) and -(2**31) <= value < 2**31 else "long"),
        (float, "double"),
        (str, "string"),
        (datetime, "date"),
        (dict, "object"),
        (list, "array"),
        ((bytes, UUID), "binData"),
        (ObjectId, "objectId"),
        (Decimal128, "decimal"),
        (type(None), "null"),
    )
    return next((name for kind, name in known if isinstance(value, kind)), "other")


def sampled_table(database: Database[Any], session: Any, name: str) -> TableDef:
    """The table that some of a collection's documents make; `_id` is its key."""
    whole = Seen()
    found = database[name].aggregate([{"$sample": {"size": SAMPLED}}], session=session)
    for document in found:
        document.pop(MARK, None)
        whole.note(document)
    columns = [
        ColumnDef(field, seen.type(), nullable=seen.nullable(whole.times))
        for field, seen in whole.fields.items()
    ]
    key = ["_id"] if "_id" in whole.fields else None
    return TableDef(name, columns, primary_key=key)
