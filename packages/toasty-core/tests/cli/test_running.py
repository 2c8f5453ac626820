"""The commands that run, plan and inspect, on SQLite: the words of the guide and the exit codes."""

from __future__ import annotations

import re
import sqlite3

import pytest

URL = ("--url", "sqlite:mydb.db")

FIRST = "20250117_110000_create_users"
SECOND = "20250117_120000_add_user_email"

CREATE_USERS = """
from toasty_core import ColumnDef, Migration, TableDef


class CreateUsers(Migration):
    version = "20250117_110000_create_users"

    def up(self, db):
        db.create_table(
            TableDef(
                name="users",
                columns=[
                    ColumnDef(name="id", type="Integer", auto=True),
                    ColumnDef(name="name", type="String"),
                ],
                primary_key=["id"],
            )
        )

    def down(self, db):
        db.drop_table("users")
"""

ADD_EMAIL = """
from toasty_core import ColumnDef, IndexDef, Migration


class AddUserEmail(Migration):
    version = "20250117_120000_add_user_email"

    def up(self, db):
        db.add_column("users", ColumnDef(name="email", type="String", nullable=True))
        db.create_index("users", IndexDef(name="idx_users_email", columns=["email"], unique=True))

    def down(self, db):
        db.drop_index("users", "idx_users_email")
        db.drop_column("users", "email")
"""


@pytest.fixture
def project(workspace):
    """Two migrations, none of them applied."""
    workspace.write(f"migrations/{FIRST}.py", CREATE_USERS)
    workspace.write(f"migrations/{SECOND}.py", ADD_EMAIL)
    return workspace


def columns(project) -> list[str]:
    with sqlite3.connect(project.folder / "mydb.db") as connection:
        found = connection.execute("SELECT name FROM pragma_table_info('users')").fetchall()
    connection.close()
    return [name for (name,) in found]


def test_up_prints_what_the_guide_shows(project):
    project.run("migrate:up", *URL, "--count", "1")

    assert project.run("migrate:up", *URL) == (
        0,
        f"Applying migration: {SECOND}\n  ✅ Applied: {SECOND}\n\n✅ Applied 1 migration(s)\n",
        "",
    )
    assert columns(project) == ["id", "name", "email"]


def test_the_command_line_of_the_guide_works_as_it_is_written(project):
    done = project.shell('toasty migrate:up --url "sqlite:mydb.db"')

    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("✅ Applied 2 migration(s)\n")


def test_signs_are_ascii_where_the_terminal_knows_no_others(project):
    done = project.shell('toasty migrate:up --url "sqlite:mydb.db"', PYTHONIOENCODING="ascii")

    assert done.out.splitlines()[1] == f"  [ok] Applied: {FIRST}"
    assert done.out.endswith("[ok] Applied 2 migration(s)\n")


def test_up_with_nothing_to_do_is_one_line(project):
    project.run("migrate:up", *URL)

    assert project.run("migrate:up", *URL) == (
        0,
        "Nothing to apply: the database is up to date.\n",
        "",
    )


def test_a_reader_who_leaves_does_not_stop_the_work(project):
    done = project.shell(
        "bash -c 'toasty migrate:up --url sqlite:mydb.db | head -n 1; echo ${PIPESTATUS[0]}'"
    )

    assert done.out == f"Applying migration: {FIRST}\n0\n"
    assert columns(project) == ["id", "name", "email"]


def test_up_stops_where_it_is_told(project):
    done = project.run("migrate:up", *URL, "--to", "20250117_11")

    assert done.out.endswith("Applied 1 migration(s)\n")
    assert columns(project) == ["id", "name"]


def test_up_as_json(project):
    done = project.run("migrate:up", *URL, "--json")

    assert (done.code, done.err) == (0, "")
    assert done.json["direction"] == "up"
    assert [step["version"] for step in done.json["done"]] == [FIRST, SECOND]
    assert all(step["seconds"] >= 0 for step in done.json["done"])


def test_down_reverts_the_last_one(project):
    project.run("migrate:up", *URL)

    assert project.run("migrate:down", *URL) == (
        0,
        f"Reverting migration: {SECOND}\n  ✅ Reverted: {SECOND}\n\n✅ Reverted 1 migration(s)\n",
        "",
    )
    assert columns(project) == ["id", "name"]


