"""What is still written into a table that a rename left behind: carried over, or named; nothing of it is lost."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event, Thread

import pytest
from attrs import evolve
from botocore.exceptions import ClientError

from toasty_core import api
from toasty_core.errors import StatementFailed
from toasty_core.operations import AddUnique, CreateTable, RenameTable
from toasty_core.schema import ColumnDef, TableDef, UniqueDef
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.copy_statements import FollowTable
from toasty_dynamo.database import DynamoDatabase
from toasty_dynamo.kept import keep_table, kept_table

ITEMS = TableDef(
    "items",
    [ColumnDef("id", "Integer"), ColumnDef("name", "String", nullable=True)],
    primary_key=["id"],
)
NAMES = UniqueDef(["name"], name="names", options={"dynamodb": {"unique": "sentinel"}})


def item(number, name=None):
    return {"id": {"N": str(number)}, "name": {"S": name or f"name {number}"}}


@pytest.fixture
def things(bench, judge):
    """A table `things` of three items, which was called `items`; applications still write there."""
    bench.write([CreateTable(ITEMS)])
    bench.up()
    judge.fill("items", map(item, (1, 2, 3)))
    bench.write([RenameTable("items", "things")])
    bench.up()
    return judge


def write_late(judge):
    """What an application does that has not moved yet: an item more, one changed twice, one less."""
    judge.put("items", **item(4))
    judge.put("items", **item(1, "once"))
    judge.put("items", **item(1, "twice"))
    judge.client.delete_item(TableName="items", Key={"id": {"N": "2"}})


def drop(bench, name="items"):
    bench.write_text(f"db.run(lambda live: live.drop_left({name!r}))", "pass")
    bench.up()


def test_a_rename_says_what_does_not_follow(bench, judge):
    """The plan says it with file and line, and the last statement looks at the stream once more."""
    bench.write([CreateTable(ITEMS)])
    bench.up()
    bench.write([RenameTable("items", "things")])
    plan = api.plan(bench.project)
    (said,) = [finding for finding in plan.findings if finding.code == "notice"]

    assert "items stays" in said.what
    assert "live.drop_left('items')" in said.what
    assert re.search(r"\.py:\d+$", said.where)
    assert isinstance(plan.steps[0].statements[-1], FollowTable)


def test_what_is_written_late_is_carried_over_before_the_table_goes(bench, things):
    write_late(things)
    drop(bench)

    names = {number: row["name"] for number, row in things.rows("things").items()}
    assert names == {1: "twice", 3: "name 3", 4: "name 4"}
    assert "items" not in things.tables()
    bench.assert_schema(bench.schema())


def test_what_is_written_late_is_carried_over_when_the_table_gets_its_name_back(bench, things):
    things.put("things", **item(5))
    write_late(things)
    bench.down()

    names = {number: row["name"] for number, row in things.rows("items").items()}
    assert names == {1: "twice", 3: "name 3", 4: "name 4", 5: "name 5"}


def test_items_that_were_changed_in_both_tables_are_named(bench, things):
    """Nobody can tell which is right: nothing is overwritten, and the table stays."""
    write_late(things)
    things.put("things", **item(1, "new application"))
    with pytest.raises(StatementFailed, match=r"1 items of items.* were changed there") as caught:
        drop(bench)

    assert "id = 1" in caught.value.what
    assert "put what is right into things" in (caught.value.hint or "")
    assert things.rows("things")[1]["name"] == "new application"
    assert things.rows("items")[1]["name"] == "twice"


def test_a_stream_that_was_turned_off_is_no_ground_to_delete_the_table(bench, things):
    """Then the items themselves are compared."""
    off = {"StreamSpecification": {"StreamEnabled": False}}
    things.client.update_table(TableName="items", **off)
    things.put("items", **item(4))
    with pytest.raises(StatementFailed, match=r"1 items of items.*does not say any more") as caught:
        drop(bench)
    assert "id = 4" in caught.value.what
    things.put("things", **item(4))
    bench.up()

    assert "items" not in things.tables()
    assert len(things.rows("things")) == 4


def test_a_late_write_takes_its_unique_value_with_it(bench, things):
    """Values that stand only once have their items, also of what comes late; one that is taken stops it."""
    bench.write([AddUnique("things", NAMES)])
    bench.up()
    things.put("items", **item(4))
    drop(bench)

    owners = {one["id"]["S"]: one["owner"]["M"] for one in things.items("toasty_unique")}
    assert {"id": {"N": "4"}} in owners.values()
    assert len(owners) == 4


def test_a_table_that_no_rename_left_is_not_dropped(bench, things):
    with pytest.raises(StatementFailed, match="things is no table that a rename left"):
        drop(bench, "things")
    assert len(things.rows("things")) == 3


class Writing(Thread):
    """An application that has not moved, and writes the same few items without a pause."""

    def __init__(self, judge) -> None:
        super().__init__()
        self._judge = judge
        self.over = Event()
        self.begun = Event()

    def run(self) -> None:
        with suppress(ClientError):  # the table is gone
            for number in count():
                if self.over.is_set():
                    return
                self._judge.put("items", **item(100 + number % 5, f"written {number}"))
                self.begun.set()


@contextmanager
def writing(judge):
    """While it does."""
    application = Writing(judge)
    application.start()
    try:
        assert application.begun.wait(30)
        yield
    finally:
        application.over.set()
        application.join()


def test_a_table_that_somebody_keeps_writing_into_is_not_dropped(bench, things):
    """The stream never comes to an end then: what was written before is carried over, and the rest is not lost."""
    with writing(things), pytest.raises(StatementFailed, match="keeps writing into items") as told:
        drop(bench)
    assert "stop what writes there" in (told.value.hint or "")
    written = things.rows("items")
    bench.up()

    assert "items" not in things.tables()
    assert things.rows("things") == written


def test_what_was_written_in_the_last_moment_of_the_table_is_carried_over(
    bench, things, dynamo_url
):
    """A run has looked at the stream, deleted the table and ended: the stream can still be read."""
    write_late(things)
    delete_as_a_run_does(things, dynamo_url)
    drop(bench)

    names = {number: row["name"] for number, row in things.rows("things").items()}
    assert names == {1: "twice", 3: "name 3", 4: "name 4"}


def test_what_cannot_be_carried_over_any_more_is_shown_in_full(bench, things, dynamo_url):
    """It is in no table: the error says what it was, once, and the next run goes on."""
    write_late(things)
    things.put("things", **item(1, "new application"))
    delete_as_a_run_does(things, dynamo_url)
    with pytest.raises(StatementFailed, match="in its last moment") as told:
        drop(bench)
    assert "id = 1 became {'id': 1, 'name': 'twice'}" in told.value.what
    assert things.rows("things")[1]["name"] == "new application"
    bench.up()

    assert things.rows("things")[4]["name"] == "name 4"
    bench.assert_schema(bench.schema())


def delete_as_a_run_does(judge, url):
    """Up to the moment when the table is gone."""
    with DynamoBackend().connect(Url.parse(url)) as database:
        assert isinstance(database, DynamoDatabase)
        left = kept_table(database.own, "items")
        assert left is not None
        keep_table(database.own, evolve(left, going=True))
    judge.client.delete_table(TableName="items")


def test_another_table_may_get_the_name(bench, things):
    """Where somebody deleted the old table by hand, a new one of the name is a table as any."""
    things.client.delete_table(TableName="items")
    bench.write([CreateTable(ITEMS)])
    bench.up()

    bench.assert_schema(bench.schema())
    assert set(bench.introspect().tables) == {"items", "things"}
