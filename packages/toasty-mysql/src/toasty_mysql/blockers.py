"""Who holds locks on a table: the sessions that a statement of ours waited for.

MySQL keeps a list of metadata locks in `performance_schema`, MariaDB has one when its plug-in
`metadata_lock_info` is there. Where there is none, or the user may not read it, the open transactions are named,
of which one is it: those of sessions that use this database, or else all. Sessions of other users are seen by
those with the privilege PROCESS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from toasty_core.errors import StatementFailed
from toasty_mysql.flavour import Flavour

Fetch: TypeAlias = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_HOLDERS = {
    Flavour.MYSQL: """
        SELECT t.processlist_id, m.object_name
        FROM performance_schema.metadata_locks m
        JOIN performance_schema.threads t ON t.thread_id = m.owner_thread_id
        WHERE m.object_type = 'TABLE' AND m.lock_status = 'GRANTED' AND m.object_schema = DATABASE()
          AND m.object_name IN ({names}) AND t.processlist_id <> CONNECTION_ID()""",
    Flavour.MARIADB: """
        SELECT thread_id, table_name FROM information_schema.metadata_lock_info
        WHERE table_schema = DATABASE() AND table_name IN ({names}) AND thread_id <> CONNECTION_ID()""",
}
_TRANSACTIONS = """
    SELECT t.trx_mysql_thread_id, p.db <=> DATABASE() FROM information_schema.innodb_trx t
    JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
    WHERE p.id <> CONNECTION_ID() ORDER BY t.trx_started"""
_SESSIONS = """
    SELECT p.id, p.user, p.host, p.command, p.time, p.info,
      p.db <=> DATABASE() OR locate(DATABASE(), coalesce(p.info, '')) > 0
    FROM information_schema.processlist p
    WHERE p.id <> CONNECTION_ID() AND coalesce(p.state, '') NOT LIKE 'Waiting for table metadata lock%'
    ORDER BY p.time DESC"""
_PROGRAMS = (
    "SELECT processlist_id, attr_value FROM performance_schema.session_account_connect_attrs"
    " WHERE attr_name = 'program_name'"
)
_LAST = """
    SELECT t.processlist_id, s.sql_text FROM performance_schema.events_statements_current s
    JOIN performance_schema.threads t ON t.thread_id = s.thread_id
    WHERE t.processlist_id IS NOT NULL AND s.nesting_event_id IS NULL"""
_NO_PLUGIN = (
    "which session it is MariaDB tells only with its plug-in: INSTALL SONAME 'metadata_lock_info'"
)


class _Session(NamedTuple):
    """A session as the server lists it; `seconds` is how long it has been at what it does.

    `is_here`: it uses this database, or names it in its query.
    """

    number: int
    user: str
    host: str
    command: str
    seconds: int
    query: str | None
    is_here: bool


def blockers(fetch: Fetch, flavour: Flavour, tables: Sequence[str]) -> tuple[str, ...]:
    """One sentence for each session that holds a lock on one of the tables, the longest first."""
    if not tables:
        return ()
    holders = _holders(fetch, flavour, tables)
    exact = holders is not None
    if holders is None:
        holders = _in_transactions(fetch)
    sessions = [_Session(*row) for row in _allowed(fetch, _SESSIONS)]
    said = tuple(_sentences(fetch, sessions, holders, tables))
    return said or (() if exact or flavour is Flavour.MYSQL else (_NO_PLUGIN,))


def _holders(fetch: Fetch, flavour: Flavour, tables: Sequence[str]) -> dict[int, str | None] | None:
    """The sessions that hold a lock, with the table; None where there is no list of locks."""
    sql = _HOLDERS[flavour].format(names=", ".join(["%s"] * len(tables)))
    try:
        found = fetch(sql, tuple(tables))
    except StatementFailed:  # no plug-in, or no right to read it
        return None
    return dict(found) or (None if flavour is Flavour.MYSQL else {})


def _in_transactions(fetch: Fetch) -> dict[int, str | None]:
    """The sessions with an open transaction: those that use this database, or else all of the server."""
    found = _allowed(fetch, _TRANSACTIONS)
    here = [number for number, is_here in found if is_here]
    return dict.fromkeys(here or [number for number, _ in found])


def _sentences(
    fetch: Fetch, sessions: list[_Session], holders: dict[int, str | None], tables: Sequence[str]
) -> Iterator[str]:
    """MySQL without performance_schema has an empty list: then whoever runs a query on the tables is named, too."""
    programs, last = dict(_allowed(fetch, _PROGRAMS)), dict(_allowed(fetch, _LAST))
    for session in sessions:
        query = session.query if session.is_here else None
        busy = query and any(table in query for table in tables)
        if session.number in holders or busy:
            program = programs.get(session.number)
            yield _sentence(session, holders.get(session.number), program, last.get(session.number))


def _sentence(session: _Session, table: str | None, program: str | None, last: str | None) -> str:
    who = f"{session.user} from {session.host}" + (f", {program}" if program else "")
    where = f" with a lock on {table}" if table else ""
    if session.query:
        does = f"has been busy for {session.seconds} s{where}: {_short(session.query)}"
    else:
        does = f"has been idle for {session.seconds} s{where or ' in a transaction'}"
        does += f", after: {_short(last)}" if last else ""
    return f"connection {session.number} ({who}) {does}; KILL {session.number} ends it"


def _short(query: str) -> str:
    text = " ".join(query.split())
    return text if len(text) <= 200 else f"{text[:200]}..."


def _allowed(fetch: Fetch, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds; nothing when the user may not ask."""
    try:
        return fetch(sql, ())
    except StatementFailed:
        return []
