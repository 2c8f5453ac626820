"""What goes on in the database: how large its tables are, and who holds locks on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from toasty_core.backends import TableSize

Fetch = Callable[..., list[tuple[Any, ...]]]

_MOST = 5
"""How many sessions are named."""
_QUERY_LENGTH = 200
"""How much of a session's query is shown, in characters."""

_SIZES = """\
WITH RECURSIVE part (root, leaf) AS (
    SELECT oid, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND relpersistence <> 't'
    UNION ALL
    SELECT p.root, i.inhrelid FROM part AS p JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.leaf
    JOIN pg_catalog.pg_class AS c ON c.oid = p.leaf AND c.relkind = 'p'
), measured AS (
    SELECT p.root, c.reltuples, c.relpages, pg_catalog.pg_relation_size(c.oid) AS main,
        pg_catalog.pg_total_relation_size(c.oid) AS total,
        coalesce(pg_catalog.pg_stat_get_live_tuples(c.oid), 0) AS live
    FROM part AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.leaf AND c.relkind = 'r'
)
SELECT CASE WHEN n.nspname = pg_catalog.current_schema() THEN t.relname ELSE n.nspname || '.' || t.relname END,
    sum(greatest(
        m.live,
        CASE WHEN m.reltuples > 0 AND m.relpages > 0
            THEN m.reltuples / m.relpages * (m.main / current_setting('block_size')::bigint) ELSE 0 END,
        CASE WHEN m.reltuples < 0 AND m.live = 0 THEN m.main / 100 ELSE 0 END
    ))::bigint,
    sum(m.total)::bigint
FROM measured AS m JOIN pg_catalog.pg_class AS t ON t.oid = m.root
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND t.relname NOT LIKE 'toasty\\_%'
GROUP BY n.nspname, t.relname
ORDER BY 1"""
"""Rows as ANALYZE left them, for the pages that there are now, or as the statistics have counted them since,
whichever is more; of a table that neither knows, a hundred bytes count as a row. A partitioned table is as large
as its partitions together."""

_BLOCKERS = """\
WITH wanted (oid) AS (
    SELECT pg_catalog.to_regclass(CASE WHEN pg_catalog.strpos(key, '.') = 0 THEN pg_catalog.quote_ident(key)
        ELSE pg_catalog.quote_ident(pg_catalog.split_part(key, '.', 1)) || '.'
            || pg_catalog.quote_ident(pg_catalog.substr(key, pg_catalog.strpos(key, '.') + 1)) END)
    FROM pg_catalog.unnest(%s::text[]) AS key
    UNION ALL
    SELECT c.oid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE %s AND c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
)
SELECT a.pid, a.usename, a.application_name, pg_catalog.host(a.client_addr), a.backend_type, a.state,
    extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.state_change, a.backend_start))::float8,
    a.query, pg_catalog.string_agg(DISTINCT l.relation::regclass::text, ', '), x.gid, x.owner,
    extract(epoch FROM pg_catalog.clock_timestamp() - x.prepared)::float8
FROM pg_catalog.pg_locks AS l
JOIN wanted AS w ON w.oid = l.relation
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
LEFT JOIN pg_catalog.pg_prepared_xacts AS x ON l.virtualtransaction = '-1/' || x.transaction::text
WHERE l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
GROUP BY a.pid, a.usename, a.application_name, a.client_addr, a.backend_type, a.state, a.xact_start,
    a.state_change, a.backend_start, a.query, x.gid, x.owner, x.prepared
ORDER BY coalesce(a.xact_start, x.prepared)"""


def table_sizes(fetch: Fetch) -> dict[str, TableSize]:
    """How large the tables are, by key, as the server estimates it."""
    return {key: TableSize(rows, size) for key, rows, size in fetch(_SIZES)}


def blocking_sessions(fetch: Fetch, tables: Sequence[str]) -> tuple[str, ...]:
    """The sessions that hold locks on these tables, those that have for longest first: one sentence each.

    Where no table is named, those that hold locks on any table of the users'.
    """
    rows = fetch(_BLOCKERS, (list(tables), not tables))
    more = (f"{len(rows) - _MOST} more sessions",) if len(rows) > _MOST else ()
    return (*(_sentence(row) for row in rows[:_MOST]), *more)


def _sentence(row: tuple[Any, ...]) -> str:
    (pid, user, application, address, kind, state, seconds, query, tables, gid, owner, age) = row
    if pid is None:
        since = _duration(age)
        if gid is None:
            return f"a prepared transaction holds a lock on {tables}"
        return (
            f"prepared transaction {gid!r} of {owner} holds a lock on {tables} since {since} ago:"
            f" COMMIT PREPARED or ROLLBACK PREPARED '{gid}' ends it"
        )
    where = ", ".join(_origin(application, address, kind))
    doing = _doing(state, _duration(seconds), query)
    return f"session {pid} of {user or 'the server'} ({where}) holds a lock on {tables}: {doing}"


def _origin(application: str | None, address: str | None, kind: str | None) -> Iterator[str]:
    if kind and kind != "client backend":
        yield kind
    if application:
        yield application
    if address or not kind or kind == "client backend":
        yield f"from {address or 'the server machine'}"


def _doing(state: str | None, duration: str, query: str | None) -> str:
    text = " ".join((query or "").split())
    text = f"{text[:_QUERY_LENGTH]}..." if len(text) > _QUERY_LENGTH else text
    if text == "<insufficient privilege>" or state is None:
        return f"at it for {duration}; what it does only its own user or pg_monitor may see"
    if state == "active":
        return f"at work for {duration} on: {text}"
    return f"{state} for {duration}; its last query: {text}"


def _duration(seconds: float | None) -> str:
    whole = max(int(seconds or 0), 0)
    if whole < 120:
        return f"{whole} s"
    if whole < 2 * 3600:
        return f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
