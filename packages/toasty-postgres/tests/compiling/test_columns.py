"""Columns: defaults, nulls, numbers, computed values, comments, collations."""

from __future__ import annotations

import pytest

from toasty_core.diff import detect_changes
from toasty_core.errors import CheckFailed, StatementFailed, Unsupported
from toasty_core.operations import (
    AddColumn,
    CreateSequence,
    CreateTable,
    DropColumn,
    DropSequence,
    InsertRows,
    ModifyColumn,
    ModifySequence,
    RenameColumn,
    RenameTable,
    SetTableComment,
    UpsertRows,
)
from toasty_core.schema import (
    ColumnDef,
    Generated,
    Identity,
    NextValue,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    Serial,
    TableDef,
    expr,
    now,
    uuid,
)
from toasty_postgres import PostgresBackend

ID = ColumnDef("id", "Integer")


def table(*columns, **rest):
    return TableDef("t", [ID, *columns], primary_key=["id"], **rest)


def numbered(auto, type_="Integer"):
    return TableDef(
        "t",
        [ColumnDef("id", type_, auto=auto), ColumnDef("v", "Integer", nullable=True)],
        primary_key=["id"],
    )


def next_id(live):
    return live.sql("INSERT INTO t (v) VALUES (0) RETURNING id")[0][0]


FULL = Identity(always=True, start=10, increment=5, minimum=5, maximum=100, cycle=True, cache=3)


@pytest.mark.parametrize("auto", [Identity(), FULL, Serial(), Identity(increment=-1)])
@pytest.mark.parametrize("type_", ["SmallInteger", "Integer", "BigInteger"])
def test_numbered_columns(live, auto, type_):
    live.create(numbered(auto, type_))

    assert next_id(live) == {FULL: 10, Identity(increment=-1): -1}.get(auto, 1)


@pytest.mark.parametrize("old", [None, Identity(), Serial()])
@pytest.mark.parametrize("new", [None, Identity(), FULL, Serial()])
def test_numbers_go_on_behind_those_that_are_there(live, old, new):
    live.create(numbered(old))
    live.apply(InsertRows("t", [{"id": 7}]))

    live.apply(ModifyColumn("t", "id", auto=new), exact=True)

    if new is not None:
        assert next_id(live) == (12 if new == FULL else 8)
    live.apply(ModifyColumn("t", "id", auto=old))


def test_an_empty_table_begins_at_the_start(live):
    live.create(numbered(None))

    live.apply(ModifyColumn("t", "id", auto=Identity(start=5)))

    assert next_id(live) == 5


@pytest.mark.parametrize("auto", [Identity(), Serial()])
def test_a_wider_number_has_room(live, auto):
    live.create(numbered(auto))

    live.there_and_back(ModifyColumn("t", "id", type="BigInteger"))
    live.apply(ModifyColumn("t", "id", type="BigInteger"))

    live.sql("SELECT setval(pg_get_serial_sequence('t', 'id'), 2147483647)")
    assert next_id(live) == 2147483648


def test_rows_that_bring_numbers_move_the_sequence(live):
    live.create(numbered(FULL))

    live.apply(InsertRows("t", [{"id": 40, "v": 1}]))
    live.apply(UpsertRows("t", [{"id": 40, "v": 2}, {"id": 50, "v": 2}, {"id": 40, "v": 3}]))

    assert live.rows("t") == [(40, 3), (50, 2)]
    assert next_id(live) == 55


def test_a_name_in_capitals_and_a_schema(live):
    big = TableDef(
        "Big Table",
        [ColumnDef("The Id", "Integer", auto=Serial())],
        primary_key=["The Id"],
        schema="Other",
    )
    live.create(big)
    live.apply(InsertRows(big.key, [{"The Id": 4}]))
    live.there_and_back(ModifyColumn(big.key, "The Id", auto=True))

    live.apply(ModifyColumn(big.key, "The Id", type="BigInteger"))
    live.apply(RenameTable(big.key, "Other.Bigger"), RenameColumn("Other.Bigger", "The Id", "No"))

    found = live.sql("""SELECT pg_get_serial_sequence('"Other"."Bigger"', 'No')""")
    assert found == [('"Other"."Bigger_No_seq"',)]
    assert live.sql('INSERT INTO "Other"."Bigger" DEFAULT VALUES RETURNING "No"') == [(5,)]


