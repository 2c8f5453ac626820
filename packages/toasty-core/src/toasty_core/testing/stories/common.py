"""The tables and rows that most stories begin with."""

from __future__ import annotations

from attrs import evolve

from toasty_core.schema import ColumnDef, ForeignKeyDef, SchemaSnapshot, TableDef
from toasty_core.testing.story import Row, Rows

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String(50)"),
        ColumnDef("email", "String(255)", nullable=True),
        ColumnDef("age", "Integer", nullable=True),
    ],
    primary_key=["id"],
)

ADA: Row = {"id": 1, "name": "Ada", "email": "ada@example.com", "age": 36}
QUOTED: Row = {"id": 2, "name": 'O\'Neil "%s" \\', "email": None, "age": None}
FAR: Row = {"id": 3, "name": "Zoë 日本 🎈", "email": "zoe@example.com", "age": 7}
THREE: tuple[Row, ...] = (ADA, QUOTED, FAR)

ONE_TABLE = SchemaSnapshot.of(USERS)
PEOPLE: Rows = {"users": THREE}

POSTS = TableDef(
    "posts",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("user_id", "Integer", nullable=True),
        ColumnDef("title", "String(100)"),
    ],
    primary_key=["id"],
)
LINKED = evolve(
    POSTS,
    foreign_keys=[
        ForeignKeyDef("user_id", "users", "id", name="fk_posts_user", on_delete="cascade")
    ],
)
TWO_POSTS: tuple[Row, ...] = (
    {"id": 10, "user_id": 1, "title": "Notes"},
    {"id": 11, "user_id": 3, "title": "More"},
)
TWO_TABLES = SchemaSnapshot.of(USERS, POSTS)
FAMILY = SchemaSnapshot.of(USERS, LINKED)
PEOPLE_AND_POSTS: Rows = {"users": THREE, "posts": TWO_POSTS}


def having(table: TableDef = USERS, **parts: object) -> SchemaSnapshot:
    """One table, with parts that it does not have otherwise."""
    return SchemaSnapshot.of(evolve(table, **parts))  # type: ignore[arg-type]


def changed(rows: tuple[Row, ...], **values: object) -> tuple[Row, ...]:
    """The rows with these values in each of them."""
    return tuple({**row, **values} for row in rows)


def without(rows: tuple[Row, ...], *columns: str) -> tuple[Row, ...]:
    """The rows without these columns."""
    return tuple({key: value for key, value in row.items() if key not in columns} for row in rows)
