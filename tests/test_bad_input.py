"""Bad input: one clear error with what to do, a non-zero exit, and nothing lost or half-written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shop import FIRST, SECOND, TOASTY, Shop, interrupt


def test_an_unknown_model_module(shop: Shop) -> None:
    (shop.folder / "models.py").rename(shop.folder / "model.py")

    outcome = shop.toasty("migrate:generate", "--message", "x")

    assert outcome.is_one_clear_error("models", "hint")
    assert shop.files() == {}


def test_a_model_that_cannot_be_mapped(shop: Shop) -> None:
    shop.models(FIRST + "    friends: set[object]\n")

    outcome = shop.toasty("migrate:generate", "--message", "x")

    assert outcome.is_one_clear_error("friends", "models.py")
    assert shop.files() == {}


def test_models_that_do_not_import(shop: Shop) -> None:
    shop.models("import no_such_module_at_all\n")

    outcome = shop.toasty("migrate:generate", "--message", "x")

    assert outcome.is_one_clear_error("no_such_module_at_all", "models.py:1")


@pytest.mark.parametrize(
    "damage",
    [
        "{ not json",
        '<<<<<<< HEAD\n{"a": 1}\n=======\n{"a": 2}\n>>>>>>> other\n',
        '{"format": 99}',
        "[]",
        "",
    ],
    ids=["broken", "merged", "newer", "no object", "empty"],
)
def test_a_snapshot_that_cannot_be_read(running_shop: Shop, damage: str) -> None:
    (running_shop.migrations / ".schema.json").write_text(damage)
    running_shop.models(SECOND)
    before = running_shop.files()

    outcome = running_shop.toasty("migrate:generate", "--message", "x")

    assert outcome.is_one_clear_error(".schema.json", "schema:rebuild")
    assert running_shop.files() == before
    running_shop.works("schema:rebuild")
    running_shop.works("migrate:generate", "--message", "x")


def test_a_snapshot_that_differs_from_the_files(running_shop: Shop) -> None:
    """An edited file that makes another schema is seen, and named."""
    path = next(running_shop.migrations.glob("2*.py"))
    path.write_text(path.read_text().replace('name="name"', 'name="title"'))
    running_shop.models(SECOND)

    outcome = running_shop.toasty("migrate:generate", "--message", "x")

    assert outcome.is_one_clear_error(".schema.json", "schema:rebuild")


def test_two_files_with_one_version(running_shop: Shop) -> None:
    path = next(running_shop.migrations.glob("2*.py"))
    (path.parent / f"{path.stem}_again.py").write_text(path.read_text())

    outcome = running_shop.toasty("migrate:up")

    assert outcome.is_one_clear_error(path.stem)


def test_a_cycle_of_dependencies_names_both_ends(running_shop: Shop) -> None:
    running_shop.works("migrate:new", "--message", "one")
    time.sleep(0)
    running_shop.works("migrate:new", "--message", "two")
    one, two = sorted(running_shop.migrations.glob("2*.py"))[1:]
    for path, other in ((one, two), (two, one)):
        line = f'version = "{path.stem}"'
        path.write_text(
            path.read_text().replace(line, f'{line}\n    depends_on = ("{other.stem}",)')
        )

    outcome = running_shop.toasty("migrate:up")

    assert outcome.is_one_clear_error(one.stem, two.stem)


def test_a_dependency_that_is_not_there(running_shop: Shop) -> None:
    running_shop.works("migrate:new", "--message", "one")
    path = max(running_shop.migrations.glob("2*.py"))
    line = f'version = "{path.stem}"'
    path.write_text(
        path.read_text().replace(line, f'{line}\n    depends_on = ("20200101_000000_x",)')
    )

    outcome = running_shop.toasty("migrate:up")

    assert outcome.is_one_clear_error(path.stem, "20200101_000000_x")


@pytest.mark.parametrize(
    "message", ["../../etc/passwd", "a/b\\c", "...", "Ünïcode ✅ näme", "x" * 400, "-rf", ""]
)
def test_any_message_stays_in_the_folder(shop: Shop, message: str) -> None:
    """A message becomes a safe file name, or is refused; nothing is written elsewhere."""
    outcome = shop.toasty("migrate:generate", "--message", message)

    elsewhere = [
        path
        for path in shop.folder.rglob("*")
        if path.is_file() and path.parent != shop.migrations and path.name != "models.py"
    ]
    assert elsewhere == []
    if outcome.code == 0:
        shop.works("migrate:up")
    else:
        assert outcome.is_one_clear_error()


def test_a_migrations_folder_that_is_a_file(shop: Shop) -> None:
    shop.migrations.write_text("no folder")

    outcome = shop.toasty("migrate:generate", "--message", "x")

    assert outcome.is_one_clear_error("migrations")
    assert shop.migrations.read_text() == "no folder"


def test_a_file_that_does_not_parse_is_named_with_its_line(running_shop: Shop) -> None:
    running_shop.works("migrate:new", "--message", "broken")
    path = max(running_shop.migrations.glob("2*.py"))
    text = path.read_text()
    path.write_text(text + "    def oops(:\n")

    outcome = running_shop.toasty("migrate:up")

    assert outcome.is_one_clear_error(f"{path.name}:{len(text.splitlines()) + 1}")


def test_an_operation_that_does_not_fit_is_named_with_its_line(running_shop: Shop) -> None:
    running_shop.works("migrate:new", "--message", "wrong")
    path = max(running_shop.migrations.glob("2*.py"))
    lines = path.read_text().splitlines()
    number = next(i for i, line in enumerate(lines) if "def up" in line) + 1
    lines.insert(number, '        db.drop_column("user", "name")')
    path.write_text("\n".join(lines) + "\n")

    outcome = running_shop.toasty("migrate:up")

    assert outcome.is_one_clear_error(f"{path.name}:{number + 1}", "did you mean 'users'")
    assert running_shop.query("SELECT name FROM users") == [("Ada",)]


def test_a_locked_database_is_waited_for_and_then_named(running_shop: Shop) -> None:
    running_shop.models(SECOND)
    running_shop.works("migrate:generate", "--message", "bio")
    with closing(sqlite3.connect(running_shop.folder / "shop.db")) as other:
        other.execute("BEGIN IMMEDIATE")

        outcome = running_shop.toasty(
            "migrate:up", "--lock-timeout", "1", url="sqlite:shop.db?timeout=0.2"
        )

        assert outcome.is_one_clear_error("lock")
    running_shop.works("migrate:up")


def test_a_database_opened_read_only(running_shop: Shop) -> None:
    running_shop.models(SECOND)
    running_shop.works("migrate:generate", "--message", "bio")
    before = (running_shop.folder / "shop.db").read_bytes()

    outcome = running_shop.toasty("migrate:up", url="sqlite:shop.db?mode=ro")

    assert outcome.is_one_clear_error("read")
    assert (running_shop.folder / "shop.db").read_bytes() == before


def test_a_file_that_is_no_database(shop: Shop) -> None:
    shop.works("migrate:generate", "--message", "x")
    (shop.folder / "shop.db").write_bytes(b"this is no database, it is a text " * 100)
    before = (shop.folder / "shop.db").read_bytes()

    for command in ("migrate:up", "migrate:status", "schema:drift"):
        outcome = shop.toasty(command)

        assert outcome.is_one_clear_error("shop.db"), command
    assert (shop.folder / "shop.db").read_bytes() == before


def test_a_database_damaged_in_the_middle(running_shop: Shop) -> None:
    running_shop.models(SECOND)
    running_shop.works("migrate:generate", "--message", "bio")
    path = running_shop.folder / "shop.db"
    content = path.read_bytes()
    path.write_bytes(content[:150] + b"\xff" * (len(content) - 150))

    outcome = running_shop.toasty("migrate:up")

    assert outcome.is_one_clear_error()


def test_a_folder_that_is_not_there(shop: Shop) -> None:
    shop.works("migrate:generate", "--message", "x")

    outcome = shop.toasty("migrate:up", url="sqlite:no/such/folder/shop.db")

    assert outcome.is_one_clear_error("no/such/folder")


@pytest.mark.parametrize("scheme", ["sqlit", "oracle", "cassandra"])
def test_an_unknown_scheme_says_what_to_install(shop: Shop, scheme: str) -> None:
    shop.works("migrate:generate", "--message", "x")

    outcome = shop.toasty("migrate:up", url=f"{scheme}://me:geheim@localhost/db")

    assert outcome.is_one_clear_error(scheme, "sqlite")
    assert "geheim" not in outcome.err + outcome.out


SLOW = """
        def wait(live):
            import pathlib, time

            pathlib.Path("started").touch()
            time.sleep(30)

        db.execute_sql("CREATE TABLE half (id INTEGER)", only=["sqlite"])
        db.run(wait)
