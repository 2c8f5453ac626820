"""The rooms of the house: imports point down, core knows no database, drivers are imported late.

Every import statement counts, also inside functions and under TYPE_CHECKING. What may break the
order is listed here, with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGES = Path(__file__).parents[1] / "packages"
CORE = PACKAGES / "toasty-core" / "src" / "toasty_core"

ROOMS = (
    "errors",
    "url",
    "schema",
    "operations",
    "diff",
    "migrations",
    "backend_values",
    "backends",
    "plugins",
    "models",
    "execution",
    "api",
    "cli",
    "testing",
)
"""From the ground up: a module imports only from its own room and from those before it."""

EXCEPTIONS = {
    ("toasty_core", "*"): "the façade: it names what every room makes public",
    ("toasty_core.plugins.specs", "execution"): "hooks are typed with values of the runner",
    ("toasty_core.plugins.hooks", "execution"): "hooks are typed with values of the runner",
}
"""Importing module, room it may import in spite of the order -> why."""

FACADES = {"toasty_core.__main__", "toasty_core.testing"}
"""Modules that may import names from `toasty_core` itself, as users do."""

LATE_ROOMS = {
    "toasty_core.models.alchemy": "reads SQLAlchemy's models, and is imported when there are some"
}
"""Packages that may import a driver as they are themselves imported late -> why."""

DRIVERS = {
    "aiosqlite",
    "boto3",
    "botocore",
    "bson",
    "MySQLdb",
    "psycopg",
    "psycopg2",
    "pymongo",
    "pymysql",
    "sqlalchemy",
    "sqlite3",
    "sqlmodel",
}


class Import(NamedTuple):
    """One imported module, and where."""

    importer: str
    target: str
    where: str
    late: bool


def module_name(file: Path, source: Path) -> str:
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(file: Path, source: Path) -> Iterator[Import]:
    """Every import of a file; late if it is not done when the module is imported."""
    name = module_name(file, source)
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    late = {id(node) for block in ast.walk(tree) if is_late(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        for target in targets(node, package):
            where = f"{file.relative_to(source.parent)}:{getattr(node, 'lineno', 0)}"
            yield Import(name, target, where, id(node) in late)


def is_late(node: ast.AST) -> bool:
    """A function's body, or what only a type checker reads."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test).endswith("TYPE_CHECKING")
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def targets(node: ast.AST, package: str) -> list[str]:
    """The modules that a statement names; `from a import b` may mean the module `a.b`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
        base = f"{above}.{base}".rstrip(".")
    return [f"{base}.{alias.name}" for alias in node.names]


def all_imports(package: str) -> list[Import]:
    source = PACKAGES / package / "src"
    return [found for file in sorted(source.rglob("*.py")) for found in imports_of(file, source)]


def room_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def breaks_the_order(found: Import) -> bool:
    """Does this import point up, or to a name of the façade?"""
    here, there = room_of(found.importer), room_of(found.target)
    if not found.target.startswith("toasty_core."):
        return False
    if here in ("", "__main__") or there.startswith("__"):
        return False
    if there not in ROOMS:
        return not any(found.importer.startswith(name) for name in FACADES)
    return ROOMS.index(there) > ROOMS.index(here) and (found.importer, there) not in EXCEPTIONS


def in_late_room(module: str) -> bool:
    """Is it one of the packages that only late imports reach?"""
    return any(f"{module}.".startswith(f"{room}.") for room in LATE_ROOMS)


def lines(found: list[Import]) -> list[str]:
    return [f"{item.where} imports {item.target}" for item in found]


def test_every_module_of_core_is_in_a_known_room():
    rooms = {room_of(module_name(file, CORE.parent)) for file in CORE.rglob("*.py")}

    assert rooms - {"", "__main__"} <= set(ROOMS)


def test_imports_in_core_point_down():
    assert lines([found for found in all_imports("toasty-core") if breaks_the_order(found)]) == []


def test_core_imports_no_other_toasty_package():
    foreign = [
        found
        for found in all_imports("toasty-core")
        if found.target.startswith("toasty_") and found.target.split(".")[0] != "toasty_core"
    ]

    assert lines(foreign) == []


def test_core_imports_drivers_and_sqlalchemy_only_where_they_are_used():
    early = [
        found
        for found in all_imports("toasty-core")
        if found.target.split(".")[0] in DRIVERS and not found.late
        if not in_late_room(found.importer)
    ]

    assert lines(early) == []


def test_what_may_import_a_driver_is_itself_imported_late():
    early = [
        found
        for found in all_imports("toasty-core")
        if in_late_room(found.target) and not in_late_room(found.importer) and not found.late
    ]

    assert lines(early) == []


def test_the_shared_sql_code_imports_no_backend():
    backends = [
        found
        for found in all_imports("toasty-sql")
        if found.target.startswith("toasty_")
        and found.target.split(".")[0] not in ("toasty_core", "toasty_sql")
    ]

    assert lines(backends) == []


@pytest.mark.parametrize(
    "package",
    sorted(
        folder.name
        for folder in PACKAGES.iterdir()
        if folder.name not in ("toasty-core", "toasty-sql") and (folder / "src").is_dir()
    ),
)
def test_a_backend_imports_no_other_backend(package):
    own = package.replace("-", "_")
    others = [
        found
        for found in all_imports(package)
        if found.target.startswith("toasty_")
        and found.target.split(".")[0] not in ("toasty_core", "toasty_sql", own)
    ]

    assert lines(others) == []


@pytest.mark.parametrize(
    ("module", "statement", "broken"),
    [
        ("schema/a.py", "from toasty_core.diff import detect_changes", True),
        ("schema/a.py", "def f():\n    import toasty_core.diff", True),
        ("schema/a.py", "from ..diff import detect_changes", True),
        ("schema/__init__.py", "from .. import diff", True),
        ("diff/a.py", "from toasty_core.schema import TableDef", False),
        ("diff/a.py", "from .b import x", False),
        ("diff/a.py", "from toasty_core import TableDef", True),
        ("diff/a.py", "from toasty_core import schema", False),
        ("testing/a.py", "from toasty_core import Migration", False),
        ("plugins/specs.py", "from toasty_core.execution import Plan", False),
        ("plugins/manager.py", "from toasty_core.execution import Plan", True),
        ("__init__.py", "from toasty_core.cli import main", False),
    ],
)
def test_the_order_is_read_from_every_kind_of_import(tmp_path, module, statement, broken):
    file = tmp_path / "src" / "toasty_core" / module
    file.parent.mkdir(parents=True)
    file.write_text(statement)

    assert [breaks_the_order(x) for x in imports_of(file, tmp_path / "src")] == [broken]
