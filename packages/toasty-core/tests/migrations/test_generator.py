"""The guide's programmatic way, and what is written where."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from toasty_core import (
    ColumnDef,
    MigrationGenerator,
    SchemaSnapshot,
    TableDef,
    detect_changes,
    load_snapshot,
    save_snapshot,
)
from toasty_core.errors import MigrationFileError
from toasty_core.migrations import History

USERS = TableDef("users", [ColumnDef("id", "Integer", auto=True)], primary_key=["id"])
NOON = dt.datetime(2025, 1, 17, 12, 0, 0)


@pytest.fixture
def diff():
    return detect_changes(SchemaSnapshot(), SchemaSnapshot.of(USERS))


def test_the_programmatic_way_of_the_guide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    # Load schema
    old_snapshot = load_snapshot("migrations/.schema.json")
    new_snapshot = SchemaSnapshot.from_schema([USERS])

    # Detect changes
    diff = detect_changes(old_snapshot, new_snapshot)

    # Generate migration
    generator = MigrationGenerator("migrations")
    migration = generator.generate(diff, "my_changes")
    generator.write_migration_file(migration)

    # Save new snapshot
    save_snapshot(new_snapshot, "migrations/.schema.json")

    history = History.read("migrations")
    assert [file.version for file in history.files] == [migration.version]
    assert migration.version.endswith("_my_changes")
    assert history.fold() == new_snapshot == load_snapshot("migrations/.schema.json")
    assert not detect_changes(load_snapshot("migrations/.schema.json"), new_snapshot)


def test_nothing_is_written_until_it_is_asked_for(tmp_path, diff):
    migration = MigrationGenerator(tmp_path / "new").generate(diff, "add users", now=NOON)

    assert migration.version == "20250117_120000_add_users"
    assert migration.path == tmp_path / "new" / "20250117_120000_add_users.py"
    assert migration.operations == tuple(diff)
    assert list(tmp_path.iterdir()) == []


def test_the_time_is_utc(tmp_path, diff):
    noon = NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))
    generator = MigrationGenerator(tmp_path)
    today = dt.datetime.now(dt.timezone.utc)
    version = generator.generate(diff, "x").version

    assert generator.generate(diff, "x", now=noon).version == "20250117_100000_x"
    found = dt.datetime.strptime(version[:15], "%Y%m%d_%H%M%S").replace(tzinfo=dt.timezone.utc)
    assert abs(found - today) < dt.timedelta(seconds=5)


def test_a_second_file_in_the_same_second_gets_the_next_second(tmp_path, diff):
    generator = MigrationGenerator(tmp_path)
    for expected in ("20250117_120000_x", "20250117_120001_x", "20250117_120002_x"):
        migration = generator.generate(diff, "x", now=NOON)
        generator.write_migration_file(migration)

        assert migration.version == expected


def test_a_migration_comes_behind_those_that_are_there_even_when_the_clock_is_behind(
    tmp_path, diff
):
    (tmp_path / "20300101_235959_future.py").write_text("")
    (tmp_path / "20309999_999999_no_time.py").write_text("")

    version = MigrationGenerator(tmp_path).generate(diff, "x", now=NOON).version

    assert version == "20300102_000000_x"


def test_a_file_is_never_overwritten(tmp_path, diff):
    generator = MigrationGenerator(tmp_path)
    migration = generator.generate(diff, "x", now=NOON)
    migration.path.write_text("mine")

    with pytest.raises(MigrationFileError, match="there already"):
        generator.write_migration_file(migration)
    assert migration.path.read_text() == "mine"
    assert os.listdir(tmp_path) == [migration.path.name]


def test_a_file_in_the_folder_s_place_is_an_error(tmp_path, diff):
    generator = MigrationGenerator(tmp_path / "migrations")
    migration = generator.generate(diff, "x", now=NOON)
    (tmp_path / "migrations").write_text("")

    with pytest.raises(
        MigrationFileError, match="a file stands where the migrations folder should"
    ):
        generator.write_migration_file(migration)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path, diff):
    generator = MigrationGenerator(tmp_path / "file" / "migrations")
    migration = generator.generate(diff, "x", now=NOON)
    (tmp_path / "file").write_text("")

    with pytest.raises(MigrationFileError, match="cannot write the migration") as caught:
        generator.write_migration_file(migration)
    assert "permissions" in (caught.value.hint or "")


def test_what_down_does_not_bring_back_is_told(tmp_path):
    diff = detect_changes(SchemaSnapshot.of(USERS), SchemaSnapshot())
    migration = MigrationGenerator(tmp_path).generate(diff, "x")

    assert migration.not_restored == ("the rows of users",)


def test_dependencies_are_written_and_read(tmp_path, diff):
    generator = MigrationGenerator(tmp_path)
    first = generator.generate(diff, "a", now=NOON)
    generator.write_migration_file(first)
    empty = detect_changes(SchemaSnapshot(), SchemaSnapshot())
    second = generator.generate(empty, "b", depends_on=[first.version])
    generator.write_migration_file(second)

    assert History.read(tmp_path).dependencies == {second.version: (first.version,)}
