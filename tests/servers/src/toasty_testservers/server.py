"""A server that tests may use."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from attrs import field, frozen

LOCALHOST = "127.0.0.1"


@frozen
class Server:
    """Where a running server is, and who to be there."""

    kind: str
    """The name of its kind, such as `postgres18`."""

    scheme: str
    """How URLs of its databases begin, such as `postgresql`."""

    port: int
    user: str
    host: str = LOCALHOST
    password: str = field(default="", repr=False)
    version: str = "?"

    def url(self, database: str = "") -> str:
        """The URL of one of its databases.

        Args:
            database: the database's name; none for the server itself.
        """
        password = f":{quote(self.password, safe='')}" if self.password else ""
        login = f"{quote(self.user, safe='')}{password}@" if self.user else ""
        return f"{self.scheme}://{login}{self.host}:{self.port}/{database}"

    @classmethod
    def at(cls, kind: str, url: str, port: int) -> Server:
        """The server that a URL names.

        Args:
            kind: the name of its kind.
            url: `scheme://user:password@host:port/`; a database in it is not looked at.
            port: the port where the URL has none.
        """
        parts = urlsplit(url)
        return cls(
            kind,
            parts.scheme.partition("+")[0],
            parts.port or port,
            unquote(parts.username or ""),
            parts.hostname or LOCALHOST,
            unquote(parts.password or ""),
        )
