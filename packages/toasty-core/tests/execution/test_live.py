"""Runs on a database that others use meanwhile: trying again, what is large, what makes writers wait."""

from __future__ import annotations

import pytest

from toasty_core import api
from toasty_core.backends import Caution, JournalState
from toasty_core.errors import CheckFailed, LockNotAvailable
from toasty_core.execution import Severity, retrying

USERS = 'db.create_table(TableDef("users", [ColumnDef("name", "String")]))'
ROWS = 'db.insert_rows("users", [{"name": "ann"}, {"name": "bob"}])'
INDEX = 'db.create_index("users", IndexDef("by_name", "name"))'
ANN = "ann (pid 7) reads users since 12 s"


@pytest.fixture
def filled(place, monkeypatch):
    monkeypatch.setattr(retrying, "_PAUSE", (0.001, 0.002))
    place.write("20250101_000000_users", f"{USERS}\n{ROWS}")
    place.up()
    return place


def read_by(place, reader):
    readers = {"users": reader} if reader else {}
    place.change(lambda content: content.update(readers=readers))


class Hears(api.Progress):
    """Notes who is in the way, and lets the reader go home at the third time."""

    def __init__(self, place, leaves_after=3):
        self.place, self.leaves_after = place, leaves_after
        self.heard = []

    def retrying(self, step, error, pause):
        self.heard.append(error.blockers)
        if len(self.heard) == self.leaves_after:
            read_by(self.place, None)


def test_a_statement_that_had_to_make_way_is_tried_again(filled):
    filled.write(
        "20250101_000001_age", 'db.add_column("users", ColumnDef("age", "Integer"), fill=1)'
    )
    read_by(filled, ANN)
    progress = Hears(filled)
    report = filled.up(progress=progress)

    assert [step.version for step in report.done] == ["20250101_000001_age"]
    assert progress.heard == [(ANN,)] * 3
    assert [row["age"] for row in filled.content()["rows"]["users"]] == [1, 1]


def test_the_last_error_names_who_is_in_the_way_and_the_next_run_goes_on(filled):
    filled.write(
        "20250101_000001_age", 'db.add_column("users", ColumnDef("age", "Integer"), fill=1)'
    )
    read_by(filled, ANN)
    with pytest.raises(LockNotAvailable) as caught:
        api.up(filled.project(caution=Caution(tries=2)))

    assert f"blocked by: {ANN}" in str(caught.value)
    assert "tried 2 times" in str(caught.value)
    assert filled.row("20250101_000001_age").state is JournalState.FAILED

    read_by(filled, None)
    assert len(filled.up().done) == 1


def test_the_users_python_is_not_run_again(filled):
    filled.write("20250101_000001_python", "pass").write_text(PYTHON)
    read_by(filled, ANN)
    with pytest.raises(LockNotAvailable, match="tried once"):
        filled.up()

    assert filled.content()["rows"]["users"][0] == {"name": "ann"}
    assert (filled.folder / "calls").read_text() == "x"


PYTHON = """
from pathlib import Path
from toasty_core import *
from toasty_core.errors import LockNotAvailable

def touch(live):
    with (Path(__file__).parent / "calls").open("a") as file:
        file.write("x")
    raise LockNotAvailable("somebody reads it")

class M(Migration):
    version = "20250101_000001_python"

    def up(self, db):
        db.run(touch)

    def down(self, db):
        db.irreversible("no")
"""


def test_what_is_large_today_is_compiled_otherwise(filled):
    filled.write("20250101_000001_index", INDEX)

    def statements(large):
        plan = api.plan(filled.project(caution=Caution(large_table=large)))
        return [str(statement) for step in plan.steps for statement in step.statements]

    assert statements(3) == ["index users by_name"]
    assert statements(2) == ["index users by_name", "polish users by_name"]
    assert statements(None) == ["index users by_name"]


def test_a_run_goes_on_with_what_it_compiled_at_first_though_the_table_grew(filled):
    filled.write(
        "20250101_000001_index", f"{INDEX}\n" + 'db.create_index("users", IndexDef("b", "name"))'
    )
    caution = Caution(large_table=2, tries=1)

    project = filled.project(caution=caution)
    stop_at_polish(filled, project)
    row = filled.row("20250101_000001_index")
    assert (row.done, row.total, row.form) == (1, 4, "users")

    filled.change(lambda content: content["rows"]["users"].pop())  # now it is small
    read_by(filled, None)
    assert len(api.up(project).done) == 1
    assert filled.content()["tables"]["users"]["indexes"] == ["b", "by_name"]


def stop_at_polish(place, project):
    from toasty_core.plugins import hookimpl

    class Reads:
        @hookimpl
        def toasty_before_statement(self, statement, step):
            if str(statement).startswith("polish"):
                read_by(place, ANN)

    place.listeners.append(Reads())
    with pytest.raises(LockNotAvailable):
        api.up(place.project(caution=project.caution))
    place.listeners.clear()


def test_what_makes_the_writers_of_a_large_table_wait_needs_leave(filled):
    filled.write("20250101_000001_drop", 'db.drop_column("users", "name")')
    small, large = Caution(large_table=3), Caution(large_table=2)
    with pytest.raises(CheckFailed) as caught:
        api.up(filled.project(caution=large))

    assert "whoever writes to users (2 rows) waits" in str(caught.value)
    assert "--allow-blocking" in str(caught.value)
    assert filled.row("20250101_000001_drop") is None
    assert not [
        f for f in api.plan(filled.project(caution=small)).findings if f.code == "blocks-writes"
    ]

    allowed = filled.project(caution=large._replace(allow_blocking=True))
    findings = api.plan(allowed).findings
    assert [f.severity for f in findings if f.code == "blocks-writes"] == [Severity.WARNING]
    assert len(api.up(allowed).done) == 1


def test_a_plan_tells_how_large_its_tables_are(filled):
    filled.write("20250101_000001_drop", 'db.drop_column("users", "name")')

    assert api.plan(filled.project()).sizes["users"].rows == 2
