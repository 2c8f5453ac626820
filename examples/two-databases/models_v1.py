"""One set of models for two databases: SQLite on the developer's machine, a server in production."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from toasty_core import check, expr, field, index, key, model, now, reference


@model
class Customer:
    id: int = key(auto=True)
    email: str = field(type="String(200)", unique=True)
    name: str = field(type="String(100)")
    joined: datetime = now()


@model(
    checks=[check("total >= 0", name="total_not_negative")],
    indexes=[  # a partial index where the database has them; MySQL has not, and leaves it out
        index(
            "customer_id",
            name="open_invoices",
            where=expr("status = 'open'"),
            only=("sqlite", "postgresql"),
        )
    ],
)
class Invoice:
    id: int = key(auto=True)
    customer_id: int = reference(Customer, on_delete="cascade")
    status: str = field(type="Enum('open', 'paid', name='invoice_status')", default="open")
    total: Decimal = field(type="Decimal(10, 2)")
    notes: dict[str, Any] | None = None
