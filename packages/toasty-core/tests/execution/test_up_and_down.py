"""Pending is a set difference; what was applied can be reverted; nothing runs when something is wrong."""

from __future__ import annotations

import pytest

from toasty_core import api
from toasty_core.backends import JournalState
from toasty_core.errors import (
    HistoryError,
    Irreversible,
    SchemaError,
    StatementFailed,
    Unsupported,
)

A, B, C = "20250101_000000_a", "20250102_000000_b", "20250103_000000_c"


def table(name):
    return (
        f'db.create_table(TableDef("{name}", [ColumnDef("id", "Integer")], primary_key=["id"]))',
        f'db.drop_table("{name}")',
    )


def three(place):
    for version, name in ((A, "a"), (B, "b"), (C, "c")):
        place.write(version, *table(name))


def versions(report):
    return [step.version for step in report.done]


def test_everything_pending_is_applied_in_order_and_recorded(place):
    three(place)

    report = place.up()

    assert versions(report) == [A, B, C]
    assert list(place.content()["tables"]) == ["a", "b", "c"]
    row = place.row(B)
    assert (row.state, row.done, row.total, row.statement) == (JournalState.APPLIED, 1, 1, None)
    assert row.checksum.startswith("ast1:")
    assert "@" in row.applied_by


def test_up_again_does_nothing_and_writes_nothing(place):
    three(place)
    place.up()
    before = place.file.stat().st_mtime_ns

    assert versions(place.up()) == []
    assert place.file.stat().st_mtime_ns == before


def test_nothing_is_written_when_there_is_nothing_to_do(place):
    assert versions(place.up()) == []
    assert versions(place.down()) == []
    assert api.status(place.project()).entries == ()
    assert not place.file.exists()


def test_a_plan_writes_nothing(place):
    three(place)

    plan = api.plan(place.project())

    assert [str(s) for step in plan.steps for s in step.statements] == [
        "create a",
        "create b",
        "create c",
    ]
    assert not place.file.exists()


@pytest.mark.parametrize(
    ("options", "done"),
    [
        ({"to": B}, [A, B]),
        ({"to": "20250102"}, [A, B]),
        ({"count": 1}, [A]),
        ({"to": C, "count": 2}, [A, B]),
        ({"count": 0}, []),
    ],
)
def test_to_and_count_bound_the_way_up(place, options, done):
    three(place)

    assert versions(place.up(**options)) == done


@pytest.mark.parametrize(
    ("options", "done"),
    [({}, [C]), ({"count": 2}, [C, B]), ({"to": A}, [C, B]), ({"count": None}, [C, B, A])],
)
def test_down_reverts_the_last_first(place, options, done):
    three(place)
    place.up()

    assert versions(place.down(**options)) == done
    left = [version for version in (A, B, C) if version not in done]
    assert sorted(place.content()["journal"]) == left


def test_an_unknown_target_is_named_with_the_nearest(place):
    three(place)

    with pytest.raises(HistoryError, match="There is no migration '20250102_000000_x'") as caught:
        place.up(to="20250102_000000_x")

    assert caught.value.hint == f"did you mean '{B}'?"


def test_a_target_that_two_begin_with_is_refused(place):
    three(place)

    with pytest.raises(HistoryError, match="More than one migration begins with '2025'"):
        place.up(to="2025")


def test_a_late_file_is_applied_and_said_so(place):
    three(place)
    (place.folder / f"{B}.py").unlink()
    place.up()
    place.write(B, *table("b"))

    step = api.plan(place.project()).steps[0]
    report = place.up()

    assert step.out_of_order
    assert versions(report) == [B]
    assert report.notices == (f"{B} comes late: {C}, which follows it, is applied already",)


def test_dependencies_are_applied_before_what_needs_them(place):
    place.write(A, *table("a"), head=f"depends_on = ({C!r},)")
    place.write(C, *table("c"))

    assert versions(place.up()) == [C, A]


