"""The one boundary where exceptions of PyMySQL become errors of Toasty's.

The server tells what is wrong by a number: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
and https://mariadb.com/kb/en/mariadb-error-code-reference/
"""

from __future__ import annotations

import struct

from toasty_core.errors import DatabaseError, LockNotAvailable, StatementFailed
from toasty_core.url import Url, redact
from toasty_mysql.driver import MySQLError, error_code

DRIVER_ERRORS = (MySQLError, OSError, ValueError, RuntimeError, struct.error, IndexError)
"""What a call of PyMySQL may raise: the last ones when a value has no form, or what comes is not the protocol."""

NO_TABLE = 1146

_LOST = frozenset({0, 1053, 1152, 1158, 1159, 1160, 1161, 1927, 2006, 2013, 2055, 4031})
"""The connection is no more: closed, cut, killed, timed out, or the server shuts down."""

_IN_THE_WAY = frozenset({1205, 1213, 1689, 3572})
"""Lock wait timeout, deadlock, wait aborted, NOWAIT: somebody else was in the way."""

_LONGEST = 1000
"""How much of a statement an error shows, in characters."""


def translated(error: Exception, url: Url, statement: str, account: str = "") -> DatabaseError:
    """The error of ours that says what `error` means. The caller raises it `from` the original.

    `statement` is the SQL that was sent, `account` whom the server takes us for (`deploy@%`). When the connection
    was lost nobody knows whether the statement took effect: then it is a DatabaseError and no StatementFailed.
    """
    if _is_lost(error):
        return lost(url)
    from toasty_mysql.explanations import hint_for

    code = error_code(error)
    what, hint = redact(_message(error), url), hint_for(code, str(error), url, account)
    if code in _IN_THE_WAY:
        what = f"Others were in the way: {what}"
        return LockNotAvailable(what, hint=hint, statement=shown(statement, url))
    return StatementFailed(what, hint=hint, statement=shown(statement, url))


def lost(url: Url) -> DatabaseError:
    """The error for a connection that was cut, perhaps in the middle of a statement."""
    return DatabaseError(
        "The connection to the server was lost in the middle of a statement,"
        " and whether it took effect is not known.",
        where=str(url),
        hint="when the server is there again, run the command again: it looks how far things came, and goes on",
    )


def too_long(statement: str, limit: int, url: Url) -> StatementFailed:
    """The error for a statement that the server would not take, and would cut the connection for."""
    return StatementFailed(
        f"The statement is longer than the {limit} bytes of max_allowed_packet.",
        hint="raise max_allowed_packet on the server, or write the rows in several operations",
        statement=shown(statement, url),
    )


def is_missing_table(error: BaseException | None) -> bool:
    """Is it that there is no such table?"""
    return error is not None and error_code(error) == NO_TABLE


def _is_lost(error: Exception) -> bool:
    if error_code(error) in _LOST or isinstance(error, OSError | struct.error | IndexError):
        return True
    return "Packet sequence number wrong" in str(error)


def _message(error: Exception) -> str:
    """What the server says, and its number behind it."""
    code = error_code(error)
    if code is None or len(error.args) < 2:
        return str(error)
    return f"{error.args[1]} (error {code})"


def shown(statement: str, url: Url) -> str:
    """A statement as an error shows it: without secrets, and not too long."""
    text = statement.strip()
    return redact(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...", url)
