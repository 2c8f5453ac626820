"""Folders to measure in: migrations, models, and the bare scripts that do the same work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from migration_files import LOAD_MODULE, Step, table

BARE_STATUS = """
import os, sqlite3
names = sorted(name for name in os.listdir("migrations") if name.endswith(".py"))
connection = sqlite3.connect("app.db")
applied = {row[0]: row for row in connection.execute("SELECT * FROM toasty_migrations")}
for name in names:
    print(name, "applied" if name[:-3] in applied else "pending")
connection.close()
"""

BARE_SERVER = """
import importlib.util, os, sys
from urllib.parse import urlsplit

place = urlsplit(sys.argv[1])
DRIVER
cursor = connection.cursor()
cursor.execute("CREATE TABLE history (version VARCHAR(255) PRIMARY KEY, checksum TEXT, applied TEXT)")
for name in sorted(name for name in os.listdir("bare") if name.endswith(".py")):
LOAD_MODULE
    cursor.execute("BEGIN")
    for statement in module.UP:
        cursor.execute(statement)
    cursor.execute("INSERT INTO history VALUES (%s, 'x', CURRENT_TIMESTAMP)", (name,))
    cursor.execute("COMMIT")
connection.close()
""".replace("LOAD_MODULE", LOAD_MODULE)

BARE_SERVER_STATUS = """
import os, sys
from urllib.parse import urlsplit

place = urlsplit(sys.argv[1])
DRIVER
cursor = connection.cursor()
cursor.execute("SELECT * FROM history")
applied = {row[0]: row for row in cursor.fetchall()}
for name in sorted(name for name in os.listdir("bare") if name.endswith(".py")):
    print(name, "applied" if name in applied else "pending")
connection.close()
"""

DRIVERS = {
    "postgresql": """
import psycopg
connection = psycopg.connect(sys.argv[1], autocommit=True)
""",
    "mysql": """
import pymysql
connection = pymysql.connect(
    host=place.hostname, port=place.port, user=place.username, database=place.path[1:], autocommit=True
)
""",
}

BARE_CHAIN = """
import importlib.util, os, sqlite3, sys
direction = sys.argv[1]
names = sorted(name for name in os.listdir("bare") if name.endswith(".py"))
connection = sqlite3.connect("bare.db", isolation_level=None)
connection.execute(
    "CREATE TABLE IF NOT EXISTS history (version TEXT PRIMARY KEY, checksum TEXT, applied TEXT)"
)
for name in names if direction == "up" else reversed(names):
LOAD_MODULE
    connection.execute("BEGIN IMMEDIATE")
    for statement in module.UP if direction == "up" else module.DOWN:
        connection.execute(statement)
    if direction == "up":
        connection.execute("INSERT INTO history VALUES (?, 'x', datetime())", (name,))
    else:
        connection.execute("DELETE FROM history WHERE version = ?", (name,))
    connection.execute("COMMIT")
