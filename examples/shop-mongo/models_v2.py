"""A year later: a name that became longer, an age that became a number, a country that everybody must have, and in the
nested addresses another word for one of their fields."""

from __future__ import annotations

from datetime import datetime

from toasty_core import check, field, index, key, model, now, reference


@model
class Customer:
    id: int = key(auto=True)
    email: str = field(type="String(200)", unique=True)
    full_name: str = field(renamed_from="name")
    country: str = field(type="Char(2)")
    age: int | None = None
    address: dict[str, str] | None = field(
        type="Document(Field('street', String), Field('town', String, renamed_from='city'))",
        default=None,
    )


@model(
    checks=[check("total >= 0", name="total_not_negative")],
    indexes=[index("status", "placed", name="orders_by_status")],
)
class Order:
    id: int = key(auto=True)
    customer_id: int = reference(Customer)
    status: str = field(
        type="Enum('open', 'paid', 'cancelled', name='order_status')", default="open"
    )
    total: float
    placed: datetime = now()
