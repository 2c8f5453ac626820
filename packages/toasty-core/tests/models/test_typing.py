"""Type checkers understand models: `mypy --strict` accepts good code and finds what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GOOD = """
from __future__ import annotations

import datetime
import uuid
from typing import Any

from toasty_core import IndexColumn, check, field, foreign_key, index, key, model, now
from toasty_core import reference, unique


@model(abstract=True)
class Stamped:
    created: datetime.datetime = field(default=now())


@model(
    table="people",
    indexes=[index("name", IndexColumn("age", descending=True))],
    uniques=[unique("name", "age")],
    checks=[check("age >= 0")],
)
class User(Stamped):
    id: int = key(auto=True)
    name: str
    email: str = field(unique=True)
    bio: str | None = None
    age: int = 0
    extra: dict[str, Any] = field(factory=dict)

    def greet(self) -> str:
        return f"Hello {self.name}"


@model
class Line:
    order_id: int = key(init=True)
    number: int = key(init=True)
    author_id: int = reference(User, on_delete="cascade")


@model(foreign_keys=[foreign_key(["order_id", "number"], Line)])
class Note:
    id: uuid.UUID = key(auto=True)
    order_id: int
    number: int


user = User(name="Ann", email="ann@example.com")
line = Line(order_id=1, number=2, author_id=user.id)
note = Note(order_id=line.order_id, number=line.number)
text: str = user.email + user.greet()
"""
BAD = """
User(name=3, email="x")
User(name="Ann")
user.nmae
"""


def mypy(folder: Path, text: str) -> str:
    file = folder / "app.py"
    file.write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder), str(file)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_mypy_knows_the_constructor_and_the_fields(tmp_path: Path) -> None:
    found = mypy(tmp_path, GOOD + BAD).splitlines()

    bad = GOOD.count("\n") + 2
    assert [line.split(":")[1] for line in found[:-1]] == [str(bad + step) for step in range(3)]
    assert "[arg-type]" in found[0]
    assert 'Missing named argument "email"' in found[1]
    assert '"User" has no attribute "nmae"' in found[2]


MIGRATION = """
from toasty_core import (
    ColumnDef,
    Migration,
    MigrationContext,
    MigrationGenerator,
    SchemaSnapshot,
    detect_changes,
    load_models,
    load_snapshot,
    save_snapshot,
    types,
)


class Add(Migration):
    version = "20250117_120000_add"

    def up(self, db: MigrationContext) -> None:
        db.add_column("users", ColumnDef(name="email", type=types.String(80)), fill="")

    def down(self, db: MigrationContext) -> None:
        db.drop_column("users", "email")


new = SchemaSnapshot.from_schema(load_models("app.models"))
diff = detect_changes(load_snapshot("migrations/.schema.json"), new)
generator = MigrationGenerator("migrations")
generator.write_migration_file(generator.generate(diff, "add"))
save_snapshot(new, "migrations/.schema.json")
"""


def test_mypy_knows_migration_files_and_the_api_of_the_guide(tmp_path: Path) -> None:
    assert mypy(tmp_path, MIGRATION).startswith("Success")
    [wrong] = mypy(tmp_path, MIGRATION.replace("drop_column", "drop_colum")).splitlines()[:-1]
    assert 'has no attribute "drop_colum"' in wrong
