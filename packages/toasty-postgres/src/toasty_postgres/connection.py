"""From a URL to an open connection.

postgresql://user:password@host:5432/database     also postgres://
postgresql://a:5432,b:5433/database               several hosts, tried in order
postgresql:///database?host=/var/run/postgresql   a socket; also postgresql://%2Fvar%2Frun%2Fpostgresql/database
postgresql://host                                 the database is named like the user, as libpq has it

Every parameter that the installed libpq knows may stand behind the `?` (`sslmode`, `connect_timeout`, `options`, ...):
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from select import select
from typing import Any, NamedTuple, cast

import psycopg
from psycopg import pq

from toasty_core.errors import DatabaseError, UrlError, suggest
from toasty_core.url import Url, redact
from toasty_postgres.errors import DRIVER_ERRORS, connection_failed, translated
from toasty_postgres.placeholders import numbered

CONNECT_TIMEOUT = 10
"""How long to wait for a server, in seconds, where neither the URL nor PGCONNECT_TIMEOUT says it."""

_DRIVERS = ("psycopg", "psycopg2", "psycopg3", "asyncpg", "pg8000")
"""Drivers that SQLAlchemy's URLs may name. They are the same databases; ours is always psycopg."""
_FORMS = "write postgresql://user:password@host:5432/database"
_IN_TRANSACTION = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)


class Target(NamedTuple):
    """What to connect to: a URL that was read and found right, with libpq's parameters."""

    url: Url
    parameters: tuple[tuple[str, str], ...]

    def named(self, name: str) -> str | None:
        """One of the parameters that the URL sets."""
        return dict(self.parameters).get(name)

    def __repr__(self) -> str:
        return f"Target({str(self.url)!r})"  # the parameters hold the password


def read_target(url: Url) -> Target:
    """What a URL names. Raises UrlError with what to write."""
    if url.driver and url.driver not in _DRIVERS:
        raise UrlError(
            f"Toasty knows no driver {url.driver!r} for PostgreSQL.", where=str(url), hint=_FORMS
        )
    if "/" in url.database:
        raise UrlError("The URL names no single database.", where=str(url), hint=_FORMS)
    given = dict(_authority(url))
    known = _known_parameters()
    for name, value in url.query:
        if (name, value) == ("ssl", "true"):  # as libpq reads it, for JDBC's sake
            name, value = "sslmode", "require"
        if name not in known:
            near = suggest(name, known)
            hint = near or f"known are {', '.join(known)}"
            raise UrlError(f"PostgreSQL has no parameter {name!r}.", where=str(url), hint=hint)
        given[name] = value
    return Target(url, tuple({**_defaults(given), **given}.items()))


def _authority(url: Url) -> Iterator[tuple[str, str]]:
    if url.hosts:
        yield "host", ",".join(host.name for host in url.hosts)
        if any(host.port for host in url.hosts):
            yield "port", ",".join(str(host.port or "") for host in url.hosts)
    if url.username:
        yield "user", url.username
    if url.password:
        yield "password", url.password
    if url.database:
        yield "dbname", url.database


def _known_parameters() -> list[str]:
    """The names of what the libpq that is installed takes."""
    return [option.keyword.decode() for option in pq.Conninfo.get_defaults()]


def _defaults(given: Mapping[str, str]) -> dict[str, str]:
    """What holds where neither the URL nor the environment nor a service file says otherwise."""
    found = {
        "fallback_application_name": "toasty",
        "client_encoding": "utf8",
        "keepalives_idle": "60",  # a long statement leaves the lock's connection silent
    }
    if "PGCONNECT_TIMEOUT" not in os.environ and "service" not in given:
        found["connect_timeout"] = str(CONNECT_TIMEOUT)
    return found


def _connected(target: Target) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(
            autocommit=True,
            prepare_threshold=None,  # a prepared query does not survive a change of its columns
            **cast("dict[str, Any]", dict(target.parameters)),
        )
    except DRIVER_ERRORS as error:
        found = connection_failed(error, target.url, _place(target), _client_options(target))
        raise found from _cause(error, target.url)


