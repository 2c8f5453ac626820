"""Enums' own types: made before their first use, changed for all columns, dropped after their last."""

from __future__ import annotations

import psycopg
import pytest

from toasty_core.errors import CheckFailed
from toasty_core.operations import (
    AddColumn,
    CreateTable,
    DropColumn,
    DropTable,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
)
from toasty_core.schema import CheckDef, ColumnDef, IndexDef, TableDef, expr
from toasty_core.schema import types as t

MOOD = t.Enum("calm", "sad", name="mood")
MORE = t.Enum("calm", "glad", "sad", "wild", name="mood")
FEWER = t.Enum("sad", "calm", name="mood")
ID = ColumnDef("id", "Integer")


def labels(live, name="mood"):
    return [row[0] for row in live.sql("SELECT unnest(enum_range(NULL::" + name + "))::text")]


def types(live):
    return [
        row[0] for row in live.sql("SELECT typname FROM pg_type WHERE typtype = 'e' ORDER BY 1")
    ]


def people(**column):
    return TableDef("people", [ID, ColumnDef("mood", MOOD, **column)], primary_key=["id"])


def test_a_type_is_made_for_a_table_and_dropped_with_it(live):
    live.create(people())
    assert labels(live) == ["calm", "sad"]

    live.apply(DropTable("people"))
    assert types(live) == []


def test_a_type_is_made_for_an_added_column_and_dropped_with_the_last_one(live):
    live.create(
        TableDef("people", [ID], primary_key=["id"]), TableDef("pets", [ID], primary_key=["id"])
    )

    live.apply(AddColumn("people", ColumnDef("mood", MOOD, nullable=True)))
    live.apply(AddColumn("pets", ColumnDef("mood", t.Array(MOOD), nullable=True)))
    assert types(live) == ["mood"]
    live.apply(DropColumn("people", "mood"))
    assert types(live) == ["mood"]
    live.apply(DropColumn("pets", "mood"))
    assert types(live) == []


def test_the_way_down_makes_and_drops_it_too(live):
    live.create(people())

    live.there_and_back(ModifyColumn("people", "mood", type="String(10)"))
    live.there_and_back(DropColumn("people", "mood"))
    assert types(live) == ["mood"]


def test_a_type_in_a_schema(live):
    mood = t.Enum("a", "b", name="feelings.mood")
    live.apply(CreateTable(TableDef("people", [ID, ColumnDef("mood", mood)], primary_key=["id"])))

    assert labels(live, "feelings.mood") == ["a", "b"]


def test_values_are_added_in_their_places(live):
    live.create(people())
    live.apply(InsertRows("people", [{"id": 1, "mood": "calm"}]))

    texts = live.apply(ModifyColumn("people", "mood", type=MORE))

    assert labels(live) == ["calm", "glad", "sad", "wild"]
    assert texts == [
        """ALTER TYPE "mood" ADD VALUE 'glad' AFTER 'calm';""",
        """ALTER TYPE "mood" ADD VALUE 'wild';""",
    ]


def test_a_value_before_all_others(live):
    live.create(people())

    live.apply(ModifyColumn("people", "mood", type=t.Enum("a", "b", "calm", "sad", name="mood")))

    assert labels(live) == ["a", "b", "calm", "sad"]


@pytest.mark.parametrize(
    "later",
    [
        InsertRows("people", [{"id": 1, "mood": "wild"}]),
        ExecuteSql("INSERT INTO people VALUES (1, 'wild')"),
        ModifyColumn("people", "mood", default="wild"),
    ],
)
def test_a_value_that_is_used_in_the_same_migration_is_committed_before(live, later):
    live.create(people())

    live.apply(ModifyColumn("people", "mood", type=MORE), later)

    added = live.compiled(
        ModifyColumn("people", "mood", type=t.Enum(*MORE.values, "new", name="mood"))
    )
    assert all(statement.transactional for part in added for statement in part.statements)


def test_a_default_of_the_new_value_in_one_go(live):
    live.create(people(default="sad"))

    live.apply(ModifyColumn("people", "mood", type=MORE, default="wild"))

    live.sql("INSERT INTO people (id) VALUES (1)")
    assert live.rows("people") == [(1, "wild")]


def test_a_type_that_two_tables_share_is_changed_once(live):
    other = TableDef("pets", [ID, ColumnDef("mood", MOOD, nullable=True)], primary_key=["id"])
    live.create(people(), other)

    texts = live.there_and_back(
        ModifyColumn("people", "mood", type=MORE), ModifyColumn("pets", "mood", type=MORE)
    )

    assert len(texts) == 2
    assert labels(live) == ["calm", "sad"]


