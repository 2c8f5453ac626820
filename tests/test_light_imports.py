"""What a command imports: `--help` only click and our own light modules, `migrate:status` no more than it needs.

Each command runs in an interpreter of its own, which then says what it has imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPORT = """
import json, sys
from toasty_core.cli import main
code = main(json.loads(sys.argv[1]))
sys.stderr.write(json.dumps([code, sorted(sys.modules)]))
"""

HEAVY = {
    "alembic",
    "asyncio",
    "cattr",
    "cattrs",
    "email",
    "importlib.metadata",
    "pluggy",
    "rich",
    "sqlalchemy",
    "tomli",
    "unittest",
    "yaml",
}
"""What neither the help, nor a look at a database, nor an `up` with nothing to do may import."""

ONLY_FOR_WORK = {
    "attr",
    "attrs",
    "dataclasses",
    "difflib",
    "json",
    "pathlib",
    "sqlite3",
    "subprocess",
    "tomllib",
    "toasty_core.api",
    "toasty_core.backend_values",
    "toasty_core.backends",
    "toasty_core.cli.configuration",
    "toasty_core.execution",
    "toasty_core.migrations",
    "toasty_core.models",
    "toasty_core.schema",
    "toasty_core.url",
    "toasty_sql",
    "toasty_sqlite",
}
"""What the help does not need either; nor does `--version`."""

WRITERS = {
    "ast",
    "attr",
    "attrs",
    "hashlib",
    "pathlib",
    "toasty_core.diff",
    "toasty_core.migrations.generator",
    "toasty_core.migrations.render",
    "toasty_core.models",
    "toasty_core.operations",
    "toasty_core.schema",
    "toasty_core.execution.runner",
    "toasty_sqlite.introspect",
    "toasty_sqlite.rebuild",
}
"""What `migrate:status` and an `up` with nothing to do have no use for."""

MODELS = """
from toasty_core import field, key, model


@model
class User:
    id: int = key(auto=True)
    email: str = field(unique=True)
"""


LATER = """
from toasty_core import Migration

open("was_imported", "w").close()


class Later(Migration):
    version = "29990101_000000_later"

    def up(self, db):
        db.execute_sql("SELECT 1")

    def down(self, db):
        db.execute_sql("SELECT 1")
"""


def imported_by(folder: Path, *words: str) -> set[str]:
    """The modules that a command leaves imported; those of click itself do not count."""
    command = [sys.executable, "-c", REPORT, json.dumps(words)]
    environ = {name: value for name, value in os.environ.items() if "TOASTY" not in name}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, encoding="utf-8")
    code, modules = json.loads(done.stderr.splitlines()[-1])

    assert code == 0, done.stdout
    return set(modules) - _of("import click")


def _of(code: str) -> set[str]:
    script = f"import sys, json; {code}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return set(json.loads(done.stdout)) - {"json", "json.decoder", "json.encoder"}


@pytest.fixture
def project(tmp_path):
    """A project with one migration, applied."""
    (tmp_path / "models.py").write_text(MODELS)
    imported_by(tmp_path, "migrate:generate", "-m", "create users", "--models", "models")
    imported_by(tmp_path, "migrate:up", "--url", "sqlite:app.db")
    return tmp_path


@pytest.mark.parametrize("words", [["--help"], ["--version"], []], ids=["--help", "--version", ""])
def test_the_help_imports_click_and_light_modules_only(tmp_path, words):
    found = imported_by(tmp_path, *words)

    # The report itself imports json.
    assert sorted(found & (HEAVY | ONLY_FOR_WORK) - {"json"}) == []
    assert sorted(name for name in found if name.startswith("toasty_core.cli.commands")) == []


@pytest.mark.parametrize("name", ["migrate:up", "migrate:generate", "schema:show", "backends"])
def test_the_help_of_a_command_imports_that_command_only(tmp_path, name):
    found = imported_by(tmp_path, name, "--help")

    assert sorted(found & (HEAVY | {"attrs", "sqlite3", "toasty_core.api"})) == []
    commands = {n for n in found if n.startswith("toasty_core.cli.commands.")}
    assert commands == {f"toasty_core.cli.commands.{name.replace(':', '_')}"}


@pytest.mark.parametrize(
    "words",
    [
        ["migrate:status"],
        ["migrate:status", "--json"],
        ["migrate:up"],
    ],
    ids=" ".join,
)
def test_a_look_and_an_up_with_nothing_to_do_import_little(project, words):
    found = imported_by(project, *words, "--url", "sqlite:app.db")

    assert sorted(found & (HEAVY | WRITERS)) == []


def test_no_migration_file_is_run_when_there_is_nothing_to_do(project):
    (project / "migrations" / "29990101_000000_later.py").write_text(LATER)
    imported_by(project, "migrate:up", "--url", "sqlite:app.db")
    assert (project / "was_imported").exists()
    (project / "was_imported").unlink()

    imported_by(project, "migrate:up", "--url", "sqlite:app.db")
    imported_by(project, "migrate:status", "--url", "sqlite:app.db")
    assert not (project / "was_imported").exists()


def test_sql_backends_read_no_expressions(project):
    """Conditions are taken apart only for databases that know no SQL."""
    found = imported_by(project, "migrate:plan", "--url", "sqlite:other.db")

    assert "toasty_sqlite.compiler" in found
    assert sorted(name for name in found if "expression_" in name) == []


SERVER_DRIVERS = {"psycopg", "pymysql", "pymongo", "boto3", "sqlite3"}


@pytest.mark.parametrize("words", [["migrate:status"], ["migrate:up"]], ids=" ".join)
def test_postgresql_needs_its_driver_and_none_other(project, postgres_url, words):
    assert drivers_of(project, words, postgres_url) == ["psycopg"]


@pytest.mark.parametrize("words", [["migrate:status"], ["migrate:up"]], ids=" ".join)
def test_mysql_needs_its_driver_and_none_other(project, mysql_url, words):
    assert drivers_of(project, words, mysql_url) == ["pymysql"]


def drivers_of(folder, words, url):
    """The drivers that a command imports; nothing that writes migrations or reads models besides."""
    imported_by(folder, "migrate:up", "--url", url)
    found = imported_by(folder, *words, "--url", url)
    own = {name for name in WRITERS if name.startswith("toasty_")}

    assert (
        sorted(found & ({"sqlalchemy", "alembic", "rich", "pluggy", "toasty_sqlite"} | own)) == []
    )
    return sorted(found & SERVER_DRIVERS)