@pytest.mark.parametrize("words", [["--count", "5"], ["--count", "2"]])
def test_down_reverts_as_many_as_it_is_told(project, words):
    project.run("migrate:up", *URL)

    assert project.run("migrate:down", *URL, *words).out.endswith("Reverted 2 migration(s)\n")
    assert columns(project) == []


def test_down_to_a_version_keeps_it(project):
    project.run("migrate:up", *URL)

    assert project.run("migrate:down", *URL, "--to", FIRST).out.endswith(
        "Reverted 1 migration(s)\n"
    )


def test_down_with_nothing_to_do_is_one_line(project):
    assert project.run("migrate:down", *URL).out == "Nothing to revert: no migration is applied.\n"
    project.run("migrate:up", *URL)
    kept = project.run("migrate:down", "--to", SECOND, *URL)
    assert kept.out == f"Nothing to revert: nothing is applied after {SECOND}.\n"


def test_status_is_a_table_and_a_count(project):
    project.run("migrate:up", *URL, "--count", "1")
    shown = project.run("migrate:status", *URL)

    assert shown.code == 0
    head, first, second, gap, summary = shown.out.splitlines()
    assert head.split() == ["version", "state", "applied", "at"]
    assert re.fullmatch(rf"{FIRST} +applied +\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", first)
    assert second.split() == [SECOND, "pending", "-"]
    assert gap == ""
    assert summary == "1 applied, 1 pending"


def test_status_without_migrations(workspace):
    assert workspace.run("migrate:status", *URL).out == "No migrations yet.\n"


def test_status_checks_if_it_is_asked_to(project):
    assert project.run("migrate:status", *URL, "--check").code == 3
    project.run("migrate:up", *URL)
    assert project.run("migrate:status", *URL, "--check").code == 0


def test_status_as_json(project):
    project.run("migrate:up", *URL, "--count", "1")
    found = project.run("migrate:status", *URL, "--json").json

    assert found["pending"] == 1
    assert [entry["state"] for entry in found["migrations"]] == ["applied", "pending"]
    assert found["migrations"][0]["version"] == FIRST
    assert found["migrations"][0]["applied_at"].endswith("+00:00")
    assert found["locked_by"] is None


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


def test_no_url_is_a_usage_error(project):
    failed = project.run("migrate:up")

    assert failed.code == 2
    assert "--url" in failed.err


def test_the_url_may_be_a_variable_or_a_setting(project, monkeypatch):
    project.write("toasty.toml", 'url = "sqlite:setting.db"')
    project.run("migrate:up")
    monkeypatch.setenv("TOASTY_URL", "sqlite:variable.db")
    project.run("migrate:up")

    assert (project.folder / "setting.db").exists()
    assert (project.folder / "variable.db").exists()


def test_a_password_in_a_url_for_nobody_is_not_shown(project):
    failed = project.run("migrate:up", "--url", "nosuchdb://ann:s3cret@host/db")

    assert failed.code == 2
    assert "s3cret" not in failed.out + failed.err


def test_an_edited_file_is_refused_until_it_is_accepted(project):
    project.run("migrate:up", *URL)
    assert project.run("migrate:repair", *URL).out == "Nothing to repair.\n"
    project.write(f"migrations/{SECOND}.py", ADD_EMAIL.replace("nullable=True", "nullable=False"))

    failed = project.run("migrate:up", *URL)
    assert failed.code == 1
    assert "toasty migrate:repair" in failed.err
    assert project.run("migrate:repair", *URL) == (
        0,
        f"Accepted the changed file of {SECOND}\n",
        "",
    )
    assert project.run("migrate:up", *URL).code == 0


def test_baseline_marks_without_running(project):
    marked = project.run("migrate:baseline", FIRST, *URL)

    assert (marked.code, marked.out) == (0, f"Marked as applied: {FIRST}\n")
    assert columns(project) == []
    assert project.run("migrate:baseline", *URL, "--json").json == {
        "changes": [f"Marked as applied: {SECOND}"]
    }
    assert project.run("migrate:baseline", *URL).out == "Nothing to mark.\n"


def test_resolve_needs_one_of_two_answers(project):
    for words in ([], ["--applied", "--reverted"]):
        failed = project.run("migrate:resolve", FIRST, *URL, *words)
        assert failed.code == 2
        assert "--applied" in failed.err


def test_resolve_refuses_what_is_not_half_way(project):
    failed = project.run("migrate:resolve", FIRST, *URL, "--applied")

    assert failed.code == 2
    assert "nothing to resolve" in failed.err


