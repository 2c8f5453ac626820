"""What is asked, what is not, and questions and answers as JSON."""

from __future__ import annotations

import json

import pytest

from toasty_core.diff import (
    Answers,
    Fill,
    FillQuestion,
    NoRename,
    Rename,
    RenameKind,
    RenameQuestion,
    answers_from_json,
    detect_changes,
    open_questions,
    questions_to_json,
)
from toasty_core.errors import UsageError
from toasty_core.operations import RenameColumn, RenameTable
from toasty_core.schema import ColumnDef, ForeignKeyDef, Literal, SchemaSnapshot, TableDef, expr

ID = ColumnDef("id", "Integer")
EMAIL = ColumnDef("email", "String(80)")
MAIL = ColumnDef("mail", "String(80)")


def schema(**tables) -> SchemaSnapshot:
    made = (TableDef(name, columns, primary_key=["id"]) for name, columns in tables.items())
    return SchemaSnapshot.of(*made)


def renames(old, new, answers=None):
    """What is asked about renames: the old name, and the new ones."""
    questions = open_questions(old, new, answers)
    asked = [q for q in questions if isinstance(q, RenameQuestion)]
    return [(q.place, [c.new for c in q.candidates]) for q in asked]


def test_a_column_that_goes_and_one_that_comes_are_a_question():
    [question] = open_questions(
        schema(users=[ID, EMAIL]),
        schema(users=[ID, MAIL]),
        Answers(fills=[Fill("users", "mail", Literal(""))]),
    )
    assert isinstance(question, RenameQuestion)
    assert (question.kind, question.table, question.old) == (RenameKind.COLUMN, "users", "email")
    assert str(question) == "was column 'users.email' renamed to 'users.mail'?"
    assert question.candidates[0].score > 0.8


@pytest.mark.parametrize("other", ["Boolean", "Integer", "Json", "Native('inet')", "Binary"])
def test_no_question_where_the_types_have_nothing_in_common(other):
    assert renames(schema(users=[ID, EMAIL]), schema(users=[ID, ColumnDef("mail", other)])) == []


@pytest.mark.parametrize("other", ["String(200)", "Text", "Variant(Text, mysql=String(80))"])
def test_a_question_where_values_could_have_moved_to_another_type(other):
    new = schema(users=[ID, ColumnDef("mail", other)])
    assert renames(schema(users=[ID, EMAIL]), new) == [("users.email", ["mail"])]


def test_the_likeliest_candidate_comes_first():
    old = schema(users=[ID, ColumnDef("mail_address", "String(80)")])
    new = schema(users=[ID, ColumnDef("a", "String(80)"), ColumnDef("address", "String(80)")])
    assert renames(old, new) == [("users.mail_address", ["address", "a"])]


def test_one_new_column_is_not_offered_to_all_of_many_old_ones():
    old = schema(t=[ID, *(ColumnDef(f"value_{n}", "Integer") for n in range(20))])
    new = schema(t=[ID, ColumnDef("value", "Integer")])
    assert len(renames(old, new)) == 5


def test_a_table_that_goes_and_one_that_comes_are_a_question_and_its_columns_are_the_next():
    old, new = schema(users=[ID, EMAIL]), schema(people=[ID, MAIL])
    assert renames(old, new) == []
    old, new = schema(user=[ID, EMAIL]), schema(users=[ID, MAIL])
    assert renames(old, new) == [("user", ["users"])]
    answers = Answers([Rename("user", "users")])
    assert renames(old, new, answers) == [("users.email", ["mail"])]
    answers = answers.merged(Answers([Rename("users.email", "users.mail")]))
    assert open_questions(old, new, answers) == ()
    assert list(detect_changes(old, new, answers)) == [
        RenameTable("user", "users"),
        RenameColumn("users", "email", "mail"),
    ]


def test_who_points_at_a_table_tells_it_from_its_like():
    columns = [ID, ColumnDef("name", "Text")]

    def version(*names, target):
        tables = [TableDef(name, columns) for name in names]
        key = ForeignKeyDef("id", target, "id")
        return SchemaSnapshot.of(*tables, TableDef("child", columns, foreign_keys=[key]))

    old, new = (
        version("workspace", target="workspace"),
        version("pool", "project", target="project"),
    )
    assert renames(old, new) == [("workspace", ["project", "pool"])]


def test_a_table_whose_name_went_to_another_one_is_a_question():
    label = [ID, *(ColumnDef(name, "Text") for name in ("name", "colour", "owner"))]
    printer = [ID, *(ColumnDef(name, "Text") for name in ("width", "height", "paper"))]
    old, new = schema(label=label), schema(tag=label, label=printer)
    assert renames(old, new)[0] == ("label", ["tag"])
    assert renames(old, schema(tag=printer, label=label)) == []


