"""`migrate:up` and `migrate:down`: the words of the guide, and the exit codes."""

from __future__ import annotations

import pytest

from .users_project import FIRST, SECOND, URL, columns


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