def test_sequences(live):
    live.apply(
        CreateSequence(
            SequenceDef(
                "Numb ers", start=5, increment=2, maximum=99, cycle=True, cache=4, schema="s"
            )
        )
    )
    live.create(table(ColumnDef("n", "BigInteger", default=NextValue("s.Numb ers"))))
    live.sql("INSERT INTO t VALUES (1), (2)")
    assert live.rows("t") == [(1, 5), (2, 7)]

    live.apply(ModifySequence(SequenceDef("Numb ers", increment=10, minimum=1, schema="s")))
    live.there_and_back(ModifySequence(SequenceDef("Numb ers", start=9, cycle=True, schema="s")))
    live.there_and_back(
        AddColumn("t", ColumnDef("m", "BigInteger", default=NextValue("s.Numb ers")))
    )
    live.apply(ModifyColumn("t", "n", default=None), DropSequence("s.Numb ers"))


DEFAULTS = [
    ("String(20)", "it's \\ 100%", "it's \\ 100%"),
    ("Text", expr("NULL"), None),
    ("Text", "NULL", "NULL"),
    ("Integer", -7, -7),
    ("Integer", True, 1),
    ("Boolean", 1, True),
    ("Double", 1.5, 1.5),
    ("Json", {"a": ["it's"]}, {"a": ["it's"]}),
    ("Array(Integer)", [1, 2], [1, 2]),
    ("Array(String)", ['a"b', "c,d"], ['a"b', "c,d"]),
    ("Binary", b"\x00\\", b"\x00\\"),
    ("Integer", expr("1 + 1"), 2),
    ("Text", expr("lower('A')"), "a"),
]


@pytest.mark.parametrize(("type_", "default", "want"), DEFAULTS)
def test_defaults(live, type_, default, want):
    live.create(table(ColumnDef("v", type_, nullable=True, default=default)))
    live.sql("INSERT INTO t VALUES (1)")
    live.apply(AddColumn("t", ColumnDef("w", type_, nullable=True, default=default)))

    assert live.rows("t") == [(1, want, want)]
    live.there_and_back(ModifyColumn("t", "v", default=None))


@pytest.mark.parametrize(
    "type_", ["Date", "Time", "Time(timezone=True)", "DateTime", "DateTime(timezone=True)"]
)
def test_the_present_and_random_identifiers(live, type_):
    live.create(
        table(
            ColumnDef("v", type_, default=now()),
            ColumnDef("u", "Uuid", default=uuid()),
            ColumnDef("c", "Char(32)", default=uuid()),
            ColumnDef("s", "String(36)", default=uuid()),
        )
    )
    live.sql("INSERT INTO t VALUES (1)")


@pytest.mark.parametrize(
    ("column", "fill"),
    [
        (ColumnDef("v", "String(9)"), "it's"),
        (ColumnDef("v", "String(9)", default="new"), "it's"),
        (ColumnDef("v", "Text"), expr("'it' || '''s'")),
        (ColumnDef("v", "Text"), expr("CASE id WHEN 1 THEN 'it''s' ELSE random()::text END")),
        (
            ColumnDef("v", "Text", default="new", nullable=True, comment="so"),
            expr("'it''s' || left(id::text, 0)"),
        ),
    ],
)
def test_a_new_column_is_filled(live, column, fill):
    live.create(table())
    live.sql("INSERT INTO t VALUES (1)")

    live.there_and_back(AddColumn("t", column, fill=fill))
    live.apply(AddColumn("t", column, fill=fill))

    assert live.rows("t") == [(1, "it's")]


def test_a_new_column_without_a_value_stops_before_anything_changes(live):
    live.create(table())
    live.sql("INSERT INTO t VALUES (1)")

    with pytest.raises(
        CheckFailed, match=r"t.v: 1 would have no value for the new column"
    ) as caught:
        live.apply(AddColumn("t", ColumnDef("v", "Text", default=expr("NULL"))))
    assert caught.value.findings == ("id = 1",)
    with pytest.raises(CheckFailed, match=r"t.v: 1 would be null"):
        live.apply(AddColumn("t", ColumnDef("v", "Text"), fill=expr("NULLIF(id::text, '1')")))
    live.assert_exact()


def test_nulls_are_counted_before_a_column_may_have_none(live):
    live.create(table(ColumnDef("v", "Text", nullable=True)))
    live.sql("INSERT INTO t VALUES (1), (2)")

    with pytest.raises(CheckFailed, match=r"t.v: 2 are null"):
        live.apply(ModifyColumn("t", "v", nullable=False))
    live.apply(ModifyColumn("t", "v", nullable=False, fill="x", default="y"))

    assert live.rows("t") == [(1, "x"), (2, "x")]


def test_a_key_is_never_null_whatever_the_models_say(live):
    keyed = TableDef(
        "t",
        [ColumnDef("id", "Integer", nullable=True), ColumnDef("b", "Integer")],
        PrimaryKeyDef(["id"]),
    )
    live.create(keyed)

    live.there_and_back(ModifyColumn("t", "id", nullable=False))


