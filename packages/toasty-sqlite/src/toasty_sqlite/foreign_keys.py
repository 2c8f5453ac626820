"""When foreign keys are enforced, and what points at nothing.

Toasty enforces foreign keys (`?foreign_keys=off` in the URL turns them off), but not while a table is dropped
or rebuilt: SQLite would delete the rows that point at it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from toasty_core.errors import CheckFailed
from toasty_sqlite.errors import boundary
from toasty_sqlite.names import quote

if TYPE_CHECKING:
    from toasty_core.backends import Statement
    from toasty_core.url import Url

_DROPS_TABLE = re.compile(r"\bDROP\s+TABLE\b")
_ADDS_REFERENCE = tuple(map(re.compile, (r"\bALTER\s+TABLE\b", r"\bADD\b", r"\bREFERENCES\b")))
_CHANGES_ROWS = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|WITH)\b", re.IGNORECASE)
_REFERENCED = """
    SELECT DISTINCT lower(f."table") FROM sqlite_master m, pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' AND lower(f."table") <> lower(m.name)
"""
_WITH_KEYS = """
    SELECT DISTINCT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' ORDER BY m.name
"""


@contextmanager
def suited_to(
    statements: Sequence[Statement], connection: sqlite3.Connection, url: Url
) -> Iterator[Callable[[], None]]:
    """Foreign keys as the statements need them, for as long as a transaction lasts.

    Gives a function to call at its beginning and its end. Where keys had to be off although rows change, it
    raises CheckFailed when more rows point at nothing than before.
    """
    with boundary(url):
        turn_off = must_be_off(statements) and _enforced(connection)
        if turn_off:
            connection.execute("PRAGMA foreign_keys = OFF")
    if not turn_off:
        yield _nothing
        return
    try:
        yield _comparison(connection, url) if change_rows(statements) else _nothing
    finally:
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA foreign_keys = ON")


_KEYS_ARE_OFF = (
    "ON DELETE and ON UPDATE do nothing in a migration that rebuilds or drops a table: see to those rows"
    " there, too, or change rows in a migration of its own"
)


def _comparison(connection: sqlite3.Connection, url: Url) -> Callable[[], None]:
    """What counts the rows that point at nothing, and compares with the first time."""
    before: dict[str, int] | None = None

    def compare() -> None:
        nonlocal before
        with boundary(url):
            found = all_dangling(connection)
        before = found if before is None else before
        for table, count in found.items():
            must_not_dangle(table, count, before.get(table, 0), _KEYS_ARE_OFF)

    return compare


def _nothing() -> None:
    """There is nothing to compare."""


def _enforced(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA foreign_keys").fetchone()[0])


def must_not_dangle(table: str, count: int, allowed: int, hint: str | None = None) -> None:
    """Raises CheckFailed when more rows of a table point at nothing than are allowed."""
    if count > allowed:
        listed = f"PRAGMA foreign_key_check({quote(table)}) lists them; put the missing rows in,"
        raise CheckFailed(
            f"{count - allowed} row(s) of table {table!r} would point at nothing.",
            hint=hint or f"{listed} or delete these, first",
        )


def must_be_off(statements: Iterable[Statement]) -> bool:
    """Would enforcement stop or lose something that these statements are to keep?"""
    return any(
        getattr(statement, "needs_foreign_keys_off", False)
        or _needs_off(getattr(statement, "sql", ""))
        for statement in statements
    )


def _needs_off(sql: str) -> bool:
    """Does the SQL drop a table, or add a column that points somewhere?"""
    text = sql.upper()
    if "DROP" in text and _DROPS_TABLE.search(text):
        return True
    return "ALTER" in text and _in_order(_ADDS_REFERENCE, text)


def _in_order(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    """Does each find something behind what the one before it found?"""
    end = 0
    for pattern in patterns:
        found = pattern.search(text, end)
        if found is None:
            return False
        end = found.end()
    return True


def change_rows(statements: Iterable[Statement]) -> bool:
    """Do some of the statements change rows in a way that enforcement would look at?"""
    from toasty_sql.statements import CallStatement
    from toasty_sql.transform import TransformStatement

    return any(
        isinstance(statement, CallStatement | TransformStatement)
        or _CHANGES_ROWS.match(getattr(statement, "sql", ""))
        for statement in statements
    )


def referenced_tables(connection: sqlite3.Connection) -> frozenset[str]:
    """The tables that others have foreign keys to, in lower case."""
    return frozenset(name for (name,) in connection.execute(_REFERENCED))


def all_dangling(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows of each table point at nothing."""
    tables = [name for (name,) in connection.execute(_WITH_KEYS).fetchall()]
    return {table: dangling(connection, table) for table in tables}


def dangling(connection: sqlite3.Connection, table: str) -> int:
    """How many rows of a table point at nothing; 0 where a key points at columns that are not unique."""
    try:
        return len(connection.execute(f"PRAGMA foreign_key_check({quote(table)})").fetchall())
    except sqlite3.OperationalError as error:
        if "mismatch" in str(error) or "no such table" in str(error):
            return 0
        raise
