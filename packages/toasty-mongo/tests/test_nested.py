"""Fields of nested documents, in lists too: renamed, added, dropped, with the documents that real collections have."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread

import pytest
from pymongo.errors import WriteError

from toasty_core.errors import CheckFailed, Unsupported
from toasty_core.operations import (
    AddField,
    CreateTable,
    DropField,
    ModifyColumn,
    RenameField,
)
from toasty_core.schema import CheckDef, ColumnDef, IndexDef, TableDef, expr

ORDERS = TableDef(
    "orders",
    [
        ColumnDef("id", "Integer"),
        ColumnDef(
            "address", "Document(Field('zip', String), Field('city', String, nullable=True))"
        ),
        ColumnDef(
            "lines",
            "Array(Document(Field('item', Document(Field('sku', String))), Field('qty', Integer)))",
            nullable=True,
        ),
        ColumnDef("more", "Json", nullable=True),
    ],
    primary_key=["id"],
    indexes=[IndexDef("by_zip", [expr("address.zip")])],
)


def lines(*skus):
    return [{"item": {"sku": sku}, "qty": n} for n, sku in enumerate(skus)]


DOCUMENTS = [
    {"_id": 1, "address": {"zip": "1", "city": "Ulm"}, "lines": lines("a", "b"), "more": 5},
    {"_id": 2, "address": {"zip": "2"}, "lines": [], "more": [{"x": 1}, "text", {"y": 2}]},
    {"_id": 3, "address": {"zip": "3", "extra": 1}, "lines": None, "more": {"x": None}},
    {"_id": 4, "address": {"zip": "4"}},
]


@pytest.fixture
def orders(bench, judge):
    bench.write([CreateTable(ORDERS)])
    bench.up()
    judge.orders.insert_many(DOCUMENTS)
    bench.project = bench.project._replace(url=f"{bench.url}?batchSize=2")
    return judge.orders


def all_of(orders):
    return sorted(orders.find(), key=lambda one: one["_id"])


def test_a_field_is_renamed_and_its_index_follows(orders, bench):
    bench.write([RenameField("orders", "address.zip", "address.postcode")])
    bench.up()

    assert [one["address"] for one in all_of(orders)] == [
        {"city": "Ulm", "postcode": "1"},
        {"postcode": "2"},
        {"extra": 1, "postcode": "3"},
        {"postcode": "4"},
    ]
    bench.assert_schema(bench.schema())
    assert orders.index_information()["by_zip"]["key"] == [("address.postcode", 1)]
    bench.down()
    assert all_of(orders) == DOCUMENTS
    bench.assert_schema(bench.schema("20250101_000000_change"))


def test_a_field_in_lists_of_documents_is_renamed(orders, bench):
    bench.write([RenameField("orders", "lines.item.sku", "lines.item.number")])
    bench.up()
    found = all_of(orders)

    assert [one["item"] for one in found[0]["lines"]] == [{"number": "a"}, {"number": "b"}]
    assert [one.get("lines", "missing") for one in found[1:]] == [[], None, "missing"]
    bench.assert_schema(bench.schema())
    bench.down()
    assert all_of(orders) == DOCUMENTS


def test_in_json_what_is_there_is_renamed(orders, bench):
    bench.write([RenameField("orders", "more.x", "more.z")])
    bench.up()

    assert [one.get("more") for one in all_of(orders)] == [
        5,
        [{"z": 1}, "text", {"y": 2}],
        {"z": None},
        None,
    ]


def test_a_rename_overwrites_nothing(orders, bench):
    orders.update_one({"_id": 1}, {"$push": {"lines": {**lines("c")[0], "number": 7}}})
    bench.write([RenameField("orders", "lines.qty", "lines.number")])
    with pytest.raises(CheckFailed, match="1 row has both") as caught:
        bench.up()

    assert "id = 1" in str(caught.value)
    assert orders.find_one({"_id": 1})["lines"][0] == lines("a")[0]


def test_a_field_is_added_everywhere(orders, bench):
    bench.write(
        [
            AddField("orders", "address.country", "String", fill="DE"),
            AddField("orders", "lines.price", "Decimal(10, 2)", nullable=True, fill="1.50"),
            AddField("orders", "lines.item.size", "Integer", fill=expr(mongodb='{"$add": ["$_id", 1]}')),
        ]
    )  # fmt: skip
    bench.up()
    found = all_of(orders)

    assert [one["address"]["country"] for one in found] == ["DE"] * 4
    assert {str(line["price"]) for line in found[0]["lines"]} == {"1.50"}
    assert [line["item"]["size"] for line in found[0]["lines"]] == [2, 2]
    assert found[1]["lines"] == []
    bench.assert_schema(bench.schema())
    bench.down()
    assert all_of(orders) == DOCUMENTS


def test_a_new_field_that_must_have_a_value(orders, bench):
    bench.write([AddField("orders", "lines.price", "Integer")])
    with pytest.raises(CheckFailed, match="1 row has no value for the new field") as caught:
        bench.up()

    assert "fill" in (caught.value.hint or "")


def test_a_field_is_dropped(orders, bench):
    bench.write([DropField("orders", "lines.item.sku"), DropField("orders", "address.city")])
    bench.up()
    found = all_of(orders)

    assert [line["item"] for line in found[0]["lines"]] == [{}, {}]
    assert found[0]["address"] == {"zip": "1"}
    bench.assert_schema(bench.schema())
    bench.down()
    bench.assert_schema(bench.schema("20250101_000000_change"))
    assert all_of(orders)[0]["lines"][0] == {"item": {"sku": ""}, "qty": 0}


def test_another_type_loses_no_field_silently(orders, bench):
    """As generate writes it: it does not know whether a field was renamed or dropped."""
    new = "Document(Field('postcode', String, nullable=True), Field('city', String, nullable=True))"
    bench.write([ModifyColumn("orders", "address", type=new)])
    with pytest.raises(CheckFailed, match="4 rows have a value in address") as caught:
        bench.up()

    assert "db.rename_field" in (caught.value.hint or "")
    assert all_of(orders) == DOCUMENTS


@pytest.mark.parametrize(
    "operation",
    [
        RenameField("orders", "address.zip", "address.$zip"),
        DropField("orders", "address.city"),
    ],
    ids=str,
)
def test_what_cannot_be(bench, judge, operation):
    check = CheckDef(expr(mongodb='{"$ne": ["$address.city", "Atlantis"]}'), name="ck")
    table = TableDef("orders", ORDERS.columns, primary_key=["id"], checks=[check])
    bench.write([CreateTable(table), operation])
    with pytest.raises(Unsupported) as caught:
        bench.up()

    assert caught.value.reason
    assert judge.list_collection_names() == []


def test_others_who_write_the_old_form_meanwhile_lose_nothing(orders, bench, judge):
    orders.insert_many({"_id": 10 + i, "address": {"zip": str(i)}} for i in range(3000))
    bench.write([RenameField("orders", "address.zip", "address.postcode")])
    stop, made = Event(), []

    def write():
        with suppress(WriteError):  # the new form is asked for by then
            while not stop.is_set():
                document = {"_id": -len(made) - 1, "address": {"zip": "x"}}
                made.append(judge.orders.insert_one(document))

    bench.project = bench.project._replace(url=f"{bench.url}?batchSize=100")
    writer = Thread(target=write)
    writer.start()
    while not made:
        stop.wait(0.01)
    try:
        bench.up()
    finally:
        stop.set()
        writer.join(timeout=20)

    assert orders.count_documents({"address.zip": {"$exists": True}}) == 0
    assert orders.count_documents({"address.postcode": "x"}) == len(made)
