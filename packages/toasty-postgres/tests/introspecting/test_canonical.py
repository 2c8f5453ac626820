"""What PostgreSQL will report, foreseen: hand-written schemas of all that is hard to foresee."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Deferral,
    ForeignKeyDef,
    Generated,
    Identity,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    Serial,
    TableDef,
    UniqueDef,
    expr,
    types,
    uuid,
)
from toasty_postgres.canonical import canonical_column, canonical_schema, canonical_table
from toasty_postgres.database import PostgresDatabase

from .conftest import assert_same, make

LONG = "a_name_that_is_longer_than_most_databases_allow_for_any_name_in_them"
WIDE = "größer" * 12


def pg(**options: Any) -> dict[str, dict[str, Any]]:
    """Options of PostgreSQL's own, and one of another backend."""
    return {"postgresql": options, "mysql": {"engine": "InnoDB"}}


def with_(**settings: Any) -> dict[str, Any]:
    return {"with": settings}


MOOD = types.Enum("b", "it's", name="Mood")
TYPES = TableDef(
    "types",
    [
        ColumnDef("a", types.Variant(types.Json(), {"postgresql": types.Native("JSONB")})),
        ColumnDef("b", types.Array(MOOD), default=["b"]),
        ColumnDef("c", types.Array(types.Array(types.Decimal(5)))),
        ColumnDef("d", types.Enum("x", "yy", native=False, length=9), default="x"),
        ColumnDef("e", types.Enum("x", "yy"), nullable=True),
        ColumnDef("f", "Float(10)", options={"mysql": {"unsigned": True}}),
        ColumnDef("g", "Float(30)"),
        ColumnDef("h", types.Native("timestamptz(3)"), default=expr("now()")),
        ColumnDef("i", types.Document(types.Field("x", types.Text())), default={"x": "y"}),
        ColumnDef("j", "Char", default="x", comment=""),
        ColumnDef("k", "Text", collation="default"),
        ColumnDef("l", types.Native("varchar(7)", backend="postgresql"), default=expr("'x'")),
        ColumnDef("m", "String(36)", default=uuid()),
        ColumnDef("n", "Char(32)", default=uuid()),
        ColumnDef("o", "Integer", nullable=True, default=expr("NULL")),
        ColumnDef("p", "String", default=expr("lower('X')", sqlite="'x'")),
        ColumnDef("q", "String", default=expr(mysql="'x'")),
        ColumnDef("r", MOOD, default="it's"),
    ],
    comment="",
)
NUMBERS = TableDef(
    "numbers",
    [
        ColumnDef("a", "BigInteger", nullable=True, auto=Serial()),
        ColumnDef("b", "SmallInteger", auto=Identity(True, 1, 1, 1, 32767, False, 1)),
        ColumnDef("c", "Integer", nullable=True, auto=Identity(start=-1, increment=-1)),
        ColumnDef("d", "Integer", auto=Identity(start=7, minimum=7, maximum=9, cycle=True)),
        ColumnDef("e", "Integer", nullable=True, generated=Generated("(d)*2+ c")),
    ],
    ["a"],
)
FITS, FITS_WIDE = LONG[:61], WIDE.encode()[:63].decode(errors="ignore")
NAMES = TableDef(
    FITS,
    [ColumnDef(f"{FITS}_{n}", "Integer") for n in "ab"] + [ColumnDef(FITS_WIDE, "Integer")],
    PrimaryKeyDef([f"{FITS}_a"], f"pk_{LONG}"),
    indexes=[IndexDef(f"ix_{LONG}", [f"{FITS}_b", FITS_WIDE]), IndexDef(f"jx_{LONG}", [FITS_WIDE])],
    uniques=[UniqueDef([f"{FITS}_b", f"{FITS}_a"])],
    checks=[CheckDef('"x" > 0', only=["sqlite"])],
    foreign_keys=[ForeignKeyDef(f"{FITS}_b", FITS, name=f"fk_{WIDE}")],
)
KEYS = TableDef(
    "keys",
    [ColumnDef(name, "Integer") for name in "abcd"],
    ["a", "b"],
    uniques=[
        UniqueDef(["a", "b"], "same_as_the_key"),
        UniqueDef(["b", "a"], "keys_b_a_key"),
        UniqueDef(["c"]),
        UniqueDef(["c"], "named"),
        UniqueDef(["c"], "later", Deferral.DEFERRED),
        UniqueDef(["d"], options=pg(nulls_not_distinct=True, include=["c"])),
        UniqueDef(["d"], only=["sqlite"]),
    ],
    checks=[
        CheckDef("a > 0 AND b BETWEEN 1 AND 5"),
        CheckDef("keys.a IN (1, 2)", "keys_a_check", options=pg(no_inherit=True)),
        CheckDef(expr("a > 1", postgresql="a != 2"), "by_backend"),
        CheckDef(expr(sqlite="a > 1"), "for_another"),
    ],
    foreign_keys=[
        ForeignKeyDef(["c", "d"], "keys", (), None, "cascade", options=pg(match="full")),
        ForeignKeyDef(["a"], "numbers", ["a"], deferral=Deferral.DEFERRABLE),
    ],
)
INDEXES = TableDef(
    "indexes",
    [
        ColumnDef("a", "Integer"),
        ColumnDef("b", "String(20)"),
        ColumnDef("c", types.Native("JSONB")),
        ColumnDef("d", "Text", collation="C"),
    ],
    indexes=[
        IndexDef("i1", [IndexColumn("a", descending=True, nulls_first=True), IndexColumn("b", descending=False)]),
        IndexDef("i2", [expr("lower(b)"), IndexColumn(expression="a+1", descending=True)], unique=True),
        IndexDef("i3", ["c"], options=pg(using="GIN", ops={"c": "jsonb_path_ops"}, **with_(fastupdate=False))),
        IndexDef("i4", ["c"], options=pg(using="gin", ops={"c": "jsonb_ops"})),
        IndexDef("i5", ["b"], where="b IN ('x','y') AND (a) > 0", options=pg(ops={"b": "varchar_pattern_ops"})),
        IndexDef("i6", [IndexColumn("b", collation="C"), IndexColumn("d", collation="C")]),
        IndexDef("i7", ["a"], options=pg(include=["b"], using="btree", **with_(fillfactor=70))),
        IndexDef("i8", ["a"], unique=True, options=pg(nulls_not_distinct=True)),
        IndexDef("i9", ["a"], options=pg(using="hash"), where=expr(sqlite="a > 0")),
        IndexDef("j1", ["a"], only=["mysql"]),
        IndexDef("j2", [expr("(a)"), expr("lower(d)"), IndexColumn(expression="lower(b)", collation="C")],
                 options=pg(ops={"lower(d)": "text_pattern_ops"})),
        IndexDef("j3", ["a"], where="true"),
    ],
)  # fmt: skip
SETTINGS = TableDef(
    "settings",
    [ColumnDef("a", "Integer"), ColumnDef("b", "Integer")],
    options=pg(
        unlogged=True,
        exclude=[
            {"name": "x", "sql": "CONSTRAINT x EXCLUDE USING btree (a WITH =) WHERE (b>0)"},
            {"name": None, "sql": "EXCLUDE USING btree (b WITH = , (a+1) with =)"},
        ],
        **with_(fillfactor=70, autovacuum_enabled=False),
    ),
)
PARTED = TableDef(
    "parted", [ColumnDef("A", "Integer")], ["A"], options=pg(partition_by='range ("A")')
)
HEIR = TableDef("heir", [ColumnDef("own", "Integer")], options=pg(inherits="ancestor"))
ELSEWHERE = TableDef(
    "orders",
    [ColumnDef("id", "Integer"), ColumnDef("mood", types.Enum("x", name="sales.kind"))],
    ["id"],
    schema="sales",
    foreign_keys=[ForeignKeyDef("id", "keys_of_home", "id")],
)
AT_HOME = TableDef("keys_of_home", [ColumnDef("id", "Integer")], ["id"])
SEQUENCES = [
    SequenceDef("s1", start=1, increment=1, minimum=1, cache=1),
    SequenceDef("s2", start=5, increment=-5, minimum=-100, cycle=True, maximum=50),
    SequenceDef("s3", only=["mysql"]),
    SequenceDef("s4", schema="sales"),
]

