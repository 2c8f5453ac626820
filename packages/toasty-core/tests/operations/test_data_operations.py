"""Operations on rows, and native work."""

from __future__ import annotations

import pytest

from toasty_core.errors import Irreversible, SchemaError
from toasty_core.operations import (
    AddColumn,
    ChangePrimaryKey,
    DeleteRows,
    ExecuteCommand,
    ExecuteSql,
    Hazard,
    InsertRows,
    Run,
    TransformRows,
    UpdateRows,
    UpsertRows,
    fold,
)
from toasty_core.schema import ColumnDef, Expression

AGE = ColumnDef("age", "Integer")
ADD_AGE = AddColumn("users", AGE)


def grow(row):
    return {"name": row["name"] + "!"}


CASES = [
    (InsertRows("users", [{"id": 1}, {"id": 2}]), "insert 2 row(s) into users", ("users",)),
    (UpsertRows("users", [{"id": 1}]), "upsert 1 row(s) into users", ("users",)),
    (UpdateRows("users", {"name": "x", "note": ""}), "update users (name, note)", ("users",)),
    (DeleteRows("users", {"id": 1}), "delete rows from users", ("users",)),
    (TransformRows("users", grow), "transform users with grow", ("users",)),
    (ExecuteSql("SELECT\n  1"), "execute SQL: SELECT 1", ()),
    (ExecuteSql("SELECT 1", state=[ADD_AGE]), "execute SQL: SELECT 1", ("users",)),
    (ExecuteCommand({"collMod": "users"}), "execute command collMod", ()),
    (Run(grow, state=[ADD_AGE]), "run grow", ("users",)),
]
IDS = [words for _, words, _ in CASES]


@pytest.mark.parametrize(("operation", "words", "tables"), CASES, ids=IDS)
def test_an_operation_says_what_it_does_and_to_which_tables(operation, words, tables):
    assert operation.describe() == words
    assert operation.touches() == tables


@pytest.mark.parametrize("operation", [case[0] for case in CASES], ids=IDS)
def test_the_schema_stays_but_for_what_state_says(operation, before):
    state = getattr(operation, "state", ())

    assert fold([operation], before) == fold(state, before)


@pytest.mark.parametrize("operation", [case[0] for case in CASES[1:]], ids=IDS[1:])
def test_nothing_but_an_insert_has_a_way_back(operation, before):
    assert operation.hazard is Hazard.IRREVERSIBLE
    with pytest.raises(Irreversible):
        operation.inverse(before)


def test_inserted_rows_are_deleted_by_their_key(before):
    operation = InsertRows("users", [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}])

    assert operation.hazard is Hazard.SAFE
    assert operation.inverse(before) == DeleteRows("users", {"id": [1, 2]})


@pytest.mark.parametrize("rows", [[{"name": "Ada"}], [{"id": 1}, {"name": "Ada"}]])
def test_inserted_rows_without_a_key_have_no_way_back(before, rows):
    with pytest.raises(Irreversible, match="bring no key"):
        InsertRows("users", rows).inverse(before)


def test_rows_with_a_compound_key_have_no_way_back(before):
    schema = fold([ChangePrimaryKey("users", ["id", "name"])], before)

    with pytest.raises(Irreversible, match="no key of one column"):
        InsertRows("users", [{"id": 1, "name": "Ada"}]).inverse(schema)


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        (InsertRows("user", []), "there is no table 'user'"),
        (InsertRows("users", [{"nam": 1}]), "has no column 'nam'"),
        (UpsertRows("users", [{"id": 1, "nam": 1}]), "has no column 'nam'"),
        (UpsertRows("users", [{"name": "x"}]), "no value for its key column 'id'"),
        (UpsertRows("users", [{"id": 1}], key="name"), "no value for its key column 'name'"),
        (UpdateRows("user", {}), "there is no table 'user'"),
        (UpdateRows("users", {"nam": 1}), "has no column 'nam'"),
        (UpdateRows("users", {"name": 1}, {"i": 1}), "has no column 'i'"),
        (DeleteRows("users", {"i": 1}), "has no column 'i'"),
        (TransformRows("users", grow, {"i": 1}), "has no column 'i'"),
        (ExecuteSql("", state=[AddColumn("user", AGE)]), "there is no table 'user'"),
    ],
)
def test_an_operation_that_does_not_fit_is_an_error(before, operation, what):
    with pytest.raises(SchemaError) as caught:
        fold([operation], before)

    assert what in caught.value.what


def test_without_a_primary_key_rows_cannot_be_told_apart(before):
    schema = fold([ChangePrimaryKey("users", None)], before)

    with pytest.raises(SchemaError) as upsert:
        fold([UpsertRows("users", [{"id": 1}])], schema)
    with pytest.raises(SchemaError) as transform:
        fold([TransformRows("users", grow)], schema)
    assert upsert.value.hint == 'say key=["column"]'
    assert "db.execute_sql" in (transform.value.hint or "")
    assert fold([UpsertRows("users", [{"id": 1}], key=["id"])], schema) == schema


def test_a_condition_may_be_a_mapping_an_expression_or_a_text():
    assert DeleteRows("users", "id > 3").where == Expression("id > 3")
    assert DeleteRows("users", {"id": [1, 2]}).where == {"id": [1, 2]}
    assert DeleteRows("users").where is None


def test_rows_are_copied(before):
    row = {"id": 1}
    operation = InsertRows("users", iter([row]))
    row["id"] = 2

    assert operation.rows == ({"id": 1},)


def test_a_long_sql_is_shown_by_its_beginning():
    words = ExecuteSql("SELECT " + "x" * 100).describe()

    assert words.endswith("...")
    assert len(words) == len("execute SQL: ") + 60


def test_one_name_may_stand_without_a_list():
    assert ExecuteSql("", only="sqlite").only == ("sqlite",)
    assert UpsertRows("users", [], key="id").key == ("id",)
