"""PyMySQL, which has no types of its own: the part of it that Toasty uses, with types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any, Protocol, TypeAlias

import pymysql
from pymysql import err
from pymysql.charset import charset_by_name
from pymysql.constants import COMMAND, SERVER_STATUS

Row: TypeAlias = tuple[Any, ...]

MySQLError: type[Exception] = err.MySQLError
"""What PyMySQL raises; its first argument is the server's or the client's number of the error."""

IN_TRANSACTION: int = SERVER_STATUS.SERVER_STATUS_IN_TRANS
"""The bit of `server_status` that says that a transaction is open."""

_MARK = re.compile(
    r"""'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*`
    | --\s[^\n]* | \#[^\n]* | /\*.*?\*/ | (%s)""",
    re.VERBOSE | re.DOTALL,
)


class Cursor(Protocol):
    """A cursor of PyMySQL's: all rows are read at once."""

    description: Sequence[Sequence[Any]] | None
    rowcount: int

    def execute(self, query: str, args: Sequence[Any] | Mapping[str, Any] | None = ...) -> int:
        """Sends one statement; `%s` or `%(name)s` stand for values, and where there are some, `%%` for %."""

    def fetchone(self) -> Row | None:
        """The next row."""

    def fetchall(self) -> Sequence[Row]:
        """All rows that are left."""

    def nextset(self) -> bool | None:
        """Goes on to the answer to the next statement of the message; None where there is none."""

    def __iter__(self) -> Iterator[Row]:
        """Row by row."""


class Connection(Protocol):
    """A connection of PyMySQL's."""

    server_status: int
    _secure: bool
    open: bool
    ssl: bool
    ctx: SSLContext

    def connect(self, sock: Any = ...) -> None:
        """Logs in, over a socket that is open already."""

    def cursor(self) -> Cursor:
        """A new cursor."""

    def escape(self, obj: Any) -> str:
        """A value as a literal."""

    def _execute_command(self, command: int, sql: bytes) -> None:
        """Sends a command of the protocol's."""

    def _read_packet(self) -> object:
        """Reads one packet. Raises what it reports."""

    def close(self) -> None:
        """Ends the connection; a second time is an error."""


def new_connection(options: Mapping[str, Any], prefers_tls: bool) -> Connection:
    """A connection that is not made yet, with these arguments of `pymysql.connect`.

    `prefers_tls` encrypts where the server can. PyMySQL would do so, too, but reads all certificates that the
    system trusts before, to ask none of them.
    """
    connection: Connection = pymysql.connect(**options, defer_connect=True)
    if prefers_tls:
        connection.ssl, connection.ctx = True, _trusting()
    return connection


def allow_several(connection: Connection, allowed: bool) -> None:
    """Says whether one message may hold several statements; at first it may not.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_set_option.html
    """
    option = b"\0\0" if allowed else b"\1\0"
    connection._execute_command(COMMAND.COM_SET_OPTION, option)
    connection._read_packet()


def _trusting() -> SSLContext:
    """Encrypts to whoever answers."""
    context = SSLContext(PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, CERT_NONE
    return context


def is_charset(name: str) -> bool:
    """Does PyMySQL know this character set?"""
    try:
        return charset_by_name(name) is not None
    except KeyError:
        return False


def error_code(error: BaseException) -> int | None:
    """The number of an error of PyMySQL's; None where it has none."""
    code = error.args[0] if isinstance(error, MySQLError) and error.args else None
    return code if isinstance(code, int) else None


def bound(sql: str, parameters: Sequence[Any], escape: Callable[[Any], str]) -> str:
    """The SQL with its values in the place of `%s`; a `%` anywhere else stands for itself.

    PyMySQL's own way would take `%` in a quoted name for a mark. Raises ValueError for too many or too few values.
    """
    if not parameters:
        return sql
    values = iter(parameters)
    try:
        text = _MARK.sub(lambda m: escape(next(values)) if m.group(1) else m.group(0), sql)
    except StopIteration:
        raise ValueError(f"there are more %s than the {len(parameters)} values") from None
    left = sum(1 for _ in values)
    if left:
        raise ValueError(f"{left} of the {len(parameters)} values have no %s")
    return text
