"""Finding, ordering and folding the files of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toasty_core.errors import HistoryError, MigrationFileError, SchemaError
from toasty_core.migrations import Direction, History, MigrationFile, find_migrations
from toasty_core.migrations.ordering import in_order

A, B, C = "20250101_000000_a", "20250102_000000_b", "20250103_000000_c"


def write(
    folder: Path, version: str, up: str = "...", depends_on: str = "", said: str = ""
) -> Path:
    path = folder / f"{version}.py"
    more = f"    depends_on = {depends_on}\n" if depends_on else ""
    path.write_text(
        "from toasty_core import ColumnDef, Migration, TableDef\n"
        "class M(Migration):\n"
        f'    version = "{said or version}"\n'
        f"{more}"
        "    def up(self, db):\n"
        f"        {up}\n"
        "    def down(self, db): ...\n"
    )
    return path


CREATE = 'db.create_table(TableDef("users", [ColumnDef("id", "Integer")]))'
ADD = 'db.add_column("users", ColumnDef("name", "Text"))'


def test_files_are_found_by_name_alone_and_sorted(tmp_path):
    for name in (
        f"{B}.py",
        f"{A}.py",
        "__init__.py",
        "20250101_add.py",
        "helpers.py",
        ".schema.json",
    ):
        (tmp_path / name).write_text("this is no Python")
    (tmp_path / f"{C}.py").mkdir()

    assert find_migrations(tmp_path) == (
        MigrationFile.at(tmp_path / f"{A}.py"),
        MigrationFile.at(tmp_path / f"{B}.py"),
    )


def test_a_missing_folder_has_no_migrations(tmp_path):
    history = History.read(tmp_path / "none")

    assert history.files == ()
    assert history.head is None
    assert history.fold().tables == {}


def test_a_file_in_the_folder_s_place_is_an_error(tmp_path):
    (tmp_path / "migrations").write_text("")

    with pytest.raises(
        MigrationFileError, match="a file stands where the migrations folder should"
    ):
        find_migrations(tmp_path / "migrations")


def test_a_file_with_nearly_the_right_name_is_noticed(tmp_path):
    (tmp_path / "0001_initial.py").write_text("")
    (tmp_path / "helpers.py").write_text("")

    assert History.read(tmp_path).notices == (
        "0001_initial.py is ignored: migrations are called YYYYMMDD_HHMMSS_description.py",
    )


def test_ties_go_by_name_and_dependencies_come_first(tmp_path):
    write(tmp_path, A, depends_on=f"('{C}',)")
    write(tmp_path, "20250102_000000_z")
    write(tmp_path, B)
    write(tmp_path, C)

    assert History.read(tmp_path).versions == (B, "20250102_000000_z", C, A)


@pytest.mark.parametrize("text", [f"['{B}']", f"('{B}',)", f"'{B}'"])
def test_depends_on_may_be_a_list_a_tuple_or_a_text(tmp_path, text):
    write(tmp_path, A, depends_on=text)
    write(tmp_path, B)

    assert History.read(tmp_path).dependencies == {A: (B,)}


def test_depends_on_in_a_comment_is_nothing(tmp_path):
    write(tmp_path, A, up="...  # depends_on = 3")

    assert History.read(tmp_path).dependencies == {A: ()}


@pytest.mark.parametrize("text", ["name", "3", "[3]", "'a' + b"])
def test_depends_on_must_be_written_out(tmp_path, text):
    path = write(tmp_path, A, depends_on=text)

    with pytest.raises(
        MigrationFileError, match="depends_on must be versions, written out"
    ) as caught:
        History.read(tmp_path)
    assert caught.value.where == f"{path}:4"


def test_a_missing_dependency_names_both_ends(tmp_path):
    path = write(tmp_path, A, depends_on="('20250102_000000_bb',)")
    write(tmp_path, B)

    with pytest.raises(HistoryError) as caught:
        History.read(tmp_path)
    assert caught.value.what == f"{A} depends on 20250102_000000_bb, which is not there"
    assert caught.value.where == str(path)
    assert caught.value.hint == f"did you mean '{B}'?"


def test_a_cycle_names_all_that_are_in_it(tmp_path):
    write(tmp_path, A, depends_on=f"('{B}',)")
    write(tmp_path, B, depends_on=f"('{A}',)")
    write(tmp_path, C, depends_on=f"('{A}',)")

    with pytest.raises(HistoryError) as caught:
        History.read(tmp_path)
    assert caught.value.what == f"migrations depend on each other: {A} -> {B} -> {A}"
    assert caught.value.where == f"{tmp_path / A}.py and {tmp_path / B}.py"


def test_two_files_that_say_one_version_are_an_error_that_names_both(tmp_path):
    write(tmp_path, A)
    write(tmp_path, B, said=A)

    with pytest.raises(HistoryError, match=f"two files say version '{A}'") as caught:
        History.read(tmp_path)
    assert f"{A}.py" in (caught.value.where or "")
    assert f"{B}.py" in (caught.value.where or "")


@given(st.data())
def test_any_order_of_dependencies_is_kept_and_else_time_rules(data):
    versions = [f"20250101_0000{n:02}_m" for n in range(8)]
    shuffled = data.draw(st.permutations(versions))
    depends = {
        version: tuple(data.draw(st.lists(st.sampled_from(shuffled[:n]), unique=True)))
        for n, version in enumerate(shuffled)
        if n
    }
    files = tuple(MigrationFile(version, version) for version in versions)
    ordered = [file.version for file in in_order(files, depends)]

    assert sorted(ordered) == versions
    for version, names in depends.items():
        assert all(ordered.index(name) < ordered.index(version) for name in names)
    assert [file.version for file in in_order(files, {})] == versions


def test_the_fold_is_the_schema_after_all_files_or_up_to_one(tmp_path):
    write(tmp_path, A, CREATE)
    write(tmp_path, B, ADD)
    history = History.read(tmp_path)

    assert history.fold().table("users").column_names == ("id", "name")
    assert history.fold(until=A).table("users").column_names == ("id",)
    assert history.head == B


def test_an_operation_that_does_not_fit_is_named_with_its_line(tmp_path):
    path = write(tmp_path, A, ADD)

    with pytest.raises(SchemaError, match="there is no table 'users'") as caught:
        History.read(tmp_path).fold()
    assert caught.value.where == f"{path}:5"


def test_an_unknown_version_is_an_error_with_the_nearest_one(tmp_path):
    write(tmp_path, A)
    history = History.read(tmp_path)

    assert history.file(A).version == A
    with pytest.raises(HistoryError, match="there is no migration") as caught:
        history.fold(until="20250101_000000_b")
    assert caught.value.hint == f"did you mean '{A}'?"


def test_a_recording_has_the_fingerprint_of_its_file(tmp_path):
    write(tmp_path, A, CREATE)
    history = History.read(tmp_path)
    recording = history.recording(history.file(A), Direction.UP)

    assert recording.version == A
    assert recording.fingerprint is not None
    assert recording.fingerprint.source_hash == history.source_hashes[A]
    assert recording.fingerprint.checksum.startswith("ast1:")


def test_the_digest_changes_with_every_file_that_comes_goes_or_changes(tmp_path):
    digests = [History.read(tmp_path).digest]
    path = write(tmp_path, A, CREATE)
    digests.append(History.read(tmp_path).digest)
    path.write_text(path.read_text() + "# more\n")
    digests.append(History.read(tmp_path).digest)
    path.rename(tmp_path / f"{B}.py")
    digests.append(History.read(tmp_path).digest)

    assert len(set(digests)) == 4
    assert History.read(tmp_path).digest == digests[-1]
