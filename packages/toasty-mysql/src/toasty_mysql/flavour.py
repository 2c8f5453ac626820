"""MySQL or MariaDB: two databases of one descent, which differ often.

Which one it is, and in which version, the server's own version string says; the URL's scheme is only what is
assumed without a server.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from toasty_core.errors import DatabaseError


class Flavour(Enum):
    """Which of the two it is; the value is its name for people."""

    MYSQL = "MySQL"
    MARIADB = "MariaDB"

    @property
    def oldest(self) -> tuple[int, ...]:
        """The oldest version that is supported, which is assumed where no server can be asked."""
        return _OLDEST[self]


_OLDEST = {Flavour.MYSQL: (8, 4), Flavour.MARIADB: (10, 11)}
_MARIADB = re.compile(r"(\d+(?:\.\d+)*)-mariadb", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


class ServerVersion(NamedTuple):
    """Which server it is: `str()` gives `MariaDB 10.11.19`, for people and for the journal."""

    flavour: Flavour
    version: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.flavour.value} {'.'.join(map(str, self.version))}"


def parse_version(text: str) -> ServerVersion:
    """The server that answers `SELECT VERSION()` with `text`.

    `5.5.5-10.11.19-MariaDB-0+deb12u1` is MariaDB 10.11.19 (the `5.5.5-` in front is for old replicas), `9.7.4`
    and `8.4.3-log` are MySQL. Raises DatabaseError for a text without a version.
    """
    mariadb = _MARIADB.search(text)
    if mariadb:
        return ServerVersion(Flavour.MARIADB, _numbers(mariadb.group(1)))
    numbers = _NUMBERS.match(text)
    if numbers is None:
        raise DatabaseError(f"the server says that its version is {text!r}, which is none")
    return ServerVersion(Flavour.MYSQL, _numbers(numbers.group()))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))
