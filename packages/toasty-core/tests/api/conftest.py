"""A project on SQLite whose models a test writes down."""

from __future__ import annotations

import sqlite3

import pytest

from toasty_core import api
from toasty_core.schema import ColumnDef, SchemaSnapshot, TableDef

USERS = TableDef("users", [ColumnDef("id", "Integer", auto=True)], primary_key=["id"])


def with_columns(*columns: ColumnDef) -> SchemaSnapshot:
    """Users with more columns."""
    return SchemaSnapshot.of(TableDef("users", [*USERS.columns, *columns], primary_key=["id"]))


class Work:
    """A folder with migrations and a database."""

    def __init__(self, folder):
        self.folder = folder / "migrations"
        self.file = folder / "my.db"
        self.snapshot = self.folder / ".schema.json"
        self.users = SchemaSnapshot.of(USERS)
        self.with_columns = with_columns

    def project(self, models=None, **settings):
        return api.Project(self.folder, f"sqlite:{self.file}", models, **settings)

    def generate(self, models, message="change", answers=None, **options):
        return api.generate(self.project(models), message, answers, **options)

    def write(self, version, up, down="db.irreversible('no way')"):
        text = "from toasty_core import *\nfrom toasty_core.operations import *\n"
        text += f"class M(Migration):\n    version = {version!r}\n"
        text += f"    def up(self, db):\n{lines(up)}    def down(self, db):\n{lines(down)}"
        self.folder.mkdir(exist_ok=True)
        path = self.folder / f"{version}.py"
        path.write_text(text)
        return path

    def sql(self, text):
        connection = sqlite3.connect(self.file, isolation_level=None)
        try:
            return connection.execute(text).fetchall()
        finally:
            connection.close()

    def tables(self):
        found = self.sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return [name for (name,) in found if not name.startswith(("toasty_", "sqlite_"))]


def lines(code):
    return "".join(f"        {line}\n" for line in code.strip().splitlines())


@pytest.fixture
def work(tmp_path):
    return Work(tmp_path)
