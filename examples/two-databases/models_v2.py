"""A year later: a rename, a column that must have a value, a status more, text that became a number."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from toasty_core import check, expr, field, index, key, model, now, reference


@model
class Customer:
    id: int = key(auto=True)
    email: str = field(type="String(200)", unique=True)
    full_name: str = field(type="String(200)", renamed_from="name")
    country: str = field(type="Char(2)")
    joined: datetime = now()


@model(
    checks=[check("total >= 0", name="total_not_negative")],
    indexes=[
        index(
            "customer_id",
            name="open_invoices",
            where=expr("status = 'open'"),
            only=("sqlite", "postgresql"),
        ),
        index("status", name="invoices_by_status"),
    ],
)
class Invoice:
    id: int = key(auto=True)
    customer_id: int = reference(Customer, on_delete="cascade")
    status: str = field(
        type="Enum('open', 'paid', 'cancelled', name='invoice_status')", default="open"
    )
    total: Decimal = field(type="Decimal(12, 2)")
    notes: dict[str, Any] | None = None


@model
class Payment:
    id: int = key(auto=True)
    invoice_id: int = reference(Invoice, on_delete="restrict")
    amount: Decimal = field(type="Decimal(12, 2)")
    paid: datetime = now()