def test_tables_with_nothing_in_common_are_no_question():
    old = schema(event=[ID, ColumnDef("at", "DateTime")])
    new = schema(colour=[ID, ColumnDef("red", "Integer"), ColumnDef("blue", "Integer")])
    assert renames(old, new) == []


def test_no_means_no():
    old, new = schema(users=[ID, EMAIL], a=[ID]), schema(users=[ID, MAIL], ab=[ID])
    assert len(renames(old, new)) == 2
    assert renames(old, new, Answers(no_renames=True)) == []
    declined = Answers(not_renamed=[NoRename("users.email"), NoRename("a")])
    assert renames(old, new, declined) == []


def test_a_new_column_that_must_not_be_null_needs_a_value():
    new = schema(users=[ID, EMAIL])
    assert open_questions(schema(users=[ID]), new) == (FillQuestion("users", "email", EMAIL.type),)
    fills = Answers(fills=[Fill("users", "email", Literal("?"))])
    assert open_questions(schema(users=[ID]), new, fills) == ()
    assert open_questions(SchemaSnapshot(), new) == ()
    for easy in ({"nullable": True}, {"default": "?"}):
        column = ColumnDef("email", "Text", **easy)
        assert open_questions(schema(users=[ID]), schema(users=[ID, column])) == ()


def test_questions_go_out_as_json_and_come_back_answered():
    old = schema(user=[ID], posts=[ID, ColumnDef("body", "Text")])
    new = schema(users=[ID], posts=[ID, ColumnDef("text", "Text"), ColumnDef("views", "Integer")])
    document = json.loads(json.dumps(questions_to_json(open_questions(old, new))))
    assert [item["answer"] for item in document] == [None] * len(document)
    assert answers_from_json(document) == Answers()
    given = {"user": "users", "body": "posts.text", "views": 7}
    for item in document:
        item["answer"] = given.get(item.get("old") or item["column"])
    answers = answers_from_json(json.dumps(document))
    assert answers == Answers(
        [Rename("user", "users"), Rename("posts.body", "posts.text")],
        fills=[Fill("posts", "views", Literal(7))],
    )
    assert open_questions(old, new, answers) == ()


def test_false_is_an_answer():
    old, new = schema(users=[ID, EMAIL]), schema(users=[ID, MAIL])
    document = questions_to_json(open_questions(old, new))
    for item in document:
        item["answer"] = False
    answers = answers_from_json(document)
    assert answers == Answers(not_renamed=[NoRename("users.email")])
    assert renames(old, new, answers) == []


@pytest.mark.parametrize(
    ("type_", "answer", "value"),
    [
        ("Boolean", False, Literal(False)),
        ("Text", "x", Literal("x")),
        ("Text", "expr:lower(name)", expr("lower(name)")),
        ("Text", {"expr": "lower(name)"}, expr("lower(name)")),
        ("Json", {"a": [1]}, Literal({"a": [1]})),
    ],
)
def test_values_in_answers(type_, answer, value):
    [item] = questions_to_json([FillQuestion("t", "c", ColumnDef("c", type_).type)])
    assert answers_from_json([{**item, "answer": answer}]).fills == (Fill("t", "c", value),)


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("{", "the answers are no JSON"),
        ("{}", "the answers are no list"),
        ('[{"answer": 1}]', "cannot read the answer"),
        ("[1]", "cannot read the answer"),
        (
            '[{"question": "fill", "table": "t", "column": "c", "type": "Integer", "answer": "x"}]',
            "'x' is no value for t.c, which is Integer",
        ),
        (
            '[{"question": "rename", "kind": "table", "table": null, "old": "a",'
            ' "candidates": [{"new": "b"}], "answer": "c"}]',
            "'c' is no answer to what became of 'a'",
        ),
    ],
)
def test_answers_that_cannot_be_read(document, what):
    with pytest.raises(UsageError) as caught:
        answers_from_json(document, "answers.json")
    assert what in caught.value.what
    assert caught.value.where == "answers.json"


def test_a_table_with_another_name_that_keeps_most_of_its_columns_is_a_question():
    title, by = ColumnDef("title", "Text"), ColumnDef("user_id", "Integer")
    old = schema(posts=[ID, by, title])
    new = schema(articles=[ID, ColumnDef("account_id", "Integer"), title])
    assert renames(old, new) == [("posts", ["articles"])]
