"""Keys, uniques, checks and foreign keys, with and without names; indexes with every option; table options."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from toasty_core.errors import CheckFailed, StatementFailed, Unsupported
from toasty_core.operations import (
    AddCheck,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    DropCheck,
    DropForeignKey,
    DropUnique,
    ModifyColumn,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetTableOptions,
    invert,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    TableDef,
    UniqueDef,
    expr,
)
from toasty_postgres.names import generated_name, stored_name

COLUMNS = [
    ColumnDef("id", "Integer"),
    ColumnDef("a", "Integer", nullable=True),
    ColumnDef("b", "String(20)", nullable=True),
    ColumnDef("parent_id", "Integer", nullable=True),
]
TABLE = TableDef("t", COLUMNS, primary_key=["id"])


def names(live, table="t"):
    kinds = "contype IN ('p', 'u', 'f', 'c', 'x')"
    rows = live.sql(
        f"SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND {kinds} ORDER BY 1"
    )
    return [row[0] for row in rows]


UNNAMED = [
    (AddUnique("t", UniqueDef(["a", "b"])), DropUnique("t", UniqueDef(["a", "b"])), "t_a_b_key"),
    (AddCheck("t", CheckDef("a > 0")), DropCheck("t", CheckDef("a > 0")), "t_a_check"),
    (
        AddForeignKey("t", ForeignKeyDef("parent_id", "t")),
        DropForeignKey("t", ForeignKeyDef("parent_id", "t")),
        "t_parent_id_fkey",
    ),
]


@pytest.mark.parametrize(("add", "drop", "name"), UNNAMED)
def test_what_has_no_name_is_dropped_whatever_it_is_called(live, add, drop, name):
    live.create(TABLE)
    live.apply(add)
    assert name in names(live)
    live.sql(f'ALTER TABLE t RENAME CONSTRAINT "{name}" TO "something %s else"')

    live.apply(drop)

    assert names(live) == ["t_pkey"]


@pytest.mark.parametrize(("add", "drop", "name"), UNNAMED)
def test_what_is_not_there_cannot_be_dropped(live, add, drop, name):
    live.create(TABLE)
    live.schema = add.apply(live.schema)

    with pytest.raises(StatementFailed, match="table t has no"):
        live.apply(drop)


def test_of_two_alike_the_one_without_a_name_goes(live):
    live.create(TABLE)
    live.apply(
        AddUnique("t", UniqueDef(["a"], name="first")),
        AddUnique("t", UniqueDef(["a"])),
        exact=False,
    )

    live.apply(DropUnique("t", UniqueDef(["a"])))

    assert names(live) == ["first", "t_pkey"]


def test_of_several_checks_the_right_one_goes(live):
    live.create(TABLE)
    texts = ("a > 0", "a>0 AND a < 10", "b <> 'it''s 100%'", "a > 0 OR b = 'x'")
    live.apply(*(AddCheck("t", CheckDef(text)) for text in texts))

    for text in texts[1:]:
        live.apply(DropCheck("t", CheckDef(text)))

    assert names(live) == ["t_a_check", "t_pkey"]


def test_names_of_the_database_follow_renames(live):
    live.create(
        TableDef(
            "t",
            COLUMNS,
            primary_key=["id"],
            uniques=[UniqueDef(["a", "b"]), UniqueDef(["b"], name="kept"), UniqueDef(["a"])],
            checks=[CheckDef("a > 0"), CheckDef("a > 0 OR b <> ''"), CheckDef("a < 9")],
            foreign_keys=[ForeignKeyDef("parent_id", "t")],
        )
    )
    before = names(live)
    there = (RenameTable("t", "it's new"), RenameColumn("it's new", "a", "z z"))
    back = invert(there, live.schema)
    live.apply(*there, exact=False)
    live.apply(*back)
    assert names(live) == before

    live.apply(*there, exact=False)

    assert names(live, "\"it''s new\"") == [
        "it's new_check",
        "it's new_parent_id_fkey",
        "it's new_pkey",
        "it's new_z z_b_key",
        "it's new_z z_check",
        "it's new_z z_check1",
        "it's new_z z_key",
        "kept",
    ]


def test_long_names_of_the_database_follow_as_it_cuts_them(live):
    long = TableDef("t" * 40, [ColumnDef("c" * 40, "Integer")], uniques=[UniqueDef(["c" * 40])])
    live.create(long)
    live.apply(RenameTable(long.name, "u" * 50), RenameColumn("u" * 50, "c" * 40, "d" * 20))

    assert names(live, "u" * 50) == [generated_name("u" * 50, ("d" * 20,), "key")]


def test_names_follow_though_the_constraints_change_places(live):
    """Those without a name stand in the order of their columns and texts."""
    live.create(TABLE)
    live.apply(
        *(AddUnique("t", UniqueDef([name])) for name in "ab"),
        *(AddCheck("t", CheckDef(text)) for text in ("a > 0", "b <> ''")),
    )
    before = names(live)

    live.apply(RenameColumn("t", "a", "z"))
    assert names(live) == ["t_b_check", "t_b_key", "t_pkey", "t_z_check", "t_z_key"]

    live.apply(RenameColumn("t", "z", "a"))
    assert names(live) == before


def test_long_names_of_several_bytes_follow_too(live):
    table = TableDef("t", [ColumnDef("id", "Integer")], primary_key=["id"])
    live.create(table)

    live.apply(RenameTable("t", "ü" * 31))

    assert names(live, "ü" * 31) == [generated_name("ü" * 31, (), "pkey")]


def test_a_rename_is_one_statement_where_the_database_named_nothing_by_it(live):
    live.create(TABLE)
    live.apply(
        AddUnique("t", UniqueDef(["b"])),
        AddCheck("t", CheckDef("b <> 'a'")),
        AddUnique("t", UniqueDef(["a"], name="named")),
    )

    texts = live.there_and_back(RenameColumn("t", "a", "c"))

    assert texts == ['ALTER TABLE "t" RENAME COLUMN "a" TO "c";']


def test_a_name_that_is_taken_is_not_taken_away(live):
    live.create(TABLE)
    live.apply(AddUnique("t", UniqueDef(["a"])), CreateIndex("t", IndexDef("t_c_key", ["b"])))

    live.apply(RenameColumn("t", "a", "c"))

    assert "t_a_key" in names(live)


@pytest.mark.parametrize(
    "part",
    [
        PrimaryKeyDef(["id"]),
        UniqueDef(["a", "b"]),
        CheckDef("a > 0"),
        ForeignKeyDef("parent_id", "t", "id"),
    ],
)
def test_names_are_given_changed_and_taken_away(live, part):
    from attrs import evolve

    parts = {UniqueDef: "uniques", CheckDef: "checks", ForeignKeyDef: "foreign_keys"}
    attribute = parts.get(type(part))
    given: dict[str, Any] = {attribute: [part]} if attribute else {}
    live.create(evolve(TABLE, **given))
    before = names(live)

    live.there_and_back(RenameConstraint("t", part, "a name"))
    live.apply(RenameConstraint("t", part, "a name"))
    live.apply(RenameConstraint("t", evolve(part, name="a name"), "another"))
    live.apply(RenameConstraint("t", evolve(part, name="another"), None))

    assert names(live) == before


@pytest.mark.parametrize(
    "operations",
    [
        (AddUnique("t", UniqueDef(["a"], name="u", deferral="deferred")),),
        (
            AddUnique(
                "t",
                UniqueDef(
                    ["a"], options={"postgresql": {"nulls_not_distinct": True, "include": ["b"]}}
                ),
            ),
        ),
        (
            AddForeignKey(
                "t", ForeignKeyDef("parent_id", "t", "id", name="f", deferral="deferrable")
            ),
        ),
        (
            AddForeignKey(
                "t",
                ForeignKeyDef(
                    "parent_id",
                    "t",
                    "id",
                    on_delete="set null",
                    on_update="cascade",
                    deferral="deferred",
                    options={"postgresql": {"match": "FULL"}},
                ),
            ),
        ),
        (
            AddForeignKey(
                "t", ForeignKeyDef("parent_id", "t", options={"postgresql": {"not_valid": True}})
            ),
        ),
        (AddCheck("t", CheckDef("a > 0", name="c", options={"postgresql": {"not_valid": True}})),),
        (AddCheck("t", CheckDef("a > 0", options={"postgresql": {"no_inherit": True}})),),
        (ChangePrimaryKey("t", ["id", "a"]),),
        (ChangePrimaryKey("t", None),),
        (
            ChangePrimaryKey(
                "t", PrimaryKeyDef(["a"], name="own", options={"postgresql": {"include": ["b"]}})
            ),
        ),
        (CreateIndex("t", IndexDef("i", ["a"], options={"postgresql": {"using": "hash"}})),),
        (
            CreateIndex(
                "t",
                IndexDef(
                    "i",
                    [
                        IndexColumn("b", descending=True, nulls_first=False, collation="C"),
                        IndexColumn(expression=expr("lower(b)")),
                        IndexColumn("a", descending=False, nulls_first=True),
                    ],
                    unique=True,
                    where="a > 0",
                    options={
                        "postgresql": {
                            "ops": {"b": "text_pattern_ops"},
                            "include": ["id"],
                            "with": {"fillfactor": 50},
                            "nulls_not_distinct": True,
                        }
                    },
                ),
            ),
            RenameIndex("t", "i", "it's"),
        ),
    ],
)
def test_every_option_there_and_back(live, operations):
    live.create(TABLE)

    live.there_and_back(*operations)


def test_rows_that_break_a_new_rule_are_found_before(live):
    live.create(TABLE)
    live.sql("INSERT INTO t VALUES (1, 5, 'x', 1), (2, 5, 'x', 7), (3, NULL, NULL, NULL)")
    unique = ("stand more than once", ("5, x stands 2 times",))
    for operation, message, found in (
        (AddUnique("t", UniqueDef(["a", "b"])), *unique),
        (CreateIndex("t", IndexDef("i", ["a", expr("b")], unique=True, where="a > 1")), *unique),
        (ChangePrimaryKey("t", ["a"]), "t.a: 1 are null", ("id = 3",)),
        (AddCheck("t", CheckDef("a < 5")), "2 break the check", ("id = 1", "id = 2")),
        (AddForeignKey("t", ForeignKeyDef("parent_id", "t")), "1 point at no row", ("id = 2: 7",)),
    ):
        with pytest.raises(CheckFailed, match=message) as caught:
            live.apply(operation)
        assert caught.value.findings == found
    live.assert_exact()


def test_a_key_is_taken_up_and_its_columns_may_be_null_again_after(live):
    live.create(TABLE)
    live.sql("INSERT INTO t VALUES (1, 5)")

    live.apply(ChangePrimaryKey("t", PrimaryKeyDef(["a"], name="by a")))
    live.apply(ChangePrimaryKey("t", ["id"]))

    live.sql("INSERT INTO t VALUES (2, NULL)")


def test_a_table_whose_name_has_a_dot_is_pointed_at(live):
    live.create(TableDef("a.b", [ColumnDef("id", "Integer")], primary_key=["id"]))

    live.there_and_back(AddForeignKey("a.b", ForeignKeyDef("id", "a.b", "id", name="own")))


def test_names_that_are_too_long_keep_apart(live):
    first, second = "x" * 70 + "1", "x" * 70 + "2"
    live.create(TableDef("t", [ColumnDef("a", "Integer"), ColumnDef("b", "Integer")]))
    live.there_and_back(
        CreateIndex("t", IndexDef("ö" * 40, ["b"])),
        AddUnique("t", UniqueDef(["a"], name=first)),
        AddCheck("t", CheckDef("a > 0", name=second)),
    )
    live.apply(CreateIndex("t", IndexDef(first, ["a"])), CreateIndex("t", IndexDef(second, ["a"])))

    names = {index.name for index in live.database.introspect().tables["t"].indexes}
    assert names == {stored_name(first), stored_name(second)}


OPTIONS = [
    {"with": {"fillfactor": 70, "autovacuum_enabled": False}},
    {"unlogged": True},
    {"inherits": ["parent"]},
    {"exclude": [{"name": "apart", "sql": "EXCLUDE USING btree (a WITH =)"}]},
    {"exclude": [{"name": None, "sql": "EXCLUDE USING btree (a WITH =, b WITH =) WHERE (a > 0)"}]},
    {
        "exclude": [
            {
                "name": "q",
                "sql": 'CONSTRAINT "q" EXCLUDE USING btree (a WITH =) DEFERRABLE INITIALLY DEFERRED',
            }
        ]
    },
]


@pytest.mark.parametrize("options", OPTIONS)
def test_table_options_there_and_back(live, options):
    from attrs import evolve

    live.create(TABLE)
    live.sql("CREATE TABLE parent (id integer)")
    given = {"postgresql": options}
    catalog = """SELECT reloptions, relpersistence, (SELECT count(*) FROM pg_inherits WHERE inhrelid = c.oid),
        (SELECT array_agg(pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = c.oid AND contype = 'x')
        FROM pg_class AS c WHERE relname = %s"""
    from toasty_core.operations import CreateTable

    live.apply(SetTableOptions("t", given), exact=False)
    changed = live.sql(catalog, "t")
    live.apply(CreateTable(evolve(TABLE, name="made", schema="other", options=given)), exact=False)

    assert live.sql(catalog, "made") == changed
    live.apply(SetTableOptions("t", {}), exact=False)
    assert live.sql(catalog, "t") == [(None, "p", 0, None)]


def test_a_partitioned_table(live, say):
    from attrs import evolve

    from toasty_core.operations import CreateTable

    options = {"postgresql": {"partition_by": "RANGE (id)"}}
    live.apply(CreateTable(evolve(TABLE, options=options)), exact=False)
    assert live.sql("SELECT relkind FROM pg_class WHERE relname = 't'") == [("p",)]
    with pytest.raises(Unsupported):
        live.apply(SetTableOptions("t", {}))


def test_deferred_rows_do_not_stop_what_comes_after(live):
    live.create(TABLE)
    live.apply(
        AddForeignKey("t", ForeignKeyDef("parent_id", "t", "id", name="f", deferral="deferred"))
    )
    from toasty_core.operations import AddColumn, InsertRows

    live.apply(
        InsertRows("t", [{"id": 1, "parent_id": 2}, {"id": 2, "parent_id": 1}]),
        AddColumn("t", ColumnDef("more", "Integer", nullable=True)),
        ModifyColumn("t", "a", nullable=False, fill=1),
    )

    with pytest.raises(psycopg.errors.NotNullViolation):
        live.sql("INSERT INTO t VALUES (3)")