def test_values_are_reordered_and_taken_away_with_all_that_stands_on_the_column(live):
    table = TableDef(
        "people",
        [
            ID,
            ColumnDef("mood", MORE, default="sad"),
            ColumnDef("moods", t.Array(MORE), default=["calm"]),
        ],
        primary_key=["id"],
        indexes=[
            IndexDef("ix_mood", ["mood"]),
            IndexDef("ix_sad", ["id"], where="mood = 'sad'", unique=True),
        ],
        checks=[
            CheckDef("mood <> 'calm' OR id > 0", name="ck_mood"),
            CheckDef("mood >= 'calm' OR id < 9"),
        ],
    )
    live.create(table)
    live.apply(InsertRows("people", [{"id": 1, "mood": "sad", "moods": ["calm", "sad"]}]))
    live.sql("CREATE VIEW sad AS SELECT * FROM people WHERE mood = 'sad'")

    live.apply(
        ModifyColumn("people", "mood", type=FEWER),
        ModifyColumn("people", "moods", type=t.Array(FEWER)),
    )

    assert labels(live) == ["sad", "calm"]
    assert live.sql("SELECT id, mood, moods::text[] FROM sad") == [(1, "sad", ["calm", "sad"])]
    live.sql("INSERT INTO people (id) VALUES (2)")
    with pytest.raises(psycopg.errors.CheckViolation):
        live.sql("INSERT INTO people (id, mood) VALUES (-1, 'calm')")


def test_rows_with_a_value_that_goes_away_stop_the_change(live):
    live.create(
        TableDef("people", [ID, ColumnDef("mood", MORE)], primary_key=["id"]),
        TableDef("pets", [ID, ColumnDef("moods", t.Array(MORE))], primary_key=["id"]),
    )
    live.sql("INSERT INTO people VALUES (1, 'wild'), (2, 'sad')")
    live.sql("INSERT INTO pets VALUES (1, '{sad,glad}'), (2, '{}')")

    with pytest.raises(CheckFailed, match=r"people.mood: 1 cannot become Enum") as caught:
        live.apply(ModifyColumn("people", "mood", type=FEWER))
    assert caught.value.findings == ("id = 1: wild",)
    live.sql("DELETE FROM people WHERE id = 1")
    with pytest.raises(CheckFailed, match=r"pets.moods: 1"):
        live.apply(ModifyColumn("people", "mood", type=FEWER))


def test_an_expression_of_the_users_carries_values_over(live):
    live.create(people())
    live.sql("INSERT INTO people VALUES (1, 'sad'), (2, 'calm')")
    using = expr("CASE mood WHEN 'sad' THEN 'blue' ELSE mood::text END")

    live.apply(
        ModifyColumn("people", "mood", type=t.Enum("blue", "calm", name="mood"), using=using)
    )

    assert live.rows("people") == [(1, "blue"), (2, "calm")]


def test_a_value_is_renamed_by_sql_that_says_what_it_did(live):
    live.create(people())
    live.sql("INSERT INTO people VALUES (1, 'sad')")
    new = t.Enum("calm", "blue", name="mood")

    live.apply(
        ExecuteSql(
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
            state=[ModifyColumn("people", "mood", type=new)],
        )
    )

    assert live.rows("people") == [(1, "blue")]


def test_a_default_that_another_column_is_to_lose_makes_way(live):
    bins = TableDef(
        "bins", [ID, ColumnDef("a", MOOD, nullable=True), ColumnDef("b", MOOD, default="sad")]
    )
    live.create(bins)
    new = t.Enum("calm", "fine", name="mood")

    live.apply(
        ModifyColumn("bins", "a", type=new),
        ModifyColumn("bins", "b", type=new, default="fine"),
    )

    live.sql("INSERT INTO bins (id) VALUES (1)")
    assert live.rows("bins") == [(1, None, "fine")]


def test_text_becomes_an_enum_and_back(live):
    live.create(
        TableDef("people", [ID, ColumnDef("mood", "String(9)", default="sad")], primary_key=["id"])
    )
    live.sql("INSERT INTO people VALUES (1, 'sad'), (2, 'odd')")

    with pytest.raises(CheckFailed, match="1 cannot become"):
        live.apply(ModifyColumn("people", "mood", type=MOOD))
    live.sql("DELETE FROM people WHERE id = 2")
    live.there_and_back(ModifyColumn("people", "mood", type=MOOD))

    assert live.rows("people") == [(1, "sad")]


def test_an_enum_that_is_text_is_text(say):
    table = TableDef(
        "p",
        [ColumnDef("a", t.Enum("x", "yy", name="n", native=False)), ColumnDef("b", t.Enum("x"))],
    )

    assert say(CreateTable(table)) == [
        'CREATE TABLE "p" (\n\t"a" VARCHAR(2) NOT NULL, \n\t"b" VARCHAR(1) NOT NULL\n);'
    ]
