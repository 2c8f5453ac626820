"""The small project that most commands are tried on: two migrations, of a table and of its column."""

from __future__ import annotations

import sqlite3

URL = ("--url", "sqlite:mydb.db")

FIRST = "20250117_110000_create_users"
SECOND = "20250117_120000_add_user_email"

CREATE_USERS = """
from toasty_core import ColumnDef, Migration, TableDef


class CreateUsers(Migration):
    version = "20250117_110000_create_users"

    def up(self, db):
        db.create_table(
            TableDef(
                name="users",
                columns=[
                    ColumnDef(name="id", type="Integer", auto=True),
                    ColumnDef(name="name", type="String"),
                ],
                primary_key=["id"],
            )
        )

    def down(self, db):
        db.drop_table("users")
"""

ADD_EMAIL = """
from toasty_core import ColumnDef, IndexDef, Migration


class AddUserEmail(Migration):
    version = "20250117_120000_add_user_email"

    def up(self, db):
        db.add_column("users", ColumnDef(name="email", type="String", nullable=True))
        db.create_index("users", IndexDef(name="idx_users_email", columns=["email"], unique=True))

    def down(self, db):
        db.drop_index("users", "idx_users_email")
        db.drop_column("users", "email")
"""


def columns(project) -> list[str]:
    """The columns of `users` in the database, by name."""
    with sqlite3.connect(project.folder / "mydb.db") as connection:
        found = connection.execute("SELECT name FROM pragma_table_info('users')").fetchall()
    connection.close()
    return [name for (name,) in found]
