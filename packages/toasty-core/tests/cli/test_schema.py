"""`schema:drift`, `schema:show`, `schema:rebuild`, and `migrate:check`."""

from __future__ import annotations

import sqlite3

import pytest

from .users_project import FIRST, SECOND, URL


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
