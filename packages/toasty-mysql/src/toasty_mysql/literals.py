"""Values as literals, for sessions in which a backslash escapes.

Every session and every script of Toasty's sets `sql_mode` without NO_BACKSLASH_ESCAPES and ANSI_QUOTES, so that
the text of a literal means the same on every server.
"""

from __future__ import annotations

from typing import Any

from toasty_sql.literals import literal as standard


def literal(value: Any) -> str:
    r"""`value` as a literal: `NULL`, `1`, `'it''s'`, `'a\\b'`, `X'00ff'`. Raises TypeError for one without a form."""
    return text_literal(value) if isinstance(value, str) else standard(value)


def text_literal(text: str) -> str:
    """Text in single quotes, quotes and backslashes doubled."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\0", "\\0")
    return f"'{escaped}'"
