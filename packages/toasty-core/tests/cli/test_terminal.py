"""On a real terminal: questions with their defaults, colours, tables; stdout keeps only the results."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty")

MODELS = """
from toasty_core import key, model


@model
class User:
    id: int = key(auto=True)
    email: str
"""
LIMIT = 30.0


class Terminal:
    """A command on a pseudo-terminal, answered as it asks."""

    def __init__(self, project, *words: str) -> None:
        self.shown = ""
        self._outer, inner = pty.openpty()
        environ = {**os.environ, "TERM": "xterm", "COLUMNS": "200"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "toasty_core", *words],
            cwd=project.folder,
            env=environ,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, and type an answer."""
        seen = len(self.shown)
        while question not in self.shown[seen:]:
            assert self._read(), f"{question!r} was not asked in {self.shown!r}"
        os.write(self._outer, text.encode() + b"\n")

    def end(self) -> int:
        """The exit code, when all output is read."""
        while self._read():
            continue
        os.close(self._outer)
        return self._process.wait(timeout=LIMIT)

    def _read(self) -> bool:
        deadline = time.monotonic() + LIMIT
        ready, _, _ = select.select([self._outer], [], [], max(deadline - time.monotonic(), 0))
        assert ready, f"nothing more was shown after {self.shown!r}"
        try:
            part = os.read(self._outer, 65536)
        except OSError:  # the other side is closed
            return False
        self.shown += part.decode()
        return bool(part)

    @property
    def text(self) -> str:
        """What was shown, without colours and as a file would have it."""
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", self.shown).replace("\r\n", "\n")


@pytest.fixture
def project(workspace):
    """A project whose first migration makes `users (id, email)`, applied."""
    workspace.write("pyproject.toml", '[tool.toasty]\nmodels = "shop.py"\nurl = "sqlite:a.db"\n')
    workspace.write("shop.py", MODELS)
    assert workspace.run("migrate:generate", "-m", "create users").code == 0
    assert workspace.run("migrate:up").code == 0
    return workspace


def newest(project) -> str:
    files = sorted((project.folder / "migrations").glob("2*.py"))
    return files[-1].read_text(encoding="utf-8")


def test_a_rename_is_asked_for_with_its_likeness(project):
    project.write("shop.py", MODELS.replace("email", "mail"))
    terminal = Terminal(project, "migrate:generate", "-m", "mail")
    terminal.answer("Its number, or no [no]:", "1")

    assert terminal.end() == 0
    assert "The column users.email is gone. Is it one of the new ones, renamed?\n" in terminal.text
    assert re.search(r"  1  users\.mail  \(\d\d% alike\)\n", terminal.text)
    assert "rename_column" in newest(project)


def test_the_answer_is_no_unless_somebody_says_otherwise_and_a_value_may_stay_open(project):
    project.write("shop.py", MODELS.replace("email", "mail"))
    terminal = Terminal(project, "migrate:generate", "-m", "mail")
    terminal.answer("Its number, or no [no]:", "")
    terminal.answer("or nothing to write it later", "")

    assert terminal.end() == 0
    assert "drop_column" in newest(project)
    assert "users.mail must not be null and has no default" in terminal.text


def test_a_wrong_answer_is_asked_again(project):
    project.write("shop.py", MODELS + "    age: int\n")
    terminal = Terminal(project, "migrate:generate", "-m", "age")
    terminal.answer("Value (Integer)", "old")
    terminal.answer("Value (Integer)", "18")

    assert terminal.end() == 0
    assert "'old' is no value for users.age" in terminal.text
    assert "fill=18" in newest(project)


def test_what_an_option_answers_is_not_asked(project):
    project.write("shop.py", MODELS.replace("email", "mail"))
    terminal = Terminal(
        project, "migrate:generate", "-m", "mail", "--rename", "users.email=users.mail"
    )

    assert terminal.end() == 0
    assert "Its number" not in terminal.text


def test_ctrl_c_at_a_question_writes_nothing(project):
    project.write("shop.py", MODELS.replace("email", "mail"))
    before = sorted(os.listdir(project.folder / "migrations"))
    terminal = Terminal(project, "migrate:generate", "-m", "mail")
    terminal.answer("Its number", "\x04")

    assert terminal.end() in (0, 130)
    assert sorted(os.listdir(project.folder / "migrations")) == before


def test_json_never_asks(project):
    project.write("shop.py", MODELS.replace("email", "mail"))
    terminal = Terminal(project, "migrate:generate", "-m", "mail", "--json")

    assert terminal.end() == 3


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 130, 1), ("", 130, 1), ("y", 0, 0)])
def test_down_asks_before_rows_are_lost(project, answer, code, left):
    terminal = Terminal(project, "migrate:down")
    terminal.answer("Revert 1 migration(s)? [y/N]:", answer)

    assert terminal.end() == code
    assert "This loses data:\n  drop table users\n" in terminal.text
    found = project.run("migrate:status", "--json").json
    assert found["pending"] == 1 - left


def test_down_does_not_ask_twice(project):
    terminal = Terminal(project, "migrate:down", "--yes")

    assert terminal.end() == 0
    assert "[y/N]" not in terminal.text


def test_a_terminal_gets_colours_and_a_drawn_table(project):
    terminal = Terminal(project, "migrate:status")

    assert terminal.end() == 0
    assert "\x1b[" in terminal.shown
    assert re.search(r"_create_users +applied ", terminal.text)


def test_init_asks_for_what_is_not_given(workspace):
    terminal = Terminal(workspace, "init")
    terminal.answer("Where are the models", "app.models")
    terminal.answer("Which database", "sqlite:app.db")

    assert terminal.end() == 0
    settings = (workspace.folder / "toasty.toml").read_text()
    assert settings == 'models = "app.models"\ndir = "migrations"\nurl = "sqlite:app.db"\n'
