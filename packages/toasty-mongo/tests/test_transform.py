"""Python transformations: whatever a field holds, each document gets its own values, once, and others lose nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from bson import Int64, ObjectId, Regex

from toasty_core.errors import StatementFailed
from toasty_core.operations import CreateTable
from toasty_core.schema import ColumnDef, TableDef

COLUMNS = [
    ColumnDef("id", "Json"),
    ColumnDef("v", "Json", nullable=True),
    ColumnDef("w", "Json", nullable=True),
    ColumnDef("key", "Uuid", nullable=True),
]
SETTINGS = {"mongodb": {"validationLevel": "off"}}
VALUES = [
    *(0, 1, 1.5, -0.0, Int64(2**40), True, "", "text", "$v", b"\0", ObjectId(), Regex("a.c", "i")),
    *(datetime(2024, 1, 1), {}, {"a": {"$b": [1, {}]}}, [], [[1], None], None),
]


@pytest.fixture
def collection(bench, judge):
    table = TableDef("t", COLUMNS, primary_key=["id"], options=SETTINGS)
    bench.write([CreateTable(table)])
    bench.up()
    return judge.t


def transform(bench, head, options=""):
    bench.write_text(f'db.transform_rows("t", change{options})', head=head)
    bench.up()


def test_every_kind_of_value_is_looked_up_and_set(collection, bench):
    documents = [{"_id": number, "v": value} for number, value in enumerate(VALUES)]
    collection.insert_many([*documents, {"_id": "missing"}, {"_id": {"a": 1}, "v": 5, "w": None}])
    head = "def change(row):\n    return {'w': [row['v']], 'v': str(row['id'])}\n"
    transform(bench, head)
    found = {str(one["_id"]): one for one in collection.find()}

    assert [found[str(number)]["w"] for number in range(len(VALUES))] == [[v] for v in VALUES]
    assert [type(found[str(n)]["w"][0]) for n in range(len(VALUES))] == [type(v) for v in VALUES]
    assert found["missing"] == {"_id": "missing", "v": "missing", "w": [None]}
    assert found["{'a': 1}"]["w"] == [5]
    assert all("_toasty" not in one for one in found.values())


def test_documents_may_change_in_different_fields_and_not_at_all(collection, bench):
    collection.insert_many([{"_id": number, "v": number, "w": number} for number in range(50)])
    head = """
        def change(row):
            if row["v"] % 5 == 0:
                return None
            return {("v", "w")[row["v"] % 2]: -1, **({"w": -2} if row["v"] % 3 == 0 else {})}
    """
    transform(bench, head, ", batch_size=7")

    for one in collection.find():
        n, expected = one["_id"], {"v": one["_id"], "w": one["_id"]}
        if n % 5:
            expected[("v", "w")[n % 2]] = -1
            if n % 3 == 0:
                expected["w"] = -2
        assert {"v": one["v"], "w": one["w"]} == expected


def test_what_is_no_change_to_the_server_is_none(collection, bench):
    """As text the value is another one to Python, and the same one to MongoDB."""
    key = UUID(int=5)
    collection.insert_many([{"_id": 1, "key": key, "v": 1}, {"_id": 2, "key": key, "v": 2}])
    head = "def change(row):\n    return {'key': str(row['key']), **({'v': 3} if row['id'] == 2 else {})}\n"
    transform(bench, head)

    assert [(one["key"], one["v"]) for one in collection.find().sort("_id")] == [(key, 1), (key, 3)]


def test_values_that_are_too_large_for_one_message_go_in_several(collection, bench):
    collection.insert_many([{"_id": number, "v": "x" * 3_000_000} for number in range(6)])
    transform(bench, "def change(row):\n    return {'v': 'y' * 3_000_000}\n")

    assert collection.count_documents({"v": "y" * 3_000_000}) == 6
    assert collection.count_documents({"_toasty": {"$exists": True}}) == 0


OTHERS = """
    from pymongo import MongoClient

    seen = []

    def change(row):
        if len(seen) < 3:
            with MongoClient({url!r}) as client:
                collection = client.get_default_database().t
                collection.update_one({{"_id": 0}}, {{"$inc": {{"v": 1}}}})
                collection.delete_one({{"_id": 5 + len(seen)}})
        seen.append(row["id"])
        return {{"v": row["v"] * 100}}
"""


def test_others_change_and_delete_while_it_is_computed(collection, bench, mongo_url):
    collection.insert_many([{"_id": number, "v": number} for number in range(10)])
    transform(bench, OTHERS.format(url=mongo_url))

    found = {one["_id"]: one["v"] for one in collection.find()}
    assert found == {0: 300, **{n: n * 100 for n in range(1, 10) if n not in (5, 6, 7)}}


ALWAYS = """
    from pymongo import MongoClient

    def change(row):
        with MongoClient({url!r}) as client:
            client.get_default_database().t.update_one({{"_id": 0}}, {{"$inc": {{"v": 1}}}})
        return {{"v": -row["v"]}}
"""


def test_others_who_never_stop_are_one_clear_error(collection, bench, mongo_url):
    collection.insert_one({"_id": 0, "v": 1})
    with pytest.raises(StatementFailed, match="others keep changing the same documents"):
        transform(bench, ALWAYS.format(url=mongo_url))

    assert collection.find_one()["v"] > 1
