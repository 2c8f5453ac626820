"""Defaults: what a default is written as, and what it is read back as."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from toasty_core.schema import (
    ColumnDef,
    Default,
    Expression,
    Literal,
    NextValue,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    expr,
    now,
    types,
    uuid,
)
from toasty_core.testing.type_cases import TYPE_CASES
from toasty_postgres.canonical import canonical_column, canonical_schema
from toasty_postgres.database import PostgresDatabase

from .conftest import assert_same, make

ID = UUID("12345678-1234-5678-1234-567812345678")
DEFAULTS: list[tuple[str, str, Default | None]] = [
    ("integer", "-5", Literal(-5)),
    ("integer", "'7'", Literal(7)),
    ("integer", "(1 + 2)", Expression("1 + 2")),
    ("bigint", "-5", Literal(-5)),
    ("bigint", "9999999999", Literal(9999999999)),
    ("smallint", "3", Literal(3)),
    ("numeric(10,2)", "1.50", Literal(Decimal("1.5"))),
    ("numeric(10,2)", "-2", Literal(Decimal(-2))),
    ("numeric", "'1.50'", Literal(Decimal("1.5"))),
    ("numeric", "0", Literal(Decimal(0))),
    ("float", "1.5", Literal(1.5)),
    ("float", "'-2.5'", Literal(-2.5)),
    ("float", "1e300", Literal(1e300)),
    ("real", "-1.5", Literal(-1.5)),
    ("varchar(20)", "'it''s'", Literal("it's")),
    ("varchar(20)", "'NULL'", Literal("NULL")),
    ("varchar(20)", "NULL", None),
    ("varchar(20)", "5", Literal("5")),
    ("varchar", "''", Literal("")),
    ("text", "E'a\\nb'", Literal("a\nb")),
    ("text", "'back\\slash % :x {y}'", Literal("back\\slash % :x {y}")),
    ("text", "NULL", None),
    ("text", "lower('X') || 'y'", Expression("lower('X') || 'y'")),
    ("char(5)", "'x'", Literal("x")),
    ("boolean", "true", Literal(True)),
    ("boolean", "'1'", Literal(True)),
    ("boolean", "'off'", Literal(False)),
    ("date", "'2000-01-01'", Literal(date(2000, 1, 1))),
    ("date", "CURRENT_DATE", now()),
    ("date", "now()", now()),
    ("time", "'12:30'", Literal(time(12, 30))),
    ("time", "LOCALTIME", now()),
    ("timetz", "'12:30+02'", Literal(time(12, 30, tzinfo=timezone(timedelta(hours=2))))),
    ("timestamp", "'2024-01-02 03:04:05.5'", Literal(datetime(2024, 1, 2, 3, 4, 5, 500000))),
    ("timestamp", "'2024-01-02'", Literal(datetime(2024, 1, 2))),
    ("timestamp", "CURRENT_TIMESTAMP", now()),
    ("timestamp", "LOCALTIMESTAMP", now()),
    ("timestamp", "timezone('utc', now())", Expression("now() AT TIME ZONE 'utc'")),
    ("timestamp", "(now() AT TIME ZONE 'utc')", Expression("now() AT TIME ZONE 'utc'")),
    ("timestamp(0)", "CURRENT_TIMESTAMP(0)", Expression("CURRENT_TIMESTAMP(0)")),
    (
        "timestamptz",
        "'2024-01-02 03:04:05+02'",
        Literal(datetime(2024, 1, 2, 1, 4, 5, tzinfo=timezone.utc)),
    ),
    ("timestamptz", "now() + interval '1 day'", Expression("now() + '1 day'::interval")),
    ("interval", "'40 days 3:00:02'", Literal(timedelta(days=40, seconds=10802))),
    ("interval", "'-1 day 00:00:01'", Literal(timedelta(days=-1, seconds=1))),
    ("interval", "'0'", Literal(timedelta())),
    ("interval", "'90 minutes'", Literal(timedelta(minutes=90))),
    ("uuid", f"'{ID}'", Literal(ID)),
    ("uuid", "gen_random_uuid()", uuid()),
    ("varchar(36)", "gen_random_uuid()", uuid()),
    ("bytea", "'\\x0001ff'", Literal(b"\x00\x01\xff")),
    ("bytea", "'abc'", Literal(b"abc")),
    ("json", """'{"a": [1]}'""", Literal({"a": [1]})),
    ("jsonb", """'{"b": 1,"a":[1, null]}'""", Literal({"a": [1, None], "b": 1})),
    ("jsonb", "'[]'", Literal([])),
    ("jsonb", """'"text"'""", Literal('"text"')),
    ("jsonb", "jsonb_build_object('a', 1)", Expression("jsonb_build_object('a', 1)")),
    ("integer[]", "'{1,2}'", Literal([1, 2])),
    ("integer[]", "ARRAY[1, -2]", Literal([1, -2])),
    ("text[]", """'{"a b",NULL,c}'""", Literal(["a b", None, "c"])),
    ("text[]", "'{}'", Literal([])),
    ("varchar(5)[]", "ARRAY['a', 'b']", Literal(["a", "b"])),
    ("inet", "'10.0.0.1'", Literal("10.0.0.1")),
    ("bit(3)", "B'101'", Literal("101")),
    ("bigint", "nextval('numbers')", NextValue("numbers")),
    ("bigint", "nextval('public.numbers'::regclass)", NextValue("numbers")),
    ("integer", """nextval('"Numb ers"')""", NextValue("Numb ers")),
]


def test_defaults_are_read_and_foreseen(database: PostgresDatabase) -> None:
    numbers = [SequenceDef("numbers"), SequenceDef("Numb ers")]
    columns = [
        ColumnDef(f"c{at}", types.Native(type_), nullable=True, default=expr(sql))
        for at, (type_, sql, _) in enumerate(DEFAULTS)
    ]
    schema = SchemaSnapshot.of(TableDef("t", columns), sequences=numbers)
    make(database, schema)
    found = database.introspect()

    assert [column.default for column in found.table("t").columns] == [it[2] for it in DEFAULTS]
    assert_same(found, canonical_schema(schema))


@pytest.mark.parametrize("text", [True, False])
def test_literals_of_every_type(database: PostgresDatabase, text: bool) -> None:
    cases = [case for case in TYPE_CASES if case.values]
    columns = [
        ColumnDef(f"{at}_{number}", case.type, default=Literal(str(value) if text else value))
        for at, case in enumerate(cases)
        for number, value in enumerate(case.values)
        if not text or isinstance(value, int | float | Decimal | bool | date | time | UUID)
    ]
    schema = SchemaSnapshot.of(TableDef("t", columns))
    make(database, schema)

    assert_same(database.introspect(), canonical_schema(schema))


def test_a_number_means_the_same_as_its_text() -> None:
    columns = (ColumnDef("c", "Integer", default=default) for default in (5, "5", expr("5")))

    assert [canonical_column(column).default for column in columns] == [Literal(5)] * 3
