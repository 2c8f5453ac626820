"""A chain of migrations up and down against a bare sqlite3 loop with the same statements and commits."""

from __future__ import annotations

import shutil
from pathlib import Path

from measure import Command, Figures, Row, compare, python, run_once, toasty
from projects import migrations

URL = "sqlite:app.db"


def rows(folder: Path) -> list[Row]:
    """Up and down of 1,000 migrations; then memory at 200 and at 2,000."""
    migrations(folder, 1000)
    return [*_up_and_down(folder), _memory(folder / "memory")]


def _up_and_down(folder: Path) -> list[Row]:
    ours, bare = folder / "app.db", folder / "bare.db"
    up = Command("up", toasty("migrate:up", "--url", URL), folder, lambda: _remove(ours))
    bare_up = Command("bare", python("bare_chain.py", "up"), folder, lambda: _remove(bare))
    first = compare("up 1,000 / bare loop that imports as many files", up, bare_up, 1.4, rounds=3)
    shutil.copy(ours, folder / "full.db")
    shutil.copy(bare, folder / "full_bare.db")
    down = Command(
        "down",
        toasty("migrate:down", "--url", URL, "--count", "1000"),
        folder,
        lambda: _copy(folder / "full.db", ours),
    )
    bare_down = Command(
        "bare",
        python("bare_chain.py", "down"),
        folder,
        lambda: _copy(folder / "full_bare.db", bare),
    )
    return [first, compare("down 1,000 / the same", down, bare_down, 1.2, rounds=3)]


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    shutil.copy(source, target)


def _memory(folder: Path) -> Row:
    """Peak memory of ten times the migrations, against one time; the column CPU holds MiB here."""
    peaks = []
    for count in (200, 2000):
        place = folder / str(count)
        migrations(place, count)
        command = Command("up", toasty("migrate:up", "--url", URL), place)
        peaks.append(run_once(command)[1])
    small, large = peaks
    work = "peak memory in MiB, up 2,000 / up 200"
    return Row(work, Figures("2000", large, large), Figures("200", small, small), 1.5)
