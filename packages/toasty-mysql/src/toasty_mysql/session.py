"""How a session is set, so that a migration does the same on every server.

`sql_mode` is a strict one, whatever the server's default: what does not fit is an error and never cut, a zero
date is none, and 0 stays 0 in a numbered column. Not in it are ANSI_QUOTES, PIPES_AS_CONCAT and
NO_BACKSLASH_ESCAPES, which would change how SQL is read (a backslash in a literal is written twice), and
ONLY_FULL_GROUP_BY, which refuses queries that the user's application may make. Times are in UTC.

https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html and https://mariadb.com/kb/en/sql-mode/
"""

from __future__ import annotations

from math import ceil

from toasty_core.backends import Caution
from toasty_mysql.flavour import Flavour

SQL_MODE = ",".join(
    (
        "STRICT_ALL_TABLES",
        "NO_ZERO_IN_DATE",
        "NO_ZERO_DATE",
        "ERROR_FOR_DIVISION_BY_ZERO",
        "NO_AUTO_VALUE_ON_ZERO",
        "NO_ENGINE_SUBSTITUTION",
    )
)
"""The `sql_mode` of every session and of scripts."""

_ALWAYS = {
    "sql_mode": f"'{SQL_MODE}'",
    "time_zone": "'+00:00'",
    "autocommit": "1",
    "foreign_key_checks": "1",
    "unique_checks": "1",
    "sql_safe_updates": "0",
    "wait_timeout": "28800",  # a function of the user's may take its time between two statements
}
_OWN = {
    Flavour.MYSQL: {"max_execution_time": "0", "information_schema_stats_expiry": "0"},
    Flavour.MARIADB: {
        "max_statement_time": "0",
        "idle_transaction_timeout": "0",
        "idle_write_transaction_timeout": "0",
        "idle_readonly_transaction_timeout": "0",
    },
}


def set_session(flavour: Flavour) -> str:
    """The statement that makes a session ready. It needs no privilege."""
    return _set({**_ALWAYS, **_OWN[flavour]})


def set_patience(caution: Caution) -> str:
    """The statement that bounds the wait for the locks of others: whole seconds, and at least one."""
    seconds = str(max(1, ceil(caution.lock_wait)))
    return _set({"lock_wait_timeout": seconds, "innodb_lock_wait_timeout": seconds})


def _set(values: dict[str, str]) -> str:
    return "SET " + ", ".join(f"SESSION {name} = {value}" for name, value in values.items())
