"""`migrate:repair`, `migrate:baseline` and `migrate:resolve`."""

from __future__ import annotations

import sqlite3

import pytest

from .users_project import ADD_EMAIL, FIRST, SECOND, URL, columns


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


def test_an_applied_migration_whose_file_is_gone_for_good_is_forgotten_when_asked(project):
    project.run("migrate:up", *URL)
    (project.folder / "migrations" / f"{SECOND}.py").unlink()

    assert project.run("migrate:repair", *URL).out == "Nothing to repair.\n"
    forgot = project.run("migrate:repair", "--forget-missing", *URL)
    assert forgot.out == f"Forgot {SECOND}, whose file is missing\n"
    assert project.run("migrate:status", *URL).out.endswith("1 applied, 0 pending\n")
