"""What a killed runner left goes away when a person says how the migration ended."""

from __future__ import annotations

import time

import pytest

from toasty_core import api
from toasty_core.api.mending import Outcome
from toasty_core.migrations import Direction
from toasty_core.operations import ChangePrimaryKey, CreateTable
from toasty_core.schema import ColumnDef, TableDef

TABLE = TableDef(
    "t", [ColumnDef("id", "Integer"), ColumnDef("n", "Integer")], primary_key=["id"]
)  # fmt: skip
SLOW = "import time\ndef more(row):\n    time.sleep(0.002)\n    return {'n': row['n'] + 1}\n"


@pytest.fixture
def collection(bench, judge):
    bench.write([CreateTable(TABLE)])
    bench.up()
    return judge.t


def killed_when(bench, reached):
    """Kills a runner as soon as `reached` holds; gives the version that it was at."""
    child = bench.child(Direction.UP).start()
    deadline = time.monotonic() + 30
    while not reached() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    child.kill()
    child.communicate()
    (row,) = (one for one in bench.journal() if one.finished is None)
    return row.version


@pytest.mark.parametrize("outcome", Outcome)
def test_marks_of_a_transform(bench, collection, outcome):
    collection.insert_many([{"_id": i, "n": 0} for i in range(3000)])
    bench.write_text('db.transform_rows("t", more, batch_size=50)', head=SLOW)
    version = killed_when(bench, lambda: collection.count_documents({"n": 1}) > 200)
    api.resolve(bench.project, version, outcome)

    assert collection.count_documents({"_toasty": {"$exists": True}}) == 0
    assert 200 < collection.count_documents({"n": 1}) < 3000


@pytest.mark.parametrize("outcome", Outcome)
def test_a_copy_and_its_guard(bench, collection, judge, outcome):
    collection.insert_many([{"_id": i, "n": i} for i in range(60_000)])
    bench.write([ChangePrimaryKey("t", ["n"])])
    version = killed_when(bench, lambda: "toasty_copy_t" in judge.list_collection_names())
    api.resolve(bench.project, version, outcome)

    assert "toasty_copy_t" not in judge.list_collection_names()
    assert collection.count_documents({}) == 60_000
    assert collection.count_documents({"_toasty": {"$exists": True}}) == 0
    if collection.find_one({"_id": 7}).get("n") == 7:
        collection.insert_one({"_id": -1, "n": -1})
