"""What tests of migration files need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from toasty_core.migrations import Direction, History, MigrationFile, Recording

VERSION = "20250117_120000_sample"

HEAD = f"""\
from toasty_core import ColumnDef, IndexDef, Migration, MigrationContext


class Sample(Migration):
    version = "{VERSION}"

"""


@pytest.fixture
def record_text(tmp_path: Path) -> Callable[..., Recording]:
    """Writes a migration file and records it."""

    def record(text: str, direction: Direction = Direction.UP) -> Recording:
        file = MigrationFile.at(tmp_path / f"{VERSION}.py")
        file.path.write_text(text, encoding="utf-8")
        return History(str(tmp_path), (file,)).recording(file, direction)

    return record


@pytest.fixture
def record_body(record_text: Callable[..., Recording]) -> Callable[..., Recording]:
    """Records an `up` of these lines; the first of them is line 8 of the file."""

    def record(*lines: str) -> Recording:
        body = "\n".join(f"        {line}" for line in lines)
        down = "    def down(self, db):\n        db.irreversible('a sample')\n"
        return record_text(f"{HEAD}    def up(self, db):\n{body}\n\n{down}")

    return record
