"""The one boundary where exceptions of sqlite3 become errors of Toasty's.

SQLite tells what is wrong by a code, or on Python 3.10, which hides the code, by its message.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from toasty_core.errors import ConnectionFailed, DatabaseError, StatementFailed
from toasty_core.url import Url, redact

DRIVER_ERRORS = (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError)
"""What a call of sqlite3 may raise: the last two for numbers and texts that SQLite cannot take."""

_LONGEST = 1000
"""How much of a statement an error shows, in characters."""


class _Explanation(NamedTuple):
    """What is wrong with the file, in words, for codes that begin and messages that read so."""

    code: str
    message: str
    what: str
    hint: str

    def fits(self, code: str, message: str) -> bool:
        return code.startswith(self.code) if code else self.message in message


_EXPLANATIONS = (
    _Explanation(
        "SQLITE_NOTADB",
        "file is not a database",
        "is no SQLite database",
        "check the path; an encrypted database cannot be read either",
    ),
    _Explanation(
        "SQLITE_CORRUPT",
        "disk image is malformed",
        "is damaged",
        "restore a backup, or try `sqlite3 FILE .recover`; `PRAGMA integrity_check` says what is wrong",
    ),
    _Explanation(
        "SQLITE_BUSY",
        "database is locked",
        "is locked: another program writes to it",
        "end that program or its transaction, or wait longer with ?timeout=SECONDS in the URL",
    ),
    _Explanation(
        "SQLITE_LOCKED",
        "is locked",
        "has a table that is locked by another connection or by a query that still runs",
        "read a query to its end, or end the other connection",
    ),
    _Explanation(
        "SQLITE_READONLY",
        "readonly database",
        "can be read but not written",
        "check the permissions of the file and of its folder, and ?mode= in the URL",
    ),
    _Explanation(
        "SQLITE_CANTOPEN",
        "unable to open",
        "cannot be opened",
        "check the path and the permissions of the file and of its folder",
    ),
    _Explanation(
        "SQLITE_FULL",
        "disk is full",
        "cannot grow: the disk is full",
        "make room and run the command again; nothing is left half-done",
    ),
    _Explanation(
        "SQLITE_IOERR",
        "disk I/O error",
        "could not be read or written: the disk failed",
        "check the disk and its quota; nothing is left half-done",
    ),
)


def translated(
    error: Exception, url: Url, *, statement: str | None = None, opening: bool = False
) -> DatabaseError:
    """The error of ours that says what `error` means. The caller raises it `from` the original.

    `statement` is the SQL that failed; `opening` is true while the database is being opened. Raises
    KeyboardInterrupt itself when it was Ctrl-C that stopped a long statement.
    """
    if _is_interrupt(error):
        raise KeyboardInterrupt from error
    message = redact(str(error), url)
    known = _explanation(error, message)
    what = f"{_file(url)} {known.what}." if known else message
    hint = known.hint if known else _hint(message) or _needed(message, statement or "")
    found: DatabaseError
    if opening:
        found = ConnectionFailed(what, where=str(url), hint=hint)
    elif statement is None:
        found = DatabaseError(what, where=str(url), hint=hint)
    else:
        found = StatementFailed(what, hint=hint, statement=redact(_shortened(statement), url))
    found.busy = is_busy(error)
    return found


def _file(url: Url) -> str:
    return "The database" if url.path in ("", ":memory:") else f"The file {url.path!r}"


def _explanation(error: Exception, message: str) -> _Explanation | None:
    code: str = getattr(error, "sqlite_errorname", "")
    if not isinstance(error, sqlite3.Error):
        return None
    return next((item for item in _EXPLANATIONS if item.fits(code, message)), None)


def _hint(message: str) -> str | None:
    if "foreign key mismatch" in message:
        return "the columns pointed at need a primary key or a unique constraint; ?foreign_keys=off turns keys off"
    if "FOREIGN KEY constraint failed" in message:
        return "a row points at one that does not stand; ?foreign_keys=off in the URL turns the keys off"
    return None


def _needed(message: str, statement: str) -> str | None:
    """What to do about a view, a trigger or a table that stands in the way."""
    again = "drop it first, and create what it becomes afterwards, with db.execute_sql"
    if statement.startswith("EXPLAIN "):
        return f"a trigger that fires here needs what this migration takes away: {again}"
    if statement.startswith("SELECT * FROM ") and statement.endswith(" LIMIT 0"):
        return f"the view needs what this migration takes away: {again}"
    if message.startswith(("error in view ", "error in trigger ")):
        return f"it names what does not stand, and SQLite renames nothing then: {again}"
    if re.match("(there is already another )?table .*toasty_new_", message):
        return "names that begin with toasty_ are Toasty's own: rename or drop that table"
    if re.match("(table|index) .* already exists", message):
        return "if the database has all that this migration makes: toasty migrate:baseline VERSION"
    return None


def _shortened(statement: str) -> str:
    text = statement.strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def is_busy(error: BaseException | None) -> bool:
    """Is it another connection's lock that stopped us?"""
    if not isinstance(error, sqlite3.OperationalError):
        return False
    code: str = getattr(error, "sqlite_errorname", "")
    return code.startswith("SQLITE_BUSY") if code else "database is locked" in str(error)


def _is_interrupt(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and str(error) == "interrupted"


@contextmanager
def boundary(url: Url, *, statement: str | None = None, opening: bool = False) -> Iterator[None]:
    """Turns whatever sqlite3 raises inside into an error of ours."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise translated(error, url, statement=statement, opening=opening) from error
