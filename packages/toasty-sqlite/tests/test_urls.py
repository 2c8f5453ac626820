"""Which database a URL names, and how it is opened."""

from __future__ import annotations

import re
import sqlite3

import pytest

from toasty_core.errors import ConnectionFailed, UrlError
from toasty_core.url import Url
from toasty_sqlite.connection import MEMORY, Mode, read_place


def place(url):
    return read_place(Url.parse(url))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:mydb.db", "mydb.db"),
        ("sqlite:some/where/my db.db", "some/where/my db.db"),
        ("sqlite:my%20db.db", "my db.db"),
        ("sqlite:///absolute/path.db", "/absolute/path.db"),
        ("sqlite:////absolute/path.db", "/absolute/path.db"),
        ("sqlite::memory:", MEMORY),
        ("sqlite:///:memory:", MEMORY),
    ],
)
def test_a_url_names_a_path(url, path):
    assert place(url).path == path


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("sqlite:a.db", Mode.MAY_CREATE),
        ("sqlite:a.db?mode=rwc", Mode.MAY_CREATE),
        ("sqlite:a.db?mode=rw", Mode.MUST_EXIST),
        ("sqlite:a.db?mode=ro", Mode.READ_ONLY),
        ("sqlite:a.db?mode=memory&cache=shared", Mode.MEMORY),
    ],
)
def test_a_url_names_a_mode(url, mode):
    assert place(url).mode is mode


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("sqlite:a.db", "file:a.db?mode=rw"),
        ("sqlite:///tmp/a.db", "file:///tmp/a.db?mode=rw"),
        ("sqlite:50%25%3f%23.db", "file:50%25%3f%23.db?mode=rw"),
        ("sqlite:a.db?immutable=true&cache=private", "file:a.db?mode=rw&cache=private&immutable=1"),
    ],
)
def test_a_place_has_a_uri_of_sqlites_own(url, uri):
    assert place(url).uri(Mode.MUST_EXIST) == uri


@pytest.mark.parametrize("name", ["50%.db", "what?.db", "#1.db", "it's.db", "a b.db", "ü€😀.db"])
def test_any_name_of_a_file_works(connect, tmp_path, name):
    escaped = str(tmp_path / name).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connect(f"sqlite:{escaped}").create_journal()

    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("url", "what", "hint"),
    [
        ("sqlite:", "names no database file", "sqlite:mydb.db"),
        ("sqlite:///", "names no database file", "sqlite:mydb.db"),
        ("sqlite://mydb.db", "is on no host", "sqlite:mydb.db"),
        ("sqlite+aiosqlite:///a.db", "no driver 'aiosqlite'", "sqlite:mydb.db"),
        ("sqlite:a.db?mod=ro", "no option 'mod'", "did you mean 'mode'?"),
        ("sqlite:a.db?jurnal_mode=wal", "no option", "did you mean 'journal_mode'?"),
        ("sqlite:a.db?zzz=1", "no option 'zzz'", "pragma.NAME"),
        ("sqlite:a.db?mode=write", "mode=write is not ro or rw or rwc or memory", None),
        ("sqlite:a.db?immutable=maybe", "immutable=maybe is not 1 or 0", None),
        ("sqlite:a.db?timeout=soon", "timeout=soon is not a number of seconds", None),
        ("sqlite:a.db?timeout=-1", "timeout=-1 is not a number of seconds", None),
        ("sqlite:a.db?vfs=a%26b", "is not the name of one", None),
        ("sqlite:a.db?pragma.=1", "names no pragma", "pragma.cache_size"),
        ("sqlite:a.db?cache_size=1;DROP", "is not a word or a number", None),
    ],
)
def test_a_wrong_url_is_refused_with_what_to_write(url, what, hint):
    with pytest.raises(UrlError, match=re.escape(what)) as caught:
        place(url)

    assert hint is None or hint in (caught.value.hint or "")


def test_pragmas_hold_for_the_connection(connect, file):
    database = connect(f"sqlite:{file}?journal_mode=wal&foreign_keys=off&pragma.cache_size=-123")
    database.create_journal()

    assert database.fetch("PRAGMA journal_mode") == [("wal",)]
    assert database.fetch("PRAGMA foreign_keys") == [(0,)]
    assert database.fetch("PRAGMA cache_size") == [(-123,)]


def test_foreign_keys_are_enforced_unless_the_url_says_no(connect):
    assert connect().fetch("PRAGMA foreign_keys") == [(1,)]


@pytest.mark.parametrize("name", ["foreign_keys", "pragma.foreign_keys", "recursive_triggers"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(connect, name):
    with pytest.raises(UrlError, match=f"{name}=maybe is not on or off"):
        connect(f"sqlite::memory:?{name}=maybe")


def test_the_journal_mode_stays_as_it_is(connect, file):
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = wal")
    connection.close()

    assert connect(f"sqlite:{file}").fetch("PRAGMA journal_mode") == [("wal",)]


def test_an_unknown_pragma_is_refused_with_the_nearest_name(connect):
    with pytest.raises(UrlError, match="no pragma 'cash_size'") as caught:
        connect("sqlite::memory:?pragma.cash_size=3")

    assert caught.value.hint == "did you mean 'cache_size'?"


def test_a_journal_mode_that_sqlite_does_not_take_is_refused(connect, file):
    file.touch()
    with pytest.raises(ConnectionFailed, match="keeps its journal as 'delete'"):
        connect(f"sqlite:{file}?journal_mode=banana")


def test_the_timeout_is_that_of_the_url(connect):
    assert connect("sqlite::memory:?timeout=0.25").fetch("PRAGMA busy_timeout") == [(250,)]


def test_a_named_database_in_memory_is_shared(connect):
    url = "sqlite:shared-by-two?mode=memory&cache=shared"
    connect(url).create_journal()

    assert connect(url).has_journal()


def test_connecting_and_reading_makes_no_file(connect, file):
    database = connect(f"sqlite:{file}")

    assert database.read_journal() == []
    assert database.read_entry("1") is None
    assert database.introspect().tables == {}
    assert database.lock_holder() is None
    assert not file.exists()


def test_a_file_that_is_made_meanwhile_is_seen(connect, file):
    reader = connect(f"sqlite:{file}")
    assert not reader.has_journal()
    connect(f"sqlite:{file}").create_journal()

    assert reader.has_journal()


@pytest.mark.parametrize("mode", ["ro", "rw"])
def test_a_file_that_must_exist_and_does_not(connect, file, mode):
    with pytest.raises(ConnectionFailed, match="does not exist") as caught:
        connect(f"sqlite:{file}?mode={mode}")

    assert f"without ?mode={mode} the file is made" in str(caught.value)
    assert not file.exists()


def test_a_folder_that_does_not_exist(connect, tmp_path):
    with pytest.raises(ConnectionFailed, match=r"The folder .* does not exist"):
        connect(f"sqlite:{tmp_path}/nowhere/my.db")


def test_three_slashes_before_a_relative_path_are_explained(connect, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toasty-data").mkdir()

    with pytest.raises(ConnectionFailed) as caught:
        connect("sqlite:///toasty-data/my.db")

    assert "write sqlite:toasty-data/my.db" in str(caught.value)


def test_a_folder_in_the_place_of_the_file(connect, tmp_path):
    with pytest.raises(ConnectionFailed, match="is a folder and no file"):
        connect(f"sqlite:{tmp_path}")


def test_immutable_files_are_read(connect, file):
    connect(f"sqlite:{file}").create_journal()

    assert connect(f"sqlite:{file}?immutable=1&mode=ro").read_journal() == []
