"""The first customers, written by hand: rows in a migration are items."""

from datetime import datetime

from toasty_core import Migration, MigrationContext

PLACED = datetime(2025, 1, 17, 12)


class FirstCustomers(Migration):
    version = "VERSION"

    def up(self, db: MigrationContext) -> None:
        db.insert_rows(
            "customers",
            [
                {"email": "ada@example.com", "name": "Ada", "age": "36", "tags": ["early"]},
                {"email": "grace@example.com", "name": "Grace"},
            ],
        )
        db.insert_rows(
            "orders", [{"customer": "ada@example.com", "placed": PLACED, "total": "12.50"}]
        )

    def down(self, db: MigrationContext) -> None:
        db.delete_rows("orders", {"customer": "ada@example.com", "placed": PLACED})
        db.delete_rows("customers", {"email": ["ada@example.com", "grace@example.com"]})
