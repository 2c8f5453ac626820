"""Which hints and answers count, and which are errors."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.diff import (
    Answers,
    NoRename,
    Rename,
    RenameKind,
    detect_changes,
    open_questions,
    parse_rename,
)
from toasty_core.errors import SchemaError, UsageError
from toasty_core.operations import RenameColumn, RenameTable
from toasty_core.schema import ColumnDef, SchemaSnapshot, TableDef


def schema(**tables):
    """Tables by name, each with text columns; `a=b` in a column's text says what it was called."""
    return SchemaSnapshot.of(*(made(name, columns) for name, columns in tables.items()))


def made(name, columns, **more):
    pairs = (text.partition("<-") for text in columns.split())
    return TableDef(
        name, [ColumnDef(n, "Text", renamed_from=o or None) for n, _, o in pairs], **more
    )


def renames(old, new, *answers):
    operations = detect_changes(old, new, Answers(answers))
    return [op for op in operations if isinstance(op, RenameTable | RenameColumn)]


def test_a_hint_renames_by_itself():
    old, new = schema(users="id email"), schema(users="id mail<-email")
    assert renames(old, new) == [RenameColumn("users", "email", "mail")]
    assert open_questions(old, new) == ()


def test_a_hint_that_is_done_is_passed_over():
    new = schema(users="id mail<-email")
    assert not detect_changes(new, new)
    assert renames(new, schema(users="id mail<-email more")) == []


def test_a_hint_never_gives_up_what_is_there():
    old, new = schema(users="email mail"), schema(users="mail<-email")
    assert renames(old, new) == []


def test_hints_in_a_chain():
    old, new = schema(t="left right"), schema(t="right<-left extra<-right")
    assert renames(old, new) == [
        RenameColumn("t", "right", "extra"),
        RenameColumn("t", "left", "right"),
    ]
    assert not detect_changes(new, new)


def test_hints_in_a_circle_could_be_done_already_and_do_nothing():
    old, new = schema(t="a b"), schema(t="a<-b b<-a")
    assert not detect_changes(old, new)


def test_hints_of_tables():
    old = SchemaSnapshot.of(made("users", "id", schema="app"), made("post", "id"))
    new = SchemaSnapshot.of(
        made("people", "id", schema="app", renamed_from="users"),
        made("post", "id"),
        made("article", "id", renamed_from="nothing"),
    )
    assert renames(old, new) == [RenameTable("app.users", "app.people")]


def test_two_hints_for_one_column_are_an_error():
    with pytest.raises(SchemaError, match="two columns of 't' say that they were 'a'"):
        detect_changes(schema(t="a"), schema(t="b<-a c<-a"))


def test_an_answer_goes_before_a_hint():
    old, new = schema(t="a"), schema(t="b<-a c")
    assert renames(old, new, Rename("t.a", "t.c")) == [RenameColumn("t", "a", "c")]


def test_a_column_is_written_with_its_tables_new_name_or_old_one():
    old, new = schema(users="id email"), schema(people="id mail")
    table = Rename("users", "people")
    expected = [RenameTable("users", "people"), RenameColumn("people", "email", "mail")]
    for old_name in ("people.email", "users.email"):
        for new_name in ("people.mail", "users.mail", "mail"):
            assert renames(old, new, table, Rename(old_name, new_name)) == expected


def test_a_column_of_a_table_whose_name_is_taken_over():
    old, new = schema(label="id name"), schema(tag="id title", label="printer")
    answers = [Rename("label", "tag"), Rename("tag.name", "tag.title")]
    assert renames(old, new, *answers)[1] == RenameColumn("tag", "name", "title")


def test_names_with_dots():
    old = SchemaSnapshot.of(made("orders", "a.b", schema="sales"))
    new = SchemaSnapshot.of(made("invoices", "c.d", schema="sales"))
    answers = [Rename("sales.orders", "sales.invoices"), Rename("sales.orders.a.b", "c.d")]
    assert renames(old, new, *answers) == [
        RenameTable("sales.orders", "sales.invoices"),
        RenameColumn("sales.invoices", "a.b", "c.d"),
    ]


@pytest.mark.parametrize(
    ("rename", "what", "hint"),
    [
        (Rename("user", "people"), "the last schema has no table 'user'", "'users'"),
        (Rename("users", "peoples"), "the models have no table 'peoples'", "'people'"),
        (Rename("users.id", "users.idd"), "the models have no such column", "'id'"),
        (Rename("users.x", "users.id"), "the last schema has no such column", "TABLE.COLUMN"),
    ],
)
def test_an_answer_that_fits_nothing_is_an_error(rename, what, hint):
    old, new = schema(users="id"), schema(people="id", users="id")
    with pytest.raises(UsageError, match=what) as caught:
        detect_changes(old, new, Answers([rename]))
    assert hint in (caught.value.hint or "")


def test_one_name_for_two_is_an_error():
    old, new = schema(t="a b"), schema(t="c")
    with pytest.raises(UsageError, match="another rename has one of the names"):
        detect_changes(old, new, Answers([Rename("t.a", "t.c"), Rename("t.b", "t.c")]))


def test_a_rename_stays_in_its_schema():
    old, new = schema(a="id"), SchemaSnapshot.of(made("a", "id", schema="other"))
    with pytest.raises(UsageError, match="stays in its schema"):
        detect_changes(old, new, Answers([Rename("a", "other.a", RenameKind.TABLE)]))


def test_without_an_answer_nothing_is_guessed():
    old, new = schema(users="id email"), schema(users="id mail")
    assert renames(old, new) == []
    assert open_questions(old, new)


def test_answers_add_up():
    first = Answers([Rename("a", "b")], not_renamed=[NoRename("c")])
    second = Answers([Rename("a", "b"), Rename("d", "e")], no_renames=True)
    assert first.merged(second) == Answers(
        [Rename("a", "b"), Rename("d", "e")], True, (), [NoRename("c")]
    )


def test_renames_as_they_are_typed():
    assert parse_rename("users=accounts") == Rename("users", "accounts", RenameKind.TABLE)
    assert parse_rename("users.email = users.mail").kind is RenameKind.COLUMN
    for text in ("users", "users=", "=users", ""):
        with pytest.raises(UsageError, match="cannot read the rename"):
            parse_rename(text)


def test_columns_that_swap_their_names_and_nothing_else_are_a_change():
    table = TableDef(
        "t", [ColumnDef("id", "Integer"), ColumnDef("a", "Text"), ColumnDef("b", "Text")]
    )
    old, new = SchemaSnapshot.of(table), SchemaSnapshot.of(evolve(table))
    swap = Answers([Rename("t.a", "t.b"), Rename("t.b", "t.a")])

    assert not detect_changes(old, new)
    assert [type(operation) for operation in detect_changes(old, new, swap)] == [RenameColumn] * 3
