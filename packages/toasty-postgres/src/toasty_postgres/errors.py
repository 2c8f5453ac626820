"""The one boundary where exceptions of psycopg become errors of Toasty's.

A statement that fails has a code (https://www.postgresql.org/docs/current/errcodes-appendix.html); a connection
that fails has only a message.
"""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

import psycopg

from toasty_core.errors import (
    ConnectionFailed,
    DatabaseError,
    LockNotAvailable,
    StatementFailed,
)
from toasty_core.url import Url, redact
from toasty_postgres.error_hints import hint_for

DRIVER_ERRORS = (psycopg.Error, psycopg.Warning, UnicodeError, OverflowError)
"""What a call of psycopg may raise: the last two for texts and numbers that PostgreSQL cannot take."""

_IN_THE_WAY = ("55P03", "40P01", "40001")
"""lock_not_available, deadlock_detected, serialization_failure: nothing was done, and it may be tried again."""

_LOST = ("57P01", "57P02", "57P03", "57P05", "25P03", "25P04")
"""The server ended the session: it shuts down, crashed, or something took too long for a setting of it."""

_LONGEST = 1000
"""How much of a statement an error shows, in characters."""
_AROUND = 5
"""How many lines before the faulty one are shown of a long statement."""


class _Explanation(NamedTuple):
    """What a message of libpq means when a connection cannot be made; both texts take its groups."""

    message: str
    what: str
    hint: str
    busy: bool = False


_STARTS = "it is just starting or stopping: run the command again in a moment"
_EXPLANATIONS = (
    _Explanation(
        r"failed to resolve host '?(?P<a>[^':]*)|could not translate host name \"(?P<b>[^\"]*)",
        "There is no host {a!r}.",
        "check the host's name in the URL, and that this machine can look it up",
    ),
    _Explanation(
        r"Connection refused",
        "No server listens at {place}.",
        "check host and port in the URL, and that the server is started and lets others in (listen_addresses)",
    ),
    _Explanation(
        r"connection to server on socket \"(?P<a>[^\"]*)\" failed",
        "No server listens at the socket {a!r}.",
        "start the server, or name its host in the URL: postgresql://user:password@host:5432/database",
    ),
    _Explanation(
        r"timeout expired|timed out|No route to host|Network is unreachable",
        "The server at {place} does not answer.",
        "check host and port in the URL, the network and its firewalls; ?connect_timeout=SECONDS waits longer",
    ),
    _Explanation(
        r"password authentication failed for user \"(?P<a>[^\"]*)",
        "The server refuses the password of user {a!r}.",
        "check user and password in the URL; in a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23",
    ),
    _Explanation(
        r"no password supplied|fe_sendauth",
        "The server asks for a password, and the URL has none.",
        "write postgresql://user:password@host/database, or give it in PGPASSWORD or ~/.pgpass",
    ),
    _Explanation(
        r"database \"(?P<a>.*?)\" does not exist",
        "There is no database {a!r} on the server.",
        "make it with: createdb{options} {quoted}",
    ),
    _Explanation(
        r"role \"(?P<a>.*?)\" does not exist|Peer authentication failed for user \"(?P<b>.*?)\"",
        "The server knows no user {a!r} like that.",
        "name the user in the URL: postgresql://user:password@host/database",
    ),
    _Explanation(
        r"no pg_hba.conf entry for .*(no encryption|SSL off)",
        "The server lets nobody in here without TLS: pg_hba.conf has no other entry for this user, host and database.",
        "write ?sslmode=require; a server that has no TLS needs an entry in pg_hba.conf",
    ),
    _Explanation(
        r"no pg_hba.conf entry for|pg_hba.conf rejects",
        "The server lets nobody in here: pg_hba.conf has no entry for this user, host and database.",
        "add an entry to pg_hba.conf, or connect as a user and from a host that has one",
    ),
    _Explanation(
        r"server does not support SSL, but SSL was required",
        "The server has no TLS, and ?sslmode= in the URL asks for it.",
        "turn TLS on at the server (ssl = on), or write ?sslmode=disable where the network is safe",
    ),
    _Explanation(
        r"(?P<a>root certificate .*|certificate verify failed.*|server certificate for .*|SSL error.*)",
        "The server's TLS certificate cannot be trusted: {a}.",
        "give the authority's certificate with ?sslrootcert=FILE, and the host's name as the certificate has it",
    ),
    _Explanation(
        r"invalid response to SSL negotiation|unsupported frontend protocol",
        "What listens at {place} is no PostgreSQL server.",
        "check host and port in the URL",
    ),
    _Explanation(
        r"too many clients already|remaining connection slots|too many connections",
        "The server has no free connection left.",
        "end some sessions, or raise max_connections; Toasty needs two",
        busy=True,
    ),
    _Explanation(
        r"the database system is (?P<a>starting up|in recovery mode|not yet accepting connections)",
        "The server takes no connections yet: it is {a}.",
        _STARTS,
        busy=True,
    ),
    _Explanation(r"the database system is shutting down", "The server is shutting down.", _STARTS),
    _Explanation(
        r"permission denied for database \"(?P<a>[^\"]*)",
        "The user may not connect to database {a!r}.",
        'an owner or administrator has to say: GRANT CONNECT ON DATABASE "{a}" TO the user',
    ),
    _Explanation(
        r"session is (not )?read-only|server is (not )?in hot standby",
        "No server of the URL is what ?target_session_attrs= asks for.",
        "name the primary server among the hosts",
    ),
    _Explanation(
        r"unsupported startup parameter",
        "The proxy before the server does not pass on a parameter of the URL.",
        "leave ?options= out, or set ignore_startup_parameters in pgbouncer.ini",
    ),
)


