"""Files that cannot be used, disks that are full: one clear error each, and nothing half-written."""

from __future__ import annotations

import os
import resource
import sqlite3
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from toasty_core.errors import ConnectionFailed, DatabaseError, StatementFailed, ToastyError
from toasty_core.url import Url
from toasty_sql.statements import SqlStatement
from toasty_sqlite import SqliteBackend
from toasty_sqlite.database import SqliteDatabase
from toasty_sqlite.errors import translated

import_module("toasty_sqlite.introspect")  # before a child loses its rights


def make(file, rows=0):
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.executemany("INSERT INTO t VALUES (?)", [("x" * 1000,)] * rows)
    connection.commit()
    connection.close()


def in_a_child(work: Callable[[], None]) -> str:
    """What a child process says: the error that `work` raises in it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        said = "no error"
        try:
            work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(write, said.encode())
            os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def connected(file, options="") -> SqliteDatabase:
    database = SqliteBackend().connect(Url.parse(f"sqlite:{file}{options}"))
    assert isinstance(database, SqliteDatabase)
    return database


def write_much(database) -> None:
    with database.transaction():
        for _ in range(300):
            database.execute(SqlStatement("INSERT INTO t VALUES (?)", ("y" * 4000,)))


@pytest.mark.parametrize("content", [b"no database at all, but long enough" * 100, b"\x00" * 5000])
def test_a_file_that_is_no_database(connect, file, content):
    file.write_bytes(content)

    with pytest.raises(ConnectionFailed, match="is no SQLite database"):
        connect(f"sqlite:{file}")
    assert file.read_bytes() == content


def test_an_empty_file_is_an_empty_database(connect, file):
    file.touch()

    assert connect(f"sqlite:{file}").introspect().tables == {}


def test_a_damaged_file(connect, file):
    make(file, rows=200)
    content = bytearray(file.read_bytes())
    content[4096 + 8 : 4096 * 3] = b"\xff" * (4096 * 2 - 8)
    file.write_bytes(content)

    with pytest.raises(DatabaseError, match="is damaged") as caught:
        connect(f"sqlite:{file}").fetch("SELECT * FROM t")
    assert "backup" in (caught.value.hint or "")


def test_a_file_that_is_opened_to_read_only(connect, file):
    make(file)
    database = connect(f"sqlite:{file}?mode=ro")

    assert database.introspect().has_table("t")
    with pytest.raises(StatementFailed, match="can be read but not written"):
        database.execute(SqlStatement("INSERT INTO t VALUES (1)"))
    with pytest.raises(DatabaseError, match="can be read but not written"):
        database.create_journal()


def as_nobody(work: Callable[[], None]) -> str:
    """`work` without root's rights, if we have them."""

    def without_rights() -> None:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        work()

    return in_a_child(without_rights)


@pytest.fixture
def open_folder():
    """A folder that other users can get at, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def test_a_file_that_may_only_be_read(open_folder):
    file = open_folder / "my.db"
    make(file)
    file.chmod(0o444)
    open_folder.chmod(0o555)

    def work() -> None:
        with connected(file) as database:
            assert database.introspect().has_table("t")
            assert database.read_journal() == []
            database.create_journal()

    said = as_nobody(work)
    assert said.startswith("StatementFailed: The file ")
    assert "can be read but not written" in said


def test_a_file_that_may_not_even_be_read(open_folder):
    file = open_folder / "my.db"
    make(file)
    file.chmod(0)
    open_folder.chmod(0o555)

    said = as_nobody(lambda: connected(file).close())
    assert said.startswith("ConnectionFailed: The file ")
    assert "cannot be opened" in said


def test_a_folder_that_may_not_be_written(open_folder):
    open_folder.chmod(0o555)

    def work() -> None:
        with connected(open_folder / "my.db") as database:
            assert database.read_journal() == []
            database.create_journal()

    said = as_nobody(work)
    assert said.startswith("ConnectionFailed: The file ")
    assert "cannot be opened" in said


def test_a_full_disk_leaves_the_file_as_it_was(connect, file):
    make(file)
    before = file.read_bytes()
    database = connect(f"sqlite:{file}?max_page_count=50")

    with pytest.raises(StatementFailed, match="disk is full") as caught:
        write_much(database)
    assert "make room" in (caught.value.hint or "")
    database.close()
    assert file.read_bytes() == before


def test_a_disk_that_fails_leaves_the_rows_as_they_were(file):
    make(file, rows=3)

    def work() -> None:
        with connected(file) as database:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
            write_much(database)

    said = in_a_child(work)
    assert said.startswith("StatementFailed: ")
    assert "the disk failed" in said or "disk is full" in said
    with connected(file) as database:
        assert database.fetch("SELECT count(*) FROM t") == [(3,)]
        assert database.fetch("PRAGMA integrity_check") == [("ok",)]


def test_a_file_that_another_program_has_locked_for_itself(connect, file):
    make(file)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(ConnectionFailed, match="is locked: another program") as caught:
        connect(f"sqlite:{file}?timeout=0")
    assert "?timeout=SECONDS" in (caught.value.hint or "")
    other.close()


def test_a_table_that_is_locked_by_a_query(connect):
    url = "sqlite:one-for-all?mode=memory&cache=shared&timeout=0"
    reader, writer = connect(url), connect(url)
    writer.execute(SqlStatement("CREATE TABLE t (a INTEGER)"))
    writer.execute(SqlStatement("INSERT INTO t VALUES (1), (2)"))
    cursor = reader.live().execute("SELECT a FROM t")
    cursor.fetchone()

    with pytest.raises(StatementFailed, match="has a table that is locked"):
        writer.execute(SqlStatement("DROP TABLE t"))
    cursor.close()


def test_a_table_that_stands_already_may_be_for_a_baseline(connect, file):
    make(file)
    with pytest.raises(StatementFailed, match="already exists") as caught:
        connect(f"sqlite:{file}").execute(SqlStatement("CREATE TABLE t (a TEXT)"))

    assert "migrate:baseline" in (caught.value.hint or "")


def test_a_secret_in_the_url_is_in_no_error(connect, file):
    make(file)
    database = connect(f"sqlite:{file}")
    database.url = Url.parse(f"sqlite:{file}?token=opensesame")

    with pytest.raises(ToastyError) as caught:
        database.execute(SqlStatement("SELECT opensesame FROM t WHERE 'opensesame'"))
    assert "opensesame" not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("file is not a database", "is no SQLite database"),
        ("database disk image is malformed", "is damaged"),
        ("database is locked", "is locked: another program"),
        ("database table is locked: t", "has a table that is locked"),
        ("attempt to write a readonly database", "can be read but not written"),
        ("unable to open database file", "cannot be opened"),
        ("database or disk is full", "the disk is full"),
        ("disk I/O error", "the disk failed"),
        ("malformed JSON", "malformed JSON"),
        ("no such table: t", "no such table: t"),
    ],
)
def test_python_310_tells_by_the_message_alone(message, what):
    error = translated(sqlite3.OperationalError(message), Url.parse("sqlite:my.db"))

    assert what in error.what