connection.close()
""".replace("LOAD_MODULE", LOAD_MODULE)


def migrations(folder: Path, count: int, quote: str = '"') -> None:
    """`count` migrations: of ten, one makes a table and an index, nine add a column each; and the bare twins.

    `quote` stands around names in the twins.
    """
    (folder / "migrations").mkdir(parents=True)
    (folder / "bare").mkdir()
    (folder / "bare_chain.py").write_text(BARE_CHAIN)
    (folder / "bare_status.py").write_text(BARE_STATUS)
    for number in range(count):
        name = f"{20200101 + number // 3600:08}_{number % 3600 // 60:04}{number % 60:02}_change_{number:04}"
        _ours(folder / "migrations", name, number)
        _bare(folder / "bare", name, number, quote)


def server_migrations(folder: Path, count: int, dialect: str) -> None:
    """The same for a server: `bare_server.py URL` runs the bare twins, `bare_server_status.py URL` lists them."""
    migrations(folder, count, "`" if dialect == "mysql" else '"')
    for name, text in (("bare_server", BARE_SERVER), ("bare_server_status", BARE_SERVER_STATUS)):
        (folder / f"{name}.py").write_text(text.replace("DRIVER", DRIVERS[dialect]))


def _ours(folder: Path, version: str, number: int) -> None:
    name, column = f"t{number // 10}", number % 10
    if column == 0:
        index = f"i{number // 10}"
        up = table(name, {"id": "Integer", "name": "String(100)"})
        up += f"""
        db.create_index("{name}", IndexDef(name="{index}", columns=["name"], unique=False))"""
        down = f"""        db.drop_index("{name}", "{index}")
        db.drop_table("{name}")"""
    else:
        definition = f'ColumnDef(name="c{column}", type="String(50)", nullable=True)'
        up = f'db.add_column("{name}", {definition})'
        down = f'db.drop_column("{name}", "c{column}")'
    Step(up, down, names=() if column else ("TableDef",)).write(folder, version, number)


def _bare(folder: Path, version: str, number: int, quote: str) -> None:
    table, column = number // 10, number % 10
    if column == 0:
        up = [
            f'CREATE TABLE "t{table}" ("id" INTEGER NOT NULL, "name" VARCHAR(100) NOT NULL, PRIMARY KEY ("id"))',
            f'CREATE INDEX "i{table}" ON "t{table}" ("name")',
        ]
        down = [f'DROP INDEX "i{table}"', f'DROP TABLE "t{table}"']
    else:
        up = [f'ALTER TABLE "t{table}" ADD COLUMN "c{column}" VARCHAR(50)']
        down = [f'ALTER TABLE "t{table}" DROP COLUMN "c{column}"']
    up, down = ([text.replace('"', quote) for text in part] for part in (up, down))
    (folder / f"{version}.py").write_text(f"UP = {up!r}\nDOWN = {down!r}\n")


COLUMNS = 12


def native_models(path: Path, tables: int, changed: int) -> None:
    """A module of native models; the first `changed` of them have one field more.

    Each has a numbered key, a foreign key, and an index on the first of its other columns.
    """
    lines = [
        "from __future__ import annotations",
        "",
        "from toasty_core import field, key, model, reference",
        "",
    ]
    for number in range(tables):
        lines += ["", "@model", f"class Thing{number}:", "    id: int = key(auto=True)"]
        lines.append(f'    parent_id: int = reference("Thing{number // 2}")')
        lines.append('    name0: str = field(type="String(50)", index=True)')
        lines += [
            f'    name{n}: str = field(type="String({50 + n})")' for n in range(1, COLUMNS - 2)
        ]
        if number < changed:
            lines.append("    extra: str | None = None")
    path.write_text("\n".join(lines) + "\n")


def sqlalchemy_models(path: Path, tables: int, changed: int) -> None:
    """The same tables as SQLAlchemy's declarative models."""
    lines = [
        "from sqlalchemy import ForeignKey, Integer, String",
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column",
        "",
        "",
        "class Base(DeclarativeBase):",
        '    """All tables."""',
        "",
    ]
    for number in range(tables):
        lines += ["", f"class Thing{number}(Base):", f'    __tablename__ = "thing{number}"']
        lines.append("    id: Mapped[int] = mapped_column(Integer, primary_key=True)")
        lines.append(
            f'    parent_id: Mapped[int] = mapped_column(ForeignKey("thing{number // 2}.id"))'
        )
        lines.append("    name0: Mapped[str] = mapped_column(String(50), index=True)")
        lines += [
            f"    name{n}: Mapped[str] = mapped_column(String({50 + n}))"
            for n in range(1, COLUMNS - 2)
        ]
        if number < changed:
            lines.append("    extra: Mapped[str | None] = mapped_column(String(30))")
    path.write_text("\n".join(lines) + "\n")


def bare_twin(folder: Path, statements: Sequence[str]) -> None:
    """What runs these statements as one migration, without Toasty: `bare_chain.py up`."""
    (folder / "bare").mkdir()
    (folder / "bare_chain.py").write_text(BARE_CHAIN)
    (folder / "bare" / "first.py").write_text(f"UP = {list(statements)!r}\nDOWN = []\n")
