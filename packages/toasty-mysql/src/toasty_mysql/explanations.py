"""What to do about what the server says, by its numbers."""

from __future__ import annotations

import re

from toasty_core.url import Url
from toasty_mysql.names import quote

_DENIED = re.compile(
    r"(?P<what>[A-Z][A-Z ,]*?) command denied to user (?P<user>'[^']*'@'[^']*') for (?:table|column)"
)
_MISSING = re.compile(r"at least one of\) the (?:[A-Z_ ]+ or )*(?P<what>[A-Z_, ]+) privilege")
_OWN = re.compile(r"\btoasty_(?:migrations|lock)\b")

_ORPHANS = "a row points at one that does not stand: mend or delete it before"
_NO_FIT = (
    "look at the rows, change them with db.update_rows or db.transform_rows before, or give using="
)
_FULL = "make room and run the command again: a statement that failed leaves nothing half-done"
_BLOCKING = "a copy blocks writers meanwhile: allow it with --allow-blocking, when few write"
_BUSY = "others write too much meanwhile: try again at a quieter time"
_REPLICA = "connect to the primary: this server only reads"
_CANCELLED = "it was cancelled (KILL QUERY, a time limit) and had no effect: run the command again"
_STANDS = "if the database has all that this migration makes: toasty migrate:baseline VERSION"

_HINTS = {
    1005: "a foreign key needs a key on the columns it points at, and columns of the same type",
    1021: _FULL,
    1048: "give the rows a value before",
    1050: _STANDS,
    1054: "does another part of the table, such as a check, still name it?",
    1059: "a name may have 64 characters here: give a shorter name=",
    1060: _STANDS,
    1061: _STANDS,
    1062: "two rows have the same: mend or delete one before",
    1064: "SQL of your own? it is read by this very server",
    1071: "index a part of the text only, or make the columns shorter",
    1074: "turn long String columns into Text",
    1103: "a name may have 64 characters here: give a shorter one",
    1114: _FULL,
    1118: "turn long String columns into Text",
    1138: "give the rows a value before",
    1153: "raise max_allowed_packet on the server, or write the rows in several operations",
    1170: "index a part of the text only, with a length for the column",
    1206: "change the rows in several operations",
    1216: _ORPHANS,
    1217: "rows or keys of another table point here: drop or change those before",
    1264: _NO_FIT,
    1265: _NO_FIT,
    1290: _REPLICA,
    1292: _NO_FIT,
    1366: _NO_FIT,
    1406: _NO_FIT,
    1317: _CANCELLED,
    1969: _CANCELLED,
    3024: _CANCELLED,
    1451: "rows of another table point here: delete or change those before",
    1452: _ORPHANS,
    1553: "a foreign key needs the index: drop the key before, or make another index for it",
    1792: "the session only reads",
    1799: _BUSY,
    1822: "the columns pointed at need a primary key or a unique constraint",
    1836: _REPLICA,
    1845: _BLOCKING,
    1846: _BLOCKING,
    3730: "drop the foreign keys that point here before",
    3780: "both columns of a foreign key need the same type, and texts the same collation",
    3819: "a row breaks the check: mend or delete it before",
    4025: "a row breaks the check: mend or delete it before",
    6125: "the columns pointed at need a primary key or a unique constraint",
}


def hint_for(code: int | None, message: str, url: Url, account: str = "") -> str | None:
    """What to do about an error, where that can be said; `account` is whom the server takes us for."""
    if code in (1044, 1142, 1143, 1227):
        return _grant(message, quote(url.database), _quoted(account))
    return _HINTS.get(code) if code is not None else None


def _grant(message: str, database: str, user: str) -> str:
    """The GRANT that would have helped."""
    denied = _DENIED.search(message)
    if _OWN.search(message):
        rights = "SELECT, INSERT, UPDATE, DELETE, CREATE"
        return (
            f"Toasty keeps its journal in this database: GRANT {rights} ON {database}.* TO {user}"
        )
    missing = _MISSING.search(message)
    if missing:
        return f"GRANT {missing['what'].strip()} ON *.* TO {user}"
    rights = denied["what"].strip() if denied else "ALL"
    return f"GRANT {rights} ON {database}.* TO {user}; run the command again then, and it goes on from here"


def _quoted(account: str) -> str:
    """`deploy@%` as GRANT takes it."""
    user, at, host = account.rpartition("@")
    return f"{quote(user)}@{quote(host)}" if at else "the user"
