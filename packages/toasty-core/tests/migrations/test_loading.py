"""What a migration file must be, and what is said of one that is not."""

from __future__ import annotations

import sys

import pytest

from toasty_core.errors import MigrationFileError
from toasty_core.migrations import History, MigrationFile

VERSION = "20250117_120000_sample"
UP = "    def up(self, db):\n        pass\n"
DOWN = "    def down(self, db):\n        pass\n"
TOP = f"from toasty_core import Migration\nclass A(Migration):\n    version = '{VERSION}'\n"


def load(folder, text):
    file = MigrationFile.at(folder / f"{VERSION}.py")
    file.path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return History(folder, (file,)).load(file)


@pytest.mark.parametrize(
    ("text", "what", "line", "hint"),
    [
        ("def up(:\n", "this is no Python", 1, "def up(:"),
        ("return 1\n", "this is no Python: 'return' outside function", 1, ""),
        (b"x = '\xff'\n", "this is no Python", None, ""),
        ("x = '\0'\n", "this is no Python", None, ""),
        ("import toasty_core.nothing\n", "ModuleNotFoundError", 1, "toasty_core.nothing"),
        ("from toasty_core import ColumDef\n", "cannot import name", 1, "'ColumnDef'"),
        ("x = 1\n", "defines no migration", None, f"class Migration_{VERSION}(Migration)"),
        (TOP + UP + DOWN + "class B(A):\n    pass\n", "defines 2 migrations: A and B", None, "own"),
        (TOP.replace("sample", "other") + UP + DOWN, "says version = '20", None, f'"{VERSION}"'),
        (TOP.replace("version =", "name =") + UP + DOWN, "says no version", None, f'"{VERSION}"'),
        (TOP + DOWN, "has no up()", None, "def up(self, db: MigrationContext) -> None"),
        (TOP + UP, "has no down()", None, "def down(self, db: MigrationContext) -> None"),
        (TOP + UP + "    down = 3\n", "down is no function", None, "def down"),
        (TOP + UP + "    def down(self): ...\n", "down(self) takes the wrong", 6, "def down"),
        (TOP + UP + "    def down(self, db, *, x): ...\n", "down(self, db, x) takes", 6, ""),
        (TOP + UP + "    async def down(self, db): ...\n", "neither be async nor yield", 6, ""),
        (TOP + UP + "    def down(self, db): yield\n", "neither be async nor yield", 6, ""),
        (TOP + "    x = 1 / 0\n" + UP + DOWN, "ZeroDivisionError", 4, "x = 1 / 0"),
        ("import sys\nsys.exit(0)\n", "SystemExit: 0", 2, "sys.exit(0)"),
    ],
)
def test_a_file_that_defines_no_good_migration_is_an_error(tmp_path, text, what, line, hint):
    with pytest.raises(MigrationFileError) as caught:
        load(tmp_path, text)

    assert what in caught.value.what
    assert hint in (caught.value.hint or "")
    assert str(tmp_path / VERSION) in (caught.value.where or "")
    assert line is None or (caught.value.where or "").endswith(f":{line}")


def test_a_file_that_is_gone_is_an_error(tmp_path):
    file = MigrationFile.at(tmp_path / "gone.py")

    with pytest.raises(MigrationFileError, match="No such file"):
        History(tmp_path, (file,)).load(file)


def test_nothing_stays_in_sys_modules(tmp_path):
    before = set(sys.modules)
    load(tmp_path, TOP + UP + DOWN)

    assert set(sys.modules) == before


def test_a_file_may_define_dataclasses_and_import_base_classes(tmp_path):
    text = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "@dataclass\n"
        "class Row:\n"
        "    name: str\n"
    )

    assert load(tmp_path, text + TOP + UP + DOWN).version == VERSION
