"""Reads a stored CREATE INDEX."""

from __future__ import annotations

import re

from toasty_core.schema.constraints import IndexColumn, IndexDef
from toasty_core.schema.values import Expression
from toasty_sqlite.reading import plain_expression, without_brackets
from toasty_sqlite.tokens import Tokens, unquoted

_ORDER = re.compile(r"(?<![\w$])(ASC|DESC)\Z", re.IGNORECASE)
_COLLATE = re.compile(
    r"""(?<![\w$])COLLATE\s*("(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|'[^']*'|[\w$]+)\Z""", re.IGNORECASE
)
_NAME = re.compile(
    r"""[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*\Z|"(?:[^"]|"")*"\Z|`(?:[^`]|``)*`\Z|\[[^\]]*\]\Z|'(?:[^']|'')*'\Z"""
)


def read_index(name: str, sql: str) -> IndexDef:
    """The index that a CREATE INDEX makes, as SQLite stores it."""
    tokens = Tokens(sql)
    tokens.take("CREATE")
    unique = tokens.take("UNIQUE")
    tokens.skip_to("(")
    tokens.skip()
    columns = []
    while tokens.key not in ("", ")"):
        columns.append(_column(tokens.until(",", ")")))
        tokens.take(",")
    tokens.skip()
    where = Expression(plain_expression(tokens.until())) if tokens.take("WHERE") else None
    return IndexDef(name, columns, unique=unique, where=where)


def _column(text: str) -> IndexColumn:
    """A column or an expression, with `COLLATE x` and `DESC` behind it."""
    text, order = _cut(_ORDER, text)
    text, collation = _cut(_COLLATE, text)
    text = without_brackets(text)
    is_name = _NAME.match(text)
    return IndexColumn(
        unquoted(text) if is_name else None,
        None if is_name else Expression(plain_expression(text)),
        descending=True if order is not None and order.upper() == "DESC" else None,
        collation=unquoted(collation) if collation else None,
    )


def _cut(ending: re.Pattern[str], text: str) -> tuple[str, str | None]:
    """The text without its ending, and what the ending says."""
    found = ending.search(text)
    return (text[: found.start()].rstrip(), found[1]) if found else (text, None)
