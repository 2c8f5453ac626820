"""The longer examples in docs/ run: every method of a migration, a plugin, a backend, the verbs in Python."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from types import ModuleType

import pytest

from shop import FIRST, TOASTY, Shop
from toasty_core import api
from toasty_core.plugins import Hooks, hookimpl, plugin_manager

DOCS = Path(__file__).resolve().parent.parent / "docs"

_FILE = """\
from toasty_core import *


class Migration_{version}(Migration):
    version = "{version}"

    def up(self, db):
{up}
    def down(self, db):
        db.irreversible("it is an example")
"""

_USERS = """\
db.create_table(TableDef("users", [
    ColumnDef("id", "Integer", auto=True), ColumnDef("age", "Text", nullable=True),
], primary_key=["id"]))
db.insert_rows("users", [{"age": "36"}, {"age": ""}])
"""
_ORDERS = """\
address = "Document(Field('zip', String), Field('city', String))"
db.create_table(TableDef("orders", [ColumnDef("id", "Integer"), ColumnDef("address", address)], primary_key=["id"]))
"""


def blocks(page: str, start: str, end: str) -> list[str]:
    """The Python blocks of a page between two texts."""
    text = (DOCS / page).read_text(encoding="utf-8").split(start)[1].split(end)[0]
    return re.findall(r"^```python\n(.*?)^```", text, re.S | re.M)


def write_migration(shop: Shop, version: str, up: str) -> None:
    shop.migrations.mkdir(exist_ok=True)
    text = _FILE.format(version=version, up=indent(up, " " * 8))
    (shop.migrations / f"{version}.py").write_text(text)


def test_every_method_of_a_migration_runs_on_sqlite(shop: Shop) -> None:
    write_migration(shop, "20250117_120000_users", _USERS + _ORDERS)
    lines = "".join(blocks("migrations.md", "## Every method", "In `down()`"))
    write_migration(shop, "20250117_130000_every_method", lines)

    shop.works("migrate:up")

    assert shop.works("schema:drift").code == 0
    assert shop.query("SELECT id, label, short, colour FROM labels") == [(1, "News", "NEWS", "red")]


def test_the_examples_of_using_and_state_run_on_sqlite(shop: Shop) -> None:
    write_migration(shop, "20250117_120000_users", _USERS)
    lines = "".join(blocks("migrations.md", "### `using`", "## Editing by hand"))
    write_migration(shop, "20250117_130000_more", lines)

    shop.works("migrate:up")

    assert shop.works("schema:drift").code == 0
    assert shop.query("SELECT age, nick FROM users") == [(36, None), (None, None)]


def test_the_files_of_the_page_run(shop: Shop) -> None:
    write_migration(shop, "20250117_110000_users", _USERS)
    for text in blocks("migrations.md", "## The file", "## Every method"):
        version = re.findall(r'version = "(\w+)"', text)[0]
        (shop.migrations / f"{version}.py").write_text(text)

    assert "Applied 3 migration(s)" in shop.works("migrate:up").out


def test_the_first_file_is_what_generate_writes(running_shop: Shop) -> None:
    page = blocks("migrations.md", "## The file", "## Every method")[0]
    running_shop.models(FIRST + "    email: str = field(unique=True)\n")
    fill = "users.email=expr:'user' || id || '@example.com'"
    running_shop.works("migrate:generate", "-m", "add user email", "--fill", fill)

    written = max(running_shop.migrations.glob("*.py"))
    assert written.read_text().replace(written.stem, "20250117_120000_add_user_email") == page
    running_shop.works("migrate:up")


def test_the_questions_are_as_shown_and_take_their_answers(running_shop: Shop) -> None:
    page = (DOCS / "migrations.md").read_text(encoding="utf-8")
    shown = json.loads(re.findall(r"^```json\n(.*?)^```", page, re.S | re.M)[0])
    running_shop.models(FIRST.replace("name: str", "title: str\n    country: str"))
    asked = running_shop.toasty("migrate:generate", "-m", "rename name")
    questions = json.loads(asked.out)

    assert asked.code == 3
    assert {q["question"]: list(q) for q in questions} == {q["question"]: list(q) for q in shown}
    assert {q["help"] for q in questions} == {q["help"] for q in shown}
    for question in questions:
        question["answer"] = "title" if question["question"] == "rename" else "GB"
    answers = running_shop.folder / "questions.json"
    answers.write_text(json.dumps(questions))
    running_shop.works("migrate:generate", "-m", "rename name", "--answers", "questions.json")
    running_shop.works("migrate:up")
    assert running_shop.query("SELECT title, country FROM users") == [("Ada", "GB")]


def test_a_function_that_raised_runs_again_without_transactions(shop: Shop) -> None:
    notes = Shop(shop.folder, url="notebook:notes")
    table = 'TableDef("t", [ColumnDef("id", "Integer")], primary_key=["id"])'
    run = "db.run(lambda live: open('ran', 'a').write('x') and open('mended').close())\n"
    write_migration(notes, "20250117_120000_run", f"db.create_table({table})\n{run}")

    assert notes.toasty("migrate:up").code == 1
    assert "failed" in notes.works("migrate:status").out
    (notes.folder / "mended").touch()
    notes.works("migrate:up")

    assert (notes.folder / "ran").read_text() == "xx"


# The plugin.


@pytest.fixture
def house(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop with the example plugin installed, as pip leaves it."""
    site = shop.folder / "site"
    info = site / "toasty_house-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toasty-house\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[toasty.plugins]\nhouse = toasty_house\n")
    (site / "toasty_house.py").write_text(blocks("plugins.md", "## An example", "## Rules")[0])
    monkeypatch.setenv("PYTHONPATH", str(site))
    return Shop(shop.folder, url="acme:shop.db")


