"""The names that SQLAlchemy gives, by the metadata's naming convention."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import naming


def resolved_name(item: Any, table: sa.Table) -> str | None:
    """A constraint's or index's name as it will stand in the database; None when it has none.

    Most are resolved when the object joins its table, those of checks that a type brings are not. A
    name that is too long for a database is shortened by its backend.
    """
    name = item.name
    if name is None or isinstance(name, str):
        return None if name is None else str(name)
    late: object = naming._constraint_name_for_table(item, table)  # type: ignore[no-untyped-call]
    return str(late) if isinstance(late, str) else None
