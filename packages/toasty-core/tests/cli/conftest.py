"""A project in a folder of its own, and the command line run in it, in process and as users run it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from toasty_core.cli import main

from .users_project import ADD_EMAIL, CREATE_USERS, FIRST, SECOND


class Outcome(NamedTuple):
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one document that `--json` prints."""
        return json.loads(self.out)


class Workspace:
    """An empty folder that is the current directory, in which commands are run."""

    def __init__(self, folder: Path, capsys) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, *words: str) -> Outcome:
        """Run a command in this process, with the project's modules as they are now."""
        forget_modules(self.folder)
        self._capsys.readouterr()
        code = main(list(words))
        out, err = self._capsys.readouterr()
        return Outcome(code, out, err)

    def shell(self, line: str, **variables: str) -> Outcome:
        """Run a command line as it is written, in a shell, with the real console script."""
        scripts = str(Path(sys.executable).parent)
        path = os.pathsep.join([scripts, os.environ.get("PATH", "")])
        environ = {**os.environ, "PATH": path, **variables}
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=environ, capture_output=True, encoding="utf-8"
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file


@pytest.fixture
def workspace(tmp_path, monkeypatch, capsys):
    """A `Workspace` without any `TOASTY_*` variable, and imports of its modules undone at the end."""
    for name in [name for name in os.environ if name.startswith(("TOASTY_", "_TOASTY"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    yield Workspace(folder, capsys)
    forget_modules(tmp_path)


@pytest.fixture
def project(workspace):
    """Two migrations, none of them applied."""
    workspace.write(f"migrations/{FIRST}.py", CREATE_USERS)
    workspace.write(f"migrations/{SECOND}.py", ADD_EMAIL)
    return workspace


def forget_modules(folder: Path) -> None:
    """Let the modules of a folder be imported anew."""
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
    importlib.invalidate_caches()
