"""One runner at a time, for no longer than somebody is at it."""

from __future__ import annotations

import os
import threading
import time

import pytest

from toasty_core import api
from toasty_core.errors import LockHeld, LockLost
from toasty_core.execution.lock import Lock, is_dead, new_owner
from toasty_core.plugins import hookimpl

A, B = "20250101_000000_a", "20250102_000000_b"
TABLE = 'db.create_table(TableDef("{0}", [ColumnDef("id", "Integer")], primary_key=["id"]))'


def dead_process():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def hold(place, owner):
    place.change(
        lambda content: content.update(lock={**owner._asdict(), "since": str(owner.since)})
    )


class Heard(api.Progress):
    def __init__(self, then=lambda: None):
        self.holders = []
        self.then = then

    def waiting(self, holder):
        self.holders.append(holder.pid)
        self.then()


@pytest.fixture
def ready(place):
    """A shelf with one migration applied, and one pending."""
    place.write(A, TABLE.format("a"))
    place.up()
    place.write(B, TABLE.format("b"))
    return place


def test_waiting_ends_with_an_error_that_names_the_holder(ready):
    other = new_owner()._replace(pid=os.getppid(), user="ann", host="build7")
    hold(ready, other)
    heard = Heard()

    with pytest.raises(LockHeld) as caught:
        api.up(ready.project(lock_timeout=0.2), progress=heard)

    assert caught.value.holder == f"ann@build7 (process {os.getppid()})"
    assert heard.holders == [os.getppid()]
    assert ready.row(B) is None


def test_a_lock_that_is_given_back_is_taken(ready):
    other = new_owner()._replace(host="build7")
    hold(ready, other)

    def free():
        ready.change(lambda content: content.update(lock=None))

    report = api.up(ready.project(), progress=Heard(free))

    assert [step.version for step in report.done] == [B]
    assert ready.content()["lock"] is None


def test_who_waited_plans_again(ready):
    other = new_owner()._replace(host="build7")
    hold(ready, other)
    journal = {}

    def the_other_applies_it():
        row = {**ready.content()["journal"][A], "version": B}
        row["source_hash"] = journal["hash"]
        ready.change(lambda content: content["journal"].update({B: row}))
        ready.change(lambda content: content.update(lock=None))

    from toasty_core.migrations import History

    journal["hash"] = History.read(ready.folder).source_hashes[B]
    report = api.up(ready.project(), progress=Heard(the_other_applies_it))

    assert report.done == ()
    assert "b" not in ready.content()["tables"]


def test_the_lock_of_a_dead_process_of_this_machine_is_taken_at_once(ready):
    hold(ready, new_owner()._replace(pid=dead_process()))
    started = time.monotonic()

    report = ready.up()

    assert [step.version for step in report.done] == [B]
    assert time.monotonic() - started < 5


def test_a_dead_runner_is_waited_for_while_its_server_works_on(ready, monkeypatch):
    """A server frees the lock only when the statement of the killed one has ended; meanwhile we say why we wait."""
    dead = new_owner()._replace(pid=dead_process())
    hold(ready, dead)
    database = open_shelf(ready)
    monkeypatch.setattr(type(database), "release_lock", lambda self, owner: None)
    told = []

    with pytest.raises(LockHeld), Lock(database, 0.2, told.append):
        pass

    assert [holder.pid for holder in told] == [dead.pid]


def test_only_what_is_certain_counts_as_dead():
    gone = new_owner()._replace(pid=dead_process())

    assert is_dead(gone)
    assert not is_dead(new_owner())
    assert not is_dead(gone._replace(host="another"))
    assert not is_dead(gone._replace(token="abc-anotherboot"))
    assert not is_dead(gone._replace(token=""))


def test_repair_clears_the_lock_of_a_dead_process(ready):
    hold(ready, new_owner()._replace(pid=dead_process()))

    said = api.repair(ready.project())

    assert said[0].startswith("Cleared the lock of a process that is gone: ")
    assert ready.content()["lock"] is None


def test_a_lock_lost_in_the_middle_stops_before_the_next_statement(ready, monkeypatch):
    ready.write(B, TABLE.format("b") + "\n" + TABLE.format("c"))
    ready.change(lambda content: None)
    thief = new_owner()._replace(host="build7")
    monkeypatch.setattr("toasty_core.execution.lock._RENEW_AFTER", 0.01)
    monkeypatch.setattr(type(open_shelf(ready)), "lock_heartbeat", True)

    class Steals:
        @hookimpl
        def toasty_after_statement(self):
            hold(ready, thief)
            time.sleep(0.3)

    ready.listeners = [Steals()]
    with pytest.raises(LockLost, match="build7"):
        ready.up()

    assert sorted(ready.content()["tables"]) == ["a", "b"]
    assert ready.content()["lock"]["host"] == "build7"
    assert ready.row(B).state.value == "running"


def open_shelf(place):
    from toasty_core.api.project import open_database

    return open_database(place.project())


def test_a_heartbeat_keeps_the_lock_and_ends_with_it(ready, monkeypatch):
    monkeypatch.setattr("toasty_core.execution.lock._RENEW_AFTER", 0.01)
    database = open_shelf(ready)
    monkeypatch.setattr(type(database), "lock_heartbeat", True)

    with Lock(database, 1.0) as lock:
        time.sleep(0.1)
        lock.check()
        assert any(thread.name == "toasty-lock" for thread in threading.enumerate())

    assert not any(thread.name == "toasty-lock" for thread in threading.enumerate())
    assert ready.content()["lock"] is None


def test_status_says_who_is_migrating(ready):
    hold(ready, new_owner()._replace(host="build7"))

    owner = api.status(ready.project()).lock
    assert owner is not None
    assert owner.host == "build7"