@pytest.mark.parametrize(("word", "state"), [("applied", "applied"), ("reverted", "pending")])
def test_resolve_settles_a_crashed_migration(project, word, state):
    project.run("migrate:up", *URL)
    with sqlite3.connect(project.folder / "mydb.db") as connection:
        connection.execute(
            "UPDATE toasty_migrations SET state = 'running', done = 1, statement = 'x'"
            " WHERE version = ?",
            (SECOND,),
        )
    connection.close()

    settled = project.run("migrate:resolve", SECOND, *URL, f"--{word}")
    assert (settled.code, settled.out) == (0, f"Recorded as {word}: {SECOND}\n")
    found = project.run("migrate:status", *URL, "--json").json["migrations"]
    assert found[1]["state"] == state


def test_drift_is_listed_and_exits_with_3(project):
    project.run("migrate:up", *URL)
    assert project.run("schema:drift", *URL) == (0, "✅ No drift.\n", "")
    with sqlite3.connect(project.folder / "mydb.db") as connection:
        connection.execute("ALTER TABLE users ADD COLUMN extra TEXT")
    connection.close()

    found = project.run("schema:drift", *URL)
    assert found.code == 3
    assert "  add column users.extra\n" in found.out
    as_json = project.run("schema:drift", *URL, "--json")
    assert as_json.code == 3
    assert as_json.json["drift"][0]["kind"] == "add_column"


@pytest.mark.parametrize("live", [[], ["--live", *URL]])
def test_the_schema_is_shown_in_words(project, live):
    project.run("migrate:up", *URL)
    shown = project.run("schema:show", *live)

    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0] == "users"
    assert lines[1].split() == ["id", "Integer", "not", "null,", "auto"]
    assert lines[3].split() == ["email", "String", "null"]
    assert "  primary key (id)" in lines
    assert "  unique index idx_users_email (email)" in lines


def test_the_schema_of_an_unknown_table(project):
    failed = project.run("schema:show", "user")

    assert failed.code == 1
    assert "did you mean 'users'?" in failed.err


def test_the_schema_as_json_is_the_snapshot(project):
    assert [table["name"] for table in project.run("schema:show", "--json").json["tables"]] == [
        "users"
    ]


def test_the_snapshot_is_written_anew(project):
    assert project.run("schema:rebuild").out == "Wrote migrations/.schema.json\n"
    assert (project.folder / "migrations" / ".schema.json").exists()


def test_check_says_what_does_not_agree(project):
    project.run("schema:rebuild")
    project.write(f"migrations/{SECOND}.py", "this is no Python")
    found = project.run("migrate:check")

    assert found.code == 3
    assert f"{SECOND}.py" in found.err


def test_check_says_what_is_pending(project):
    project.run("schema:rebuild")
    assert project.run("migrate:check") == (0, "✅ All agrees.\n", "")
    found = project.run("migrate:check", *URL)

    assert found.code == 3
    assert found.out == f"Pending migrations:\n  {FIRST}\n  {SECOND}\n"
    assert project.run("migrate:check", *URL, "--json").json == {
        "findings": [],
        "pending_changes": [],
        "pending_migrations": [FIRST, SECOND],
    }


def test_backends_are_listed(workspace):
    shown = workspace.run("backends", "sqlite")

    assert shown.code == 0
    assert shown.out.splitlines()[1].split() == ["sqlite", "sqlite", "toasty-sqlite", "0.1.0"]


def test_features_of_a_backend_come_with_reasons(workspace):
    shown = workspace.run("backends", "sqlite", "--features")
    found = workspace.run("backends", "sqlite", "--json").json["backends"][0]

    assert "transactional ddl" in shown.out
    assert found["features"]["transactional_ddl"] == "native"
    assert all(found["reasons"].values())


def test_an_unknown_backend_gets_the_nearest_one(workspace):
    failed = workspace.run("backends", "sqlit")

    assert failed.code == 2
    assert "did you mean 'sqlite'?" in failed.err


def test_an_applied_migration_whose_file_is_gone_for_good_is_forgotten_when_asked(project):
    project.run("migrate:up", *URL)
    (project.folder / "migrations" / f"{SECOND}.py").unlink()

    assert project.run("migrate:repair", *URL).out == "Nothing to repair.\n"
    forgot = project.run("migrate:repair", "--forget-missing", *URL)
    assert forgot.out == f"Forgot {SECOND}, whose file is missing\n"
    assert project.run("migrate:status", *URL).out.endswith("1 applied, 0 pending\n")
