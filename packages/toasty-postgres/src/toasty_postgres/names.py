"""Names as PostgreSQL takes them, and the names that it gives to what has none.

PostgreSQL cuts a name behind 63 bytes with no more than a notice, so that two long names may become one.
Here the name of an index or a constraint that is too long is cut and gets a hash of the whole, in the form that
SQLAlchemy uses for the names of its naming conventions: a database that was made with it keeps its names. What the
application calls by name, as tables and columns, must fit.
https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
"""

from __future__ import annotations

from hashlib import md5, sha256

from toasty_core.errors import Unsupported

LIMIT = 63
"""The most bytes that a name may have (NAMEDATALEN - 1)."""


def stored_name(name: str) -> str:
    """The name as the database stores it: itself, or 63 bytes at most with a hash at the end."""
    if len(name) <= LIMIT and (name.isascii() or len(name.encode()) <= LIMIT):
        return name
    if name.isascii():
        return f"{name[: LIMIT - 8]}_{md5(name.encode(), usedforsecurity=False).hexdigest()[-4:]}"
    return f"{first_bytes(name, LIMIT - 9)}_{sha256(name.encode()).hexdigest()[:8]}"


def must_fit(*names: str | None) -> None:
    """Raises Unsupported for a name of a table, column, schema, type or sequence that is too long."""
    for name in names:
        if name is not None and stored_name(name) != name:
            raise Unsupported(
                f"{name!r} is too long a name",
                reason=f"a name of a table or column has at most {LIMIT} bytes here,"
                f" and this one has {len(name.encode())}",
                hint="give it a shorter name",
            )


def first_bytes(text: str, count: int) -> str:
    """As many whole letters as `count` bytes have room for."""
    return text.encode()[:count].decode(errors="ignore")


def quote(name: str) -> str:
    """A name in double quotes, whatever it holds, at most as long as the database keeps it."""
    return '"' + stored_name(name).replace('"', '""') + '"'


def qualified(key: str) -> str:
    """The quoted name of a table, type or sequence by its key: `sales.orders` stands in a schema."""
    return ".".join(quote(part) for part in key.split(".", 1))


def generated_name(table: str, columns: tuple[str, ...], label: str) -> str:
    """The name that PostgreSQL gives a constraint or sequence without one: `users_email_key`.

    `label` is `key`, `fkey`, `check`, `pkey`, `excl`, `seq` or `not_null`; a primary key's columns do not show.
    This is `makeObjectName` of src/backend/commands/indexcmds.c; where the name is taken, it adds a number.
    """
    first, second = stored_name(table), "_".join(map(stored_name, columns))
    room = LIMIT - len(label) - (2 if second else 1)
    one, two = len(first.encode()), len(second.encode())
    if one + two > room:
        one = min(one, max((room + 1) // 2, room - two))
        two = min(two, room - one)
        first, second = first_bytes(first, one), first_bytes(second, two)
    return "_".join(part for part in (first, second, label) if part)
