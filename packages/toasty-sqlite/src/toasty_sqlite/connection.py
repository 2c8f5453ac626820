"""From a URL to an open connection.

sqlite:mydb.db                      a file beside us, made when something is written
sqlite:///absolute/path.db          a file by its absolute path
sqlite::memory:                     no file

?mode=ro|rw|rwc|memory              read only, must exist, may be made (the default), named database in memory
?immutable=1  ?nolock=1             for files that nobody changes, and for disks without locks
?cache=shared|private  ?vfs=NAME    as in SQLite's own URIs
?timeout=SECONDS                    how long to wait for another program's lock (5)
?journal_mode=wal                   a common pragma, set whenever the file is opened
?pragma.NAME=VALUE                  any other pragma
"""

from __future__ import annotations

import os
import re
import sqlite3
from enum import Enum
from typing import NamedTuple

from toasty_core.errors import ConnectionFailed, UrlError, suggest
from toasty_core.url import Url
from toasty_sqlite.errors import boundary

MEMORY = ":memory:"
DEFAULT_TIMEOUT = 5.0

_TRUTH = {
    "1": "1",
    "true": "1",
    "yes": "1",
    "on": "1",
    "0": "0",
    "false": "0",
    "no": "0",
    "off": "0",
}
_CHOICES = {"mode": ("ro", "rw", "rwc", "memory"), "cache": ("shared", "private")}
_SWITCHES = ("immutable", "nolock")
_PRAGMAS = (
    *("auto_vacuum", "automatic_index", "busy_timeout", "cache_size", "cell_size_check"),
    *("encoding", "foreign_keys", "journal_mode", "journal_size_limit", "locking_mode"),
    *("max_page_count", "mmap_size", "page_size", "recursive_triggers", "secure_delete"),
    *("synchronous", "temp_store", "threads", "trusted_schema", "wal_autocheckpoint"),
)
_ON_OFF = (
    *("automatic_index", "cell_size_check", "foreign_keys", "recursive_triggers", "trusted_schema"),
)
_OPTIONS = (*_CHOICES, *_SWITCHES, "vfs", "timeout", *_PRAGMAS)
_PRAGMA_NAME = re.compile(r"[a-z_]+\Z")
_PRAGMA_VALUE = re.compile(r"[+-]?[A-Za-z0-9_.-]+\Z")
_FORMS = "write sqlite:mydb.db, sqlite:///absolute/path.db or sqlite::memory:"


class Mode(Enum):
    """How the file is opened."""

    READ_ONLY = "ro"
    MUST_EXIST = "rw"
    MAY_CREATE = "rwc"
    MEMORY = "memory"


class Place(NamedTuple):
    """Where the database is and how it is opened: a URL that was read and found right."""

    url: Url
    path: str
    mode: Mode = Mode.MAY_CREATE
    timeout: float = DEFAULT_TIMEOUT
    options: tuple[tuple[str, str], ...] = ()
    """Options of SQLite's own URI, beside the mode."""
    pragmas: tuple[tuple[str, str], ...] = ()

    @property
    def in_memory(self) -> bool:
        """Is there no file?"""
        return self.path == MEMORY or self.mode is Mode.MEMORY

    @property
    def exists(self) -> bool:
        """Is there something to open?"""
        return self.in_memory or os.path.exists(self.path)

    def uri(self, mode: Mode) -> str:
        """SQLite's URI of the place."""
        path = self.path.replace("\\", "/") if os.name == "nt" else self.path
        for letter in "%?#":
            path = path.replace(letter, f"%{ord(letter):02x}")
        path = f"/{path}" if re.match(r"[A-Za-z]:/", path) and os.name == "nt" else path
        options = "&".join(f"{name}={value}" for name, value in self.options)
        start = "file://" if path.startswith("/") else "file:"
        return f"{start}{path}?mode={mode.value}{'&' if options else ''}{options}"


def read_place(url: Url) -> Place:
    """The place that a URL names. Raises UrlError with what to write."""
    if url.driver:
        raise UrlError(
            f"Toasty knows no driver {url.driver!r} for SQLite.", where=str(url), hint=_FORMS
        )
    if url.hosts:
        raise UrlError("A SQLite database is on no host.", where=str(url), hint=_FORMS)
    path = MEMORY if url.path in (MEMORY, f"/{MEMORY}") else url.path
    if not path or path == "/":
        raise UrlError("The URL names no database file.", where=str(url), hint=_FORMS)
    settings = {name: _setting(url, name, value) for name, value in url.query}
    own = (*_CHOICES, *_SWITCHES, "vfs")
    return Place(
        url,
        re.sub(r"\A//+", "/", path),
        Mode(settings.get("mode", "rwc")),
        float(settings.get("timeout", DEFAULT_TIMEOUT)),
        tuple((name, settings[name]) for name in own if name in settings and name != "mode"),
        tuple(
            (name.removeprefix("pragma."), value)
            for name, value in settings.items()
            if name.startswith("pragma.") or name in _PRAGMAS
        ),
    )


