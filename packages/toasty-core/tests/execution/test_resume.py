"""A run that stops anywhere is gone on with from there, each statement once, or a person is asked."""

from __future__ import annotations

import os

import pytest

from toasty_core import api
from toasty_core.backends import JournalState
from toasty_core.errors import (
    HistoryError,
    Interrupted,
    ResolveNeeded,
    StatementFailed,
    UsageError,
)
from toasty_core.plugins import hookimpl

V = "20250101_000000_a"
UP = """
db.create_table(TableDef("a", [ColumnDef("id", "Integer")], primary_key=["id"]))
db.create_index("a", IndexDef("i", ["id"]))
db.add_column("a", ColumnDef("x", "String", nullable=True), fill="old")
"""
DOWN = """
db.drop_column("a", "x")
db.drop_index("a", "i")
db.drop_table("a")
"""


class Dies:
    """A plug-in that ends the process, hard, before or after the statement of a number."""

    def __init__(self, before=None, after=None):
        self.before, self.after = before, after
        self.seen = 0

    @hookimpl
    def toasty_before_statement(self):
        if self.seen == self.before:
            os._exit(9)

    @hookimpl
    def toasty_after_statement(self):
        self.seen += 1
        if self.seen - 1 == self.after:
            os._exit(9)


def in_a_process_that_dies(work):
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_any_statement_is_gone_on_with(place, moment, number):
    place.write(V, UP, DOWN)
    place.listeners = [Dies(**{moment: number})]

    assert in_a_process_that_dies(place.up) == 9
    row = place.row(V)
    assert (row.state, row.done, row.total) == (JournalState.RUNNING, number, 4)

    place.listeners = []
    report = place.up()

    assert [step.version for step in report.done] == [V]
    assert place.content()["tables"] == {"a": {"columns": ["id", "x"], "indexes": ["i"]}}
    assert place.row(V).state is JournalState.APPLIED


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_so_is_one_killed_on_the_way_back(place, moment, number):
    place.write(V, UP, DOWN)
    place.up()
    place.listeners = [Dies(**{moment: number})]

    assert in_a_process_that_dies(place.down) == 9
    row = place.row(V)
    assert (row.state, row.done, row.total) == (JournalState.REVERTING, number, 3)

    place.listeners = []
    with pytest.raises(HistoryError, match="was being reverted") as caught:
        place.up()
    assert caught.value.hint == "finish that first: toasty migrate:down"
    place.down()

    assert place.content()["tables"] == {}
    assert place.row(V) is None


def test_a_refused_statement_leaves_a_row_that_says_why_and_where(place):
    file = place.write(V, UP + 'db.create_index("a", IndexDef("j", ["id"]))', DOWN)
    place.up()
    place.down()
    place.write(V, UP, DOWN)
    place.change(lambda content: content["tables"].update(a={"columns": [], "indexes": []}))

    with pytest.raises(StatementFailed, match="a is there") as caught:
        place.up()

    assert caught.value.where == f"{file}:7"
    row = place.row(V)
    assert (row.state, row.done, row.statement) == (JournalState.FAILED, 0, "create a")
    assert "a is there" in row.error
    entry = api.status(place.project()).entries[0]
    assert entry.state is api.StatusState.FAILED
    assert (entry.note or "").startswith("0 of 4 statements are through; no: ")
    assert place.content()["lock"] is None


def stopped_at_the_index(place):
    """A migration whose first statement is through and whose second was refused."""
    place.write(V, UP, DOWN)

    class Breaks:
        @hookimpl
        def toasty_after_statement(self, statement):
            if str(statement) == "create a":
                place.change(lambda content: content["tables"]["a"].pop("indexes"))

    place.listeners = [Breaks()]
    with pytest.raises(StatementFailed):
        place.up()
    place.listeners = []
    assert (place.row(V).state, place.row(V).done) == (JournalState.FAILED, 1)
    place.change(lambda content: content["tables"]["a"].update(indexes=[]))


def test_after_the_cause_is_mended_up_goes_on_where_it_stopped(place):
    stopped_at_the_index(place)

    report = place.up()

    assert report.done[0].notes == ("went on after 1 statement(s) of an earlier run",)
    assert place.content()["tables"]["a"] == {"columns": ["id", "x"], "indexes": ["i"]}


