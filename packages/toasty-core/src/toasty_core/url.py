"""The database URL as a value whose password never shows.

    sqlite:mydb.db                                  a file beside us; also sqlite:C:\\data\\x.db
    sqlite:///absolute/path.db?mode=ro              a file by its absolute path
    sqlite::memory:                                 no file
    postgresql://user:p%40ss@host:5432/db?sslmode=require
    mysql+pymysql://user@host/db                    scheme and driver
    mongodb://a,b:27018/db?replicaSet=rs            several hosts
    dynamodb://eu-west-1?profile=x                  a region in the place of the host

`str(url)` and `repr(url)` write `***` for what is secret, `url.raw` is the text for the driver, and
`redact(text, url)` takes the secrets out of any other text, such as a driver's error message.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from toasty_core.errors import UrlError

__all__ = ["MASK", "Host", "Url", "redact"]

MASK = "***"

# Not compiled here: most URLs need the first only.
_SCHEME = r"([A-Za-z][A-Za-z0-9.\-]+)(?:\+([A-Za-z0-9.\-]+))?:"
_SECRET_OPTION = r"(?i:pass(?!file)|pwd|secret|token|credential|properties)"
_DRIVE = r"/[A-Za-z]:[/\\]"
_EXAMPLE = "such as --url sqlite:mydb.db or --url postgresql://user:password@host/database"
_ENCODE = "in a user name or password write @ as %40, : as %3A, / as %2F, ? as %3F and # as %23"


class Host(NamedTuple):
    """One server: its name or address, and its port where one is given."""

    name: str
    port: int | None = None


class Url:
    """A database URL, taken apart. Two URLs are equal if they were written the same.

    A frozen value, and no tuple: what prints the items of a tuple would print the password.
    """

    __slots__ = (
        *("_shown", "driver", "hosts", "password", "path"),
        *("query", "raw", "scheme", "username"),
    )

    scheme: str
    driver: str | None
    username: str | None
    password: str | None
    hosts: tuple[Host, ...]
    path: str
    """The decoded path: `db.sqlite`, `:memory:`, `/absolute/path`; for servers `/database`."""
    query: tuple[tuple[str, str], ...]
    raw: str
    """The text as the user wrote it, password included: for drivers only."""
    _shown: str

    def __init__(self, raw: str, scheme: str, driver: str | None, parts: _Parts) -> None:
        values = {
            "scheme": scheme,
            "driver": driver,
            "username": _decode(parts.username),
            "password": _decode(parts.password),
            "hosts": parts.hosts,
            "path": _decode(parts.path) or "",
            "query": parts.options(),
            "raw": raw,
            "_shown": parts.shown(raw),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Url is frozen: its {name} cannot be set")

    @classmethod
    def parse(cls, text: str) -> Url:
        """Read a URL, or raise UrlError, whose text holds no password either."""
        raw = _clean(text)
        scheme, driver, rest = _split_scheme(raw)
        return cls(raw, scheme, driver, _split_rest(rest, scheme))

    @property
    def host(self) -> str | None:
        """The first host's name."""
        return self.hosts[0].name if self.hosts else None

    @property
    def port(self) -> int | None:
        """The first host's port."""
        return self.hosts[0].port if self.hosts else None

    @property
    def database(self) -> str:
        """The name of the database on a server: the path without its first slash."""
        return self.path.removeprefix("/")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: the password, and options such as `password=` or `token=`."""
        options = (value for name, value in self.query if re.search(_SECRET_OPTION, name))
        return tuple(secret for secret in (self.password, *options) if secret)

    def option(self, name: str, default: str | None = None) -> str | None:
        """The value of `?name=value`; the last one if there are several."""
        return dict(self.query).get(name, default)

    def render(self, *, hide_password: bool = True) -> str:
        """The URL as text; `hide_password=False` is for drivers only."""
        return self._shown if hide_password else self.raw

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"Url({self._shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Url) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


class _Parts(NamedTuple):
    """The pieces of a URL behind its scheme, still percent-encoded."""

    path: str
    query: str | None
    username: str | None = None
    password: str | None = None
    hosts: tuple[Host, ...] = ()

    def options(self) -> tuple[tuple[str, str], ...]:
        pairs = (item.partition("=") for item in (self.query or "").split("&") if item)
        return tuple((_decode(name) or "", _decode(value) or "") for name, _, value in pairs)

    def shown(self, raw: str) -> str:
        """`raw`, the text of the whole URL, with its secrets masked."""
        body, mark, _ = raw.partition("?")
        if self.password:
            start = body.index("//") + len("//") + len(self.username or "") + len(":")
            body = body[:start] + MASK + body[start + len(self.password) :]
        return body + mark + "&".join(_shown_option(item) for item in (self.query or "").split("&"))


def _shown_option(item: str) -> str:
    name, equals, value = item.partition("=")
    hidden = value and re.search(_SECRET_OPTION, _decode(name) or "")
    return name + equals + (MASK if hidden else value)


def _clean(text: str) -> str:
    raw = text.strip()
    if not raw:
        raise UrlError("The database URL is empty.", hint=f"give one, {_EXAMPLE}")
    if not raw.isprintable():
        raise UrlError("The database URL holds a line break or another unprintable character.")
    return raw


def _split_scheme(raw: str) -> tuple[str, str | None, str]:
    match = re.match(_SCHEME, raw)
    if match:
        scheme, driver = match[1].lower(), match[2]
        return scheme, driver.lower() if driver else None, raw[match.end() :]
    if "@" in raw:
        raise UrlError(
            "The database URL does not begin with a scheme.", hint=f"write it {_EXAMPLE}"
        )
    raise UrlError(
        f"The database URL '{raw}' does not begin with a scheme.",
        hint=f"for a SQLite file write sqlite:{raw}",
    )


def _split_rest(rest: str, scheme: str) -> _Parts:
    if rest.startswith("//"):
        return _split_authority(rest[2:], f"{scheme}://")
    return _split_plain(rest, scheme)


def _split_plain(rest: str, scheme: str) -> _Parts:
    """A URL without `//`: a file, or a name that the backend understands."""
    path, _, query = rest.partition("?")
    if "@" in re.split(r"[/\\]", path.lstrip("/"), maxsplit=1)[0]:
        raise UrlError(
            f"The database URL '{scheme}:...' has an @ but no // after its scheme.",
            hint=f"a server is written {scheme}://user:password@host/database, "
            f"a file whose name has an @ {scheme}:./name",
        )
    return _Parts(path=path, query=query)


def _split_authority(rest: str, prefix: str) -> _Parts:
    """A URL with `//`: user and password, hosts, path."""
    body, _, query = rest.partition("?")
    authority, slash, path = body.partition("/")
    login, at, hosts = authority.rpartition("@")
    if authority and _login_went_on(authority, path, query):
        raise UrlError(f"The login in '{prefix}...' cannot be told from the rest.", hint=_ENCODE)
    username, colon, password = login.partition(":")
    path = slash + path
    return _Parts(
        path=path[1:] if re.match(_DRIVE, path) else path,
        query=query,
        username=username if at else None,
        password=password if colon else None,
        hosts=tuple(_host(item, prefix) for item in hosts.split(",") if item),
    )


def _login_went_on(authority: str, path: str, query: str) -> bool:
    """Is there a sign that a / or ? of the password was taken for the end of the login?"""
    in_names = any("@" in item.partition("=")[0] for item in query.split("&"))
    in_values = "@" in query and ":" in authority and "@" not in authority
    return "@" in path or in_names or in_values


def _host(item: str, prefix: str) -> Host:
    """`name`, `name:5432`, `[::1]:5432`; neither is quoted in an error, as it may be a password."""
    match = re.fullmatch(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::([0-9]+))?", item)
    if match and (match[3] is None or 0 < int(match[3]) < 65536):
        name = match[1] if match[1] is not None else match[2]
        return Host(_decode(name) or "", int(match[3]) if match[3] else None)
    raise UrlError(
        f"A host in '{prefix}...' is not written as name or name:port, with a port up to 65535.",
        hint=_ENCODE,
    )


def _decode(text: str | None) -> str | None:
    if text is None or "%" not in text:
        return text
    from urllib.parse import unquote  # 7 ms, and most URLs do not need it

    return unquote(text)


def redact(text: str, url: Url) -> str:
    """`text` without the secrets of `url`, however they are escaped in it."""
    for secret in sorted(url.secrets, key=len, reverse=True):
        text = re.sub("".join(map(_any_spelling, secret)), MASK, text)
    return text


def _any_spelling(char: str) -> str:
    """A pattern for one character: plain, percent-encoded, or escaped as Python and JSON do."""
    encoded = "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    plain = {char, repr(char)[1:-1], ascii(char)[1:-1], f"\\u{ord(char):04x}", f"\\{char}"}
    plain |= {"+"} if char == " " else set()
    spellings = sorted(map(re.escape, plain), key=len, reverse=True)
    return f"(?:(?i:{encoded})|{'|'.join(spellings)})"