def connection_failed(error: Exception, url: Url, place: str, options: str) -> ConnectionFailed:
    """Why no connection can be made.

    `place` is where was tried, in words; `options` are those with which the server's own programs get there.
    """
    message = _first_attempt(redact(str(error), url))
    for known in _EXPLANATIONS:
        match = re.search(known.message, message)
        if match:
            name = _named(match)
            groups = {"place": place, "options": options, "a": name, "quoted": shlex.quote(name)}
            found = ConnectionFailed(
                known.what.format(**groups), where=str(url), hint=known.hint.format(**groups)
            )
            found.busy = known.busy
            return found
    return ConnectionFailed(f"No connection: {message}", where=str(url))


def _named(match: re.Match[str]) -> str:
    return next((text for text in match.groupdict().values() if text is not None), "").strip()


def _first_attempt(message: str) -> str:
    """The first of the failures that libpq and psycopg list, without their preface."""
    text = message.partition("\nMultiple connection attempts failed")[0]
    return re.sub(r"^connection (?:failed|is bad): ", "", text).strip()


def translated(
    error: Exception,
    url: Url,
    *,
    statement: str | None = None,
    ahead: int = 0,
    lost: bool = False,
) -> DatabaseError:
    """The error of ours that says what `error` means. The caller raises it `from` the original.

    `statement` is the SQL that failed, if it is to be shown; `ahead` of it that many characters went out in
    the same message; `lost`: the connection is gone, and with it the answer whether the statement took effect.
    """
    code: str | None = getattr(error, "sqlstate", None)
    message = redact(_message(error), url)
    if lost or code in _LOST or (code or "").startswith("08"):
        return DatabaseError(
            f"The connection to the server was lost: {message}",
            where=str(url),
            hint="when the server is there again, run the command again: the journal knows where it stopped",
        )
    shown = redact(shown_statement(statement, _position(error, ahead)), url) if statement else None
    if code in _IN_THE_WAY:  # whoever tries again knows what to do when it was of no use
        return LockNotAvailable(f"Others were in the way: {message}", statement=shown)
    return StatementFailed(message, hint=hint_for(error, url), statement=shown)


def _message(error: Exception) -> str:
    """The server's message with its detail, or else the driver's own first line."""
    diagnosis = getattr(error, "diag", None)
    if diagnosis is None or diagnosis.message_primary is None:
        return str(error).strip().partition("\n")[0] or type(error).__name__
    primary: str = diagnosis.message_primary
    detail: str | None = diagnosis.message_detail
    return f"{primary.rstrip('.')}: {detail}" if detail else primary


def _position(error: Exception, ahead: int) -> int | None:
    """Which character of the statement, from 1, the server points at."""
    diagnosis = getattr(error, "diag", None)
    text = diagnosis.statement_position if diagnosis is not None else None
    position = int(text) - ahead if text else 0
    return position if position > 0 else None


def shown_statement(sql: str, position: int | None) -> str:
    """The statement for an error; `position` (from 1) is the character that the server points at."""
    if position is None or position > len(sql):
        text = sql.strip()
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    before = sql[: position - 1]
    column = len(before) - (before.rfind("\n") + 1)
    number = before.count("\n")
    lines = sql.split("\n")
    first = max(number - _AROUND, 0) if len(sql) > _LONGEST else 0
    last = number + 2 if len(sql) > _LONGEST else len(lines)
    line, column = _window(lines[number], column)
    above = [*(["..."] if first else []), *(_window(text, 0)[0] for text in lines[first:number])]
    below = [_window(text, 0)[0] for text in lines[number + 1 : last]]
    return "\n".join([*above, line, f"{' ' * column}^", *below]).strip("\n")


def _window(line: str, column: int) -> tuple[str, int]:
    """A part of a line that is not too long, and where the column lies in it."""
    width = _LONGEST // 5
    if len(line) <= width:
        return line, column
    start = max(column - width // 2, 0)
    dots = "..." if start else ""
    end = "..." if len(line) > start + width else ""
    return f"{dots}{line[start : start + width]}{end}", column - start + len(dots)
