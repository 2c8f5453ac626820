"""The process `toasty`: it ends at once where only our own code has run, and nothing is lost by that."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUN = """
import atexit, sys, threading
from toasty_core.__main__ import run

class Apart:
    def __del__(self):
        print("taken apart")

here = Apart()
sys.argv[0] = "toasty"
{before}
run()
"""

MIGRATION = """
import builtins
from toasty_core import Migration

builtins.kept = open("kept.txt", "w")
builtins.kept.write("all of it")


class First(Migration):
    version = "20250101_000000_first"

    def up(self, db):
        db.execute_sql("SELECT 1")

    def down(self, db):
        db.execute_sql("SELECT 1")
"""


@pytest.fixture
def process(tmp_path):
    """Runs `toasty` as a process, after a few lines of Python."""

    def run(*words, before=""):
        command = [sys.executable, "-c", RUN.format(before=before), *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")

    return run


def test_nothing_is_taken_apart_when_only_our_code_has_run(process):
    done = process("--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("toasty ")
    assert "taken apart" not in done.stdout


@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), (["--nope"], 2)])
def test_the_exit_code_is_the_command_s(process, words, code):
    assert process(*words).returncode == code


def test_what_others_asked_to_be_called_at_the_end_is_called(process):
    done = process("--version", before="atexit.register(print, 'goodbye')")

    assert done.stdout.endswith("goodbye\n")


def test_a_thread_is_waited_for(process):
    done = process("--version", before="threading.Timer(0.3, print, ['done']).start()")

    assert "done\n" in done.stdout


def test_a_file_that_a_migration_left_open_is_written(process, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "20250101_000000_first.py").write_text(MIGRATION)
    done = process("migrate:up", "--url", "sqlite:app.db")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kept.txt").read_text() == "all of it"
    assert "taken apart" in done.stdout


def test_nothing_is_taken_apart_after_a_migration_that_left_nothing_open(process, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    lines = [line for line in MIGRATION.splitlines() if "builtins" not in line]
    (folder / "20250101_000000_first.py").write_text("\n".join(lines))
    done = process("migrate:up", "--url", "sqlite:app.db")

    assert done.returncode == 0, done.stderr
    assert "taken apart" not in done.stdout


def test_nothing_is_taken_apart_for_what_a_migration_left_closed(process, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    closed = MIGRATION.replace('("all of it")', '("all of it")\nbuiltins.kept.close()')
    (folder / "20250101_000000_first.py").write_text(closed)
    done = process("migrate:up", "--url", "sqlite:app.db")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kept.txt").read_text() == "all of it"
    assert "taken apart" not in done.stdout


def test_a_value_that_cannot_say_whether_it_is_closed_is_taken_apart(process, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    kept = ["class Kept:", "    def __del__(self):", "        print('gone')"]
    kept += ["    @property", "    def closed(self):", "        raise OSError('unclear')", ""]
    lines = [line for line in MIGRATION.splitlines() if "kept" not in line]
    at = lines.index("from toasty_core import Migration") + 1
    lines[at:at] = [*kept, "builtins.kept = Kept()"]
    (folder / "20250101_000000_first.py").write_text("\n".join(lines))
    done = process("migrate:up", "--url", "sqlite:app.db")

    assert (done.returncode, done.stderr) == (0, "")
    assert "taken apart" in done.stdout


def test_it_runs_without_a_stdout(tmp_path):
    command = f"{sys.executable} -m toasty_core --help >&-"
    done = subprocess.run(command, shell=True, cwd=tmp_path, stderr=subprocess.PIPE)

    assert (done.returncode, done.stderr) == (0, b"")
