"""Names as SQLite takes them."""

from __future__ import annotations


def quote(name: str) -> str:
    """A name in double quotes, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
