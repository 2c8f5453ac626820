"""Names in expressions follow renames; strings, functions, types and units do not."""

from __future__ import annotations

import pytest

from toasty_core.operations import RenameColumn, RenameTable
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Expression,
    Generated,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    expr,
)
from toasty_core.schema.text_names import ColumnText, TableText


def renamed(text: str, old: str = "name", new: str = "title", *others: str) -> str:
    return str(ColumnText(old, new, (old, *others)).of(Expression(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name <> 'name'", "title <> 'name'"),
        ("lower(name) = name", "lower(title) = title"),
        ("NAME > other_name", "title > other_name"),
        ("\"name\" <> 'it''s name'", "\"title\" <> 'it''s name'"),
        ("`name` <> 1", "`title` <> 1"),
        ("[name] <> [other]", "[title] <> [other]"),
        ("tags[name] > 0 AND tags[1] > 0", "tags[title] > 0 AND tags[1] > 0"),
        ("users.name IS NULL", "users.title IS NULL"),
        ('users."name" IS NULL', 'users."title" IS NULL'),
        ("name /* name */ > 0 -- name", "title /* name */ > 0 -- name"),
        ("name(name)", "name(title)"),
        ("name::name", "title::name"),
        ("CAST(name AS name)", "CAST(title AS name)"),
        ('other COLLATE name < name COLLATE "C"', 'other COLLATE name < title COLLATE "C"'),
        ("(address).name = name", "(address).name = title"),
        ("e'\\'name' || name", "e'\\'name' || title"),
        ("$tag$name$tag$ || name", "$tag$name$tag$ || title"),
        ("make(name => name)", "make(name => title)"),
        ("data ->> 'name' = name", "data ->> 'name' = title"),
        ("nameless > 1", "nameless > 1"),
        ('{"name": {"$in": ["name"]}}', '{"title": {"$in": ["name"]}}'),
    ],
)
def test_a_column_follows_and_nothing_else(text, expected):
    assert renamed(text) == expected
    assert renamed(expected, "title", "name").casefold() == text.casefold()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date > date '2020-01-01'", "day > date '2020-01-01'"),
        ("CAST(x AS date) = date", "CAST(x AS date) = day"),
    ],
)
def test_a_type_is_no_column(text, expected):
    assert renamed(text, "date", "day") == expected


@pytest.mark.parametrize(
    ("text", "old", "expected"),
    [
        ("EXTRACT(year FROM made) = year", "year", "EXTRACT(year FROM made) = x"),
        ("made + INTERVAL 1 DAY > day", "day", "made + INTERVAL 1 DAY > x"),
        ("made AT TIME ZONE zone > time", "time", "made AT TIME ZONE zone > x"),
        ("made AT TIME ZONE zone > time", "zone", "made AT TIME ZONE x > time"),
        ('a IN (1) AND "in" > 0', "in", 'a IN (1) AND "x" > 0'),
    ],
)
def test_words_of_sql_are_no_columns(text, old, expected):
    assert renamed(text, old, "x") == expected


@pytest.mark.parametrize(
    ("text", "new", "expected"),
    [
        ("name > 0", "Full Name", '"Full Name" > 0'),
        ("name > 0", "order", '"order" > 0'),
        ("name > `other`", "say `hi`", "`say ``hi``` > `other`"),
        ('"name" > 0', 'say "hi"', '"say ""hi""" > 0'),
        ("[name] > 0", "a]b", '"a]b" > 0'),
        ("name > 0", "a\\1", '"a\\1" > 0'),
    ],
)
def test_a_name_that_needs_quotes_gets_them(text, new, expected):
    assert renamed(text, "name", new) == expected


def test_of_two_columns_that_differ_by_case_the_one_that_is_meant_follows():
    text = 'name > "Name" AND NAME > 0'

    assert renamed(text, "name", "x", "Name") == 'x > "Name" AND x > 0'
    assert renamed(text, "Name", "x", "name") == 'name > "x" AND NAME > 0'


def test_where_case_does_not_count_a_column_is_meant_in_any():
    assert renamed('Name > "NAME"', "name", "x") == 'x > "x"'


def test_each_backend_has_its_text():
    text = expr("name > 0", mysql="`name` > 0", sqlite="1")

    assert ColumnText("name", "x", ("name",)).of(text) == expr("x > 0", mysql="`x` > 0", sqlite="1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("users.name > users", "people.name > users"),
        ('"users"."name" > 0', '"people"."name" > 0'),
        ("'users.name' > name", "'users.name' > name"),
    ],
)
def test_a_table_follows_before_its_columns(text, expected):
    assert str(TableText("users", "people").of(Expression(text))) == expected


TABLE = TableDef(
    "users",
    [
        ColumnDef("name", "Text"),
        ColumnDef("size", "Integer", generated=Generated("length(name)")),
    ],
    checks=[CheckDef("users.name <> 'name'", name="ck")],
    indexes=[IndexDef("ix", ["name", expr("lower(name)")], where="name > ''")],
)


def test_a_table_whose_column_is_renamed_says_it_everywhere():
    after = RenameColumn("users", "name", "title").apply(SchemaSnapshot.of(TABLE)).table("users")

    assert after.column("size").generated == Generated("length(title)")
    assert after.checks == (CheckDef("users.title <> 'name'", name="ck"),)
    assert after.indexes == (IndexDef("ix", ["title", expr("lower(title)")], where="title > ''"),)


def test_a_renamed_table_says_it_everywhere():
    after = RenameTable("users", "people").apply(SchemaSnapshot.of(TABLE)).table("people")

    assert after.checks == (CheckDef("people.name <> 'name'", name="ck"),)
