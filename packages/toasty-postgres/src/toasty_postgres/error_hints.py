"""What to do about a statement that PostgreSQL refused, by its error code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from toasty_core.url import Url

_NO_FIT = "look at the rows, and change them first with db.update_rows or db.transform_rows, or say how with using="
_OWN_SQL = "is it SQL of your own? this very server reads it: mend it, and run the command again"
_BASELINE = "if the database has all that this migration makes: toasty migrate:baseline VERSION"
_CODES = "https://www.postgresql.org/docs/current/errcodes-appendix.html"
_DEPENDS = (
    "drop what depends on it first, and create what it becomes afterwards, with db.execute_sql;"
    " CASCADE would take it away for good"
)


def hint_for(error: Exception, url: Url) -> str | None:
    """What to type next; the server's own hint where there is no better one."""
    code: str | None = getattr(error, "sqlstate", None)
    make = _HINTS.get(code or "")
    diagnosis = getattr(error, "diag", None)
    own: str | None = getattr(diagnosis, "message_hint", None)
    if make is None:
        return own or _look_up(code)
    return make if isinstance(make, str) else make(str(error), url) or own


def _look_up(code: str | None) -> str | None:
    """Where the manual says what a code means that nothing is known of here."""
    return f"PostgreSQL calls it {code}: {_CODES} says what that is" if code else None


def _permission(message: str, url: Url) -> str | None:
    """Which GRANT is missing. The message names what was denied."""
    user = url.username or "the user"
    owner = re.search(r"must be (?:the )?owner of (.+)", message)
    if owner:
        return (
            f"only its owner may change {owner[1].strip()}: connect as the owner, or make "
            f'"{user}" a member: GRANT owner TO "{user}"'
        )
    denied = re.search(
        r"permission denied for (schema|database|table|sequence|view) (\S+)", message
    )
    if denied is None:
        return None
    kind, name = denied[1], denied[2].strip('"')
    rights = {
        "schema": "USAGE, CREATE",
        "database": "CREATE",
        "table": "ALL",
        "view": "SELECT",
        "sequence": "USAGE, SELECT, UPDATE",
    }[kind]
    if name in ("toasty_migrations", "toasty_lock"):
        rights = "SELECT, INSERT, UPDATE, DELETE"
    kind = "table" if kind == "view" else kind
    return f'its owner or an administrator has to say: GRANT {rights} ON {kind.upper()} "{name}" TO "{user}"'


def _in_transaction(message: str, url: Url) -> str | None:
    if "cannot run inside a transaction block" in message:
        return "give it a db.execute_sql of its own: it is then journaled as a step of its own"
    return None


_HINTS: Mapping[str, str | Callable[[str, Url], str | None]] = MappingProxyType(
    {
        "42501": _permission,
        "25001": _in_transaction,
        "25006": "this server or role can only read: connect to the primary server "
        "(?target_session_attrs=read-write finds it), or see to default_transaction_read_only",
        "25P02": "a statement before it failed and the error was caught: "
        "put what may fail into `with live.connection.transaction():`",
        "22001": _NO_FIT,
        "22003": _NO_FIT,
        "22007": _NO_FIT,
        "22008": _NO_FIT,
        "22P02": _NO_FIT,
        "23502": "give those rows a value first, and run the command again",
        "23503": "put the missing row in place, or mend or delete the one that points at it; "
        "then run the command again",
        "23505": "make the values different, or delete rows; then run the command again",
        "23514": "mend or delete the rows that break the check; then run the command again",
        "23P01": "mend or delete one of the rows that exclude each other; then run the command again",
        "42601": _OWN_SQL,
        "42P07": _BASELINE,
        "42710": _BASELINE,
        "42701": _BASELINE,
        "2BP01": _DEPENDS,
        "55P04": "PostgreSQL lets a new enum value be used only when it is committed: use it in the next migration",
        "53100": "make room on the server's disk and run the command again; nothing is left half-done",
        "53200": "the server ran out of memory: give it more, or see to work_mem and maintenance_work_mem",
        "57014": "it was cancelled (pg_cancel_backend, statement_timeout) and had no effect: run the command again",
        "3F000": "the search_path names no schema that is there: CREATE SCHEMA first, or name another with "
        "?options=-csearch_path%3DNAME",
    }
)
