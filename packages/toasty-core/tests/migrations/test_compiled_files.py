"""What is kept of a migration file between runs, and when it counts."""

from __future__ import annotations

import os
import sys

import pytest

from toasty_core.errors import MigrationFileError
from toasty_core.migrations import MigrationFile, fingerprint
from toasty_core.migrations.compiled_files import compiled_file

VERSION = "20250117_120000_sample"


@pytest.fixture
def file(tmp_path, monkeypatch) -> MigrationFile:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    path = tmp_path / f"{VERSION}.py"
    path.write_text("x = 1\n")
    return MigrationFile.at(path)


def kept(file):
    folder = file.path.parent / "__pycache__"
    return sorted(folder.iterdir()) if folder.exists() else []


def value(file):
    names: dict[str, object] = {}
    exec(compiled_file(file).code, names)
    return names["x"]


def test_the_code_is_kept_and_gives_the_same_code_and_fingerprint(file):
    first = compiled_file(file)

    assert [path.name for path in kept(file)] == [
        f"{VERSION}.{sys.implementation.cache_tag}.toasty"
    ]
    assert compiled_file(file) == first
    assert first.fingerprint == fingerprint(file)


def test_an_edit_of_equal_size_in_the_same_second_counts(file):
    compiled_file(file)
    times = file.path.stat()
    file.path.write_text("x = 2\n")
    os.utime(file.path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert value(file) == 2


@pytest.mark.parametrize("junk", [b"", b"junk", b"\xe9\x00\x00\x00\x00", b"(\x00\x00\x00\x00"])
def test_a_kept_file_that_is_broken_is_made_anew(file, junk):
    compiled_file(file)
    kept(file)[0].write_bytes(junk)

    assert value(file) == 1
    assert kept(file)[0].read_bytes() != junk


def test_a_moved_folder_has_tracebacks_of_its_own(file):
    compiled_file(file)
    moved = file.path.parent.rename(file.path.parent.with_name("moved"))
    here = MigrationFile.at(moved / file.path.name)

    assert compiled_file(here).code.co_filename == str(here.path)


def test_nothing_is_kept_when_python_keeps_nothing(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    assert value(file) == 1
    assert kept(file) == []


def test_a_place_that_cannot_be_written_does_not_matter(file):
    (file.path.parent / "__pycache__").write_text("a file")

    assert value(file) == 1


def test_a_file_that_is_no_python_keeps_nothing(file):
    file.path.write_text("x =\n")

    with pytest.raises(MigrationFileError, match="no Python"):
        compiled_file(file)
    assert kept(file) == []


def test_what_is_kept_of_the_bytes_that_were_read_already_is_taken(file):
    first = compiled_file(file)
    file.path.write_text("x = 2\n")

    assert compiled_file(file, first.fingerprint.source_hash) == first
    assert compiled_file(file, "of other bytes").fingerprint == fingerprint(file)
