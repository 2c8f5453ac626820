"""Runners that are killed, paused and overtaken, servers that are killed and step down: each document once."""

from __future__ import annotations

import random
import signal
import time
from contextlib import closing
from datetime import datetime

import pytest
from pymongo import MongoClient

from toasty_core.backends import JournalState
from toasty_core.errors import ConnectionFailed, LockLost
from toasty_core.execution.lock import new_owner
from toasty_core.migrations import Direction
from toasty_core.operations import (
    AddColumn,
    CreateIndex,
    CreateTable,
    ModifyColumn,
    RenameColumn,
    RenameField,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, IndexDef, TableDef, expr

MANY = 6_000
COLUMNS = [ColumnDef("id", "Integer"), ColumnDef("name", "String"), ColumnDef("n", "Integer")]
OLDER = "import time\ndef older(row):\n    time.sleep(0.0005)\n    return {'n': row['n'] + 1}\n"
"""Slow enough to be killed at its work, also on a machine that does nothing else."""


def fill(bench, judge, many=MANY):
    bench.write([CreateTable(TableDef("t", COLUMNS, primary_key=["id"]))])
    bench.up()
    judge.t.insert_many([{"_id": i, "name": f"n{i}", "n": 0} for i in range(many)])


def kill_until_done(bench, tries=40):
    """Kills runners after a random time, until one comes to its end. Gives how many were killed."""
    killed = 0
    for _ in range(tries):
        child = bench.child(Direction.UP).start()
        deadline = time.monotonic() + random.uniform(0.5, 1.4)
        while child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            killed += 1
        said = child.communicate()
        if child.returncode == 0:
            return killed
        assert child.returncode == -signal.SIGKILL, said
    bench.up()
    return killed


def await_some(child, collection, changed):
    """Waits until a runner has changed some of the documents, which it must not have ended by then."""
    deadline = time.monotonic() + 30
    while collection.count_documents(changed) == 0:
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert collection.count_documents(changed) < MANY


def test_a_python_transform_is_killed_again_and_again(bench, judge):
    fill(bench, judge)
    bench.write_text('db.transform_rows("t", older, batch_size=200)', head=OLDER)
    killed = kill_until_done(bench)

    assert killed > 0
    assert judge.t.count_documents({"n": 1}) == MANY
    assert judge.t.count_documents({"_toasty": {"$exists": True}}) == 0
    assert {row.state for row in bench.journal()} == {JournalState.APPLIED}


def test_a_computed_update_is_killed_again_and_again(bench, judge):
    fill(bench, judge)
    bench.url += "?batchSize=200&batchPause=0.02"
    bench.write([UpdateRows("t", {"n": expr(mongodb='{"$add": ["$n", 1]}')})], down=())
    kill_until_done(bench)

    assert judge.t.count_documents({"n": 1}) == MANY
    assert judge.t.count_documents({"_toasty": {"$exists": True}}) == 0


def test_a_rename_is_killed_again_and_again(bench, judge):
    fill(bench, judge)
    bench.url += "?batchSize=200&batchPause=0.02"
    bench.write([RenameColumn("t", "name", "title"), CreateIndex("t", IndexDef("ix", ["title"]))])
    kill_until_done(bench)

    assert judge.t.count_documents({"title": {"$exists": True}, "name": {"$exists": False}}) == MANY
    bench.assert_schema(bench.schema())


def test_nested_fields_on_their_way_are_killed_again_and_again(bench, judge):
    """Renamed and converted in lists of documents: whatever stood when it was killed, each value arrives."""
    lines = "Array(Document(Field('{}', {})))"
    columns = [ColumnDef("id", "Integer"), ColumnDef("lines", lines.format("qty", "String"))]
    bench.write([CreateTable(TableDef("t", columns, primary_key=["id"]))])
    bench.up()
    judge.t.insert_many([{"_id": i, "lines": [{"qty": str(i)}, {"qty": "7"}]} for i in range(MANY)])
    bench.url += "?batchSize=200&batchPause=0.02"
    changed = ModifyColumn("t", "lines", type=lines.format("count", "Integer"))
    bench.write([RenameField("t", "lines.qty", "lines.count"), changed])
    killed = kill_until_done(bench)

    assert killed > 0
    found = {one["_id"]: one["lines"] for one in judge.t.find()}
    assert found == {i: [{"count": i}, {"count": 7}] for i in range(MANY)}
    bench.assert_schema(bench.schema())


def test_who_takes_over_ends_what_a_killed_runner_left_at_work(bench, judge):
    """A killed client does not stop its update: the next one does, before it does anything itself."""
    fill(bench, judge)
    slow = "def slow(live):\n    live.database.t.update_many({'$expr': {'$function': {'body': "
    slow += "'function() { sleep(2); return true; }', 'args': [], 'lang': 'js'}}}, "
    slow += "{'$inc': {'n': 1}}, session=live.session)\n"
    bench.write_text("db.run(slow)", head=slow)
    child = bench.child(Direction.UP).start()
    at_work = {"ns": f"{judge.name}.t", "op": "update", "active": True}
    stages = [{"$currentOp": {}}, {"$match": at_work}]
    deadline = time.monotonic() + 20
    while not list(judge.client.admin.aggregate(stages)) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.kill()
    child.communicate()
    assert list(judge.client.admin.aggregate(stages))

    with bench.connect() as database:
        (lock,) = judge.toasty_lock.find()
        judge.toasty_lock.update_one(
            {"_id": lock["_id"]}, {"$set": {"expires": lock["expires"].min}}
        )
        assert database.take_lock(new_owner(), 60) is None
        assert not list(judge.client.admin.aggregate(stages))


def test_who_takes_over_ends_all_that_a_killed_runner_did_side_by_side(bench, judge):
    fill(bench, judge)
    words = (
        '{"$function": {"body": "function() { sleep(2); return 1; }", "args": [], "lang": "js"}}'
    )
    slow = ColumnDef("slow", "Integer", nullable=True)
    bench.url += f"?batchSize={MANY // 4}"
    bench.write([AddColumn("t", slow, fill=expr(mongodb=words))])
    with bench.connect() as database:
        at_once = 2 if "standalone" in database.version() else 1
    child = bench.child(Direction.UP).start()
    at_work = {"ns": f"{judge.name}.t", "op": "update", "active": True}
    stages = [{"$currentOp": {}}, {"$match": at_work}]
    deadline = time.monotonic() + 20
    while len(list(judge.client.admin.aggregate(stages))) < at_once:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.kill()
    child.communicate()
    assert list(judge.client.admin.aggregate(stages))

    with bench.connect() as database:
        judge.toasty_lock.update_one({}, {"$set": {"expires": datetime(2000, 1, 1)}})
        assert database.take_lock(new_owner(), 60) is None
        assert not list(judge.client.admin.aggregate(stages))


def test_a_rename_side_by_side_is_killed_again_and_again(bench, judge):
    fill(bench, judge)
    bench.url += "?batchSize=20"
    bench.write([RenameColumn("t", "name", "title")])
    kill_until_done(bench)

    assert judge.t.count_documents({"title": {"$exists": True}, "name": {"$exists": False}}) == MANY
    bench.assert_schema(bench.schema())


def test_a_paused_runner_that_lost_its_lease_does_no_harm(bench, judge):
    fill(bench, judge, 100)
    ours, theirs = new_owner(), new_owner()
    with bench.connect() as paused, bench.connect() as other:
        assert paused.take_lock(ours, 0.05) is None
        deadline = time.monotonic() + 20
        while other.lock_holder() is not None:  # by the server's clock
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert other.take_lock(theirs, 60) is None
        row = bench.journal()[0]
        other.write_journal(row)
        with pytest.raises(LockLost):
            paused.write_journal(row._replace(error="overtaken"))
        statements = tuple(bench.backend.compile(UpdateRows("t", {"n": 9}), bench.schema()))
        with pytest.raises(LockLost):
            paused.execute(statements[0])
        paused.release_lock(ours)
        assert other.take_lock(theirs, 60) is None

    assert judge.t.count_documents({"n": 0}) == 100
    assert bench.journal()[0].error is None


@pytest.mark.parametrize("kind", ["mongod", "mongoset"])
def test_the_server_is_killed_in_the_middle(bench_at, own_server, kind):
    server = own_server(kind)
    bench = bench_at(server.url("shop") + "?serverSelectionTimeoutMS=15000&batchPause=0.02")
    with closing(MongoClient(server.url())) as client:
        fill(bench, client.shop)
    bench.write_text('db.transform_rows("t", older, batch_size=200)', head=OLDER)
    child = bench.child(Direction.UP).start()
    with closing(MongoClient(server.url())) as client:
        await_some(child, client.shop.t, {"n": 1})
    server.kill()
    server.start()
    child.communicate(timeout=120)
    bench.up()
    with closing(MongoClient(server.url())) as client:
        assert client.shop.t.count_documents({"n": 1}) == MANY


def test_the_primary_steps_down_in_the_middle(bench_at, own_server):
    server = own_server("mongoset")
    bench = bench_at(server.url("shop") + "?batchSize=200&batchPause=0.02")
    with closing(MongoClient(server.url())) as client:
        fill(bench, client.shop)
        bench.write([RenameColumn("t", "name", "title")])
        child = bench.child(Direction.UP).start()
        await_some(child, client.shop.t, {"title": {"$exists": True}})
        client.admin.command("replSetStepDown", 1, force=True)
        child.communicate(timeout=120)
        bench.up()

        assert client.shop.t.count_documents({"title": {"$exists": True}}) == MANY
        assert client.shop.t.count_documents({"name": {"$exists": True}}) == 0


def test_a_server_that_is_gone_is_one_clear_error(bench_at, own_server):
    server = own_server("mongod")
    bench = bench_at(server.url("shop") + "?serverSelectionTimeoutMS=500")
    with bench.connect() as database:
        server.kill()
        with pytest.raises(ConnectionFailed):
            database.read_journal()
