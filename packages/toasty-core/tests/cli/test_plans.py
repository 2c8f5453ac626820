"""`migrate:plan`, `--dry-run` and scripts for a database's own client (`--offline`)."""

from __future__ import annotations

import pytest

from .users_project import FIRST, SECOND, URL, columns


@pytest.mark.parametrize("words", [["migrate:plan"], ["migrate:up", "--dry-run"]])
def test_a_plan_shows_statements_and_changes_nothing(project, words):
    shown = project.run(*words, *URL)

    assert shown.code == 0
    assert f"-- migration {FIRST} (up)\n" in shown.out
    assert "-- create table users\nCREATE TABLE" in shown.out
    assert "CREATE UNIQUE INDEX" in shown.out
    assert not (project.folder / "mydb.db").exists()


@pytest.mark.parametrize("words", [["migrate:plan", "--down"], ["migrate:down", "--dry-run"]])
def test_a_plan_of_the_way_back_marks_what_is_lost(project, words):
    project.run("migrate:up", *URL)
    shown = project.run(*words, *URL)

    assert shown.code == 0
    assert f"-- migration {SECOND} (down)\n" in shown.out
    assert "-- drop column users.email  -- IRREVERSIBLE: data loss\n" in shown.out
    assert FIRST not in shown.out
    assert columns(project) == ["id", "name", "email"]


@pytest.mark.parametrize(
    ("wanted", "marked"), [("BigInteger", False), ("SmallInteger", True), ("Text", False)]
)
def test_a_plan_tells_changes_of_types_that_lose_something_from_those_that_do_not(
    workspace, wanted, marked
):
    (workspace.folder / "migrations").mkdir()
    (workspace.folder / "migrations" / "20250101_000000_one.py").write_text(
        TWO_TYPES.format(wanted=wanted)
    )
    shown = workspace.run("migrate:plan", *URL)

    assert "modify column people.age (type)" in shown.out
    assert ("may lose data" in shown.out) is marked


TWO_TYPES = """
from toasty_core import *


class One(Migration):
    version = "20250101_000000_one"

    def up(self, db):
        db.create_table(TableDef("people", [ColumnDef("age", "Integer")]))
        db.modify_column("people", "age", type="{wanted}")

    def down(self, db):
        db.drop_table("people")
"""


def test_a_plan_as_json(project):
    plan = project.run("migrate:plan", *URL, "--json").json

    assert plan["direction"] == "up"
    assert [step["version"] for step in plan["steps"]] == [FIRST, SECOND]
    (part,) = plan["steps"][0]["parts"]
    assert part["operations"][0]["kind"] == "create_table"
    assert part["operations"][0]["hazard"] == "safe"
    assert part["statements"][0].startswith("CREATE TABLE")


def test_a_plan_with_nothing_to_do(workspace):
    assert workspace.run("migrate:plan", *URL).out == "Nothing to do.\n"


def test_a_plan_needs_no_database(project):
    shown = project.run("migrate:plan")

    assert shown.code == 0
    assert "-- create table users\n" in shown.out


@pytest.mark.parametrize("name", ["migrate:up", "migrate:plan"])
def test_an_offline_script_makes_the_same_database(project, name):
    script = project.run(name, "--offline", "--dialect", "sqlite")
    project.write("upgrade.sql", script.out)

    assert (script.code, script.err) == (0, "")
    assert "CREATE TABLE" in script.out
    assert "INSERT INTO toasty_migrations" in script.out
    assert SECOND not in project.run(name, "--offline", "--dialect", "sqlite", "--to", FIRST).out


def test_an_offline_script_can_begin_later(project):
    script = project.run("migrate:plan", "--offline", "--dialect", "sqlite", "--from", FIRST)

    assert "CREATE TABLE users" not in script.out
    assert SECOND in script.out


def test_a_script_that_would_need_python_is_not_begun(project):
    third = "20250103_000000_run"
    project.write(
        f"migrations/{third}.py",
        f"""
from toasty_core import Migration


class Migration_{third}(Migration):
    version = "{third}"

    def up(self, db):
        db.run(print)

    def down(self, db):
        db.run(print)
""",
    )
    failed = project.run("migrate:up", "--offline", "--dialect", "sqlite")

    assert (failed.code, failed.out) == (1, "")
    assert f"a script cannot hold migration {third}: run print" in failed.err
    assert f"--from {third}" in failed.err


def test_an_offline_script_as_json(project):
    found = project.run("migrate:plan", "--offline", "--dialect", "sqlite", "--json").json

    assert found["dialect"] == "sqlite"
    assert "CREATE TABLE" in found["script"]


@pytest.mark.parametrize("words", [["--offline"], ["--dialect", "sqlite"]])
def test_half_of_an_offline_script_is_a_usage_error(project, words):
    failed = project.run("migrate:up", *words)

    assert failed.code == 2
    assert "--dialect" in failed.err
