"""`migrate:generate` and `migrate:new`: what is written, asked and said."""

from __future__ import annotations

import json
import os
import re

import pytest

FIRST_MODELS = """
from toasty_core import key, model


@model
class User:
    id: int = key(auto=True)
    email: str
"""

RENAMED = FIRST_MODELS.replace("email: str", "mail: str")


@pytest.fixture
def project(workspace):
    """A project whose first migration makes `users (id, email)`."""
    workspace.write("pyproject.toml", '[tool.toasty]\nmodels = "shop.py"\nurl = "sqlite:a.db"\n')
    workspace.write("shop.py", FIRST_MODELS)
    assert workspace.run("migrate:generate", "-m", "create users").code == 0
    return workspace


def newest(project) -> str:
    files = sorted((project.folder / "migrations").glob("2*.py"))
    return files[-1].read_text(encoding="utf-8")


def count(project) -> int:
    return len(list((project.folder / "migrations").glob("2*.py")))


def test_the_command_line_of_the_guide_makes_a_file_of_that_name(workspace):
    workspace.write("app/models.py", FIRST_MODELS)
    workspace.write("pyproject.toml", '[tool.toasty]\nmodels = "app.models"\n')
    done = workspace.shell('toasty migrate:generate --message "add email to users"')

    assert (done.code, done.err) == (0, "")
    first, *rest = done.out.splitlines()
    assert re.fullmatch(r"Created migrations/\d{8}_\d{6}_add_email_to_users\.py", first)
    assert rest == ["", "Additive (safe):", "  ✅ create table users"]
    assert (workspace.folder / first.removeprefix("Created ")).exists()


def test_the_folder_may_be_another_one(workspace):
    workspace.write("shop.py", FIRST_MODELS)
    workspace.write("toasty.toml", 'models = "shop"')
    done = workspace.shell('toasty migrate:generate --dir custom/migrations --message "add field"')

    assert done.code == 0
    assert done.out.startswith("Created custom/migrations/2")


def test_nothing_changed(project):
    done = project.run("migrate:generate", "-m", "again")

    assert done == (0, "No changes detected\n", "")
    assert count(project) == 1


def test_changes_stand_under_the_headings_of_the_guide(project):
    project.write("shop.py", FIRST_MODELS.replace("email: str", "age: int | None = None"))
    done = project.run("migrate:generate", "-m", "age", "--no-renames")

    assert done.code == 0
    assert done.out.partition("\n\n")[2] == (
        "Additive (safe):\n"
        "  ✅ add column users.age\n"
        "Destructive (requires caution):\n"
        "  ⚠️ drop column users.email (data loss)\n"
    )


def test_an_open_value_is_said_and_is_no_error(project):
    project.write("shop.py", FIRST_MODELS + "    city: str\n")
    done = project.run("migrate:generate", "-m", "city")

    assert done.code == 0
    assert "⚠️ users.city must not be null and has no default" in done.out
    assert "--fill users.city=VALUE" in done.out


@pytest.mark.parametrize(
    ("fill", "written"),
    [("users.city=Rome", "fill='Rome'"), ("users.city=expr:lower(email)", "lower(email)")],
)
def test_a_value_for_rows_that_exist(project, fill, written):
    project.write("shop.py", FIRST_MODELS + "    city: str\n")
    done = project.run("migrate:generate", "-m", "city", "--fill", fill)

    assert done.code == 0
    assert "⚠️" not in done.out
    assert written in newest(project).replace('"', "'")


@pytest.mark.parametrize("fill", ["city=Rome", "users.town=Rome", "users.age=old", "users.city"])
def test_a_value_that_does_not_fit_is_refused(project, fill):
    project.write("shop.py", FIRST_MODELS + "    city: str\n    age: int\n")
    failed = project.run("migrate:generate", "-m", "city", "--fill", fill)

    assert failed.code == 2
    assert count(project) == 1


def test_a_possible_rename_is_a_question_and_nothing_is_written(project):
    project.write("shop.py", RENAMED)
    asked = project.run("migrate:generate", "-m", "mail")

    assert asked.code == 3
    assert asked.err.startswith("Error: 1 question(s) about renames")
    question = asked.json[0]
    assert (question["question"], question["table"], question["old"]) == (
        "rename",
        "users",
        "email",
    )
    assert question["candidates"][0]["new"] == "mail"
    assert question["answer"] is None
    assert count(project) == 1


@pytest.mark.parametrize(
    ("answer", "operation"),
    [("mail", "rename column users.email to mail"), (False, "drop column users.email (data loss)")],
)
@pytest.mark.parametrize("stdin", [True, False])
def test_the_questions_are_taken_back_filled_in(project, answer, operation, stdin):
    project.write("shop.py", RENAMED)
    questions = project.run("migrate:generate", "-m", "mail").json
    questions[0]["answer"] = answer
    project.write("answers.json", json.dumps(questions))

    source = "- < answers.json" if stdin else "answers.json"
    done = project.shell(f"toasty migrate:generate -m mail --answers {source}")
    assert (done.code, done.err) == (0, "")
    assert operation in done.out


