"""Options that name columns follow the renames of columns; options that only look like it do not."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from toasty_core.diff import Answers, Rename, detect_changes
from toasty_core.errors import SchemaError
from toasty_core.operations import (
    ChangePrimaryKey,
    DropColumn,
    DropIndex,
    DropUnique,
    Operation,
    RenameColumn,
    fold,
)
from toasty_core.schema import (
    ColumnDef,
    IndexDef,
    PrimaryKeyDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
)
from toasty_core.schema.option_names import COLUMN_OPTIONS, OptionText
from toasty_core.schema.text_names import ColumnText

COLUMNS = ("name", "other", "ALL", "name.x")
EXAMPLES = [
    ("include", ["other", "name"], ["other", "title"]),
    ("include", ("name",), ("title",)),
    ("length", {"name": 10, "other": 5}, {"title": 10, "other": 5}),
    ("length", 10, 10),
    ("ops", {"name": "text_pattern_ops"}, {"title": "text_pattern_ops"}),
    ("using", {"name": "text"}, {"title": "text"}),
    ("using", "name", "name"),
    ("projection", ["name"], ["title"]),
    ("projection", "name", "name"),
    ("ttl", "name", "title"),
    ("ttl", 3600, 3600),
    ("weights", {"name": 2, "name.en": 1, "name.x": 3, "names": 4},
     {"title": 2, "title.en": 1, "name.x": 3, "names": 4}),
    ("wildcardProjection", {"name": 1}, {"title": 1}),
    ("partialFilterExpression", {"name": {"$gt": "name"}}, {"title": {"$gt": "name"}}),
    ("partialFilterExpression",
     {"$and": [{"name": "a"}, {"$or": [{"name.en": "name"}]}]},
     {"$and": [{"title": "a"}, {"$or": [{"title.en": "name"}]}]}),
    ("partition_by", "RANGE (name)", "RANGE (title)"),
    ("subpartition_by", "HASH (name)", "HASH (title)"),
    ("PARTITION BY", "LIST (lower(name))", "LIST (lower(title))"),
    ("exclude", [{"name": "name", "sql": "EXCLUDE USING gist (name WITH =)"}],
     [{"name": "name", "sql": "EXCLUDE USING gist (title WITH =)"}]),
    ("exclude", [{"sql": "CONSTRAINT name EXCLUDE (name WITH =)"}],
     [{"sql": "CONSTRAINT name EXCLUDE (title WITH =)"}]),
    ("tags", {"name": "name"}, {"name": "name"}),
    ("inherits", ["name"], ["name"]),
    ("tablespace", "name", "name"),
]  # fmt: skip
CASES = pytest.mark.parametrize(("option", "value", "expected"), EXAMPLES)


@CASES
def test_what_names_columns_follows(option: str, value: Any, expected: Any) -> None:
    text = OptionText(ColumnText("name", "title", COLUMNS))

    assert text.in_options({"acme": {option: value}}) == {"acme": {option: expected}}


def test_every_option_has_its_example() -> None:
    assert {name for name, value, after in EXAMPLES if value != after} >= set(COLUMN_OPTIONS)


def table(column: str, option: str, value: Any, *, was: str | None = None) -> TableDef:
    """A table with an option at itself, its key, a unique and an index."""
    options = {"acme": {option: value}}
    columns = [ColumnDef(name, "Text") for name in ("id", *COLUMNS[1:])]
    return TableDef(
        "users",
        [ColumnDef(column, "Text", renamed_from=was), *columns],
        PrimaryKeyDef(["id"], options=options),
        indexes=[IndexDef("ix", ["other"], options=options)],
        uniques=[UniqueDef(["other"], options=options)],
        options=options,
    )


@CASES
def test_a_rename_is_all_that_a_diff_finds(option: str, value: Any, expected: Any) -> None:
    old = SchemaSnapshot.of(table("name", option, value))
    new = SchemaSnapshot.of(table("title", option, expected, was="name"))

    found = detect_changes(old, new).operations

    assert found == (RenameColumn("users", "name", "title"),)
    assert fold(found, old) == new
    assert fold([operation.inverse(old) for operation in found], new) == old


@pytest.mark.parametrize(
    ("old", "name", "expected"),
    [
        ("a.b", "a.b", "new"),
        ("a.b", "a.b.c", "new.c"),
        ("a.b", "a", "a"),
        ("a", "a.b", "a.b"),
        ("a", "a.c", "new.c"),
        ("a", "ab", "ab"),
    ],
)
def test_names_with_a_dot_are_columns_or_fields(old: str, name: str, expected: str) -> None:
    text = OptionText(ColumnText(old, "new", ("a", "a.b")))

    assert text.in_options({"acme": {"include": [name]}}) == {"acme": {"include": [expected]}}


def over(included: str, *columns: ColumnDef) -> SchemaSnapshot:
    """A table with an index that includes one column."""
    index = IndexDef("ix", ["id"], options={"acme": {"include": [included]}})
    return SchemaSnapshot.of(TableDef("t", [ColumnDef("id", "Integer"), *columns], indexes=[index]))


def test_names_that_are_exchanged() -> None:
    old = over("a", ColumnDef("a", "Text"), ColumnDef("b", "Integer"))
    new = over("b", ColumnDef("b", "Text"), ColumnDef("a", "Integer"))

    found = detect_changes(
        old, new, Answers([Rename("t.a", "t.b"), Rename("t.b", "t.a")])
    ).operations

    assert {type(operation) for operation in found} == {RenameColumn}
    assert fold(found, old) == new


def test_a_column_that_takes_the_name_of_a_dropped_one_is_another() -> None:
    old = over("a", ColumnDef("a", "Text"), ColumnDef("b", "Text"))
    new = over("a", ColumnDef("a", "Text", renamed_from="b"))

    found = detect_changes(old, new, Answers([Rename("t.b", "t.a")])).operations

    assert [operation.kind for operation in found] == [
        "drop_index", "drop_column", "rename_column", "create_index",
    ]  # fmt: skip
    assert fold(found, old) == new


@CASES
def test_a_column_that_an_option_names_cannot_be_dropped(
    option: str, value: Any, expected: Any
) -> None:
    """No more than one among the keys of an index: some databases drop the index along with it."""
    before = SchemaSnapshot.of(evolve(table("name", option, value), options={}))
    operation = DropColumn("users", "name")
    if value == expected:
        assert not fold([operation], before).table("users").has_column("name")
        return
    with pytest.raises(SchemaError, match=r"drop column users\.name: primary key") as caught:
        fold([operation], before)

    assert caught.value.hint == "drop primary key (id) first"
    free: list[Operation] = [
        ChangePrimaryKey("users", PrimaryKeyDef(["id"])),
        DropUnique("users", UniqueDef(["other"], options={"acme": {option: value}})),
        DropIndex("users", "ix"),
    ]
    for number in range(len(free)):
        with pytest.raises(SchemaError, match="stands on it"):
            fold([*free[:number], *free[number + 1 :], operation], before)
    assert not fold([*free, operation], before).table("users").has_column("name")


def test_a_key_that_includes_a_column_whose_name_is_wanted_goes_first() -> None:
    """And takes the other one in when that has its name."""
    key = PrimaryKeyDef(["id"], options={"acme": {"include": ["a"]}})
    was = [ColumnDef(name, "Text") for name in ("id", "a", "b")]
    old = SchemaSnapshot.of(TableDef("t", was, key))
    will = [ColumnDef("id", "Text"), ColumnDef("a", "Text", renamed_from="b")]
    new = SchemaSnapshot.of(TableDef("t", will, key))
    found = detect_changes(old, new, Answers([Rename("t.b", "t.a")])).operations

    assert [operation.kind for operation in found] == [
        "change_primary_key", "drop_column", "rename_column", "change_primary_key",
    ]  # fmt: skip
    assert fold(found, old) == new
