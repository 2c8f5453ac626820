"""How much of a column fits into an index of InnoDB's, and what MariaDB does where it does not fit.

It holds the beginning of what is too long; where the index is unique, it holds a hash of all of it, and then knows
no order. MySQL refuses both. https://mariadb.com/kb/en/getting-started-with-indexes/#unique-index
"""

from __future__ import annotations

from collections.abc import Iterable

from toasty_mysql.collations import bytes_per_character
from toasty_mysql.server_types import BLOBS, LONG_TEXTS, TEXTS, ServerType

_MOST = 3072  # bytes, in all parts of an index together
_NUMBER = 8
_SIZED = frozenset(("char", "varchar", "binary", "varbinary"))


def room(type_: ServerType, charset: str) -> int | None:
    """The bytes that all of a column takes in an index; None: there is no limit to them."""
    if type_.name in LONG_TEXTS or type_.name in BLOBS or type_.name == "json":
        return None
    if type_.name not in _SIZED:
        return _NUMBER
    return type_.numbers[0] * _width(type_, charset)


def kept_length(type_: ServerType, charset: str) -> int | None:
    """How many characters MariaDB holds of a column in an index of its own; None: all."""
    bytes_ = room(type_, charset)
    is_cut = bytes_ is None or (bytes_ > _MOST and type_.name.startswith("var"))
    return _MOST // _width(type_, charset) if is_cut else None


def is_too_long(rooms: Iterable[int | None]) -> bool:
    """Do these parts not fit into one index?"""
    total = 0
    for found in rooms:
        if found is None:
            return True
        total += found
    return total > _MOST


def _width(type_: ServerType, charset: str) -> int:
    if type_.name == "json":
        return bytes_per_character("utf8mb4")
    return bytes_per_character(charset) if type_.name in TEXTS else 1
