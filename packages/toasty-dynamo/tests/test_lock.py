"""The lock: one holder, taken over only after a whole lease seen by one's own clock, and fenced."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone

import pytest

from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import LockLost
from toasty_core.execution.lock import new_owner
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.journal import entry_words, read_row


@pytest.fixture
def connect(dynamo_url):
    """Connections to one database, whose journal is there."""
    made = []

    def connection():
        made.append(DynamoBackend().connect(Url.parse(dynamo_url)))
        return made[-1]

    connection().create_journal()
    yield connection
    for database in made:
        database.close()


def test_one_holder_at_a_time_whoever_tries(connect):
    inside, seen, stop = [], [], threading.Event()

    def work():
        database, owner = connect(), new_owner()
        while not stop.is_set():
            if database.take_lock(owner, 60) is None:
                inside.append(owner.token)
                seen.append(len(inside))
                inside.remove(owner.token)
                database.release_lock(owner)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while len(seen) < 50 and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()

    assert len(seen) >= 50
    assert set(seen) == {1}


def test_the_fence_only_grows(connect):
    fences = []
    for _ in range(3):
        database, owner = connect(), new_owner()
        assert database.take_lock(owner, 60) is None
        fences.append(database.lock.fence)
        database.release_lock(owner)

    assert fences == [1, 2, 3]


def test_a_lease_is_over_when_its_version_has_not_changed_for_so_long(connect):
    gone, waiting, owner, ours = connect(), connect(), new_owner(), new_owner()
    assert gone.take_lock(owner, 1.0) is None
    began = time.monotonic()
    holder = waiting.take_lock(ours, 60)
    while (found := waiting.take_lock(ours, 60)) is not None:
        assert found.token == owner.token
        time.sleep(0.02)

    assert holder is not None
    assert holder.token == owner.token
    assert time.monotonic() - began > 0.75
    assert waiting.lock.fence == 2


def test_a_lease_that_is_renewed_is_not_over(connect):
    alive, waiting, owner, ours = connect(), connect(), new_owner(), new_owner()
    assert alive.take_lock(owner, 0.5) is None
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        assert alive.take_lock(owner, 0.5) is None
        assert waiting.take_lock(ours, 60) is not None

    assert waiting.lock_holder().token == owner.token


def test_who_was_overtaken_writes_nothing_any_more(connect):
    slow, quick, owner, ours = connect(), connect(), new_owner(), new_owner()
    assert slow.take_lock(owner, 60) is None
    slow.write_journal(JournalEntry("1", "x", state=JournalState.RUNNING))
    quick.release_lock(owner)  # as for a process that is known to be gone
    assert quick.take_lock(ours, 60) is None

    with pytest.raises(LockLost):
        slow.write_journal(JournalEntry("1", "x", state=JournalState.APPLIED))
    with pytest.raises(LockLost):
        slow.delete_journal("1")
    (row,) = quick.read_journal()
    assert row.state is JournalState.RUNNING
    assert slow.take_lock(owner, 60).token == ours.token


def test_an_overtaken_batch_is_refused_as_a_whole(connect):
    slow, quick, owner, ours = connect(), connect(), new_owner(), new_owner()
    assert slow.take_lock(owner, 60) is None
    quick.release_lock(owner)
    assert quick.take_lock(ours, 60) is None
    put = {"Put": {"TableName": slow.own.name, "Item": {"kind": {"S": "x"}, "id": {"S": "y"}}}}
    client = slow.client
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[slow.fence_check(), put])

    assert slow.own.item("x", "y") is None


def test_the_heartbeat_and_the_journal_do_not_get_into_each_others_way(connect):
    database, owner = connect(), new_owner()
    assert database.take_lock(owner, 60) is None
    until = time.monotonic() + 2
    lost = []

    def beat():
        while time.monotonic() < until:
            lost.append(database.take_lock(owner, 60))

    thread = threading.Thread(target=beat)
    thread.start()
    written = 0
    while time.monotonic() < until:
        database.write_journal(JournalEntry("1", "x", done=written, state=JournalState.RUNNING))
        written += 1
    thread.join()

    assert written > 10
    assert set(lost) == {None}


def test_a_row_comes_back_as_it_was_written(connect):
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    entry = JournalEntry(
        "20260101_000000_x",
        "sha256:abc",
        "def",
        JournalState.FAILED,
        2,
        5,
        "CREATE 'x' \"y\" 日本",
        moment,
        moment,
        0.125,
        "it broke",
        "me@here",
        "0.1.0",
        "backup",
    )
    database = connect()
    database.write_journal(entry)

    assert database.read_journal() == [entry]
    assert database.read_entry(entry.version) == entry
    assert database.has_entry(entry.version)
    assert not database.has_entry("other")
    database.delete_journal(entry.version)
    assert database.read_journal() == []


def test_a_text_that_is_too_long_for_an_item_is_cut():
    words = entry_words(JournalEntry("1", "x", statement="s" * 500_000))

    assert len(words["statement"]["S"]) < 25_000
    assert "480000 more characters" in words["statement"]["S"]
    assert read_row({"id": {"S": "1"}, **words}).version == "1"


def test_a_thousand_rows_are_read_in_order(connect):
    database = connect()
    versions = [f"{number:04}" for number in range(1000)]
    for version in reversed(versions):
        item = {"kind": {"S": "migration"}, "id": {"S": version}, "error": {"S": "e" * 2000}}
        item |= {"checksum": {"S": "x"}}
        database.client.put_item(TableName=database.own.name, Item=item)

    assert [row.version for row in database.read_journal()] == versions
