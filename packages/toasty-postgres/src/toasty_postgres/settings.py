"""The settings of the server that a session of ours needs.

What the URL itself sets (`?options=-clock_timeout%3D10s`) stays as it is: the server knows such a value's source
as `client`. A setting that this server does not have is left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from toasty_core.backends import Caution
from toasty_sql.literals import text_literal

ALWAYS: Mapping[str, str] = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
}
"""So that what is written and read means the same in every session. Proxies carry these along."""

_ENDLESS = {
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}
"""A migration takes as long as it takes; transaction_timeout is new in PostgreSQL 17."""

_CHECK_INTERVAL = "500ms"
"""How often the server looks whether we are still there, while it works on a statement of ours."""


def for_runs(caution: Caution) -> dict[str, str]:
    """What holds while migrations run."""
    milliseconds = max(round(caution.lock_wait * 1000), 1)
    return {
        **_ENDLESS,
        "lock_timeout": f"{milliseconds}ms",
        "client_connection_check_interval": _CHECK_INTERVAL,
    }


def for_lock() -> dict[str, str]:
    """What holds for the connection of the lock, which is silent for long."""
    return dict(_ENDLESS)


def setting(values: Mapping[str, str], *, local: bool = False) -> str:
    """The query that sets these; `local`: until the end of the transaction."""
    rows = ", ".join(f"({text_literal(name)}, {text_literal(v)})" for name, v in values.items())
    return (
        f"SELECT pg_catalog.set_config(s.name, v.value, {'true' if local else 'false'})"
        f" FROM (VALUES {rows}) AS v (name, value)"
        " JOIN pg_catalog.pg_settings AS s ON lower(s.name) = lower(v.name) AND s.source <> 'client'"
    )
