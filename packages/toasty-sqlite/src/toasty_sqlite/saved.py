"""What a rebuild reads from the live database: triggers, views, and indexes that no migration made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from toasty_core.errors import StatementFailed
from toasty_sqlite.names import quote
from toasty_sqlite.statements import ForeignKeyCheck, RebuildTable, SavedObjects, compiling_triggers


def read_saved(connection: sqlite3.Connection, rebuild: RebuildTable) -> SavedObjects:
    """What `rebuild.statements` needs to know of the live database. Changes nothing."""
    columns = connection.execute(f"PRAGMA table_xinfo({quote(rebuild.table)})").fetchall()
    triggers = tuple(sql for _, sql in _objects(connection, "trigger", rebuild.table))
    return SavedObjects(
        columns=tuple(row[1] for row in columns),
        triggers=triggers,
        indexes=tuple(
            sql
            for name, sql in _objects(connection, "index", rebuild.table)
            if name not in rebuild.known_indexes
        ),
        views=_readable_views(connection),
        dangling=tuple((table, _dangling(connection, table)) for table in rebuild.checked),
        broken=bool(triggers) and _are_broken(connection, rebuild.table, columns),
        elsewhere=tuple(triggers_elsewhere(connection, rebuild.table)),
    )


def refuse_hidden(connection: sqlite3.Connection, rebuild: RebuildTable) -> None:
    """Raises StatementFailed for a temporary table of the same name: SQLite takes that one for the table."""
    query = "SELECT name FROM sqlite_temp_master WHERE lower(name) = lower(?)"
    found = connection.execute(query, (rebuild.table,)).fetchone()
    if found is not None:
        raise StatementFailed(
            f"The table {rebuild.table!r} cannot be rebuilt: a temporary table of that name hides it.",
            hint=f"drop it before this change: db.execute_sql('DROP TABLE temp.{quote(found[0])}')",
        )


def _are_broken(connection: sqlite3.Connection, table: str, columns: list[tuple[Any, ...]]) -> bool:
    """Do the triggers fail already, whatever the migration does?"""
    statements = compiling_triggers(table, _plain(columns))
    return not all(works(connection, statement.sql) for statement in statements)


def working_triggers(
    connection: sqlite3.Connection, table: str, remaining: tuple[str, ...]
) -> list[str]:
    """What compiles all triggers, as far as they work now; nothing where there are none.

    `remaining` are the columns of the table that may still be set afterwards.
    """
    if connection.execute(_ANY_TRIGGER).fetchone() is None:
        return []
    own = (statement.sql for statement in compiling_triggers(table, remaining))
    asked = [sql for sql in own if works(connection, sql)]
    return [*asked, *triggers_elsewhere(connection, table)]


_ANY_TRIGGER = """
    SELECT 1 FROM sqlite_master WHERE type = 'trigger'
    UNION ALL SELECT 1 FROM sqlite_temp_master WHERE type = 'trigger' LIMIT 1
"""


def triggers_elsewhere(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """What compiles the triggers of other tables and of views, as far as they work now."""
    query = (
        "SELECT DISTINCT tbl_name FROM sqlite_master"
        " WHERE type = 'trigger' AND lower(tbl_name) <> lower(?) ORDER BY tbl_name"
    )
    for (name,) in connection.execute(query, (table,)).fetchall():
        pragma = f"PRAGMA table_xinfo({quote(name)})"
        if works(connection, pragma):
            columns = _plain(connection.execute(pragma).fetchall())
            asked = (statement.sql for statement in compiling_triggers(name, columns))
            yield from (sql for sql in asked if works(connection, sql))


def _plain(columns: list[tuple[Any, ...]]) -> tuple[str, ...]:
    """The columns that may be set."""
    return tuple(name for _, name, *_, hidden in columns if not hidden)


def _objects(connection: sqlite3.Connection, kind: str, table: str) -> list[tuple[str, str]]:
    """Name and SQL of the triggers or indexes of a table, in the order of their making."""
    query = (
        "SELECT name, sql FROM sqlite_master"
        " WHERE type = ? AND lower(tbl_name) = lower(?) AND sql IS NOT NULL ORDER BY rowid"
    )
    return [(name, sql) for name, sql in connection.execute(query, (kind, table))]


def _readable_views(connection: sqlite3.Connection) -> tuple[str, ...]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY rowid")
    views = [quote(name) for (name,) in names.fetchall()]
    return tuple(view for view in views if works(connection, f"SELECT * FROM {view} LIMIT 0"))


def works(connection: sqlite3.Connection, sql: str) -> bool:
    """Does SQLite take this SQL, which changes nothing?

    Whoever asks again writes it without the comment: a cached EXPLAIN would not be compiled once more.
    """
    try:
        connection.execute(f"{sql} -- as yet").fetchall()
    except sqlite3.OperationalError:
        return False
    return True


def _dangling(connection: sqlite3.Connection, table: str) -> int:
    try:
        return len(connection.execute(ForeignKeyCheck(table).pragma).fetchall())
    except sqlite3.OperationalError:
        return 0  # the key that it points at does not stand yet