def test_computed_columns(live):
    live.create(
        table(
            ColumnDef("v", "Integer"),
            ColumnDef("g", "Integer", nullable=True, generated=Generated("v * 2")),
        )
    )
    live.sql("INSERT INTO t VALUES (1, 4)")

    live.there_and_back(ModifyColumn("t", "g", generated=Generated("v * 3")))
    live.apply(ModifyColumn("t", "g", generated=Generated("v * 3")))
    assert live.rows("t") == [(1, 4, 12)]
    live.there_and_back(ModifyColumn("t", "g", generated=None, nullable=False))
    live.apply(ModifyColumn("t", "g", generated=None))
    live.sql("UPDATE t SET g = 5")
    live.apply(ModifyColumn("t", "g", generated=Generated("v * 3")))
    assert live.sql("SELECT g FROM t") == [(12,)]


def test_columns_that_are_computed_when_read(live):
    virtual = ColumnDef("g", "Integer", nullable=True, generated=Generated("v * 2", stored=False))
    if live.version < (18,):
        with pytest.raises(Unsupported) as caught:
            live.create(table(ColumnDef("v", "Integer"), virtual))
        assert "18" in (caught.value.reason or "")
        return
    live.create(table(ColumnDef("v", "Integer"), virtual))
    live.sql("INSERT INTO t VALUES (1, 4)")

    live.there_and_back(ModifyColumn("t", "g", generated=Generated("v * 2")))
    live.there_and_back(ModifyColumn("t", "g", generated=Generated("v * 3", stored=False)))
    live.there_and_back(ModifyColumn("t", "g", generated=None))
    live.apply(ModifyColumn("t", "g", generated=None))
    assert live.rows("t") == [(1, 4, 8)]


def test_collations_and_comments(live):
    live.create(
        table(ColumnDef("v", "Text", collation="C", comment='it\'s "so" \\'), comment="100%")
    )

    live.there_and_back(
        ModifyColumn("t", "v", collation=None), ModifyColumn("t", "v", comment=None)
    )
    live.there_and_back(ModifyColumn("t", "v", type="String(9)", collation="POSIX", comment="new"))
    live.there_and_back(SetTableComment("t", None))


def test_a_numbered_column_must_be_a_whole_number(say):
    with pytest.raises(Unsupported, match="no whole number"):
        say(CreateTable(TableDef("t", [ColumnDef("id", "Text", auto=Serial())])))


def test_what_a_large_table_gets_is_shown_with_its_effects(live):
    live.create(table(ColumnDef("v", "Text", nullable=True)))

    [part] = live.compiled(ModifyColumn("t", "v", nullable=False))

    [statement] = part.statements
    [effect] = statement.effects
    assert (effect.table, effect.lock, effect.blocking) == ("t", "ACCESS EXCLUSIVE", True)


def test_a_comment_on_a_column_lets_writers_go_on():
    """It takes SHARE UPDATE EXCLUSIVE: https://www.postgresql.org/docs/current/sql-comment.html"""
    before = SchemaSnapshot.of(TableDef("t", [ColumnDef("v", "Text")]))
    (statement,) = PostgresBackend().compile(ModifyColumn("t", "v", comment="new"), before)

    assert [effect.lock for effect in statement.effects] == ["SHARE UPDATE EXCLUSIVE"]


PRICES = table(
    ColumnDef("net", "Integer", nullable=True),
    ColumnDef("gross", "Integer", nullable=True, generated=Generated("net * 2")),
)


def test_a_column_goes_with_one_that_is_computed_from_it(live):
    live.create(PRICES)
    live.sql("INSERT INTO t VALUES (1, 10)")
    drops = detect_changes(live.schema, SchemaSnapshot.of(table())).operations

    live.there_and_back(*drops)
    live.apply(*drops)

    assert drops == (DropColumn("t", "gross"), DropColumn("t", "net"))


def test_a_column_that_another_is_computed_from_does_not_go_before_it(live):
    live.create(PRICES)

    with pytest.raises(StatementFailed, match="other objects depend on it") as caught:
        live.apply(DropColumn("t", "net"), DropColumn("t", "gross"))

    assert "drop what depends on it first" in (caught.value.hint or "")


def test_a_table_comes_after_the_one_that_it_inherits_from_and_goes_before_it(live):
    parent = TableDef("parent", [ID])
    child = TableDef("child", [ID], options={"postgresql": {"inherits": ["parent"]}})
    both = SchemaSnapshot.of(child, parent)

    live.apply(*detect_changes(SchemaSnapshot(), both))
    live.sql("INSERT INTO child VALUES (1)")

    assert live.rows("parent") == [(1,)]
    live.apply(*detect_changes(both, SchemaSnapshot()))