def test_a_changed_file_stops_everything_until_it_is_repaired(place):
    three(place)
    place.up(to=B)
    file = place.write(A, *table("other"))

    with pytest.raises(HistoryError, match=f"changed: {A}") as caught:
        place.up()
    with pytest.raises(HistoryError):
        place.down()

    assert caught.value.where == str(file)
    assert "toasty migrate:repair" in (caught.value.hint or "")
    assert api.repair(place.project()) == (f"Accepted the changed file of {A}",)
    assert versions(place.up()) == [C]


def test_a_reformatted_file_is_no_changed_file(place):
    three(place)
    place.up(to=B)
    file = place.folder / f"{A}.py"
    file.write_text("# a comment\n\n" + file.read_text().replace('"', "'"))

    assert versions(place.up()) == [C]


def test_an_applied_file_that_is_missing_is_a_notice_for_up_and_an_error_for_its_down(place):
    three(place)
    place.up(to=B)
    (place.folder / f"{B}.py").unlink()

    report = place.up()

    assert report.notices == (f"{B} is applied, but its file is missing",)
    assert versions(place.down()) == [C]
    with pytest.raises(HistoryError, match=f"{B} is applied, but its file is missing"):
        place.down()


def test_down_to_a_version_is_not_stopped_by_a_file_missing_before_it(place):
    three(place)
    place.up()
    (place.folder / f"{A}.py").unlink()

    assert versions(place.down(to=C)) == []
    assert versions(place.down(to=B)) == [C]


def test_an_irreversible_migration_stops_down_before_anything_changes(place):
    three(place)
    place.write(B, "db.run(print)", 'db.irreversible("the rows are gone")')
    place.up()

    with pytest.raises(Irreversible, match=f"{B} cannot be reverted: the rows are gone"):
        place.down(count=2)

    assert place.row(C).state is JournalState.APPLIED


def test_a_later_migration_that_does_not_compile_stops_the_first_one_too(place):
    three(place)
    file = place.write(C, 'db.create_index("c", IndexDef("i", ["id"]))\ndb.execute_sql("x")')

    with pytest.raises(SchemaError, match="there is no table 'c'") as caught:
        place.up()

    assert caught.value.where == f"{file}:7"
    assert not place.file.exists()


def test_what_the_backend_cannot_do_is_named_with_its_line(place):
    file = place.write(A, table("a")[0] + '\ndb.execute_sql("x")')

    with pytest.raises(Unsupported, match="a shelf cannot execute SQL") as caught:
        place.up()

    assert caught.value.where == f"{file}:8"
    assert not place.file.exists()


def test_what_is_for_other_backends_is_left_out_but_its_state_counts(place):
    state = "CreateTable(TableDef('a', [ColumnDef('id', 'Integer')]))"
    place.write(A, f'db.execute_sql("x", only=["sqlite"], state=[{state}])')
    place.write(B, 'db.create_index("a", IndexDef("i", ["id"]))')

    steps = api.plan(place.project()).steps

    assert [str(s) for step in steps for s in step.statements] == ["index a i"]


def test_each_way_back_is_compiled_against_the_schema_as_it_was_then(place):
    place.write(A, *table("a"))
    place.write(
        B,
        'db.add_column("a", ColumnDef("x", "String", nullable=True))',
        'db.drop_column("a", "x")',
    )
    place.write(
        C,
        'db.drop_column("a", "x")\ndb.create_index("a", IndexDef("i", ["id"]))',
        'db.drop_index("a", "i")\ndb.add_column("a", ColumnDef("x", "String", nullable=True))',
    )
    place.up()
    before = place.content()["tables"]

    place.down(count=None)
    place.up()

    assert place.content()["tables"] == before


def test_a_schema_that_cannot_be_folded_for_want_of_a_file_names_that_file(place):
    three(place)
    place.up()
    (place.folder / f"{C}.py").unlink()
    place.write("20250104_000000_d", 'db.create_index("c", IndexDef("i", ["id"]))')

    with pytest.raises(HistoryError, match=f"there is no table 'c', and the file .* missing: {C}"):
        place.up()


def test_a_function_that_leaves_the_program_is_an_error(place):
    place.write(A, "db.run(lambda live: __import__('sys').exit(0))")

    with pytest.raises(StatementFailed, match="SystemExit: 0") as caught:
        place.up()

    assert f"{A}.py" in (caught.value.where or "")
    assert place.row(A).state is JournalState.FAILED
