"""From a URL to an open connection.

mysql://user:password@host:3306/database            MySQL; what is not plain in a name or password is percent-encoded
mariadb://user@host/database                        MariaDB; which of the two it is, the server says
mysql://user@localhost/database?unix_socket=/run/mysqld/mysqld.sock

?user=NAME  ?password=WORD                          in the place of those before the @
?charset=utf8mb4  ?collation=utf8mb4_bin             how texts travel (utf8mb4)
?connect_timeout=SECONDS                            how long to wait for the server (10)
?ssl-mode=DISABLED|PREFERRED|REQUIRED|VERIFY_CA|VERIFY_IDENTITY
?ssl-ca=FILE  ?ssl-capath=FOLDER                    who vouches for the server; without ?ssl-mode it has to (VERIFY_CA)
?ssl-cert=FILE  ?ssl-key=FILE  ?ssl-key-password=   who we are
?ssl-cipher=NAMES

The names are those of the client `mysql`, and may be written with _ as well. PyMySQL's ?ssl_disabled=1,
?ssl_verify_cert=1 and ?ssl_verify_identity=1 are understood, too.
https://dev.mysql.com/doc/refman/8.4/en/connection-options.html
"""

from __future__ import annotations

import re
import socket
from typing import Any, NamedTuple

from toasty_core.errors import ConnectionFailed, UrlError, suggest
from toasty_core.url import Url
from toasty_mysql.driver import Connection, is_charset, new_connection
from toasty_mysql.errors import DRIVER_ERRORS
from toasty_mysql.tls import MODES, SWITCHES, Tls, TlsMode, read_tls

PORT = 3306
DEFAULT_TIMEOUT = 10.0

_FORM = "write mysql://user:password@host:3306/database"
_SOCKETS = ("unix_socket", "socket")
_PLAIN = ("user", "password", "charset", "collation", "connect_timeout")
_FILES = ("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_key_password", "ssl_cipher")
_OPTIONS = (*_SOCKETS, *_PLAIN, "ssl_mode", *_FILES, *SWITCHES)
_KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 8))
"""After a minute of silence ask each 15 s, and give up after 8 times."""
_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Place(NamedTuple):
    """Where the database is and how to get there: a URL that was read and found right."""

    url: Url
    database: str
    host: str = "localhost"
    port: int = PORT
    unix_socket: str | None = None
    user: str | None = None
    timeout: float = DEFAULT_TIMEOUT
    charset: str = "utf8mb4"
    collation: str | None = None
    tls: Tls = Tls()

    @property
    def address(self) -> str:
        """Host and port or the socket, for people."""
        return self.unix_socket or f"{self.host}:{self.port}"


def read_place(url: Url) -> Place:
    """The place that a URL names. Raises UrlError with what to write."""
    if url.driver not in (None, "pymysql"):
        what = f"Toasty knows no driver {url.driver!r} for MySQL and MariaDB: it uses PyMySQL."
        raise UrlError(what, where=str(url), hint=_FORM)
    if len(url.hosts) > 1:
        raise UrlError("The URL names several hosts.", where=str(url), hint=f"{_FORM}, with one")
    if not url.database or "/" in url.database:
        what = "The URL names no database." if not url.database else "The URL's path is no name."
        raise UrlError(what, where=str(url), hint=_FORM)
    settings = _settings(url)
    place = Place(
        url,
        url.database,
        url.host or "localhost",
        url.port or PORT,
        settings.get("unix_socket") or settings.get("socket"),
        settings.get("user", url.username),
        float(settings.get("connect_timeout", DEFAULT_TIMEOUT)),
        settings.get("charset", "utf8mb4"),
        settings.get("collation"),
        read_tls(url, settings),
    )
    if place.unix_socket and url.port:
        raise UrlError("The URL has a port and a socket.", where=str(url), hint="leave one out")
    return place


def _settings(url: Url) -> dict[str, Any]:
    """The options of the URL by PyMySQL's names, checked."""
    return dict(_setting(url, name, value) for name, value in url.query)


def _setting(url: Url, written: str, value: str) -> tuple[str, Any]:
    name = written.replace("-", "_").lower()
    if name not in _OPTIONS:
        near = suggest(name, _OPTIONS)
        what = f"MySQL and MariaDB have no option {written!r}."
        raise UrlError(what, where=str(url), hint=near or f"known are {', '.join(_OPTIONS)}")
    if name == "ssl_mode" and value.upper() not in MODES:
        raise _wrong_value(url, written, value, f"one of {', '.join(MODES)}")
    if name in SWITCHES:
        if value.lower() not in _TRUTH:
            raise _wrong_value(url, written, value, "1 or 0")
        return name, _TRUTH[value.lower()]
    if name == "connect_timeout" and not re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        raise _wrong_value(url, written, value, "a number of seconds")
    if name in ("charset", "collation") and not re.fullmatch(r"[A-Za-z0-9_]+", value):
        raise _wrong_value(url, written, value, "a name")
    if name == "charset" and not is_charset(value):
        raise UrlError(
            f"PyMySQL knows no charset {value!r}.", where=str(url), hint="utf8mb4 is the usual one"
        )
    if name in _SOCKETS and not value:
        raise _wrong_value(url, written, value, "a path")
    return name, value


def _wrong_value(url: Url, name: str, value: str, wanted: str) -> UrlError:
    return UrlError(f"The option {name}={value} is not {wanted}.", where=str(url))


def open_place(place: Place) -> Connection:
    """An open connection in autocommit, which reads all rows at once and takes one statement at a time.

    Raises ConnectionFailed with what to do.
    """
    try:
        connection = new_connection(_arguments(place), place.tls.mode is TlsMode.PREFERRED)
        if place.unix_socket:
            connection._secure = True  # as PyMySQL says itself of a socket that it opens
        connection.connect(_greeted(place))
    except DRIVER_ERRORS as error:
        from toasty_mysql.refusals import refusal

        raise refusal(error, place.url) from error
    return connection


def _arguments(place: Place) -> dict[str, Any]:
    password = place.url.option("password") or place.url.password or ""
    return {
        "host": place.host,
        "port": place.port,
        "unix_socket": place.unix_socket,
        "user": place.user,
        "password": password.encode(),  # PyMySQL would take it for Latin-1
        "database": place.database,
        "charset": place.charset,
        "collation": place.collation,
        "connect_timeout": max(place.timeout, 0.1),
        "autocommit": True,
        "program_name": "toasty",
        **place.tls.arguments(place.url),
    }


def _greeted(place: Place) -> socket.socket:
    """A connection on which the server has begun to speak.

    MySQL speaks first. Another kind of server would wait for us, and PyMySQL for it, for ever.
    """
    connection = _dialled(place)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except TimeoutError as error:
        connection.close()
        raise ConnectionFailed(
            f"What listens on {place.address} does not speak as MySQL and MariaDB do.",
            where=str(place.url),
            hint="check the port: 3306 is the usual one",
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _dialled(place: Place) -> socket.socket:
    timeout = max(place.timeout, 0.1)
    if place.unix_socket is None:
        connection = socket.create_connection((place.host, place.port), timeout)
        _keep_alive(connection)
        return connection
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(place.unix_socket)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_alive(connection: socket.socket) -> None:
    """Lets a long statement outlive routers that forget silent connections, and notices a server that vanished."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        option = getattr(socket, name, None)  # not every system has them
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