"""


def slow_migration(shop: Shop) -> None:
    shop.works("migrate:new", "--message", "slow")
    path = max(shop.migrations.glob("2*.py"))
    head, _, tail = path.read_text().partition("def up(self, db: MigrationContext) -> None:\n")
    path.write_text(f"{head}def up(self, db: MigrationContext) -> None:{SLOW}{tail}")


def await_file(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def test_ctrl_c_in_the_middle_leaves_all_as_it_was(running_shop: Shop) -> None:
    slow_migration(running_shop)
    process = running_shop.start("migrate:up")
    await_file(running_shop.folder / "started")

    interrupt(process)
    _, complaint = process.communicate(timeout=30)

    assert process.returncode == 130, complaint
    assert "Traceback" not in complaint
    assert running_shop.query("SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert "pending" in running_shop.works("migrate:status").out


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode != 0:
        if os.environ.get("CI") == "true":
            pytest.fail(f"a small file system cannot be mounted: {mounted.stderr.decode()}")
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
FILL = (
    f'        db.execute_sql("{MANY} INSERT INTO users (name) SELECT hex(zeroblob(1000)) FROM n")\n'
)


def test_a_full_disk_under_the_database(shop: Shop, small_disk: Path) -> None:
    """The migration is rolled back; with room again, the next `up` goes through."""
    url = f"sqlite://{small_disk}/shop.db"
    shop.works("migrate:generate", "--message", "create users")
    shop.works("migrate:up", "--url", url)
    shop.works("migrate:new", "--message", "too much")
    path = max(shop.migrations.glob("2*.py"))
    head, up, tail = path.read_text().partition("def up(self, db: MigrationContext) -> None:\n")
    path.write_text(head + up + FILL + tail)

    outcome = shop.toasty("migrate:up", "--url", url)

    assert outcome.is_one_clear_error("full")
    with closing(sqlite3.connect(small_disk / "shop.db")) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_full_disk_under_the_migrations_folder(shop: Shop, small_disk: Path) -> None:
    """Neither a file nor a snapshot stays half-written."""
    folder = small_disk / "migrations"
    shop.works("migrate:generate", "--message", "one", "--dir", str(folder))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    wide = "".join(f"    column_number_{n}: str | None = None\n" for n in range(4000))
    shop.models(FIRST + wide)

    outcome = shop.toasty("migrate:generate", "--message", "two", "--dir", str(folder))

    assert outcome.is_one_clear_error("space")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_reader_who_leaves_is_no_error(running_shop: Shop) -> None:
    command = f"{TOASTY} migrate:status | true"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=running_shop.folder,
        env=running_shop.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "Traceback" not in done.stderr


def test_many_runners_at_once_apply_each_migration_once(running_shop: Shop) -> None:
    """Eight processes; each migration adds one row, so that a second application would show."""
    for number in range(4):
        running_shop.works("migrate:new", "--message", f"row {number}")
        path = max(running_shop.migrations.glob("2*.py"))
        head, up, tail = path.read_text().partition("def up(self, db: MigrationContext) -> None:\n")
        path.write_text(
            f'{head}{up}        db.insert_rows("users", [{{"name": "r{number}"}}])\n{tail}'
        )
    outcomes: list[int] = []
    runners = [
        threading.Thread(target=lambda: outcomes.append(running_shop.toasty("migrate:up").code))
        for _ in range(8)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()

    assert outcomes == [0] * 8
    names = [name for (name,) in running_shop.query("SELECT name FROM users ORDER BY id")]
    assert names == ["Ada", "r0", "r1", "r2", "r3"]


def test_a_failing_check_names_the_line_of_its_operation(running_shop: Shop) -> None:
    """Also where several operations on one table are done in one rebuild."""
    running_shop.works("migrate:new", "--message", "types")
    path = max(running_shop.migrations.glob("2*.py"))
    lines = path.read_text().splitlines()
    number = next(i for i, line in enumerate(lines) if "def up" in line) + 1
    lines[number:number] = [
        '        db.set_table_options("users", {"sqlite": {"strict": True}})',
        '        db.modify_column("users", "name", type="Integer")',
    ]
    path.write_text("\n".join(lines) + "\n")

    outcome = running_shop.toasty("migrate:up")

    assert outcome.is_one_clear_error(f"{path.name}:{number + 2}", "users.name", "Ada")
    assert running_shop.query("SELECT name FROM users") == [("Ada",)]
