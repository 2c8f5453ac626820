"""The guide's commands, typed as it shows them, and its programmatic API."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from shop import FIRST, Shop
from toasty_core import (
    MigrationGenerator,
    SchemaSnapshot,
    detect_changes,
    load_models,
    load_snapshot,
    save_snapshot,
)

WITH_EMAIL = FIRST.replace(
    "    name: str\n", "    name: str\n    email: str = field(unique=True)\n"
)


def test_the_example_workflow(shop: Shop) -> None:
    """Generate, status, up, status: files, output and database are what the guide shows."""
    shop.works("migrate:generate", "--message", "create users")
    shop.works("migrate:up", "--url", "sqlite:shop.db")
    shop.models(WITH_EMAIL)
    shop.works("migrate:generate", "--message", "add user email")

    status = shop.works("migrate:status", "--url", "sqlite:shop.db")
    up = shop.works("migrate:up", "--url", "sqlite:shop.db")

    version = newest(shop.migrations)
    assert "pending" in status.out
    assert up.out == (
        f"Applying migration: {version}\n  ✅ Applied: {version}\n\n✅ Applied 1 migration(s)\n"
    )
    text = (shop.migrations / f"{version}.py").read_text()
    assert f"class Migration_{version}(Migration):" in text
    assert f'    version = "{version}"' in text
    assert 'db.add_column("users", ColumnDef(name="email", type="String", nullable=False))' in text
    assert "db.create_index(" in text
    assert (
        'db.drop_index("users", "idx_users_email")\n        db.drop_column("users", "email")'
        in text
    )
    assert [row[1] for row in shop.query("PRAGMA index_list(users)")] == ["idx_users_email"]


def newest(folder: Path) -> str:
    return max(path.stem for path in folder.glob("2*.py"))


def test_a_version_is_a_time_in_utc_and_the_message(shop: Shop) -> None:
    shop.works("migrate:generate", "--message", "add email to users")

    assert re.fullmatch(r"\d{8}_\d{6}_add_email_to_users", newest(shop.migrations))
    assert (shop.migrations / ".schema.json").is_file()


def test_another_folder(shop: Shop) -> None:
    shop.works("migrate:generate", "--dir", "custom/migrations", "--message", "add field")

    assert newest(shop.folder / "custom/migrations").endswith("_add_field")


def test_up_in_memory(shop: Shop) -> None:
    shop.works("migrate:generate", "--message", "create users")

    up = shop.works("migrate:up", "--url", "sqlite::memory:")

    assert "✅ Applied 1 migration(s)" in up.out


def test_deleting_the_snapshot_brings_a_fresh_one(running_shop: Shop) -> None:
    """The guide's cure for a snapshot out of sync."""
    (running_shop.migrations / ".schema.json").unlink()

    running_shop.works("migrate:generate", "--message", "baseline")

    assert (running_shop.migrations / ".schema.json").is_file()


def test_the_programmatic_api(shop: Shop, monkeypatch: object) -> None:
    """The guide's lines, in Python, word for word."""
    script = """
from toasty_core import *
import toasty_core as t

old_snapshot = t.load_snapshot("migrations/.schema.json")
new_snapshot = t.SchemaSnapshot.from_schema(t.load_models("models"))
diff = t.detect_changes(old_snapshot, new_snapshot)
generator = t.MigrationGenerator("migrations")
migration = generator.generate(diff, "my_changes")
generator.write_migration_file(migration)
t.save_snapshot(new_snapshot, "migrations/.schema.json")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=shop.folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr

    up = shop.works("migrate:up")

    assert "my_changes" in up.out
    assert shop.works("migrate:generate", "--message", "again").out.startswith("No changes")


def test_an_api_script_may_keep_everything_in_memory(tmp_path: Path) -> None:
    empty = load_snapshot(tmp_path / ".schema.json")
    new = SchemaSnapshot.from_schema([])

    save_snapshot(new, tmp_path / ".schema.json")

    assert load_snapshot(tmp_path / ".schema.json") == new == empty
    assert not detect_changes(empty, new)
    assert callable(load_models)
    assert MigrationGenerator(tmp_path).folder == tmp_path
