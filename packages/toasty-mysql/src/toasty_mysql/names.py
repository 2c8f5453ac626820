"""Names as MySQL and MariaDB take them: quoted, and within their limits.

https://dev.mysql.com/doc/refman/8.4/en/identifiers.html and https://mariadb.com/kb/en/identifier-names/
"""

from __future__ import annotations

from hashlib import md5

from toasty_core.errors import Unsupported

LONGEST = 64
"""How many characters a name may have."""
_KEPT = LONGEST - 8


def quote(name: str) -> str:
    """The name in backticks."""
    return "`" + name.replace("`", "``") + "`"


def stored_name(name: str) -> str:
    """The name under which the database keeps an index or a constraint.

    One that is too long is cut, and gets a hash of the whole behind it, so that it stays the same name and two
    long names stay two. It is SQLAlchemy's rule (`_truncated_label`), so that both find the same index.
    """
    if len(name) <= LONGEST:
        return name
    digest = md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[:_KEPT]}_{digest[-4:]}"


def check_name(name: str) -> str:
    """The name of a table or column as it is. Raises Unsupported for one that cannot stand."""
    if len(name) > LONGEST:
        raise Unsupported(
            f"{name!r} is too long a name",
            reason=f"a name of a table or column has at most {LONGEST} characters here, and this one has {len(name)}",
            hint="give it a shorter name",
        )
    return check_letters(name)


def check_letters(name: str) -> str:
    """The name as it is. Raises Unsupported for letters that no name can hold."""
    if not name or "\0" in name or name != name.rstrip(" "):
        raise Unsupported(
            f"{name!r} cannot be a name here",
            reason="a name is not empty, has no zero character and no blank at its end",
        )
    if any(ord(letter) > 0xFFFF for letter in name):
        raise Unsupported(
            f"{name!r} cannot be a name here",
            reason="names hold only characters of Unicode's Basic Multilingual Plane, such as no emoji",
        )
    return name
