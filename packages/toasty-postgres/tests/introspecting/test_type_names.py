"""Types are one type in whatever spelling."""

from __future__ import annotations

import pytest

from toasty_core.schema import types
from toasty_postgres.database import PostgresDatabase
from toasty_postgres.type_names import name_of, read_type, type_name

SPELLINGS = """
varchar | varchar(20) | CHARACTER VARYING ( 20 ) | char varying(3) | char | character(5) | bpchar | text
int | int2 | int4 | int8 | integer | smallint | bigint | float | float(24) | float(25) | float4 | float8 | real
double precision | numeric | numeric(10) | numeric(10,2) | decimal(10, 2) | dec(3) | bool | boolean | date
time | time(3) | timetz | timetz(3) | time without time zone | time(2) with time zone
timestamp | timestamp(0) | timestamptz | timestamptz(3) | timestamp  with  time  zone | timestamp(3) without time zone
interval | interval(3) | interval day to second | interval day to second(3) | interval year
uuid | bytea | json | jsonb | inet | cidr | macaddr | money | xml | tsvector | tsquery | point | bit | bit(3)
bit varying | varbit(3) | "char" | name | oid | int4range | int[] | int[3] | int[][] | integer array | varchar(5)[]
timestamptz(3)[] | numeric(4,1)[] | pg_catalog.int4 | pg_catalog.varchar(3)
"""
SQL = [text.strip() for line in SPELLINGS.strip().splitlines() for text in line.split("|")]


def test_spellings_are_what_the_server_says(database: PostgresDatabase) -> None:
    columns = ", ".join(f"c{at} {sql}" for at, sql in enumerate(SQL))
    database.run(f"CREATE TABLE t ({columns})")
    rows = database.fetch(
        "SELECT attnum - 1, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 't'::regclass AND attnum > 0"
    )

    assert {SQL[at]: type_name(SQL[at]) for at, _ in rows} == {SQL[at]: name for at, name in rows}


@pytest.mark.parametrize("sql", SQL)
def test_a_type_that_is_read_knows_its_name(sql: str) -> None:
    assert name_of(read_type(sql)) == type_name(sql)


@pytest.mark.parametrize(
    ("sql", "type_"),
    [
        ("VARCHAR(20)", types.String(20)),
        ("varchar", types.String()),
        ("char", types.Char(1)),
        ("text", types.Text()),
        ("SERIAL", types.Integer()),
        ("bigserial", types.BigInteger()),
        ("smallserial", types.SmallInteger()),
        ("FLOAT", types.Double()),
        ("FLOAT(24)", types.Float(24)),
        ("decimal(5)", types.Decimal(5, 0)),
        ("timestamptz", types.DateTime(timezone=True)),
        ("JSON", types.Json()),
        ("JSONB", types.Native("jsonb", backend="postgresql")),
        ("timestamp(3)", types.Native("timestamp(3) without time zone", backend="postgresql")),
        ("int[][]", types.Array(types.Integer())),
        ('geo."Shape"(3)', types.Native('geo."Shape"(3)', backend="postgresql")),
    ],
)
def test_types_are_portable_where_they_can_be(sql: str, type_: types.Type) -> None:
    assert read_type(sql) == type_
