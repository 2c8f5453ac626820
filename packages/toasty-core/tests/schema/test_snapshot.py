"""Whole schemas."""

from __future__ import annotations

import pytest

from toasty_core.errors import SchemaError
from toasty_core.schema import ColumnDef, ForeignKeyDef, SchemaSnapshot, SequenceDef, TableDef

USERS = TableDef("users", [ColumnDef("id", "Integer")], primary_key=["id"])
POSTS = TableDef("posts", [ColumnDef("id", "Integer")], foreign_keys=[ForeignKeyDef("id", "users")])


class User:
    """What a model looks like from here."""

    @classmethod
    def __toasty_table__(cls):
        return USERS


def test_a_schema_is_made_of_tables_or_models():
    expected = SchemaSnapshot.of(USERS, POSTS)

    assert SchemaSnapshot.from_schema([User, POSTS]) == expected
    assert SchemaSnapshot.from_schema(expected) is expected


@pytest.mark.parametrize("wrong", [3, [3], "x", [TableDef]])
def test_anything_else_is_no_schema(wrong):
    with pytest.raises(SchemaError):
        SchemaSnapshot.from_schema(wrong)


def test_the_order_of_tables_means_nothing():
    assert SchemaSnapshot.of(USERS, POSTS) == SchemaSnapshot.of(POSTS, USERS)


def test_two_tables_of_one_name_are_an_error():
    with pytest.raises(SchemaError, match="two tables are called 'users'"):
        SchemaSnapshot.of(USERS, USERS)


def test_what_is_not_there_is_an_error_with_the_nearest_name():
    schema = SchemaSnapshot.of(USERS, sequences=[SequenceDef("numbers")])

    with pytest.raises(SchemaError, match="there is no table 'user'") as table:
        schema.table("user")
    with pytest.raises(SchemaError, match="there is no sequence 'number'") as sequence:
        schema.sequence("number")
    assert table.value.hint == "did you mean 'users'?"
    assert sequence.value.hint == "did you mean 'numbers'?"


def test_a_change_makes_a_new_schema():
    empty = SchemaSnapshot()
    full = empty.put(USERS).put(POSTS).put_sequence(SequenceDef("n"))

    assert empty == SchemaSnapshot()
    assert full.drop("posts").drop_sequence("n") == SchemaSnapshot.of(USERS)
    assert [table.key for table in full.referrers("users")] == ["posts"]


def test_a_draft_changes_in_place_and_leaves_its_origin_and_its_result_alone():
    origin = SchemaSnapshot.of(USERS)
    draft = origin.draft()

    assert draft.put(POSTS) is draft
    result = draft.frozen()
    draft.drop("posts").put_sequence(SequenceDef("n")).map_tables(lambda _: POSTS)

    assert origin == SchemaSnapshot.of(USERS)
    assert result == SchemaSnapshot.of(USERS, POSTS)
    assert draft.frozen() == SchemaSnapshot.of(POSTS, sequences=[SequenceDef("n")])
    assert draft.drop_sequence("n").sequences == {}


def test_every_table_can_be_changed_at_once():
    renamed = SchemaSnapshot.of(USERS).map_tables(lambda _: POSTS)

    assert renamed == SchemaSnapshot.of(POSTS)
