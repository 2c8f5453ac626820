"""Names that the server gives where nobody does, and what counts as one and the same.

A constraint that bears such a name counts as one without a name, on both sides of a comparison. The rules stand in
https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html, .../create-table-check-constraints.html and
https://mariadb.com/kb/en/constraint/; that a key is called as its first column was measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from toasty_core.schema.constraints import Action, ForeignKeyDef, IndexDef, UniqueDef
from toasty_mysql.names import stored_name

_CHECK = re.compile(r"CONSTRAINT_\d+\Z")
_NUMBER = re.compile(r"_\d+\Z")


def foreign_key_name(name: str | None, table: str) -> str | None:
    """The name of a foreign key of `table`; None for the server's own, `orders_ibfk_1`."""
    return None if name is None or _is_numbered(name, f"{table}_ibfk") else stored_name(name)


def check_name(name: str | None, table: str) -> str | None:
    """The name of a check of `table`; None for the server's own, `orders_chk_1` or `CONSTRAINT_1`."""
    if name is None or _CHECK.match(name) or _is_numbered(name, f"{table}_chk"):
        return None
    return stored_name(name)


def unique_name(name: str | None, columns: Sequence[str]) -> str | None:
    """The name of a unique key; None for the server's own, its first column's, perhaps with a number."""
    if name is None or name == columns[0] or _is_numbered(name, columns[0]):
        return None
    return stored_name(name)


def _is_numbered(name: str, stem: str) -> bool:
    return name.startswith(stem) and _NUMBER.match(name, len(stem)) is not None


def without_made(indexes: Iterable[IndexDef], keys: Sequence[ForeignKeyDef]) -> Iterator[IndexDef]:
    """The indexes without those that the server makes for foreign keys.

    Such a one has the key's columns and nothing else, and is called as the key, or as the first column. Whoever
    made it, the server keeps it for as long as the key stands.
    """
    for index in indexes:
        if not any(_is_made_for(index, key) for key in keys):
            yield index


def _is_made_for(index: IndexDef, key: ForeignKeyDef) -> bool:
    if index.column_names != key.columns or not _is_plain(index):
        return False
    return index.name == key.name or unique_name(index.name, key.columns) is None


def _is_plain(index: IndexDef) -> bool:
    ascending = all(part.expression is None and not part.descending for part in index.columns)
    return ascending and not index.unique and not index.options


def as_unique(index: IndexDef) -> UniqueDef | None:
    """The unique constraint that a unique index is to the server; None for one that is more than that."""
    parts = index.columns
    if not index.unique or index.options or any(p.expression or p.descending for p in parts):
        return None
    return UniqueDef(index.column_names, unique_name(index.name, index.column_names))


def plain_action(action: Action) -> Action:
    """The action. RESTRICT and NO ACTION are one to InnoDB, and what MariaDB reports for either is RESTRICT."""
    return Action.NO_ACTION if action is Action.RESTRICT else action