def test_the_plugin_hooks_into_every_step(house: Shop) -> None:
    assert house.works("house:rules").out == "Talk to Ada first.\n"

    house.works("migrate:generate", "-m", "create users")
    house.works("migrate:up")
    house.models(FIRST + "    email: str\n")
    house.works("migrate:generate", "-m", "add email")

    text = max(house.migrations.glob("*.py")).read_text()
    assert 'name="email"' in text
    assert 'fill=""' in text
    assert house.works("migrate:generate", "-m", "again").out.startswith("No changes")
    log = (house.folder / "acme.log").read_text().splitlines()
    assert log[0].startswith("sends CREATE TABLE")
    assert log[-1].startswith("up 2")


def test_the_plugin_forbids_vetoes_and_hears_of_failures(
    house: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.works("migrate:generate", "-m", "create users")
    monkeypatch.setenv("ACME_FREEZE", "1")
    assert house.toasty("migrate:up").is_one_clear_error("No migrations during the freeze.")
    monkeypatch.delenv("ACME_FREEZE")
    house.works("migrate:up")
    assert "failed: No migrations during the freeze." in (house.folder / "acme.log").read_text()

    write_migration(house, "20990117_120000_drop", 'db.drop_table("users")\n')
    assert house.toasty("migrate:up").is_one_clear_error("users must stay.", "talk to Ada first")


def test_the_plugin_reads_models_and_can_be_left_out(
    house: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.works("migrate:generate", "-m", "create users")
    snapshot = "snapshot:migrations/.schema.json"
    again = house.works("migrate:generate", "--models", snapshot, "-m", "again")
    assert again.out.startswith("No changes")

    environment = {**house.environment(), "TOASTY_PLUGINS": ""}
    command = [TOASTY, "house:rules"]
    done = subprocess.run(
        command, cwd=house.folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2


def test_the_plugin_can_be_tested_as_shown(house: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(os.environ["PYTHONPATH"])
    names: dict[str, object] = {}
    exec(blocks("plugins.md", "## Rules", "## Hook by hook")[0], names)

    assert names["hooks"].names == ("toasty_house",)  # type: ignore[attr-defined]
    del sys.modules["toasty_house"]


# The backend.


def test_the_backend_of_the_page_migrates(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = ModuleType("toasty_acme")
    monkeypatch.setitem(sys.modules, "toasty_acme", acme)
    for code in blocks("backends.md", "## 2. The offline half", "## 4. The proof"):
        exec(code, acme.__dict__)

    class Plugin:
        @hookimpl
        def toasty_backend(self, scheme):
            return acme.AcmeBackend() if scheme == "acme" else None

    manager = plugin_manager({}, ())
    manager.register(Plugin())
    project = api.Project(shop.migrations, "acme:notes", hooks=Hooks(manager))
    table = 'TableDef("notes", [ColumnDef("id", "Integer")], primary_key=["id"])'
    write_migration(shop, "20250117_120000_notes", f"db.create_table({table})\n")
    column = 'ColumnDef("text", "Text", nullable=True)'
    write_migration(shop, "20250117_130000_text", f'db.add_column("notes", {column})\n')

    assert len(api.up(project).done) == 2
    assert not api.drift(project)
    assert api.up(project).done == ()


# The verbs in Python.


def test_the_verbs_in_python_run(shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(shop.folder)
    (shop.folder / "app").mkdir()
    (shop.folder / "app" / "models.py").write_text(FIRST)
    names: dict[str, object] = {}
    codes = blocks("programmatic.md", "# In Python", "## no more")
    assert len(codes) == 7

    try:
        for code in codes:
            if "Rename(" in code:  # as somebody would have done in between
                changed = FIRST.replace("name: str", "full_name: str\n    country: str")
                (shop.folder / "app" / "models.py").write_text(changed)
                forget_app()
            exec(code, names)
    finally:
        forget_app()

    assert "create users" in (max(shop.migrations.glob("*users.py")).read_text())
    assert "rename_column" in max(shop.migrations.glob("*rename_name.py")).read_text()
    assert "s\n" in capsys.readouterr().out


def forget_app() -> None:
    for name in ("app", "app.models"):
        sys.modules.pop(name, None)
