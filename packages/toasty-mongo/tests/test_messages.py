"""What goes over the wire, and what is told meanwhile: few messages, none of them at the price of safety."""

from __future__ import annotations

import pytest
from pymongo.errors import OperationFailure

from toasty_core.backends import JournalState
from toasty_core.errors import LockLost
from toasty_core.execution.lock import new_owner
from toasty_core.operations import CreateIndex, CreateTable, RenameColumn, UpdateRows
from toasty_core.schema import ColumnDef, IndexDef, TableDef, expr
from toasty_mongo.exact import Once
from toasty_mongo.journal import Progress
from toasty_mongo.ranges import Pace, ranges
from toasty_mongo.telling import Telling

COLUMNS = [ColumnDef("id", "Integer"), ColumnDef("name", "String"), ColumnDef("n", "Integer")]
TABLE = TableDef("t", COLUMNS, primary_key=["id"])


def commands_of(judge, work):
    """The commands on Toasty's own collections and `t` while `work` is done, as the server's profiler saw them."""
    judge.command("profile", 2)
    try:
        work()
    finally:
        judge.command("profile", 0)
    mine = {"appName": "toasty", "command.killSessions": {"$exists": False}}
    return list(judge.get_collection("system.profile").find(mine).sort("ts", 1))


def test_migrations_that_make_an_index_each_take_two_messages_each(bench, judge):
    bench.write([CreateTable(TABLE)])
    bench.up()
    many = 6
    for number in range(many):
        where = expr(mongodb=f'{{"n": {{"$gt": {number}}}}}')
        bench.write([CreateIndex("t", IndexDef(f"ix{number}", ["name"], where=where))])
    seen = commands_of(judge, bench.up)
    journal = [one for one in seen if one["ns"].endswith(".toasty_migrations")]
    questions = [one for one in journal if one["op"] == "query"]

    assert len(questions) == 2  # the whole journal, before and under the lock
    assert {row.state for row in bench.journal()} == {JournalState.APPLIED}
    assert len(bench.journal()) == many + 1
    assert len(bench.introspect().table("t").indexes) == many


def test_a_row_that_waits_for_the_next_one_is_there_at_the_end(bench):
    """Also when the run ends without giving the lock back in order."""
    bench.write([CreateTable(TABLE)])
    bench.up()
    bench.write([CreateIndex("t", IndexDef("ix", ["name"]))])
    owner = new_owner()
    (step,) = (row for row in bench.journal())
    with bench.connect() as database:
        assert database.take_lock(owner, 60) is None
        running = step._replace(
            version="next", state=JournalState.RUNNING, statement="x", done=0, total=1
        )
        database.write_journal(running)
        operation = CreateIndex("t", IndexDef("ix", ["name"]))
        for statement in bench.backend.compile(operation, bench.schema()):
            database.execute(statement)
        database.write_journal(running._replace(state=JournalState.APPLIED, statement=None, done=1))

    assert [row.state for row in bench.journal()] == [JournalState.APPLIED] * 2


def test_a_row_that_waits_is_not_lost_to_a_migration_that_does_nothing(bench, judge):
    bench.write([CreateTable(TABLE)])
    bench.up()
    bench.write([CreateIndex("t", IndexDef("ix", ["name"]))])
    bench.write([], name="nothing")
    bench.write([CreateIndex("t", IndexDef("iy", ["n"]))])
    bench.up()

    assert [row.state for row in bench.journal()] == [JournalState.APPLIED] * 4
    assert judge.toasty_migrations.count_documents({"statement": None, "progress": None}) == 4


def test_who_lost_the_lock_keeps_no_notes(bench, judge):
    """The note of how far a statement is belongs to the holder of the lock, like the row itself."""
    bench.write([CreateTable(TABLE)])
    bench.up()
    row = bench.journal()[0]
    with bench.connect() as late, bench.connect() as other:
        assert late.take_lock(new_owner(), 60) is None
        fence = judge.toasty_lock.find_one()["fence"]
        session = late.live().session
        progress = Progress(late.live().database, session, row, "statement", fence)
        progress.save(after=[1])
        judge.toasty_lock.update_one({}, {"$set": {"expires": None}})
        assert other.take_lock(new_owner(), 60) is None
        other.write_journal(row)
        with pytest.raises(LockLost):
            progress.save(after=[2])

    assert judge.toasty_migrations.find_one({"_id": row.version}).get("progress") is None


