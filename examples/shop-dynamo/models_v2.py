"""A year later: a name that became longer, an age that became a number, a country that everybody must have."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from toasty_core import check, field, index, key, model


@model(
    indexes=[
        index(
            "country",
            "full_name",
            name="customers_by_country",
            options={"dynamodb": {"projection": "KEYS_ONLY"}},
        )
    ]
)
class Customer:
    email: str = key()
    full_name: str = field(renamed_from="name")
    country: str = field(type="Char(2)")
    age: int | None = None
    tags: list[str] | None = field(
        type="Array(Text)", default=None, options={"dynamodb": {"as": "set"}}
    )


@model(
    checks=[check("total >= 0", name="total_not_negative")],
    indexes=[index("status", "placed", name="orders_by_status")],
    options={"dynamodb": {"ttl": "forgotten"}},
)
class Order:
    customer: str = key()
    placed: datetime = key()
    status: str = field(
        type="Enum('open', 'paid', 'cancelled', name='order_status')", default="open"
    )
    total: Decimal = field(type="Decimal(10, 2)")
    forgotten: datetime | None = field(default=None, options={"dynamodb": {"as": "epoch"}})
