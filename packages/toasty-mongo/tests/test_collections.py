"""Collections with their validators, as MongoDB itself has them."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Int64
from pymongo.errors import WriteError

from toasty_core.api.orphaned import orphan_checks
from toasty_core.errors import CheckFailed, StatementFailed, Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    CreateTable,
    DropCheck,
    DropColumn,
    ModifyColumn,
    RenameColumn,
    SetTableOptions,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
    expr,
)

ADDRESS = "Document(Field('city', String(20)), Field('zip', Char(5), nullable=True))"
USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String(20)"),
        ColumnDef("mood", "Enum('calm', 'wild')", nullable=True),
        ColumnDef("address", ADDRESS, nullable=True),
        ColumnDef("tags", "Array(String)", nullable=True),
    ],
    primary_key=["id"],
)


def options(judge, name="users"):
    (found,) = judge.list_collections(filter={"name": name})
    return found["options"]


@pytest.fixture
def users(bench):
    bench.write([CreateTable(USERS)])
    bench.up()


@pytest.mark.parametrize(
    "wrong",
    [
        {"_id": "1", "name": "Ada"},
        {"_id": 1},
        {"_id": 1, "name": None},
        {"_id": 1, "name": "A" * 21},
        {"_id": 1, "name": "Ada", "mood": "sad"},
        {"_id": 1, "name": "Ada", "address": {"zip": "12345"}},
        {"_id": 1, "name": "Ada", "tags": [1]},
    ],
    ids=str,
)
def test_the_validator_refuses(users, judge, wrong):
    with pytest.raises(WriteError):
        judge.users.insert_one(wrong)


def test_the_validator_takes(users, judge):
    judge.users.insert_one({"_id": 1, "name": "Ada", "more": "is no column"})
    judge.users.insert_one(
        {"_id": 2, "name": "Eve", "mood": None, "address": {"city": "Ulm"}, "tags": ["a"]}
    )

    assert judge.users.count_documents({}) == 2


def test_the_validator_follows_the_columns(users, bench, judge):
    bench.write(
        [
            AddColumn("users", ColumnDef("age", "Integer"), fill=0),
            RenameColumn("users", "mood", "temper"),
            ModifyColumn("users", "name", type="String(40)", comment="in full"),
            DropColumn("users", "tags"),
        ]
    )
    bench.up()
    words = options(judge)["validator"]["$jsonSchema"]

    assert words["required"] == ["name", "age"]
    assert list(words["properties"]) == ["_id", "name", "temper", "address", "age"]
    assert words["properties"]["name"]["maxLength"] == 40
    assert words["properties"]["name"]["description"] == "in full"


@pytest.mark.parametrize(("level", "taken"), [("off", True), ("strict", False)])
def test_the_level_is_an_option(bench, judge, level, taken):
    table = TableDef(
        "users",
        USERS.columns,
        primary_key=["id"],
        options={"mongodb": {"validationLevel": level}},
    )
    bench.write([CreateTable(table)])
    bench.up()
    bench.assert_schema(bench.schema())
    try:
        judge.users.insert_one({"_id": 1})
    except WriteError:
        assert not taken
    else:
        assert taken


def test_level_and_action_change(users, bench, judge):
    bench.write(
        [
            SetTableOptions(
                "users", {"mongodb": {"validationLevel": "moderate", "validationAction": "warn"}}
            )
        ]
    )
    bench.up()

    assert options(judge)["validationLevel"] == "moderate"
    assert options(judge)["validationAction"] == "warn"
    bench.down()
    assert options(judge)["validationLevel"] == "strict"


@pytest.mark.parametrize(
    "settings",
    [
        {"capped": True, "size": 4096},
        {"collation": {"locale": "en", "strength": 2}},
        {"clusteredIndex": {"key": {"_id": 1}, "unique": True, "name": "by id"}},
    ],
    ids=str,
)
def test_settings_of_a_collection(bench, judge, settings):
    bench.write(
        [
            CreateTable(
                TableDef(
                    "log", USERS.columns[:2], primary_key=["id"], options={"mongodb": settings}
                )
            )
        ]
    )
    bench.up()
    found = options(judge, "log")

    for name, value in settings.items():
        assert found[name] == value or all(found[name][key] == value[key] for key in value)
    bench.assert_schema(bench.schema())


def test_a_time_series(bench, judge):
    columns = [
        ColumnDef("at", "DateTime"),
        ColumnDef("sensor", "String"),
        ColumnDef("value", "Double"),
    ]
    settings = {
        "timeseries": {"timeField": "at", "metaField": "sensor"},
        "expireAfterSeconds": 3600,
    }
    bench.write([CreateTable(TableDef("readings", columns, options={"mongodb": settings}))])
    bench.up()

    assert options(judge, "readings")["timeseries"]["timeField"] == "at"
    assert options(judge, "readings")["expireAfterSeconds"] == 3600
    bench.assert_schema(bench.schema())


def test_an_unknown_setting_is_refused(bench):
    bench.write(
        [
            CreateTable(
                TableDef("t", USERS.columns, primary_key=["id"], options={"mongodb": {"cap": 1}})
            )
        ]
    )
    with pytest.raises(Unsupported, match="cap"):
        bench.up()


# Checks.

CHECKS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "age >= 0": ([{}, {"age": None}, {"age": 3}], [{"age": -1}]),
    "age BETWEEN 1 AND 9 OR name = 'it''s'": (
        [{"age": 9}, {"age": 99, "name": "it's"}],
        [{"age": 0, "name": "x"}],
    ),
    "NOT (name IN ('a', 'b'))": ([{"name": "c"}, {}], [{"name": "a"}]),
    "length(name) > 1 AND name IS NOT NULL": ([{"name": "ab"}], [{"name": "a"}, {"name": None}]),
    "age + 1 < 10": ([{"age": 8}], [{"age": 9}]),
}


@pytest.mark.parametrize("text", CHECKS)
def test_a_check(bench, judge, text):
    fields = [ColumnDef("id", "Integer"), ColumnDef("age", "Integer", nullable=True)]
    fields.append(ColumnDef("name", "String", nullable=True))
    bench.write([CreateTable(TableDef("t", fields, primary_key=["id"]))])
    bench.write([AddCheck("t", CheckDef(text, name="ck"))])
    bench.up()
    bench.assert_schema(bench.schema())
    fits, breaks = CHECKS[text]
    for number, document in enumerate(fits):
        judge.t.insert_one({"_id": number, **document})
    for document in breaks:
        with pytest.raises(WriteError):
            judge.t.insert_one({"_id": 99, **document})


def test_a_check_in_mongodbs_words(bench, judge):
    bench.write([CreateTable(USERS)])
    check = CheckDef(expr(mongodb='{"$ne": ["$name", "root"]}'), name="ck")
    bench.write([AddCheck("users", check)])
    bench.up()
    with pytest.raises(WriteError):
        judge.users.insert_one({"_id": 1, "name": "root"})
    bench.write([DropCheck("users", "ck")])
    bench.up()
    judge.users.insert_one({"_id": 1, "name": "root"})


def test_documents_that_break_a_check_stop_it(users, bench, judge):
    judge.users.insert_one({"_id": 7, "name": "root"})
    bench.write([AddCheck("users", CheckDef("name <> 'root'", name="ck"))])
    with pytest.raises(CheckFailed, match="1 row breaks") as caught:
        bench.up()

    assert "id = 7" in str(caught.value)


# Foreign keys.


def test_orphans_are_found_on_request(users, bench, judge):
    posts = TableDef(
        "posts",
        [ColumnDef("id", "Integer"), ColumnDef("user_id", "Integer", nullable=True)],
        primary_key=["id"],
    )
    bench.write([CreateTable(posts)])
    bench.up()
    judge.posts.insert_many([{"_id": 1, "user_id": 9}, {"_id": 2}])
    link = ForeignKeyDef("user_id", "users", "id", options={"mongodb": {"check": True}})
    bench.write([AddForeignKey("posts", link)])
    with pytest.raises(CheckFailed, match="1 row points at no document of users") as caught:
        bench.up()

    assert "user_id = 9" in str(caught.value)


def pointed_at(key, columns, points, **options):
    """A table with this key, and a bare one whose columns a, b point at `points` of it."""
    places = TableDef(
        "places", [ColumnDef(c, "Integer") for c in columns], primary_key=key, **options
    )
    visits = TableDef(
        "visits",
        [ColumnDef("id", "Integer"), *(ColumnDef(c, "Integer", nullable=True) for c in "ab")],
        primary_key=["id"],
    )
    return places, visits, ForeignKeyDef(list("ab")[: len(points)], "places", points)


@pytest.mark.parametrize(
    "ends",
    [
        pointed_at(["x", "y"], "xy", ["x", "y"]),
        pointed_at(["x", "y"], "xy", ["y", "x"]),
        pointed_at(["n"], "nxy", ["x", "y"], uniques=[UniqueDef(["x", "y"])]),
        pointed_at(["n"], "nx", ["x"], uniques=[UniqueDef(["x"])]),
        pointed_at(["n"], "nx", ["x"]),
        pointed_at(["x"], "x", ["x"]),
    ],
    ids=["key", "key in another order", "unique of two", "unique", "any column", "id"],
)
def test_orphans_are_found_whatever_a_key_points_at(bench, judge, ends):
    """Numbers of any kind are the same, nulls point nowhere, and a list is no value."""
    places, visits, key = ends
    bench.write([CreateTable(places), CreateTable(visits)])
    bench.up()
    there: dict[str, Any] = {"n": 1, "x": 10, "y": 20}
    if places.key_columns == ("x", "y"):
        there = {"_id": {"x": 10, "y": 20}}
    elif places.key_columns == ("n",):
        there = {"_id": 1, **{name: there[name] for name in "xy" if places.has_column(name)}}
    else:
        there = {"_id": 10}
    judge.places.insert_one(there)
    a, b = (10, 20) if key.references[0] == "x" else (20, 10)
    judge.command({"collMod": "visits", "validator": {}})
    judge.visits.insert_many(
        [
            {"_id": 1, "a": a, "b": b},
            {"_id": 2, "a": None, "b": None},
            {"_id": 3},
            {"_id": 4, "a": Int64(a), "b": float(b)},
            {"_id": 5, "a": a + 1, "b": b},
            {"_id": 6, "a": [a], "b": b},
        ]
    )
    schema = SchemaSnapshot.of(places, visits)
    with bench.connect() as database:
        (check,) = orphan_checks(bench.backend, schema, visits, key)
        found = database.violations(check)

    assert found.count == 2
    assert [text.partition(",")[0] for text in found.examples] == ["id = 5", "id = 6"]


def test_a_collection_that_is_there_already(bench, judge):
    judge.users.insert_one({"_id": 1})
    bench.write([CreateTable(USERS)])
    with pytest.raises(StatementFailed, match="already exists") as caught:
        bench.up()

    assert caught.value.hint
    assert judge.users.count_documents({}) == 1


def test_a_foreign_validator_is_read(bench, judge):
    words = {
        "bsonType": "object",
        "required": ["a"],
        "properties": {"a": {"bsonType": "string"}, "b": {"bsonType": ["int", "null"]}},
    }
    judge.create_collection("theirs", validator={"$jsonSchema": words})
    found = bench.introspect().table("theirs")

    assert {c.name: (str(c.type), c.nullable) for c in found.columns} == {
        "a": ("Text", False),
        "b": ("Integer", True),
    }


def test_a_validator_changed_by_hand_shows(users, bench, judge):
    words = options(judge)["validator"]
    words["$jsonSchema"]["properties"]["name"]["bsonType"] = "int"
    judge.command({"collMod": "users", "validator": words})

    assert str(bench.introspect().table("users").column("name").type) != "String(20)"


def test_documents_without_a_validator_are_sampled(bench, judge):
    judge.free.insert_many(
        [
            {"_id": 1, "name": "Ada", "tags": ["a"], "at": {"x": 1.5}},
            {"_id": 2, "name": None, "age": 2**40},
        ]
    )
    found = bench.introspect().table("free")

    assert found.key_columns == ("_id",)
    assert {c.name: (str(c.type), c.nullable) for c in found.columns} == {
        "_id": ("Integer", False),
        "name": ("Text", True),
        "tags": ("Array(Text)", True),
        "at": ("Document(Field('x', Double))", True),
        "age": ("BigInteger", True),
    }
