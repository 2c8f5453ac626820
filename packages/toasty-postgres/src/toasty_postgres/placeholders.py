"""Placeholders as PostgreSQL itself numbers them: `%s, %s` becomes `$1, $2`.

psycopg's own way takes every other % of the text for a mistake, in the names of columns too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count

_PLACEHOLDER = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$(\w*)\$.*?\$\1\$ | (?P<mark>%s)""",
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=256)
def numbered(sql: str) -> str:
    """The SQL with each `%s` outside of literals, quoted names and comments as `$1`, `$2`, ..."""
    numbers = count(1)
    return _PLACEHOLDER.sub(lambda m: f"${next(numbers)}" if m["mark"] else m[0], sql)
