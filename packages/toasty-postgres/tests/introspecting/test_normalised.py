"""The server itself says how it will report what only it can know."""

from __future__ import annotations

import pytest

from toasty_core.errors import StatementFailed
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    expr,
    types,
)
from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_postgres.canonical import canonical_schema
from toasty_postgres.database import PostgresDatabase, connect
from toasty_postgres.normalised import normalised

from .conftest import assert_same, make

HARD = SchemaSnapshot.of(
    TableDef(
        "events",
        [
            ColumnDef("id", "Integer", auto=True),
            ColumnDef("age", "Integer"),
            ColumnDef("day", "Date", default=expr("'2024-1-2'")),
            ColumnDef("mood", types.Enum("sad", "glad", name="mood"), default="sad"),
            ColumnDef("net", types.Native("inet"), nullable=True, default=expr("'10.0.0.1/32'")),
            ColumnDef("words", types.Native("tsvector"), nullable=True, default=expr("'b a'")),
        ],
        ["id"],
        indexes=[IndexDef("ix_sqrt", [expr("sqrt(age)")], where="age = 1e3", unique=True)],
        checks=[
            CheckDef("age <> 1e3", "ck_age"),
            CheckDef("age > 0"),
            CheckDef("day > '2020-1-1'", options={"postgresql": {"no_inherit": True}}),
        ],
        foreign_keys=[ForeignKeyDef("age", "events", "id")],
        comment="kept",
    )
)


def asked(database: PostgresDatabase, schema: SchemaSnapshot) -> SchemaSnapshot:
    return normalised(
        schema,
        database.introspect(),
        home="public",
        fetch=database.fetch,
        run=database.run,
        transaction=database.transaction,
    )


def test_the_server_knows_what_cannot_be_known_offline(database: PostgresDatabase) -> None:
    make(database, HARD)
    found = database.introspect()

    assert found != canonical_schema(HARD)
    assert_same(found, asked(database, HARD))


def test_nothing_is_left_behind(database: PostgresDatabase) -> None:
    make(database, HARD)
    count = "SELECT count(*) FROM pg_class WHERE relpersistence = 't'"
    before = database.introspect()
    asked(database, HARD)

    assert database.fetch(count) == [(0,)]
    assert database.introspect() == before


def test_a_real_difference_stays_one(database: PostgresDatabase) -> None:
    make(database, HARD)
    database.run(
        "ALTER TABLE events DROP CONSTRAINT ck_age, ADD CONSTRAINT ck_age CHECK (age <> 7)"
    )
    wanted, found = asked(database, HARD).table("events"), database.introspect().table("events")

    assert wanted != found
    assert [check.name for check in set_of(wanted.checks) - set_of(found.checks)] == ["ck_age"]


def set_of(checks: tuple[CheckDef, ...]) -> set[CheckDef]:
    return {CheckDef(check.expression, check.name, options=_Hashable()) for check in checks}


class _Hashable(dict):
    def __hash__(self) -> int:  # type: ignore[override]
        return 0


def test_without_the_right_to_ask(database: PostgresDatabase, postgres_url: str) -> None:
    make(database, HARD)
    name = database.fetch("SELECT current_database()")[0][0]
    role = f"reader_of_{name}"
    database.run(f'CREATE ROLE "{role}" LOGIN; REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC')
    url = Url.parse(postgres_url.replace("//postgres@", f"//{role}@"))
    try:
        with connect(PostgresBackend(), url) as reading:
            assert isinstance(reading, PostgresDatabase)
            with pytest.raises(StatementFailed):
                reading.run("CREATE TEMPORARY TABLE t (a int)")

            assert asked(reading, HARD) == canonical_schema(HARD)
    finally:
        database.run(f'DROP ROLE "{role}"')


def test_a_type_that_is_not_there_yet(database: PostgresDatabase) -> None:
    make(database, SchemaSnapshot.of(TableDef("events", [ColumnDef("age", "Integer")])))

    assert asked(database, HARD) == canonical_schema(HARD)
