"""Runners that are killed while tables change: the next one asks the service what landed, and goes on."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from toasty_core import api
from toasty_core.backends import JournalState
from toasty_core.errors import ConnectionFailed, StatementFailed
from toasty_core.migrations import Direction
from toasty_core.operations import CreateIndex, CreateTable, DropIndex, DropTable, SetTableOptions
from toasty_core.schema import ColumnDef, IndexDef, TableDef
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.connection import open_place
from toasty_dynamo.places import read_place

COLUMNS = [ColumnDef("id", "String"), ColumnDef("a", "String"), ColumnDef("b", "Integer")]
BY_A, BY_B = IndexDef("by_a", ["a"]), IndexDef("by_b", ["b"])


def table(name="items", **parts):
    return TableDef(name, COLUMNS, **{"primary_key": ["id"], **parts})


def killed_when(bench, direction, seen):
    """Starts a run in a process of its own, and kills it as soon as `seen()` is true."""
    child = bench.child(direction).start()
    deadline = time.monotonic() + 90
    while not seen():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()


@pytest.fixture
def slow(own_server, bench_at):
    """A project on a server where an index is CREATING for half a minute."""
    server = own_server("dynamodb_slow")
    return bench_at(f"dynamodb://toasty:secret@{server.host}:{server.port}")


def client_of(bench):
    client, _ = open_place(read_place(Url.parse(bench.url)))
    return client


def status_of(client, index):
    found = client.describe_table(TableName="items")["Table"].get("GlobalSecondaryIndexes", [])
    return next((one["IndexStatus"] for one in found if one["IndexName"] == index), None)


def test_killed_while_an_index_is_creating(slow):
    bench, client = slow, client_of(slow)
    bench.write([CreateTable(table())])
    bench.up()
    bench.write([CreateIndex("items", BY_A), SetTableOptions("items", {"dynamodb": {"ttl": "b"}})])
    killed_when(bench, Direction.UP, lambda: status_of(client, "by_a") == "CREATING")
    assert [row.state for row in bench.journal()] == [JournalState.APPLIED, JournalState.RUNNING]
    assert status_of(client, "by_a") == "CREATING"
    told = []

    class Told(api.Progress):
        def working(self, text):
            told.append(text)

    report = api.up(bench.project, progress=Told())

    assert len(report.done) == 1
    assert status_of(client, "by_a") == "ACTIVE"
    assert [text for text in told if "by_a is CREATING" in text]
    bench.assert_schema(bench.schema())


def test_somebody_elses_index_is_waited_for(slow):
    bench, client = slow, client_of(slow)
    bench.write([CreateTable(table())])
    bench.up()
    words: dict[str, Any] = {"IndexName": "theirs", "Projection": {"ProjectionType": "ALL"}}
    words |= {"KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}]}
    client.update_table(
        TableName="items",
        AttributeDefinitions=[{"AttributeName": "b", "AttributeType": "N"}],
        GlobalSecondaryIndexUpdates=[{"Create": words}],
    )
    bench.write([CreateIndex("items", BY_A)])
    bench.up()

    assert (status_of(client, "theirs"), status_of(client, "by_a")) == ("ACTIVE", "ACTIVE")


def at_each_moment(bench, version):
    """Runs up and then down again and again, killed a little later each time, until the journal says it is through."""
    killed = 0
    for direction in (Direction.UP, Direction.DOWN):
        pause = 0.35
        while not is_through(bench, direction, version):
            child = bench.child(direction).start()
            deadline = time.monotonic() + pause
            while child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            killed += child.poll() is None
            child.send_signal(signal.SIGKILL)
            said = child.communicate()
            assert child.returncode in (0, -signal.SIGKILL), said
            pause += 0.12
    return killed


def is_through(bench, direction, version):
    row = next((row for row in bench.journal() if row.version == version), None)
    if direction is Direction.DOWN:
        return row is None
    return row is not None and row.state is JournalState.APPLIED


def test_killed_at_any_moment_of_changes_of_tables(bench, judge):
    bench.write([CreateTable(table())])
    bench.up()
    version = bench.write(
        [
            CreateTable(table("more", indexes=[BY_A])),
            CreateTable(table("most", options={"dynamodb": {"stream": "KEYS_ONLY"}})),
            CreateIndex("items", BY_A),
            CreateIndex("items", BY_B),
            SetTableOptions("items", {"dynamodb": {"ttl": "b"}}),
        ]
    )
    killed = at_each_moment(bench, version)

    assert killed > 2
    bench.assert_schema(bench.schema(until="20250101_000000_change"))
    bench.up()
    bench.assert_schema(bench.schema())
    assert {row.state for row in bench.journal()} == {JournalState.APPLIED}


def test_a_table_of_a_crashed_run_is_ours_and_another_ones_is_not(bench, judge):
    """The record that stands before CreateTable tells them apart."""
    bench.write([CreateTable(table())])
    killed_when(bench, Direction.UP, lambda: "items" in judge.tables())
    bench.up()
    bench.assert_schema(bench.schema())

    bench.write([DropTable("items"), CreateTable(table("theirs"))])
    judge.client.create_table(
        TableName="theirs",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(StatementFailed, match="theirs already"):
        bench.up()
    assert bench.journal()[-1].state is JournalState.FAILED
    judge.client.delete_table(TableName="theirs")
    bench.up()
    bench.assert_schema(bench.schema())


def test_the_server_is_killed_and_comes_back(own_server, bench_at):
    server = own_server("dynamodb")
    bench = bench_at(f"dynamodb://toasty:secret@{server.host}:{server.port}")
    bench.write([CreateTable(table())])
    bench.up()
    bench.write(
        [CreateIndex("items", BY_A), DropIndex("items", "by_a"), CreateIndex("items", BY_B)]
    )
    # DynamoDB Local answers a transaction a moment before it is on disk; the write behind it waits for that.
    put = 'live.client.put_item(TableName="items", Item={"id": {"S": "x"}})'
    head = f"import os\ndef kill(live):\n    {put}\n    os.kill({server.pid}, 9)\n"
    bench.write_text("db.run(kill)", head=head)
    with pytest.raises(ConnectionFailed):
        bench.up()
    server.kill()
    server.start()

    assert [row.state.value for row in bench.journal()] == ["applied", "applied", "running"]
    assert list(bench.introspect().table("items").indexes) == [BY_B]


def test_many_tables_side_by_side_and_one_that_fails(bench, judge):
    """The others are made, or not begun; the next run makes the rest."""
    names = [f"table{number:02}" for number in range(12)]
    judge.client.create_table(
        TableName="table05",
        AttributeDefinitions=[{"AttributeName": "x", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "x", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    bench.write([CreateTable(table(name)) for name in names])
    with pytest.raises(StatementFailed, match="table05 already"):
        bench.up()
    judge.client.delete_table(TableName="table05")
    bench.up()

    assert sorted(bench.introspect().tables) == names
    bench.down()
    assert judge.tables() == ["toasty_migrations"]


def test_two_runners_at_once_change_tables_once(bench):
    bench.write([CreateTable(table(f"table{number}")) for number in range(4)])
    bench.write([CreateIndex(f"table{number}", BY_A) for number in range(4)])
    children = [bench.child(Direction.UP).start() for _ in range(3)]
    said = [child.communicate() for child in children]

    assert [child.returncode for child in children] == [0, 0, 0], said
    bench.assert_schema(bench.schema())
    with DynamoBackend().connect(Url.parse(bench.url)) as database:
        assert database.lock_holder() is None
