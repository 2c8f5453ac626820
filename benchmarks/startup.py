"""What a command costs before it does anything: `--help`, `migrate:status`, an `up` with nothing to do."""

from __future__ import annotations

from pathlib import Path

from measure import Command, Row, compare, python, run_once, toasty
from projects import migrations

APPLIED = 1000
URL = "sqlite:app.db"


def rows(folder: Path) -> list[Row]:
    """The start-up figures."""
    migrations(folder, APPLIED)
    run_once(Command("up", toasty("migrate:up", "--url", URL), folder))
    bare = Command("bare", python("bare_status.py"), folder)
    status = Command("status", toasty("migrate:status", "--url", URL), folder)
    nothing = Command("up", toasty("migrate:up", "--url", URL), folder)
    return [
        compare(
            "--help / (python -c pass + click)",
            Command("help", toasty("--help"), folder),
            Command("click", python("-c", "import click"), folder),
            None,
        ),
        compare(
            "--help / python -c pass (goal: 4, click's import on top)",
            Command("help", toasty("--help"), folder),
            Command("pass", python("-c", "pass"), folder),
            None,
        ),
        compare(f"migrate:status, {APPLIED} applied / bare sqlite3", status, bare, 3.0),
        compare(f"migrate:up, nothing to do, {APPLIED} applied / bare", nothing, bare, 3.0),
    ]
