"""What is asked before the first change."""

from __future__ import annotations

import pytest

from toasty_core import api
from toasty_core.errors import CheckFailed
from toasty_core.execution import Finding, Severity
from toasty_core.plugins import hookimpl

A, B = "20250101_000000_a", "20250102_000000_b"
NEW = 'db.add_column("a", ColumnDef("x", "String"))'


@pytest.fixture
def filled(place):
    """A table with six rows."""
    rows = "[{'id': n} for n in range(6)]"
    table = 'db.create_table(TableDef("a", [ColumnDef("id", "Integer")], primary_key=["id"]))'
    place.write(A, f'{table}\ndb.insert_rows("a", {rows})')
    place.up()
    return place


def test_rows_that_do_not_fit_stop_the_migration_before_its_first_statement(filled):
    file = filled.write(B, f'db.create_index("a", IndexDef("i", ["id"]))\n{NEW}')

    with pytest.raises(CheckFailed) as caught:
        filled.up()

    assert caught.value.what == ("a.x: 6 rows would have no value. Nothing was changed.")
    assert caught.value.where == f"{file}:8"
    assert caught.value.hint == "write fill="
    assert len(caught.value.findings) == 5
    assert filled.content()["tables"]["a"] == {"columns": ["id"], "indexes": []}
    assert filled.row(B) is None


def test_a_fill_answers_the_check(filled):
    filled.write(B, NEW[:-1] + ', fill="?")')

    filled.up()

    assert filled.content()["rows"]["a"][0] == {"id": 0, "x": "?"}


def test_a_check_that_depends_on_an_earlier_operation_is_asked_at_its_place(filled):
    filled.write(B, f'db.update_rows("a", {{"id": 1}})\n{NEW}')

    with pytest.raises(CheckFailed, match=r"1 of 2 statements are through\.") as caught:
        filled.up()

    assert caught.value.hint == "write fill="
    assert filled.row(B).done == 1


def test_a_check_on_a_table_to_come_is_asked_when_it_is_there(filled):
    table = 'db.create_table(TableDef("b", [ColumnDef("id", "Integer")]))'
    filled.write(B, table + "\n" + NEW.replace('"a"', '"b"'))

    filled.up()

    assert filled.content()["tables"]["b"]["columns"] == ["id", "x"]


def test_destructive_operations_are_warned_of(filled):
    file = filled.write(B, 'db.drop_table("a")')

    plan = api.plan(filled.project())
    report = filled.up()

    finding = plan.findings[0]
    assert (finding.code, finding.severity) == ("drops-data", Severity.WARNING)
    assert report.notices == (f"{file}:7: drop table a: its data cannot be brought back",)


def test_an_error_that_a_plug_in_finds_stops_the_run(filled):
    filled.write(B, 'db.drop_table("a")')

    class Strict:
        @hookimpl
        def toasty_check(self, plan):
            return [Finding("house", Severity.ERROR, "b.py:1", "we drop no tables.", "ask Ann")]

    filled.listeners = [Strict()]

    assert api.plan(filled.project()).findings[-1].code == "house"
    with pytest.raises(CheckFailed, match=r"^we drop no tables. Nothing was changed.") as caught:
        filled.up()

    assert (caught.value.where, caught.value.hint) == ("b.py:1", "ask Ann")
    assert "a" in filled.content()["tables"]


def test_plug_ins_hear_of_every_migration_and_statement(filled):
    filled.write(B, 'db.create_index("a", IndexDef("i", ["id"]))')
    heard = []

    class Listens:
        @hookimpl
        def toasty_before_migration(self, step):
            heard.append(f"begin {step.version}")

        @hookimpl
        def toasty_before_statement(self, statement, step):
            heard.append(f"send {statement}")

        @hookimpl
        def toasty_after_statement(self, statement, step, seconds):
            heard.append(f"sent {statement}")

        @hookimpl
        def toasty_after_migration(self, step, seconds):
            heard.append(f"end {step.version}")

        @hookimpl
        def toasty_error(self, step, error):
            heard.append(f"error {error.what}")

    filled.listeners = [Listens()]
    filled.up()
    assert heard == [f"begin {B}", "send index a i", "sent index a i", f"end {B}"]

    heard.clear()
    filled.write("20250103_000000_c", NEW)
    with pytest.raises(CheckFailed):
        filled.up()
    assert heard[1].startswith("error a.x: 6 rows would")
