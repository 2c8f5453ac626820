"""Stories of fields in nested documents."""

from __future__ import annotations

from toasty_core.operations import AddField, DropField, RenameField
from toasty_core.schema import ColumnDef, SchemaSnapshot, TableDef
from toasty_core.schema.types import Array, Document, Field, Integer, String
from toasty_core.testing.story import Story

_LINE = Document(Field("item", String()), Field("price", Integer()))
_ADDRESS = Document(Field("zip", String()), Field("city", String(), nullable=True))
_ORDERS = TableDef(
    "orders",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("address", _ADDRESS),
        ColumnDef("lines", Array(_LINE), nullable=True),
    ],
    primary_key=["id"],
)
_BEFORE = SchemaSnapshot({"orders": _ORDERS})
_ROWS = (
    {"id": 1, "address": {"zip": "8000", "city": "Zürich"}, "lines": [{"item": "a", "price": 5}]},
    {"id": 2, "address": {"zip": "3000", "city": None}, "lines": []},
)


def _row(number: int, **changes: object) -> dict[str, object]:
    return {**_ROWS[number], **changes}


STORIES = (
    Story(
        name="rename_field",
        needs="nested_fields",
        before=_BEFORE,
        rows={"orders": _ROWS},
        operations=RenameField("orders", "address.zip", "address.postcode"),
        after={
            "orders": (
                _row(0, address={"postcode": "8000", "city": "Zürich"}),
                _row(1, address={"postcode": "3000", "city": None}),
            )
        },
    ),
    Story(
        name="rename_field_in_a_list",
        needs="nested_fields",
        before=_BEFORE,
        rows={"orders": _ROWS},
        operations=RenameField("orders", "lines.price", "lines.amount"),
        after={"orders": (_row(0, lines=[{"item": "a", "amount": 5}]), _row(1))},
    ),
    Story(
        name="add_field",
        needs="nested_fields",
        before=_BEFORE,
        rows={"orders": _ROWS},
        operations=AddField("orders", "address.country", String(), fill="CH"),
        after={
            "orders": (
                _row(0, address={"zip": "8000", "city": "Zürich", "country": "CH"}),
                _row(1, address={"zip": "3000", "city": None, "country": "CH"}),
            )
        },
    ),
    Story(
        name="drop_field",
        needs="nested_fields",
        before=_BEFORE,
        rows={"orders": _ROWS},
        operations=DropField("orders", "address.zip"),
        after={"orders": (_row(0, address={"city": "Zürich"}), _row(1, address={"city": None}))},
        back={
            "orders": (
                _row(0, address={"city": "Zürich", "zip": ""}),
                _row(1, address={"city": None, "zip": ""}),
            )
        },
    ),
)
