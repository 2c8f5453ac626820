"""SQL of the user's: which statements stand in no transaction, and which end one.

Imported where there is such SQL: the patterns take longer to compile than the compiler to be imported.
"""

from __future__ import annotations

import re

from toasty_postgres.sql_text import bare

_OUTSIDE = re.compile(
    r"""
      CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY | DROP\s+INDEX\s+CONCURRENTLY
    | REINDEX\b.*\bCONCURRENTLY | REINDEX\s+(?:\([^)]*\)\s*)?(?:DATABASE|SYSTEM|SCHEMA)
    | VACUUM | (?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE) | ALTER\s+SYSTEM
    | ALTER\s+DATABASE\b.*\bSET\s+TABLESPACE | CLUSTER\s*\Z
    | ALTER\s+TYPE\b.*\bADD\s+VALUE | ALTER\s+TABLE\b.*\bDETACH\s+PARTITION\b.*\bCONCURRENTLY
    | (?:CREATE|ALTER|DROP)\s+SUBSCRIPTION | DO\b.*\b(?:COMMIT|ROLLBACK)\b
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""The beginnings of statements that PostgreSQL refuses in a transaction, or that mean less there."""
_SUSPECT = re.compile(
    r"\b(?:CONCURRENTLY|REINDEX|VACUUM|DATABASE|TABLESPACE|SYSTEM|CLUSTER|VALUE|SUBSCRIPTION|DO)\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"""VACUUM | REINDEX | CLUSTER | ALTER\s+SYSTEM | DROP\s+INDEX\s+CONCURRENTLY\s+IF\s+EXISTS
    | DROP\s+(?:DATABASE|TABLESPACE)\s+IF\s+EXISTS | ALTER\s+TYPE\b.*\bADD\s+VALUE\s+IF\s+NOT\s+EXISTS""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_TRANSACTION = re.compile(
    r"(BEGIN|COMMIT|END|ABORT|START\s+TRANSACTION|PREPARE\s+TRANSACTION"
    r"|ROLLBACK(?!\s+(?:(?:WORK|TRANSACTION)\s+)?TO\b))\b",
    re.IGNORECASE,
)
_SUSPECT_END = re.compile(r"\b(?:BEGIN|COMMIT|END|ABORT|START|PREPARE|ROLLBACK)\b", re.IGNORECASE)


def must_be_split(sql: str) -> bool:
    """Could one of the statements be of a kind that stands in no transaction, or ends one?"""
    return _SUSPECT.search(sql) is not None or _SUSPECT_END.search(sql) is not None


def stands_outside(statement: str) -> bool:
    """Does the statement stand in no transaction?"""
    return _OUTSIDE.match(bare(statement)) is not None


def is_repeatable(statement: str) -> bool:
    """Does the statement, which stands in no transaction, do no harm a second time?"""
    return _AGAIN.match(bare(statement)) is not None


def transaction_word(statement: str) -> str | None:
    """The word by which the statement begins or ends a transaction; None when it does not."""
    match = _TRANSACTION.match(bare(statement))
    return match.group(1).upper() if match else None
