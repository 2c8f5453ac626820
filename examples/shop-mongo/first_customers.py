"""The first customers, written by hand: rows in a migration are documents."""

from toasty_core import Migration, MigrationContext


class FirstCustomers(Migration):
    version = "VERSION"

    def up(self, db: MigrationContext) -> None:
        db.insert_rows(
            "customers",
            [
                {"email": "ada@example.com", "name": "Ada", "age": "36"},
                {"email": "grace@example.com", "name": "Grace", "age": None},
            ],
        )
        db.insert_rows("orders", [{"customer_id": 1, "total": 12.5}])

    def down(self, db: MigrationContext) -> None:
        db.delete_rows("orders", {"customer_id": 1})
        db.delete_rows("customers", {"email": "ada@example.com"})
        db.delete_rows("customers", {"email": "grace@example.com"})