SCHEMAS = {
    "types": SchemaSnapshot.of(TYPES),
    "numbers": SchemaSnapshot.of(NUMBERS),
    "names": SchemaSnapshot.of(NAMES),
    "keys": SchemaSnapshot.of(NUMBERS, KEYS),
    "indexes": SchemaSnapshot.of(INDEXES),
    "settings": SchemaSnapshot.of(SETTINGS),
    "partitions": SchemaSnapshot.of(PARTED),
    "inheritance": SchemaSnapshot.of(evolve(NUMBERS, name="ancestor"), HEIR),
    "schemas": SchemaSnapshot.of(AT_HOME, ELSEWHERE),
    "sequences": SchemaSnapshot.of(ELSEWHERE, AT_HOME, sequences=SEQUENCES),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_applied_is_read_back(database: PostgresDatabase, name: str) -> None:
    make(database, SCHEMAS[name])

    assert_same(database.introspect(), canonical_schema(SCHEMAS[name]))


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_canonical_stays_so(name: str) -> None:
    once = canonical_schema(SCHEMAS[name])

    assert_same(canonical_schema(once), once)


def test_what_is_said_to_stand_at_home() -> None:
    mood = types.Enum("x", name="app.mood")
    column = ColumnDef("id", mood)
    schema = SchemaSnapshot.of(
        TableDef("a", [column], ["id"], schema="app", foreign_keys=[ForeignKeyDef("id", "app.a")]),
        sequences=[SequenceDef("n", schema="app")],
    )
    found = canonical_schema(schema, home="app")

    assert list(found.tables) == ["a"]
    assert list(found.sequences) == ["n"]
    assert found.table("a").foreign_keys == (ForeignKeyDef("id", "a", "id"),)
    assert found.table("a").column("id").type == types.Enum("x", name="mood")
    assert list(canonical_schema(schema).tables) == ["app.a"]
    assert list(canonical_schema(schema, home=None).tables) == ["app.a"]


def test_one_column_or_table_alone() -> None:
    column = ColumnDef("a", "Float", default="1")
    table = TableDef("t", [column], foreign_keys=[ForeignKeyDef("a", "elsewhere")])

    assert canonical_column(column) == ColumnDef("a", "Double", default=1.0)
    assert canonical_table(table).foreign_keys == (ForeignKeyDef("a", "elsewhere"),)
