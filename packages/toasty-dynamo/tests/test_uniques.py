"""Unique constraints by sentinels, and questions about items that are asked on request."""

from __future__ import annotations

import pytest

from toasty_core.errors import CheckFailed, StatementFailed, Unsupported
from toasty_core.operations import (
    AddCheck,
    AddForeignKey,
    AddUnique,
    CreateIndex,
    CreateTable,
    DeleteRows,
    DropTable,
    DropUnique,
    InsertRows,
    RenameColumn,
    RenameTable,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import CheckDef, ColumnDef, ForeignKeyDef, IndexDef, TableDef, UniqueDef
from toasty_dynamo.item_statements import Unique
from toasty_dynamo.sentinels import claims

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("email", "String", nullable=True),
        ColumnDef("boss", "Integer", nullable=True),
    ],
    primary_key=["id"],
)
EMAIL = UniqueDef(["email"], options={"dynamodb": {"unique": "sentinel"}})
ASKED = {"dynamodb": {"check": True}}


@pytest.fixture
def users(bench, judge):
    bench.write([CreateTable(USERS)])
    bench.write([InsertRows("users", [{"id": n, "email": f"e{n}"} for n in range(5)])])
    bench.up()
    return judge


def do(bench, *operations, down=()):
    bench.write(operations, down)
    bench.up()


def sentinels(judge):
    return {i["id"]["S"]: i["owner"]["M"]["id"]["N"] for i in judge.items("toasty_unique")}


def test_without_sentinels_a_unique_is_refused(bench, users):
    bench.write([AddUnique("users", UniqueDef(["email"]))])
    with pytest.raises(Unsupported) as caught:
        bench.up()
    assert "sentinel" in str(caught.value.hint)


def test_values_that_stand_twice_are_shown_before(bench, users):
    users.put("users", id={"N": "9"}, email={"S": "e1"})
    bench.write([AddUnique("users", EMAIL)])
    with pytest.raises(CheckFailed) as caught:
        bench.up()
    assert "'e1' stands 2 times" in str(caught.value)


def test_each_value_has_one_owner(bench, users):
    """Rows of migrations are written with their sentinels, and values become free again."""
    do(bench, AddUnique("users", EMAIL))
    assert sentinels(users) == {f"users#email#S:e{n}": str(n) for n in range(5)}
    do(bench, UpdateRows("users", {"email": "new"}, {"id": 1}))
    do(bench, DeleteRows("users", {"id": 2}))
    do(bench, InsertRows("users", [{"id": 7, "email": "e1"}, {"id": 8, "email": "e2"}, {"id": 9}]))
    do(bench, UpsertRows("users", [{"id": 3, "email": "other"}, {"id": 10, "email": "e3"}]))

    owners = {"e0": "0", "new": "1", "other": "3", "e4": "4", "e1": "7", "e2": "8", "e3": "10"}
    assert sentinels(users) == {f"users#email#S:{email}": id_ for email, id_ in owners.items()}
    for taken in (
        InsertRows("users", [{"id": 20}, {"id": 21, "email": "e4"}]),
        UpdateRows("users", {"email": "e4"}, {"id": 1}),
        UpsertRows("users", [{"id": 1, "email": "e4"}]),
    ):
        with pytest.raises(StatementFailed, match="only once"):
            bench.execute(taken)
    assert 20 not in users.rows("users")
    assert users.rows("users")[1]["email"] == "new"


def test_sentinels_follow_names_and_go_with_what_they_are_for(bench, users):
    do(bench, AddUnique("users", EMAIL))
    do(bench, RenameColumn("users", "email", "mail"))
    assert sorted(sentinels(users)) == [f"users#mail#S:e{n}" for n in range(5)]
    do(bench, RenameTable("users", "people"))
    assert sorted(sentinels(users)) == [f"people#mail#S:e{n}" for n in range(5)]
    unique = bench.schema().table("people").uniques[0]
    do(bench, DropUnique("people", unique), AddUnique("people", unique))
    assert len(sentinels(users)) == 5
    do(bench, DropTable("people"))
    assert sentinels(users) == {}
    assert "people" not in users.tables()
    assert "people" not in users.tables()


def test_an_application_writes_them_with_the_same_actions(bench, users):
    do(bench, AddUnique("users", EMAIL))
    item = {"id": {"N": "50"}, "email": {"S": "e4"}}
    actions = claims("users", Unique(("email",)), {"id": item["id"]}, None, item, "toasty_unique")
    put = {"Put": {"TableName": "users", "Item": item}}
    with pytest.raises(users.client.exceptions.TransactionCanceledException):
        users.client.transact_write_items(TransactItems=[put, *actions])
    assert 50 not in users.rows("users")


# Questions.


def test_orphans_are_looked_for_where_it_is_asked_for(bench, users):
    users.put("users", id={"N": "8"}, boss={"N": "1"})
    users.put("users", id={"N": "9"}, boss={"N": "77"})
    bench.write([AddForeignKey("users", ForeignKeyDef(["boss"], "users", options=ASKED))])
    with pytest.raises(CheckFailed) as caught:
        bench.up()
    assert "boss = 1" not in str(caught.value)
    assert "boss = 77" in str(caught.value)


def test_broken_checks_are_looked_for_where_it_is_asked_for(bench, users):
    bench.write([AddCheck("users", CheckDef("length(email) > 2", options=ASKED))])
    with pytest.raises(CheckFailed, match="5"):
        bench.up()


@pytest.mark.parametrize(
    ("value", "shown"), [({"S": ""}, "''"), ({"N": "5"}, "5"), ({"NULL": True}, "None")]
)
def test_what_an_index_cannot_hold_is_found_before(bench, users, value, shown):
    """Else the application's own writes fail once the index is there."""
    users.put("users", id={"N": "9"}, email=value)
    bench.write([CreateIndex("users", IndexDef("by_email", ["email"]))])
    with pytest.raises(CheckFailed) as caught:
        bench.up()
    assert f"email = {shown}" in str(caught.value)
