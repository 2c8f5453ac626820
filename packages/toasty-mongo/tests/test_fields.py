"""Fields that are renamed, filled, converted and dropped, with documents as real collections have them."""

from __future__ import annotations

from datetime import datetime
from threading import Event, Thread
from uuid import UUID

import pytest
from bson import ObjectId
from bson.decimal128 import Decimal128

from toasty_core.errors import CheckFailed, Unsupported
from toasty_core.operations import (
    AddColumn,
    CreateTable,
    ModifyColumn,
    RenameColumn,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, IndexDef, TableDef, expr, now, uuid

ITEMS = TableDef(
    "items",
    [
        ColumnDef("id", "Json"),
        ColumnDef("name", "String", nullable=True),
        ColumnDef("code", "String"),
    ],
    primary_key=["id"],
    indexes=[IndexDef("uq", ["code"], unique=True)],
)
MIXED = [
    1,
    2.5,
    "text",
    ObjectId(),
    UUID(int=5),
    datetime(2024, 1, 1),
    True,
    {"a": 1},
    "$odd",
    2**40,
]


@pytest.fixture
def items(bench, judge):
    bench.write([CreateTable(ITEMS)])
    bench.up()
    documents = [{"_id": id_, "name": f"n{n}", "code": str(n)} for n, id_ in enumerate(MIXED)]
    judge.items.insert_many([*documents, {"_id": "none", "code": "none"}])


def small(bench):
    """The same database in ranges of three documents."""
    bench.project = bench.project._replace(url=f"{bench.url}?batchSize=3")
    return bench


def values(judge, field):
    return {str(document["_id"]): document.get(field) for document in judge.items.find()}


def test_a_required_and_unique_field_is_renamed_over_mixed_ids(items, bench, judge):
    before = values(judge, "code")
    small(bench).write([RenameColumn("items", "code", "number")])
    bench.up()

    assert values(judge, "number") == before
    assert judge.items.count_documents({"code": {"$exists": True}}) == 0
    bench.assert_schema(bench.schema())
    bench.down()
    assert values(judge, "code") == before
    bench.assert_schema(bench.schema("20250101_000000_change"))


def test_a_rename_overwrites_nothing(items, bench, judge):
    judge.items.update_one({"_id": 1}, {"$set": {"title": "mine"}})
    bench.write([RenameColumn("items", "name", "title")])
    with pytest.raises(CheckFailed, match="1 row has both") as caught:
        bench.up()

    assert "id = 1" in str(caught.value)
    assert judge.items.find_one({"_id": 1})["name"] == "n0"


def test_a_new_field_leaves_what_is_there(items, bench, judge):
    judge.items.update_one({"_id": 1}, {"$set": {"age": None}})
    judge.items.update_one({"_id": 2.5}, {"$set": {"age": 9}})
    small(bench).write([AddColumn("items", ColumnDef("age", "Integer", nullable=True), fill=5)])
    bench.up()
    found = values(judge, "age")

    assert (found["1"], found["2.5"], found["text"]) == (None, 9, 5)


def test_a_field_of_another_type_stops_a_new_column(items, bench, judge):
    judge.items.update_one({"_id": 1}, {"$set": {"age": "old"}})
    bench.write([AddColumn("items", ColumnDef("age", "Integer", nullable=True))])
    with pytest.raises(CheckFailed, match="age") as caught:
        bench.up()

    assert "'old'" in str(caught.value)


def test_computed_fills(items, bench, judge):
    small(bench).write(
        [
            AddColumn("items", ColumnDef("made", "DateTime", default=now())),
            AddColumn("items", ColumnDef("key", "Uuid", default=uuid())),
            AddColumn(
                "items",
                ColumnDef("size", "Integer", nullable=True),
                fill=expr(mongodb='{"$strLenCP": "$code"}'),
            ),
        ]
    )
    bench.up()

    assert all(isinstance(value, datetime) for value in values(judge, "made").values())
    assert len(set(values(judge, "key").values())) == len(MIXED) + 1
    assert values(judge, "size")["none"] == 4
    assert judge.items.count_documents({"_toasty": {"$exists": True}}) == 0


CONVERSIONS = [
    ("String", "Integer", [" 7 ", "-3", 8], [7, -3, 8], ["1.5", "x", "", [1]]),
    ("String", "Boolean", ["Yes", "false", "0"], [True, False, False], ["maybe"]),
    ("Double", "Integer", [1.0, 2], [1, 2], [1.9]),
    ("Integer", "String", [1, 2**40], ["1", str(2**40)], [{"a": 1}]),
    ("String", "Decimal(10, 2)", ["1.50"], [Decimal128("1.50")], ["x"]),
    ("String", "DateTime", ["2020-01-02"], [datetime(2020, 1, 2)], ["soon"]),
    ("DateTime", "Date", [datetime(2020, 1, 2, 3, 4)], [datetime(2020, 1, 2)], []),
    ("Date", "String", [datetime(2020, 1, 2)], ["2020-01-02"], []),
    ("Integer", "Boolean", [0, 1], [False, True], [2]),
    ("Integer", "Double", [1], [1], []),
    ("String", "String(3)", ["abc"], ["abc"], ["abcd"]),
    ("String", "Enum('a', 'b')", ["a"], ["a"], ["c"]),
    ("String", "Array(String)", ["a"], [["a"]], []),
    ("Integer", "Json", [1], [1], []),
]


@pytest.mark.parametrize(("old", "new", "good", "result", "bad"), CONVERSIONS)
def test_conversion(bench, judge, old, new, good, result, bad):
    columns = [ColumnDef("id", "Integer"), ColumnDef("v", old, nullable=True)]
    settings = {"mongodb": {"validationLevel": "off"}}
    bench.write([CreateTable(TableDef("t", columns, primary_key=["id"], options=settings))])
    bench.up()
    judge.t.insert_many([{"_id": number, "v": value} for number, value in enumerate(good)])
    judge.t.insert_many([{"_id": "null", "v": None}, {"_id": "missing"}])
    bench.write([ModifyColumn("t", "v", type=new)])
    for value in bad:
        judge.t.insert_one({"_id": "bad", "v": value})
        with pytest.raises(CheckFailed, match="1 row cannot become"):
            bench.up()
        judge.t.delete_one({"_id": "bad"})
    small(bench).up()
    found = {document["_id"]: document.get("v", "missing") for document in judge.t.find()}

    assert [found[number] for number in range(len(good))] == result
    assert (found["null"], found["missing"]) == (None, "missing")


def test_a_conversion_that_the_server_does_not_know(items, bench):
    bench.write([ModifyColumn("items", "code", type="Uuid")])
    with pytest.raises(Unsupported, match="cannot become Uuid") as caught:
        bench.up()

    assert "transform_rows" in (caught.value.hint or "")


def test_a_nested_field_is_renamed_with_an_expression(bench, judge):
    columns = [
        ColumnDef("id", "Integer"),
        ColumnDef("lines", "Array(Document(Field('qty', Integer)))"),
    ]
    bench.write([CreateTable(TableDef("orders", columns, primary_key=["id"]))])
    bench.up()
    judge.orders.insert_one({"_id": 1, "lines": [{"qty": 1}, {"qty": 2}]})
    using = expr(mongodb='{"$map": {"input": "$lines", "in": {"amount": "$$this.qty"}}}')
    new = "Array(Document(Field('amount', Integer)))"
    bench.write([ModifyColumn("orders", "lines", type=new, using=using)], down=())
    bench.up()

    assert judge.orders.find_one({"_id": 1})["lines"] == [{"amount": 1}, {"amount": 2}]
    bench.assert_schema(bench.schema())


def test_an_update_with_an_expression_reaches_each_document_once(items, bench, judge):
    values_ = {"name": expr(mongodb='{"$concat": ["$name", "!"]}')}
    small(bench).write(
        [UpdateRows("items", values_, expr(mongodb='{"name": {"$exists": true}}'))], down=()
    )
    bench.up()

    assert sorted(filter(None, values(judge, "name").values())) == sorted(
        f"n{n}!" for n in range(len(MIXED))
    )
    assert judge.items.count_documents({"_toasty": {"$exists": True}}) == 0


def test_others_who_write_meanwhile_lose_nothing(bench, judge, mongo_url):
    columns = [ColumnDef("id", "Integer"), ColumnDef("n", "Integer"), ColumnDef("m", "Integer")]
    bench.write([CreateTable(TableDef("t", columns, primary_key=["id"]))])
    bench.up()
    judge.t.insert_many([{"_id": i, "n": 0, "m": 0} for i in range(2000)])
    bench.write_text(
        'db.transform_rows("t", more, batch_size=100)',
        head="def more(row):\n    return {'n': row['n'] + 1000}\n",
    )
    stop, count = Event(), [0]

    def write():
        while not stop.is_set():
            judge.t.update_one({"_id": count[0] * 7 % 2000}, {"$inc": {"n": 1, "m": 1}})
            count[0] += 1

    writer = Thread(target=write)
    writer.start()
    try:
        bench.up()
    finally:
        stop.set()
        writer.join()

    assert count[0] > 0
    wrong = judge.t.count_documents({"$expr": {"$ne": ["$n", {"$add": ["$m", 1000]}]}})
    assert wrong == 0
    assert judge.t.count_documents({"_toasty": {"$exists": True}}) == 0
