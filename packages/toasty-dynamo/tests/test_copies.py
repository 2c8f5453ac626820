"""Tables that are copied: another name, another key, other local indexes, while an application writes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from threading import Event, Thread

import pytest
from botocore.exceptions import ClientError

from toasty_core.errors import CheckFailed, StatementFailed, Unsupported
from toasty_core.operations import (
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropIndex,
    RenameColumn,
    RenameTable,
    SetTableOptions,
)
from toasty_core.schema import ColumnDef, IndexDef, TableDef
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.comparing import Comparison, Pair
from toasty_dynamo.database import DynamoDatabase
from toasty_dynamo.desk import Desk
from toasty_dynamo.edits import Table
from toasty_dynamo.item_statements import DeleteItems
from toasty_dynamo.notes import Notes
from toasty_dynamo.pacing import ItemSettings
from toasty_dynamo.returning import Return
from toasty_dynamo.streams import Stream, open_stream, streams_client

ITEMS = TableDef(
    "items",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("tenant", "String"),
        ColumnDef("n", "Integer", nullable=True),
    ],
    primary_key=["id"],
    indexes=[IndexDef("by_n", ["n"])],
)
BY_N = IndexDef("tenant_n", ["tenant", "n"], options={"dynamodb": {"kind": "local"}})


def item(number):
    return {"id": {"N": str(number)}, "tenant": {"S": f"t{number % 3}"}, "n": {"N": str(number)}}


@pytest.fixture
def items(bench, judge):
    bench.write([CreateTable(ITEMS)])
    bench.up()
    judge.fill("items", map(item, range(40)))
    return judge


def do(bench, *operations):
    bench.write(operations)
    bench.up()
    bench.assert_schema(bench.schema())


def test_a_table_gets_another_name_and_the_old_one_stays(bench, items):
    do(bench, RenameTable("items", "things"))

    assert items.rows("things") == items.rows("items")
    assert set(bench.introspect().tables) == {"things"}
    bench.down()
    assert set(bench.introspect().tables) == {"items"}
    assert len(items.rows("items")) == 40


def test_a_name_that_another_table_has(bench, items):
    bench.write([RenameTable("items", "things")])
    words = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    items.client.create_table(
        TableName="things", KeySchema=key, BillingMode="PAY_PER_REQUEST", **words
    )
    items.put("things", id={"S": "precious"})
    with pytest.raises(StatementFailed, match="things"):
        bench.up()
    assert items.rows("things") == {"precious": {"id": "precious"}}


def test_a_table_gets_another_key_and_keeps_its_name(bench, items):
    before = items.rows("items")
    do(bench, ChangePrimaryKey("items", ["tenant", "id"]))

    assert items.rows("items") == before
    assert items.get("items", tenant={"S": "t1"}, id={"N": "1"}) == item(1)
    assert len(items.rows("toasty_copy_items")) == 40
    bench.down()
    assert items.get("items", id={"N": "1"}) == item(1)


def test_a_part_of_the_key_gets_another_name(bench, items):
    do(bench, RenameColumn("items", "id", "number"))

    assert items.get("items", number={"N": "7"})["tenant"] == {"S": "t1"}


def test_local_indexes_come_and_go(bench, items):
    do(bench, ChangePrimaryKey("items", ["tenant", "id"]))
    do(bench, CreateIndex("items", BY_N))
    found = items.client.query(
        TableName="items",
        IndexName="tenant_n",
        KeyConditionExpression="tenant = :t AND n > :n",
        ExpressionAttributeValues={":t": {"S": "t1"}, ":n": {"N": "30"}},
    )
    assert [one["n"]["N"] for one in found["Items"]] == ["31", "34", "37"]
    do(bench, DropIndex("items", "tenant_n"))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"id": {"N": "99"}}, "can be in a key"),
        ({"id": {"N": "99"}, "tenant": {"N": "5"}}, "can be in a key"),
    ],
    ids=["none", "another type"],
)
def test_an_item_that_cannot_have_the_key_is_found_before(bench, items, bad, said):
    items.put("items", **bad)
    bench.write([ChangePrimaryKey("items", ["tenant", "id"])])
    with pytest.raises(CheckFailed, match=said):
        bench.up()
    assert len(items.rows("items")) == 41


def test_items_that_would_have_the_same_key_are_found_before(bench, items):
    bench.write([ChangePrimaryKey("items", ["tenant"])])
    with pytest.raises(CheckFailed, match="stand more than once") as caught:
        bench.up()
    assert "'t1' stands 13 times" in str(caught.value)
    assert len(items.rows("items")) == 40


def test_a_protected_table_is_not_made_anew(bench, items):
    do(bench, SetTableOptions("items", {"dynamodb": {"deletion_protection": True}}))
    bench.write([ChangePrimaryKey("items", ["tenant", "id"])])
    with pytest.raises(Unsupported, match="cannot be made anew"):
        bench.up()


def test_a_stream_without_old_items_is_no_ground_for_a_copy(bench, items):
    do(bench, SetTableOptions("items", {"dynamodb": {"stream": "KEYS_ONLY"}}))
    bench.write([ChangePrimaryKey("items", ["tenant", "id"])])
    with pytest.raises(StatementFailed, match="KEYS_ONLY"):
        bench.up()


class Application:
    """Writes all the time, and remembers what the service acknowledged: the last state of each item."""

    def __init__(self, judge) -> None:
        self._judge = judge
        self.seen: dict[int, dict | None] = {}
        self._stop = Event()
        self._thread = Thread(target=self._work)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        at = 0
        while not self._stop.is_set():
            number = 1000 + at % 300
            with suppress(ClientError):  # the table is being made anew: nothing was acknowledged
                self._write(number, at)
            at += 1

    def _write(self, number, at) -> None:
        """A change by the old key; when the table has the new one, the application has to be a new one too."""
        if at % 7 == 6:
            self._judge.client.delete_item(TableName="items", Key={"id": {"N": str(number)}})
            self.seen[number] = None
        else:
            made = {**item(number), "n": {"N": str(at)}}
            self._judge.client.put_item(TableName="items", Item=made)
            self.seen[number] = made


def test_a_copy_follows_an_application_that_writes(bench, items):
    """Whatever was acknowledged before the copy was compared for the last time is in it."""
    items.fill("items", map(item, range(40, 900)))
    with Application(items) as application:
        bench.write([ChangePrimaryKey("items", ["tenant", "id"])])
        bench.up()
    rows = {row["id"]: row for row in items.rows("items", "id").values()}

    assert len(application.seen) > 20
    for number, last in application.seen.items():
        assert (number in rows) is (last is not None), number
        if last is not None:
            assert rows[number]["n"] == int(last["n"]["N"])
    assert all(number in rows for number in range(900))


def test_a_busy_item_may_be_found_twice(dynamo_url, items):
    """A reading of one table finds it, and one of the other: it is asked for, and told, once."""
    items.client.create_table(
        TableName="copy",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    twice = [Pair({"id": {"N": "1"}}, {"id": {"N": "1"}})] * 2
    with DynamoBackend().connect(Url.parse(dynamo_url)) as database:
        assert isinstance(database, DynamoDatabase)
        statement = DeleteItems("copy", ("id",))
        desk = Desk(database.own, str, Notes(database.own, None, statement), ItemSettings(), print)
        tables = Table("items", ("id",)), Table("copy", ("id",))
        comparison = Comparison(desk, *tables, lambda item: item, {})

        assert list(comparison.still(twice)) == twice[:1]


class Deleting(Thread):
    """Deletes items by the new key as soon as they are there; remembers those that the service found."""

    def __init__(self, judge) -> None:
        super().__init__()
        self._client = judge.client
        self.deleted: list[int] = []
        self.over = Event()

    def run(self) -> None:
        while not self.over.is_set():
            for number in range(0, 40, 3):
                with suppress(ClientError):  # the table has the old key, or there is none
                    self._take(number)

    def _take(self, number) -> None:
        key = {"tenant": {"S": f"t{number % 3}"}, "id": {"N": str(number)}}
        said = self._client.delete_item(TableName="items", Key=key, ReturnValues="ALL_OLD")
        self.deleted += [number] if "Attributes" in said else []


def test_what_is_deleted_while_items_are_copied_back_stays_deleted(bench, items):
    """The new application is there already: what it has deleted does not come back, and is not missed."""
    items.fill("items", map(item, range(40, 3_000)))
    deleting = Deleting(items)
    deleting.start()
    try:
        do(bench, ChangePrimaryKey("items", ["tenant", "id"]))
    finally:
        deleting.over.set()
        deleting.join()
    left = items.rows("items", "id")

    assert len(deleting.deleted) > 0
    assert set(deleting.deleted).isdisjoint(left)
    assert len(left) == 3_000 - len(deleting.deleted)
    assert "StreamSpecification" not in items.client.describe_table(TableName="items")["Table"]


def test_what_was_deleted_between_a_crash_and_the_next_run_stays_deleted(dynamo_url, items):
    """A run put ten items back and ended; three of them were deleted; the next run puts back the rest."""
    for name in ("copy", "new"):
        items.client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
            BillingMode="PAY_PER_REQUEST",
        )
    since = datetime.now(timezone.utc) - timedelta(minutes=1)  # the service cuts seconds
    arn = open_stream(items.client, "new")
    items.fill("copy", map(item, range(40)))
    items.fill("new", map(item, range(10)))
    for number in range(3):
        items.client.delete_item(TableName="new", Key={"id": {"N": str(number)}})
    items.put("new", id={"N": "20"}, tenant={"S": "changed by the application"})
    with DynamoBackend().connect(Url.parse(dynamo_url)) as database:
        assert isinstance(database, DynamoDatabase)
        statement = DeleteItems("new", ("id",))
        desk = Desk(database.own, str, Notes(database.own, None, statement), ItemSettings(), print)
        stream = Stream(streams_client(items.client), arn, since)
        Return(desk, Table("copy", ("id",)), Table("new", ("id",)), stream).run()

    found = items.rows("new")
    assert sorted(found) == list(range(3, 40))
    assert found[20]["tenant"] == "changed by the application"