def _setting(url: Url, name: str, value: str) -> str:
    """The value of one option, checked."""
    if name not in _OPTIONS and not name.startswith("pragma."):
        near = suggest(name, _OPTIONS)
        known = f"known are {', '.join(_OPTIONS)}, and pragma.NAME for any other pragma"
        raise UrlError(f"SQLite has no option {name!r}.", where=str(url), hint=near or known)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise _wrong_value(url, name, value, " or ".join(_CHOICES[name]))
    if name in _SWITCHES:
        if value.lower() not in _TRUTH:
            raise _wrong_value(url, name, value, "1 or 0")
        return _TRUTH[value.lower()]
    if name == "timeout" and not re.fullmatch(r"\d+(\.\d+)?", value):
        raise _wrong_value(url, name, value, "a number of seconds")
    if name == "vfs" and not re.fullmatch(r"[\w.-]+", value):
        raise _wrong_value(url, name, value, "the name of one")
    if name.startswith("pragma.") or name in _PRAGMAS:
        _check_pragma(url, name, value)
    return value


def _check_pragma(url: Url, name: str, value: str) -> None:
    if not _PRAGMA_NAME.match(name.removeprefix("pragma.")):
        raise UrlError(
            f"{name!r} names no pragma.", where=str(url), hint="write ?pragma.cache_size=-4000"
        )
    if not _PRAGMA_VALUE.match(value):
        raise _wrong_value(url, name, value, "a word or a number")
    if name.removeprefix("pragma.") in _ON_OFF and value.lower() not in _TRUTH:
        raise _wrong_value(url, name, value, "on or off")  # SQLite would take it for off


def _wrong_value(url: Url, name: str, value: str, wanted: str) -> UrlError:
    return UrlError(f"The option {name}={value} is not {wanted}.", where=str(url))


def open_place(place: Place, mode: Mode) -> sqlite3.Connection:
    """An open connection that begins no transaction by itself, and has read the file's first page.

    Raises ConnectionFailed, or UrlError for a pragma that SQLite does not have.
    """
    with boundary(place.url, opening=True):
        target = place.path if place.path == MEMORY else place.uri(mode)
        connection = sqlite3.connect(
            target,
            timeout=place.timeout,
            isolation_level=None,
            uri=place.path != MEMORY,
        )
        try:
            connection.execute("PRAGMA schema_version").fetchone()
            _set_pragmas(connection, place)
        except BaseException:
            connection.close()
            raise
    return connection


def _set_pragmas(connection: sqlite3.Connection, place: Place) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    if not place.pragmas:
        return
    known = [name for (name,) in connection.execute("SELECT name FROM pragma_pragma_list")]
    for name, value in place.pragmas:
        if name not in known:
            near = suggest(name, known)
            raise UrlError(f"SQLite has no pragma {name!r}.", where=str(place.url), hint=near)
        answer = connection.execute(f"PRAGMA {name} = {value}").fetchone()
        if name == "journal_mode" and not _same_mode(answer, value):
            raise ConnectionFailed(
                f"SQLite keeps its journal as {answer[0]!r} here, not as {value!r}.",
                where=str(place.url),
                hint="journal_mode is one of delete, truncate, persist, memory, wal and off",
            )


def _same_mode(answer: tuple[str] | None, value: str) -> bool:
    return answer is None or answer[0].lower() in (value.lower(), "memory")


def check_folder(place: Place) -> None:
    """Raises ConnectionFailed when there can be no such file: no folder, or a folder in its place."""
    if place.in_memory:
        return
    folder = os.path.dirname(place.path) or "."
    if not os.path.isdir(folder):
        raise ConnectionFailed(
            f"The folder {folder!r} does not exist.", where=str(place.url), hint=_folder_hint(place)
        )
    if os.path.isdir(place.path):
        raise ConnectionFailed(
            f"{place.path!r} is a folder and no file.",
            where=str(place.url),
            hint="name the database file inside of it",
        )
    if place.mode in (Mode.READ_ONLY, Mode.MUST_EXIST) and not os.path.exists(place.path):
        raise ConnectionFailed(
            f"The file {place.path!r} does not exist.",
            where=str(place.url),
            hint=f"check the path; without ?mode={place.mode.value} the file is made",
        )


def _folder_hint(place: Place) -> str:
    relative = place.path.lstrip("/")
    if place.path.startswith("/") and os.path.isdir(os.path.dirname(relative) or "."):
        return f"sqlite:/// begins an absolute path; for a file beside you write sqlite:{relative}"
    return "check the path, or make the folder"
