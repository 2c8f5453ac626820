"""Runners that are killed, and overtaken, in the middle of their work: each item changed exactly once."""

from __future__ import annotations

import random
import signal
import time
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from toasty_core.backends import JournalState
from toasty_core.errors import LockLost
from toasty_core.execution.lock import new_owner
from toasty_core.migrations import Direction
from toasty_core.operations import (
    AddColumn,
    ChangePrimaryKey,
    CreateTable,
    DropColumn,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    RenameTable,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, TableDef, expr

MANY = 3_000
COLUMNS = [ColumnDef("id", "Integer"), ColumnDef("name", "String"), ColumnDef("n", "Integer")]
OLDER = "import time\ndef older(row):\n    time.sleep(0.0004)\n    return {'n': row['n'] + 1}\n"
"""Slow enough to be killed at its work, also on a machine that does nothing else."""


def fill(bench, judge, many=MANY):
    bench.write([CreateTable(TableDef("items", COLUMNS, primary_key=["id"]))])
    bench.up()
    judge.fill(
        "items",
        [{"id": {"N": str(i)}, "name": {"S": f"n{i}"}, "n": {"N": "0"}} for i in range(many)],
    )


def kill_and_finish(bench, judge, kills=3):
    """Kills runners when they have begun to change items, then lets one come to its end. Gives how many were killed."""
    killed = 0
    for _ in range(kills):
        before = contents(judge)
        child = bench.child(Direction.UP).start()
        while child.poll() is None and contents(judge) == before:
            time.sleep(0.02)
        time.sleep(random.uniform(0.0, 0.4))
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            killed += 1
        said = child.communicate()
        assert child.returncode in (0, -signal.SIGKILL), said
        free(judge)
    bench.up()
    return killed


def contents(judge):
    """What all tables but Toasty's own hold."""
    tables = [name for name in judge.tables() if name != "toasty_migrations"]
    with suppress(ClientError):  # a table that is made or goes at this moment
        return {name: sorted(map(str, judge.items(name))) for name in tables}
    return {}


def free(judge):
    """Gives back the lock of a runner that is gone: its lease would be waited for, which others prove."""
    judge.client.update_item(
        TableName="toasty_migrations",
        Key={"kind": {"S": "lock"}, "id": {"S": "migrate"}},
        UpdateExpression="REMOVE #o",
        ExpressionAttributeNames={"#o": "owner"},
    )


def assert_nothing_left(judge):
    """No checkpoint stays."""
    kinds = {item["kind"]["S"] for item in judge.items("toasty_migrations")}
    assert "progress" not in kinds


def test_a_python_transform_is_killed_again_and_again(bench, judge):
    fill(bench, judge)
    bench.write_text('db.transform_rows("items", older)', head=OLDER)
    killed = kill_and_finish(bench, judge)

    assert killed > 0
    assert [row["n"] for row in judge.rows("items").values()] == [1] * MANY
    assert {row.state for row in bench.journal()} == {JournalState.APPLIED}
    assert_nothing_left(judge)


def test_a_computed_update_is_killed_again_and_again(bench, judge):
    fill(bench, judge)
    bench.url += "?capacity=3000"
    bench.write([UpdateRows("items", {"n": expr(dynamodb="n + 1")})], down=())
    killed = kill_and_finish(bench, judge)

    assert killed > 0
    assert [row["n"] for row in judge.rows("items").values()] == [1] * MANY


@pytest.mark.parametrize(
    ("operation", "holds"),
    [
        (
            RenameColumn("items", "name", "title"),
            lambda i, row: row == {"id": i, "title": f"n{i}", "n": 0},
        ),
        (
            AddColumn("items", ColumnDef("mail", "String"), fill="x"),
            lambda i, row: row == {"id": i, "name": f"n{i}", "n": 0, "mail": "x"},
        ),
        (DropColumn("items", "name"), lambda i, row: row == {"id": i, "n": 0}),
        (
            ModifyColumn("items", "n", type="String"),
            lambda i, row: row == {"id": i, "name": f"n{i}", "n": "0"},
        ),
    ],
    ids=["rename", "add", "drop", "convert"],
)
def test_a_change_of_items_is_killed_again_and_again(bench, judge, operation, holds):
    fill(bench, judge)
    bench.url += "?capacity=1500"
    bench.write([operation], down=())
    killed = kill_and_finish(bench, judge)

    rows = judge.rows("items")
    assert killed > 0
    assert len(rows) == MANY
    assert all(holds(i, row) for i, row in rows.items())
    assert_nothing_left(judge)


def test_an_insert_is_killed_again_and_again(bench, judge):
    fill(bench, judge, 10)
    bench.url += "?capacity=1500"
    rows = [{"id": i, "name": "new", "n": 5} for i in range(100, 1300)]
    bench.write([InsertRows("items", rows)])
    kill_and_finish(bench, judge)

    assert len(judge.rows("items")) == 1210


@pytest.mark.parametrize(
    ("operation", "table", "key"),
    [
        (RenameTable("items", "things"), "things", ("id",)),
        (ChangePrimaryKey("items", ["name", "id"]), "items", ("name", "id")),
    ],
    ids=["rename table", "change key"],
)
def test_a_copy_is_killed_again_and_again(bench, judge, operation, table, key):
    fill(bench, judge, 1_500)
    bench.url += "?capacity=1500"
    bench.write([operation], down=())
    killed = kill_and_finish(bench, judge)

    assert killed > 0
    assert [row["n"] for row in judge.rows(table).values()] == [0] * 1_500
    described = judge.client.describe_table(TableName=table)["Table"]["KeySchema"]
    assert tuple(part["AttributeName"] for part in described) == key
    bench.assert_schema(bench.schema())


# Several runners.


def test_a_runner_that_lost_its_lease_changes_nothing_more(bench, judge):
    """Its transaction is refused by the service itself, whatever it believes about its lock."""
    from toasty_dynamo.items import compile_items

    fill(bench, judge, 300)
    operation = UpdateRows("items", {"n": expr(dynamodb="n + 1")})
    schema = bench.schema()
    (statement,) = compile_items(operation, schema, schema)
    ours, theirs = new_owner(), new_owner()
    with bench.connect() as paused, bench.connect() as other:
        paused.create_journal()
        assert paused.take_lock(ours, 60) is None
        free(judge)
        assert other.take_lock(theirs, 60) is None
        with pytest.raises(LockLost):
            paused.execute(statement)
        assert {row["n"] for row in judge.rows("items").values()} == {0}
        other.execute(statement)
        other.release_lock(theirs)

    assert {row["n"] for row in judge.rows("items").values()} == {1}


def test_two_runners_at_once(bench, judge):
    """One does it, the other waits and finds nothing to do."""
    fill(bench, judge, 1_000)
    bench.write_text('db.transform_rows("items", older)', head=OLDER)
    children = [bench.child(Direction.UP).start() for _ in range(3)]
    said = [child.communicate() for child in children]

    assert [child.returncode for child in children] == [0, 0, 0], said
    assert [row["n"] for row in judge.rows("items").values()] == [1] * 1_000