def test_a_rename_is_told_by_an_option(project):
    project.write("shop.py", RENAMED)
    done = project.run("migrate:generate", "-m", "mail", "--rename", "users.email=users.mail")

    assert done.code == 0
    assert "rename_column" in newest(project)
    assert project.run("migrate:generate", "-m", "mail").out == "No changes detected\n"


@pytest.mark.parametrize("rename", ["users.email", "users.emial=users.mail", "=x"])
def test_a_rename_that_cannot_be_is_refused(project, rename):
    project.write("shop.py", RENAMED)
    failed = project.run("migrate:generate", "-m", "mail", "--rename", rename)

    assert failed.code == 2
    assert count(project) == 1


@pytest.mark.parametrize("content", [None, b"no json", b"\xff"])
def test_answers_that_cannot_be_read(project, content):
    project.write("shop.py", RENAMED)
    if content is not None:
        project.write("answers.json", "").write_bytes(content)
    failed = project.run("migrate:generate", "-m", "mail", "--answers", "answers.json")

    assert failed.code == 2
    assert "answers.json" in failed.err


def test_a_dry_run_prints_the_file_and_writes_nothing(project):
    before = sorted(os.listdir(project.folder / "migrations"))
    project.write("shop.py", FIRST_MODELS + "    city: str | None = None\n")
    done = project.run("migrate:generate", "-m", "city", "--dry-run")

    assert done.code == 0
    assert done.out.startswith("Would create migrations/2")
    assert 'db.add_column("users"' in done.out
    assert sorted(os.listdir(project.folder / "migrations")) == before


def test_json(project):
    project.write("shop.py", FIRST_MODELS + "    city: str\n")
    made = project.run("migrate:generate", "-m", "city", "--json").json

    assert made["created"] is True
    assert made["path"] == f"migrations/{made['version']}.py"
    assert made["operations"][0]["describe"] == "add column users.city"
    assert made["operations"][0]["category"] == "additive"
    assert made["open_fills"] == ["users.city"]
    assert project.run("migrate:generate", "-m", "city", "--json").json["created"] is False


def test_a_baseline_is_the_first_migration_or_none(project):
    failed = project.run("migrate:generate", "-m", "all", "--baseline")

    assert failed.code == 2
    assert count(project) == 1


def test_without_models_it_says_how_to_name_them(workspace):
    failed = workspace.run("migrate:generate", "-m", "x")

    assert failed.code == 2
    assert "--models" in failed.err


def test_an_unknown_module_is_one_clear_error(workspace):
    failed = workspace.run("migrate:generate", "-m", "x", "--models", "no.such_module")

    assert failed.code in (1, 2)
    assert "no.such_module" in failed.err or "'no'" in failed.err
    assert "Traceback" not in failed.err


def test_models_are_found_from_a_folder_below(project, monkeypatch):
    below = project.folder / "deep" / "down"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)

    assert project.run("migrate:generate", "-m", "again").out == "No changes detected\n"
    project.write("shop.py", FIRST_MODELS + "    city: str | None = None\n")
    assert project.run("migrate:generate", "-m", "city").code == 0
    assert count(project) == 2


def test_new_writes_an_empty_migration(project):
    done = project.run("migrate:new", "--message", "fill in / by hand..")

    assert done.code == 0
    assert re.fullmatch(r"Created migrations/\d{8}_\d{6}_fill_in_by_hand\.py\n", done.out)
    assert "def up(" in newest(project)
    assert project.run("migrate:generate", "-m", "again").out == "No changes detected\n"


def test_answers_of_two_rounds_are_given_together(project):
    project.write("shop.py", RENAMED.replace("@model", '@model(table="people")'))
    first = project.run("migrate:generate", "-m", "mail", "--rename", "users=people", "--json")
    [rename, fill] = json.loads(first.out)
    assert (rename["old"], fill["column"]) == ("email", "mail")
    table = {"question": "rename", "kind": "table", "table": None, "old": "users"}
    answer = {"candidates": [{"new": "people", "score": 1}], "answer": "people"}
    project.write("one.json", json.dumps([table | answer]))
    project.write("two.json", json.dumps([rename | {"answer": "mail"}, fill]))

    again = ("--answers", "one.json", "--answers", "two.json")
    assert project.run("migrate:generate", "-m", "mail", *again).code == 0
    assert 'db.rename_table("users", "people")' in newest(project)
    assert 'db.rename_column("people", "email", "mail")' in newest(project)


def test_an_answer_for_a_column_that_is_not_there_is_refused(project):
    fill = {"question": "fill", "table": "users", "column": "mial", "type": "String", "answer": "x"}
    project.write("shop.py", FIRST_MODELS + "    mail: str\n")
    project.write("answers.json", json.dumps([fill]))

    failed = project.run("migrate:generate", "-m", "mail", "--answers", "answers.json")
    assert failed.code == 2
    assert "no column 'users.mial'" in failed.err
    assert count(project) == 1
