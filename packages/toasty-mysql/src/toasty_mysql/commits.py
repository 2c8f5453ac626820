"""Which statements end a transaction, said so or not.

https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html and
https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
"""

from __future__ import annotations

import re

# Not compiled here: few runs need them.
_SPACE = r"(?:\s|--\s[^\n]*(?:\n|\Z)|\#[^\n]*(?:\n|\Z)|/\*(?![!M]).*?\*/)*"
_ENDS = _SPACE + r"(?:BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK(?!\s+(?:WORK\s+)?TO\b)|XA)\b"
_COMMITS = (
    _SPACE
    + r"""(?:
        ALTER | (?:CREATE|DROP)(?!\s+(?:OR\s+REPLACE\s+)?TEMPORARY\b) | RENAME | TRUNCATE
        | ANALYZE\s+(?:(?:LOCAL|NO_WRITE_TO_BINLOG)\s+)?TABLE | OPTIMIZE | REPAIR | CHECK
        | CACHE\s+INDEX | LOAD\s+INDEX
        | FLUSH | RESET | GRANT | REVOKE | SET\s+PASSWORD | INSTALL | UNINSTALL | LOCK | UNLOCK | CHANGE
        | (?:START|STOP)\s+(?:REPLICA|SLAVE)
        | SET\s+(?:SESSION\s+|@@(?:session\.)?)?autocommit
    )\b"""
)


def ends_transaction(sql: str) -> bool:
    """Does it begin or end a transaction by its very words?"""
    return re.match(_ENDS, sql, re.IGNORECASE | re.DOTALL) is not None


def commits(sql: str) -> bool:
    """Does it commit by itself, as all that changes the schema does?"""
    return re.match(_COMMITS, sql, re.IGNORECASE | re.DOTALL | re.VERBOSE) is not None
