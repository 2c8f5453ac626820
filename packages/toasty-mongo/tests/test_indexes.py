"""Indexes of every kind, as MongoDB itself has them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from pymongo.errors import DuplicateKeyError, WriteError

from toasty_core.errors import CheckFailed, StatementFailed, Unsupported
from toasty_core.operations import (
    AddUnique,
    CreateIndex,
    CreateTable,
    DropIndex,
    ModifyColumn,
    RenameColumn,
)
from toasty_core.schema import ColumnDef, IndexColumn, IndexDef, TableDef, UniqueDef, expr

PLACES = TableDef(
    "places",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String", nullable=True),
        ColumnDef("text", "Text", nullable=True),
        ColumnDef("at", "Json", nullable=True),
        ColumnDef("seen", "DateTime", nullable=True),
        ColumnDef("address", "Document(Field('city', String))", nullable=True),
    ],
    primary_key=["id"],
)

KINDS: dict[str, tuple[IndexDef, dict[str, Any]]] = {
    "plain": (IndexDef("ix", ["name"]), {"key": {"name": 1}}),
    "compound": (
        IndexDef("ix", ["name", IndexColumn("seen", descending=True)]),
        {"key": {"name": 1, "seen": -1}},
    ),
    "nested": (IndexDef("ix", [expr("address.city")]), {"key": {"address.city": 1}}),
    "unique": (IndexDef("ix", ["name"], unique=True), {"unique": True}),
    "sparse": (IndexDef("ix", ["name"], options={"mongodb": {"sparse": True}}), {"sparse": True}),
    "ttl": (
        IndexDef("ix", ["seen"], options={"mongodb": {"expireAfterSeconds": 60}}),
        {"expireAfterSeconds": 60},
    ),
    "text": (
        IndexDef("ix", ["name", "text"], options={"mongodb": {"using": "text"}}),
        {"weights": {"name": 1, "text": 1}},
    ),
    "weighted text": (
        IndexDef(
            "ix",
            ["name", "text"],
            options={"mongodb": {"using": "text", "weights": {"name": 5, "text": 1}}},
        ),
        {"weights": {"name": 5, "text": 1}},
    ),
    "hashed": (
        IndexDef("ix", ["name"], options={"mongodb": {"using": "hashed"}}),
        {"key": {"name": "hashed"}},
    ),
    "2dsphere": (
        IndexDef("ix", ["at"], options={"mongodb": {"using": "2dsphere"}}),
        {"key": {"at": "2dsphere"}},
    ),
    "2dsphere and plain": (
        IndexDef("ix", ["at", "name"], options={"mongodb": {"using": {"at": "2dsphere"}}}),
        {"key": {"at": "2dsphere", "name": 1}},
    ),
    "wildcard": (
        IndexDef("ix", ["at"], options={"mongodb": {"using": "wildcard"}}),
        {"key": {"at.$**": 1}},
    ),
    "wildcard of all": (
        IndexDef("ix", [], options={"mongodb": {"using": "wildcard"}}),
        {"key": {"$**": 1}},
    ),
    "collation": (
        IndexDef(
            "ix", ["name"], options={"mongodb": {"collation": {"locale": "en", "strength": 2}}}
        ),
        {},
    ),
    "hidden": (IndexDef("ix", ["name"], options={"mongodb": {"hidden": True}}), {"hidden": True}),
    "partial": (
        IndexDef("ix", ["name"], where="seen IS NOT NULL AND name > 'a'"),
        {},
    ),
    "partial in its own words": (
        IndexDef("ix", ["name"], where=expr(mongodb='{"name": {"$in": ["a", "b"]}}')),
        {"partialFilterExpression": {"name": {"$in": ["a", "b"]}}},
    ),
    "of the key": (IndexDef("ix", ["name", "id"]), {"key": {"name": 1, "_id": 1}}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kind(bench, judge, kind):
    index, words = KINDS[kind]
    bench.write([CreateTable(PLACES)])
    bench.up()
    bench.write([CreateIndex("places", index)])
    bench.up()
    found = {spec["name"]: spec for spec in judge.places.list_indexes()}["ix"]

    assert {name: found[name] for name in words} == words
    live = bench.introspect().table("places").index("ix")
    wanted = bench.backend.canonical_schema(bench.schema()).table("places").index("ix")
    assert live == wanted
    bench.down()
    assert [spec["name"] for spec in judge.places.list_indexes()] == ["_id_"]


def test_a_unique_index_lets_many_have_none_and_serves_searches(bench, judge):
    bench.write([CreateTable(PLACES), AddUnique("places", UniqueDef(["name"], name="uq"))])
    bench.up()
    judge.places.insert_many(
        [{"_id": 1}, {"_id": 2, "name": None}, {"_id": 3}, {"_id": 4, "name": "a"}]
    )
    with pytest.raises(DuplicateKeyError):
        judge.places.insert_one({"_id": 5, "name": "a"})

    plan = judge.places.find({"name": "a"}).explain()["queryPlanner"]["winningPlan"]
    assert "uq" in str(plan)


def test_a_unique_index_follows_its_column(bench, judge):
    bench.write([CreateTable(PLACES), CreateIndex("places", IndexDef("ix", ["name"], unique=True))])
    bench.up()
    bench.write([ModifyColumn("places", "name", nullable=False)])
    bench.up()
    found = {spec["name"]: spec for spec in judge.places.list_indexes()}["ix"]

    assert "partialFilterExpression" not in found
    bench.assert_schema(bench.schema())


def test_duplicates_are_shown_before_anything_changes(bench, judge):
    bench.write([CreateTable(PLACES)])
    bench.up()
    judge.places.insert_many([{"_id": n, "name": "twice" if n < 2 else str(n)} for n in range(5)])
    bench.write(
        [
            CreateIndex("places", IndexDef("first", ["seen"])),
            CreateIndex("places", IndexDef("ix", ["name"], unique=True)),
        ]
    )
    with pytest.raises(CheckFailed, match="stands more than once") as caught:
        bench.up()

    assert "'twice' stands 2 times" in str(caught.value)
    assert [spec["name"] for spec in judge.places.list_indexes()] == ["_id_"]


def test_a_unique_index_over_a_nested_field(bench, judge):
    bench.write([CreateTable(PLACES)])
    bench.up()
    judge.places.insert_many([{"_id": n, "address": {"city": f"c{n}"}} for n in range(3)])
    bench.write([CreateIndex("places", IndexDef("ix", [expr("address.city")], unique=True))])
    bench.up()
    bench.assert_schema(bench.schema())
    bench.down()
    judge.places.insert_one({"_id": 9, "address": {"city": "c1"}})
    with pytest.raises(CheckFailed, match=r"more than once as address\.city"):
        bench.up()


def test_an_index_of_the_same_keys_is_one_clear_error(bench, judge):
    bench.write([CreateTable(PLACES), CreateIndex("places", IndexDef("one", ["name"]))])
    bench.up()
    bench.write([CreateIndex("places", IndexDef("other", ["name"]))])
    with pytest.raises(StatementFailed) as caught:
        bench.up()
    assert "under another name" in (caught.value.hint or "")

    bench.execute(DropIndex("places", "one"), bench.schema())
    bench.up()
    assert {spec["name"] for spec in judge.places.list_indexes()} == {"_id_", "other"}


@pytest.mark.parametrize(
    "index",
    [
        IndexDef("ix", [expr("lower(name)")]),
        IndexDef("ix", ["name"], where="length(name) > 3"),
        IndexDef("ix", ["name"], options={"mongodb": {"spars": True}}),
        IndexDef("ix", ["name"], options={"mongodb": {"using": "btree"}}),
        IndexDef("ix", []),
    ],
    ids=str,
)
def test_what_mongodb_has_not_is_refused(bench, judge, index):
    bench.write([CreateTable(PLACES), CreateIndex("places", index)])
    with pytest.raises(Unsupported) as caught:
        bench.up()

    assert caught.value.reason
    assert judge.list_collection_names() == []


def specs(judge, collection="places"):
    return {spec["name"]: dict(spec) for spec in judge[collection].list_indexes()}


def ttl(seconds, **more):
    return IndexDef("ix", ["seen"], options={"mongodb": {"expireAfterSeconds": seconds, **more}})


IN_PLACE = {
    "ttl": (ttl(60), ttl(90)),
    "ttl of a plain one": (IndexDef("ix", ["seen"]), ttl(90)),
    "hidden": (ttl(60), ttl(60, hidden=True)),
    "shown": (ttl(60, hidden=True), ttl(90)),
    "unique": (IndexDef("ix", ["code"]), IndexDef("ix", ["code"], unique=True)),
}


@pytest.fixture
def built(judge):
    """Which indexes the server builds, told by its profiler."""
    judge.command({"profile": 2, "filter": {"command.createIndexes": {"$exists": True}}})
    yield lambda: list(judge.system.profile.find({"command.createIndexes": "places"}))
    judge.command({"profile": 0, "filter": "unset"})


@pytest.mark.parametrize("kind", IN_PLACE)
def test_an_index_changes_in_place(bench, judge, built, kind):
    old, new = IN_PLACE[kind]
    table = evolve(PLACES, columns=[*PLACES.columns, ColumnDef("code", "String")], indexes=[old])
    bench.write([CreateTable(table)])
    bench.up()
    judge.places.insert_many([{"_id": n, "code": str(n)} for n in range(5)])
    before = len(built())
    bench.write([DropIndex("places", "ix"), CreateIndex("places", new)])
    bench.up()

    assert len(built()) == before
    bench.assert_schema(bench.schema())
    bench.down()
    bench.assert_schema(bench.schema("20250101_000000_change"))


def test_duplicates_stop_an_index_from_getting_unique(bench, judge):
    bench.write([CreateTable(evolve(PLACES, indexes=[IndexDef("ix", ["id", "name"])]))])
    table = evolve(PLACES, name="t", columns=[*PLACES.columns, ColumnDef("code", "String")])
    bench.write([CreateTable(evolve(table, indexes=[IndexDef("ix", ["code"])]))])
    bench.up()
    judge.t.insert_many([{"_id": n, "code": "same"} for n in range(2)])
    bench.write([DropIndex("t", "ix"), CreateIndex("t", IndexDef("ix", ["code"], unique=True))])
    with pytest.raises(CheckFailed, match="more than once"):
        bench.up()

    assert "prepareUnique" not in specs(judge, "t")["ix"]


def test_values_that_become_the_same_are_shown_before_anything_changes(bench, judge):
    bench.write([CreateTable(CODES)])
    bench.up()
    judge.codes.insert_many([{"_id": n, "needed": " " * n + "7"} for n in range(2)])
    bench.write([ModifyColumn("codes", "needed", type="Integer")])
    with pytest.raises(CheckFailed, match="more than once as needed") as caught:
        bench.up()

    assert "needed = 7 stands 2 times" in str(caught.value)
    assert judge.codes.find_one({"_id": 0})["needed"] == "7"


CODES = TableDef(
    "codes",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("needed", "String"),
        ColumnDef("maybe", "String", nullable=True),
    ],
    primary_key=["id"],
    indexes=[
        IndexDef("uq_needed", ["needed"], unique=True),
        IndexDef("uq_maybe", ["maybe"], unique=True),
    ],
)
MOVES = {
    "needed is renamed": (RenameColumn("codes", "needed", "number"), "needed", "number"),
    "maybe is renamed": (RenameColumn("codes", "maybe", "number"), "maybe", "number"),
    "needed is converted": (ModifyColumn("codes", "needed", type="Integer"), "needed", "needed"),
    "maybe is converted": (ModifyColumn("codes", "maybe", type="Integer"), "maybe", "maybe"),
    "needed may be null": (ModifyColumn("codes", "needed", nullable=True), "needed", "needed"),
    "maybe may not": (ModifyColumn("codes", "maybe", nullable=False, fill="9"), "maybe", "maybe"),
}


@pytest.mark.parametrize("kind", MOVES)
def test_a_unique_value_stays_unique_at_every_moment(bench, judge, kind):
    """After each single statement a second document with a value that is there is refused, in the form that holds."""
    operation, old, new = MOVES[kind]
    bench.write([CreateTable(CODES)])
    bench.up()
    judge.codes.insert_many([{"_id": n, "needed": str(n), "maybe": str(n)} for n in range(8)])
    if kind == "maybe may not":
        judge.codes.update_one({"_id": 7}, {"$set": {"maybe": None}})
    statements = tuple(bench.backend.compile(operation, bench.schema()))
    with bench.connect() as database:
        for statement in statements:
            database.execute(statement)
            for field, value in ((old, "3"), (new, "3"), (new, 3)):
                there = judge.codes.count_documents({field: value})
                words = {"needed": "90", "maybe": "90", "number": "90", field: value}
                try:
                    judge.codes.insert_one({"_id": "second", **words})
                except (DuplicateKeyError, WriteError):
                    continue
                assert not there, f"{field} = {value!r} stands twice after {statement}"
                judge.codes.delete_one({"_id": "second"})

    wanted = operation.apply(bench.schema())
    bench.assert_schema(wanted)
    assert not [name for name in specs(judge, "codes") if "toasty" in name]
