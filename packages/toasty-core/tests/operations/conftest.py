"""A schema that operations are tried on."""

from __future__ import annotations

import pytest

from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
)

TEAMS = TableDef(
    "teams", [ColumnDef("id", "Integer"), ColumnDef("name", "String(50)")], primary_key=["id"]
)
USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String(50)"),
        ColumnDef("email", "Text", nullable=True, default="none"),
        ColumnDef("team_id", "Integer", nullable=True),
        ColumnDef("boss_id", "Integer", nullable=True),
        ColumnDef("note", "Text"),
    ],
    primary_key=["id"],
    indexes=[IndexDef("ix_users_name", ["name"])],
    uniques=[UniqueDef(["email"], "uq_users_email"), UniqueDef(["name", "team_id"])],
    checks=[CheckDef("id > 0", "ck_users_id"), CheckDef("name <> ''")],
    foreign_keys=[
        ForeignKeyDef(["team_id"], "teams", ["id"], "fk_users_team"),
        ForeignKeyDef(["boss_id"], "users", ["id"]),
    ],
    comment="people",
    options={"sqlite": {"strict": True}},
)


@pytest.fixture
def before() -> SchemaSnapshot:
    """Teams, and users that belong to them and to each other; and a sequence."""
    return SchemaSnapshot.of(TEAMS, USERS, sequences=[SequenceDef("numbers")])
