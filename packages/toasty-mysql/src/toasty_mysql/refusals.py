"""Why a connection could not be made, and what to do: for people who have just typed a URL."""

from __future__ import annotations

import socket
import ssl

from toasty_core.errors import ConnectionFailed
from toasty_core.url import Url, redact
from toasty_mysql.driver import error_code
from toasty_mysql.names import quote

_DENIED = frozenset({1045, 1698, 1873})
_TOO_MANY = frozenset({1040, 1203, 1226})
_TLS = "add ?ssl-mode=REQUIRED to the URL"


def refusal(error: Exception, url: Url) -> ConnectionFailed:
    """The error of ours that says why the server could not be reached, or what it refused."""
    code = error_code(error)
    cause = getattr(error, "original_exception", error)
    what, hint = _network(cause, url) if isinstance(cause, OSError) else _server(code, error, url)
    found = ConnectionFailed(redact(what, url), where=str(url), hint=hint)
    found.busy = code in _TOO_MANY
    return found


def _network(error: OSError, url: Url) -> tuple[str, str]:
    """What is wrong before the server says a word."""
    place = _place(url)
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or str(error)
        what = f"The server on {place} cannot prove who it is: {why}."
        return what, "check ?ssl-ca=FILE; ?ssl-mode=REQUIRED encrypts without asking who it is"
    if isinstance(error, ssl.SSLError):
        what = f"No encrypted connection with {place}: {error.reason or error}."
        return what, "check ?ssl-mode= and the certificates"
    if isinstance(error, socket.gaierror):
        return f"There is no host {url.host!r}.", "check the host's name in the URL"
    if isinstance(error, FileNotFoundError):
        return f"There is no {place}.", "is the server running? check the path of the socket"
    if isinstance(error, TimeoutError):
        what = f"Nothing answers on {place}."
        return what, "check host, port and firewall; ?connect_timeout=SECONDS waits longer"
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing listens on {place}.", "is the server running? check host and port"
    return f"{place} cannot be reached: {error.strerror or error}.", "check host and port"


def _server(code: int | None, error: Exception, url: Url) -> tuple[str, str | None]:
    """What the server says, or what it says in a language that is not ours."""
    user, database = repr(url.option("user") or url.username or "of this process"), url.database
    if code in _DENIED:
        return _denied(user, url)
    if code == 1049:
        create = f"CREATE DATABASE {quote(database)} CHARACTER SET utf8mb4"
        return f"There is no database {database!r} on {_place(url)}.", f"make it: {create}"
    if code == 1044:
        grant = f"GRANT ALL ON {quote(database)}.* TO {user}"
        what = f"The user {user} may not use the database {database!r}."
        return what, f"check the name, or let him: {grant}"
    if code == 3159 or "require_secure_transport" in str(error):
        return f"The server on {_place(url)} wants an encrypted connection.", _TLS
    return _other(code, error, url)


def _denied(user: str, url: Url) -> tuple[str, str]:
    given = "this password" if url.secrets else "no password"
    return (
        f"The server on {_place(url)} does not let in the user {user} with {given}.",
        "check user and password; in a URL write @ as %40, : as %3A, / as %2F and % as %25."
        f" For a user who must come encrypted, {_TLS}",
    )


def _other(code: int | None, error: Exception, url: Url) -> tuple[str, str | None]:
    place, text = _place(url), str(error.args[1] if len(error.args) > 1 else error)
    if code == 2026:
        return f"The server on {place} speaks no TLS.", "add ?ssl-mode=PREFERRED to the URL"
    if code in _TOO_MANY:
        return f"The server on {place} has too many connections.", "end some, or try again later"
    if code in (1129, 1130):
        return f"The server on {place} refuses this machine: {text}", None
    if code in (1820, 1862):
        return "The password has expired.", "set a new one with the client, then put it in the URL"
    if "'cryptography' package is required" in text:
        what = "The server wants the password encrypted, and Python lacks a package for it."
        return what, f"run: pip install 'PyMySQL[rsa]'; or {_TLS}"
    if code is None or code in (0, 2013, 2006):
        what = f"What listens on {place} does not speak as MySQL and MariaDB do: {text}."
        return what, "check the port: 3306 is the usual one"
    return f"The server on {place} refuses the connection: {text} (error {code}).", None


def _place(url: Url) -> str:
    path = url.option("unix_socket") or url.option("socket")
    return f"socket {path!r}" if path else f"{url.host or 'localhost'}:{url.port or 3306}"
