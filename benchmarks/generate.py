"""What it costs to find changes and to write them down."""

from __future__ import annotations

import gc
import shutil
import time
from pathlib import Path

from attrs import evolve

from measure import Command, Figures, Row, compare, python, run_once, toasty
from projects import COLUMNS, bare_twin, native_models, sqlalchemy_models
from toasty_core import ColumnDef, SchemaSnapshot, TableDef, api, detect_changes
from toasty_core.api import Project

TABLES, CHANGED = 1000, 10

ALEMBIC_ENV = """
from alembic import context
from sqlalchemy import create_engine
from models import Base

with create_engine("sqlite:///app.db").connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""


def rows(folder: Path) -> list[Row]:
    """The diff in process, whole commands, and the first migration of many tables."""
    return [
        *_diff(),
        *_against_alembic(folder),
        _sqlalchemy(folder / "sqlalchemy"),
        _first(folder / "first"),
    ]


def _schema(tables: int, changed: int) -> SchemaSnapshot:
    def table(number: int) -> TableDef:
        columns = [ColumnDef(f"c{n}", f"String({n + 10})") for n in range(COLUMNS - 1)]
        extra = [ColumnDef("extra", "Text", nullable=True)] if number < changed else []
        identity = ColumnDef("id", "Integer", auto=True)
        return TableDef(f"t{number}", [identity, *columns, *extra], primary_key=["id"])

    return SchemaSnapshot.of(*(table(number) for number in range(tables)))


def _seconds(tables: int) -> float:
    old, new = _schema(tables, 0), _schema(tables, tables // 100)
    new = evolve(new, tables=dict(reversed(list(new.tables.items()))))
    best = []
    for _ in range(5):
        gc.collect()
        start = time.process_time()
        assert len(detect_changes(old, new)) == tables // 100
        best.append(time.process_time() - start)
    return sorted(best)[2]


def _diff() -> list[Row]:
    small, large = _seconds(1000), _seconds(10000)
    goal = Figures("goal", 0.050, 0)
    return [
        Row(
            "detect_changes in process, 1,000 tables / 50 ms", Figures("diff", small, 0), goal, 1.0
        ),
        Row(
            "detect_changes, 10,000 tables / ten times 1,000",
            Figures("10,000", large, 0),
            Figures("1,000", small * 10, 0),
            1.5,
        ),
    ]


def _against_alembic(folder: Path) -> list[Row]:
    ours, theirs = folder / "native", folder / "alembic"
    ours.mkdir(parents=True)
    theirs.mkdir(parents=True)
    generate = Command(
        "generate",
        toasty("migrate:generate", "--models", "models", "--message", "step"),
        ours,
        lambda: _second_version(ours),
    )
    _first_version(ours)
    _alembic_project(theirs)
    alembic = Command(
        "alembic",
        python("-m", "alembic", "revision", "--autogenerate", "-m", "step"),
        theirs,
        lambda: _empty(theirs / "scripts" / "versions"),  # it refuses while a revision is pending
    )
    work = "generate, 1,000 native models, 1% changed / Alembic"
    return [compare(work, generate, alembic, 0.2, rounds=3)]


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _first_version(folder: Path) -> None:
    native_models(folder / "models.py", TABLES, 0)
    arguments = toasty("migrate:generate", "--models", "models", "--message", "first")
    run_once(Command("first", arguments, folder))
    shutil.copytree(folder / "migrations", folder / "kept")


def _second_version(folder: Path) -> None:
    shutil.rmtree(folder / "migrations")
    shutil.copytree(folder / "kept", folder / "migrations")
    native_models(folder / "models.py", TABLES, CHANGED)


def _alembic_project(folder: Path) -> None:
    sqlalchemy_models(folder / "models.py", TABLES, 0)
    script = "from sqlalchemy import create_engine; from models import Base; "
    script += "Base.metadata.create_all(create_engine('sqlite:///app.db'))"
    run_once(Command("create", python("-c", script), folder))
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = scripts\n")
    (folder / "scripts" / "versions").mkdir(parents=True)
    (folder / "scripts" / "env.py").write_text(
        "import sys; sys.path.insert(0, '.')\n" + ALEMBIC_ENV
    )
    (folder / "scripts" / "script.py.mako").write_text(
        'revision = "${up_revision}"\ndown_revision = None\n'
        "def upgrade():\n    ${upgrades}\n\n\ndef downgrade():\n    ${downgrades}\n"
    )
    sqlalchemy_models(folder / "models.py", TABLES, CHANGED)


def _sqlalchemy(folder: Path) -> Row:
    folder.mkdir()
    sqlalchemy_models(folder / "models.py", TABLES, 0)
    arguments = toasty("migrate:generate", "--models", "models:Base", "--message", "first")
    run_once(Command("first", arguments, folder))
    shutil.copytree(folder / "migrations", folder / "kept")

    def second() -> None:
        shutil.rmtree(folder / "migrations")
        shutil.copytree(folder / "kept", folder / "migrations")
        sqlalchemy_models(folder / "models.py", TABLES, CHANGED)

    generate = Command(
        "generate",
        toasty("migrate:generate", "--models", "models:Base", "--message", "step"),
        folder,
        second,
    )
    alone = Command("import", python("-c", "import models"), folder)
    return compare("generate, 1,000 SQLAlchemy models / importing them", generate, alone, 1.25, 3)


def _first(folder: Path) -> Row:
    folder.mkdir()
    native_models(folder / "models.py", TABLES, 0)
    written = toasty("migrate:generate", "--models", "models", "--message", "first")
    run_once(Command("write", written, folder))
    plan = api.plan(Project(folder / "migrations", url=f"sqlite:///{folder}/app.db"))
    bare_twin(folder, [str(statement) for step in plan.steps for statement in step.statements])
    up = Command(
        "up",
        toasty("migrate:up", "--url", "sqlite:app.db"),
        folder,
        lambda: (folder / "app.db").unlink(missing_ok=True),
    )
    bare = Command(
        "bare",
        python("bare_chain.py", "up"),
        folder,
        lambda: (folder / "bare.db").unlink(missing_ok=True),
    )
    return compare("up of a first migration of 1,000 tables / bare statements", up, bare, 2.0, 3)