def test_down_is_refused_while_a_migration_is_half_applied(place):
    stopped_at_the_index(place)

    with pytest.raises(HistoryError, match="half-way: 1 of 4 statements are through") as caught:
        place.down()

    assert f"toasty migrate:resolve {V} --reverted" in (caught.value.hint or "")


def test_a_file_edited_behind_what_is_done_needs_repair_first(place):
    stopped_at_the_index(place)
    place.write(V, UP.replace('IndexDef("i"', 'IndexDef("k"'), DOWN)

    with pytest.raises(HistoryError, match="was changed, of which 1 of 4 statements are") as told:
        place.up()
    assert "migrate:repair, then toasty migrate:up" in (told.value.hint or "")
    api.repair(place.project())
    place.up()

    assert place.content()["tables"]["a"]["indexes"] == ["k"]


def test_a_file_whose_first_statement_was_refused_may_be_edited_freely(place):
    place.write(V, UP, DOWN)
    place.up()
    place.down()
    place.change(lambda content: content["tables"].update(a={"columns": [], "indexes": []}))
    with pytest.raises(StatementFailed):
        place.up()
    place.write(V, UP.replace('"a"', '"b"'), DOWN.replace('"a"', '"b"'))

    place.up()

    assert sorted(place.content()["tables"]) == ["a", "b"]


def crashed_in_a_function(place):
    place.write(V, UP + "db.run(die)", DOWN, head="")
    file = place.folder / f"{V}.py"
    file.write_text("import os\ndef die(live):\n    os._exit(9)\n" + file.read_text())
    assert in_a_process_that_dies(place.up) == 9


def test_where_nothing_can_tell_a_person_is_asked(place):
    crashed_in_a_function(place)

    with pytest.raises(ResolveNeeded, match="after 4 of 5 statements") as caught:
        place.up()

    assert caught.value.where == "in flight: call  die"
    assert f"toasty migrate:resolve {V} --applied" in (caught.value.hint or "")
    assert f"toasty migrate:resolve {V} --reverted" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (api.Outcome.APPLIED, api.StatusState.APPLIED),
        (api.Outcome.REVERTED, api.StatusState.PENDING),
    ],
)
def test_resolve_takes_the_persons_word(place, outcome, state):
    crashed_in_a_function(place)

    api.resolve(place.project(), V, outcome)

    assert api.status(place.project()).entries[0].state is state
    with pytest.raises(UsageError, match="is not half-way"):
        api.resolve(place.project(), V, outcome)


def test_a_function_that_raises_is_named_with_its_line_and_runs_again(place):
    flag = place.folder / "mended"
    file = place.write(V, UP + "db.run(work)", DOWN)
    code = f"from pathlib import Path\ndef work(live):\n    Path({str(flag)!r}).read_text()\n"
    file.write_text(code + file.read_text())

    with pytest.raises(StatementFailed, match="FileNotFoundError") as caught:
        place.up()
    assert caught.value.where == f"{file}:13"
    assert place.row(V).state is JournalState.FAILED

    flag.write_text("")
    place.up()
    assert place.row(V).state is JournalState.APPLIED


def test_ctrl_c_says_what_stands_and_gives_the_lock_back(place):
    other = "20240101_000000_first"
    place.write(other, "return None")
    place.write(V, UP, DOWN)

    class Interrupts:
        @hookimpl
        def toasty_before_statement(self, statement):
            if str(statement) == "index a i":
                raise KeyboardInterrupt

    place.listeners = [Interrupts()]
    with pytest.raises(Interrupted) as caught:
        place.up()

    assert caught.value.what == (
        f"Interrupted. 1 migration(s) were applied before {V}, "
        "of which 1 of 4 statements are through."
    )
    assert caught.value.exit_code == 130
    assert place.content()["lock"] is None
    place.listeners = []
    place.up()
    assert place.row(V).state is JournalState.APPLIED


def test_repair_clears_a_row_of_which_nothing_ran(place):
    place.write(V, UP, DOWN)
    place.up()
    place.down()

    def crashed(content):
        content["journal"][V] = {
            **dict.fromkeys(("statement", "started", "finished", "duration", "error")),
            **{"version": V, "checksum": "", "source_hash": "", "state": "running"},
            **{"done": 0, "total": 4, "applied_by": "", "tool_version": ""},
        }

    place.change(crashed)

    assert api.repair(place.project())
    assert api.repair(place.project()) == ()
