"""Rows: values of every kind, per cent signs, keys that come twice, and rows that go through Python."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum

import pytest

from toasty_core.errors import SchemaError
from toasty_core.operations import (
    CreateSequence,
    DeleteRows,
    InsertRows,
    TransformRows,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import (
    ColumnDef,
    Identity,
    NextValue,
    SequenceDef,
    TableDef,
    expr,
    now,
    uuid,
)
from toasty_core.schema import types as t
from toasty_postgres.literals import literal
from toasty_postgres.values import array_text, read_array

TABLE = TableDef(
    "a %s ? b",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("100%", "Text", nullable=True),
        ColumnDef("data", t.Native("JSONB"), nullable=True),
        ColumnDef("size", "Integer", nullable=True),
        ColumnDef("at", "DateTime(timezone=True)", nullable=True),
        ColumnDef("moods", t.Array(t.Enum("a", "b c", name="m")), nullable=True),
    ],
    primary_key=["id"],
)
KEY = TABLE.key


class Colour(Enum):
    RED = "r"


def rows(live, columns="*"):
    return live.sql(f'SELECT {columns} FROM "a %%s ? b" ORDER BY id'.replace("%%", "%"))


def test_per_cent_signs_and_question_marks_are_themselves(live):
    live.create(TABLE)
    live.apply(
        InsertRows(
            KEY, [{"id": 1, "100%": "50% %s ?", "data": {"k": 1}, "size": 7}, {"id": 2, "size": 8}]
        ),
        UpdateRows(KEY, {"100%": expr("'%s' || (7 %size)")}, expr("data ? 'k' AND 5 %size = 5")),
        UpdateRows(KEY, {"size": 1, "100%": expr("\"100%\" || '%s'")}, {"100%": "%s0"}),
        DeleteRows(KEY, {"id": [2]}),
    )

    assert rows(live, 'id, "100%", size') == [(1, "%s0%s", 1)]


def test_the_text_of_a_statement_has_its_values(live):
    live.create(TABLE)
    [part] = live.compiled(
        UpdateRows(
            KEY, {"100%": "it's ?", "data": {"a": [None]}}, expr("data ? '%s' AND id = 7 %size")
        )
    )

    assert str(part.statements[0]) == (
        """UPDATE "a %s ? b" SET "100%" = 'it''s ?', "data" = '{"a": [null]}' WHERE (data ? '%s' AND id = 7 % size);"""
    )


def test_functions_sequences_and_members(live):
    live.create(TABLE)
    live.apply(
        CreateSequence(SequenceDef("numbers")),
        InsertRows(
            KEY,
            [
                {"id": NextValue("numbers"), "100%": uuid(), "at": now()},
                {
                    "id": 9,
                    "100%": Colour.RED,
                    "at": datetime(2024, 1, 1, 12),
                    "moods": ["b c", None],
                },
            ],
        ),
    )

    first, second = rows(live, 'id, "100%", "at", moods::text[]')
    assert (first[0], len(first[1])) == (1, 36)
    assert second == (9, "r", datetime(2024, 1, 1, 12, tzinfo=timezone.utc), ["b c", None])


def test_a_key_may_come_twice(live):
    live.create(TABLE)

    live.apply(
        UpsertRows(
            KEY, [{"id": 1, "size": 1}, {"id": 2, "size": 2}, {"id": 1, "size": 3}, {"id": 1}]
        )
    )

    assert rows(live, "id, size") == [(1, 3), (2, 2)]


def test_rows_go_through_a_function(live):
    live.create(TABLE)
    live.apply(
        InsertRows(KEY, [{"id": n, "100%": f"{n}%", "data": [n], "moods": ["a"]} for n in range(5)])
    )
    seen = []

    def change(row):
        seen.append((row["100%"], row["data"], row["moods"]))
        return {
            "100%": row["100%"] + "%s",
            "data": {"was": row["data"]},
            "moods": [*row["moods"], "b c"],
        }

    live.apply(TransformRows(KEY, change, where=expr("id %2 = 0"), batch_size=2))

    assert seen == [(f"{n}%", [n], ["a"]) for n in (0, 2, 4)]
    assert rows(live, '"100%", data, moods::text[]')[2] == ("2%%s", {"was": [2]}, ["a", "b c"])


def test_a_number_that_the_database_always_gives(live):
    live.create(
        TableDef("t", [ColumnDef("id", "Integer", auto=Identity(always=True))], primary_key=["id"])
    )

    live.apply(InsertRows("t", [{"id": 5}, {}]))

    assert live.rows("t") == [(1,), (5,)]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "{}"),
        (
            ["a,b", 'q"', "back\\", "", None, "NULL", "{}"],
            r'{"a,b","q\"","back\\","",NULL,"NULL","{}"}',
        ),
        ([["a"], ["b"]], '{{"a"},{"b"}}'),
    ],
)
def test_arrays_as_text(values, text):
    assert array_text(values, str_or_none) == text
    assert read_array(text, str) == values


def str_or_none(value):
    return value


def test_bare_words_in_arrays():
    assert read_array("[0:1]={a,NULL,b c}", str) == ["a", None, "b c"]


def test_a_zero_character_has_no_place_in_text():
    with pytest.raises(SchemaError, match="zero character"):
        literal("a\0b")
    with pytest.raises(SchemaError, match="no form"):
        literal(object())