def test_long_statements_tell_how_far_they_are(bench, judge, monkeypatch):
    monkeypatch.setattr("toasty_mongo.telling._AFTER", 0.0)
    monkeypatch.setattr("toasty_mongo.telling._EVERY", 0.0)
    bench.write([CreateTable(TABLE)])
    bench.up()
    judge.t.insert_many([{"_id": number, "name": "x", "n": 0} for number in range(100)])
    bench.url += "?batchSize=25"
    told = []
    plus = UpdateRows("t", {"n": expr(mongodb='{"$add": ["$n", 1]}')})
    with bench.connect() as database:
        database.tell = told.append
        for operation in (RenameColumn("t", "name", "title"), plus):
            for statement in bench.backend.compile(operation, bench.schema()):
                database.execute(statement)

    assert told[0].startswith("t: 25 of about 100 documents (25%), about ")
    assert any(text.startswith("t: 100 of about 100 documents (100%), about 0 s") for text in told)
    assert judge.t.count_documents({"n": 1, "title": "x"}) == 100


def test_a_resumed_statement_counts_what_was_done_before(bench, judge):
    bench.write([CreateTable(TABLE)])
    bench.up()
    judge.t.insert_many([{"_id": number, "name": "x", "n": 0} for number in range(10)])
    row = bench.journal()[0]
    with bench.connect() as database:
        live = database.live()
        first = Progress(live.database, live.session, row, "statement")
        Telling(lambda _: None, first, judge.t).add(4)
        first.save(after=[3])
        again = Progress(live.database, live.session, row, "statement")
        assert again.count == 4


def test_ranges_grow_while_they_are_quick_and_shrink_when_they_are_slow():
    pace = Pace(30_000)
    sizes = []
    for seconds in (0.1, 0.1, 0.1, 1.0, 3.0, 3.0):
        pace.took(seconds)
        sizes.append(pace.size)

    assert sizes == [20_000, 30_000, 30_000, 30_000, 15_000, 7_500]
    assert Pace(200).size == 200


def test_marks_of_a_whole_stretch_go_together_and_a_resume_knows_its_beginning(bench, judge):
    """A run that ends in the third batch of a stretch: the next one writes what has no mark, and clears all marks."""
    bench.write([CreateTable(TABLE)])
    bench.up()
    judge.t.insert_many([{"_id": number, "name": "x", "n": 0} for number in range(100)])
    row = bench.journal()[0]

    def add_one(once, range_, limit=None):
        def write(mark):
            found = range_.filter({"_toasty": {"$ne": mark}})
            for document in list(judge.t.find(found).sort("_id", 1))[:limit]:
                change = {"$inc": {"n": 1}, "$set": {"_toasty": mark}}
                judge.t.update_one({"_id": document["_id"]}, change)
            if limit is not None:
                raise OperationFailure("the server is killed here")

        once.batch(range_, write)

    with bench.connect() as database:
        live = database.live()

        def made():
            progress = Progress(live.database, live.session, row, "statement")
            return Once(live.database.t, progress, database._lock, transactions=False)

        once, all_ranges = made(), list(ranges(judge.t, None, 10))
        for range_ in all_ranges[:2]:
            add_one(once, range_)
        with pytest.raises(OperationFailure):
            add_one(once, all_ranges[2], limit=4)
        assert judge.t.count_documents({"n": 1, "_toasty": {"$exists": True}}) == 24

        once = made()
        assert once.pick_up() == all_ranges[2]
        for range_ in all_ranges[2:]:
            add_one(once, range_)
        once.finish()

    assert judge.t.count_documents({"n": 1}) == 100
    assert judge.t.count_documents({"_toasty": {"$exists": True}}) == 0