def _place(target: Target) -> str:
    """Where the server was looked for, in words."""
    host, port = target.named("host") or os.environ.get("PGHOST"), target.named("port")
    port = port or os.environ.get("PGPORT") or "5432"
    return f"{host}, port {port}" if host and "," in host else f"{host or 'localhost'}:{port}"


def _client_options(target: Target) -> str:
    """The options with which createdb reaches the same server."""
    pairs = (("-h", "host"), ("-p", "port"), ("-U", "user"))
    found = ((option, target.named(name)) for option, name in pairs)
    return "".join(f" {option} {shlex.quote(value)}" for option, value in found if value)


def _cause(error: Exception, url: Url) -> Exception | None:
    """The driver's exception as a cause, unless its text shows a secret."""
    return error if redact(str(error), url) == str(error) else None


class Session:
    """One connection in autocommit, whose errors are ours. `name` says what it is for, in errors."""

    def __init__(self, target: Target) -> None:
        self.url = target.url
        self.connection = _connected(target)
        self._cursor = psycopg.RawCursor(self.connection)

    # What it is.

    @property
    def version(self) -> tuple[int, int]:
        """The server's version, as `(15, 18)`."""
        number = self.connection.info.server_version
        return number // 10000, number % 10000

    @property
    def announced_pid(self) -> int:
        """The server's process as it was told on connecting; a proxy tells another than the real one."""
        return self.connection.info.backend_pid

    @property
    def user(self) -> str:
        """As whom we are connected."""
        return self.connection.info.user

    @property
    def is_open(self) -> bool:
        """Is the connection there, as far as we know?"""
        return not self.connection.closed and not self.connection.broken

    @property
    def in_transaction(self) -> bool:
        """Is a transaction open on it, failed or not?"""
        return self.is_open and self.connection.info.transaction_status in _IN_TRANSACTION

    @property
    def in_good_transaction(self) -> bool:
        """Is a transaction open on it that has not failed?"""
        return self.connection.pgconn.transaction_status == pq.TransactionStatus.INTRANS

    @property
    def has_failed(self) -> bool:
        """Is a transaction open that only a rollback can end?"""
        return self.connection.info.transaction_status is pq.TransactionStatus.INERROR

    @property
    def is_busy(self) -> bool:
        """Is a statement under way, such as one that Ctrl-C broke off?"""
        return self.connection.info.transaction_status is pq.TransactionStatus.ACTIVE

    def has_news(self) -> bool:
        """Did the server say something that nobody asked for, such as that it ends? Asks nobody."""
        if not self.is_open:
            return True
        return bool(select([self.connection.fileno()], [], [], 0)[0])

    # What it does.

    def send(
        self, sql: str, parameters: Sequence[Any] = (), ahead: str = ""
    ) -> psycopg.RawCursor[tuple[Any, ...]]:
        """Sends SQL (several statements, if it has no parameters); gives the cursor with the first's result.

        `ahead` goes out in front of it, in the same message. Raises StatementFailed, or DatabaseError when the
        connection is lost.
        """
        text = numbered(sql) if parameters else sql
        try:
            return self._cursor.execute(ahead + text, tuple(parameters) or None)
        except DRIVER_ERRORS as error:
            raise self._error(error, sql, len(ahead)) from _cause(error, self.url)

    @contextmanager
    def boundary(self) -> Iterator[None]:
        """Turns whatever psycopg raises inside into an error of ours."""
        try:
            yield
        except DRIVER_ERRORS as error:
            raise self._error(error) from _cause(error, self.url)

    def _error(
        self, error: Exception, statement: str | None = None, ahead: int = 0
    ) -> DatabaseError:
        return translated(error, self.url, statement=statement, ahead=ahead, lost=not self.is_open)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.send(sql, parameters).fetchall()

    def close(self) -> None:
        """Ends the connection; again does nothing."""
        self.connection.close()
