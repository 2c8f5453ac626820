"""A small project in a folder, driven through the installed `toasty` as a user does."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from attrs import frozen

TOASTY = str(Path(sys.executable).with_name("toasty"))

FIRST = '''
"""The models."""

from toasty_core import field, key, model


@model
class User:
    id: int = key(auto=True)
    name: str
'''

SECOND = FIRST + "    bio: str | None = None\n"


@frozen
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    def is_one_clear_error(self, *words: str) -> bool:
        """A non-zero exit, one error that says these words, and no traceback."""
        text = self.err
        errors = [line for line in text.splitlines() if line.startswith("Error:")]
        clear = len(errors) == 1 and "Traceback" not in text + self.out
        return self.code != 0 and clear and all(word in text for word in words)


@frozen
class Shop:
    """A project: its folder and the URL of its database."""

    folder: Path
    url: str = "sqlite:shop.db"

    @property
    def migrations(self) -> Path:
        return self.folder / "migrations"

    def models(self, text: str) -> None:
        """Puts `models.py` in place."""
        (self.folder / "models.py").write_text(text)

    def toasty(self, *arguments: str, stdin: str = "", url: str | None = None) -> Outcome:
        """Runs one command, without a terminal."""
        done = subprocess.run(
            [TOASTY, *arguments],
            cwd=self.folder,
            env=self.environment(url),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def environment(self, url: str | None = None) -> dict[str, str]:
        known = {k: v for k, v in os.environ.items() if not k.startswith("TOASTY_")}
        return {
            **known,
            "TOASTY_URL": url or self.url,
            "TOASTY_MODELS": "models",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts one command in a process group of its own, for a signal later."""
        return subprocess.Popen(
            [TOASTY, *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def works(self, *arguments: str) -> Outcome:
        """Runs one command that must succeed."""
        outcome = self.toasty(*arguments)
        assert outcome.code == 0, outcome
        return outcome

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Asks the database itself."""
        connection = sqlite3.connect(self.folder / "shop.db")
        try:
            rows = connection.execute(sql).fetchall()
            connection.commit()
        finally:
            connection.close()
        return rows

    def files(self) -> dict[str, bytes]:
        """Everything in the migrations folder, to see that nothing changed."""
        found = self.migrations.rglob("*") if self.migrations.is_dir() else []
        return {str(path): path.read_bytes() for path in sorted(found) if path.is_file()}


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C, as a terminal sends it."""
    os.killpg(process.pid, signal.SIGINT)
