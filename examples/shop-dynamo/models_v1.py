"""A shop's items: customers by their email, and their orders, each customer's in the order of time."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from toasty_core import check, field, index, key, model


@model
class Customer:
    email: str = key()
    name: str
    age: str | None = None
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
    status: str = field(type="Enum('open', 'paid', name='order_status')", default="open")
    total: Decimal = field(type="Decimal(10, 2)")
    forgotten: datetime | None = field(default=None, options={"dynamodb": {"as": "epoch"}})
