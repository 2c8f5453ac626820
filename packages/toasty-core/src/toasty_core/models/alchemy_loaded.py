"""SQLAlchemy's side, which is touched only when the user's own code has imported SQLAlchemy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from toasty_core.schema.snapshot import SchemaSnapshot

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def alchemy_metadata(thing: object) -> MetaData | None:
    """The MetaData that `thing` is or belongs to: a MetaData, a Table, a base, a mapped class.

    Whatever has an attribute `metadata` that is one counts, such as Flask's `db` or a registry.
    """
    alchemy = sys.modules.get("sqlalchemy")
    if alchemy is None:
        return None
    kind: type[MetaData] = alchemy.MetaData
    if isinstance(thing, kind):
        return thing
    try:
        found = getattr(thing, "metadata", None)
    except Exception:  # somebody else's object, which may do as it likes when it is looked at
        return None
    return found if isinstance(found, kind) else None


def read_alchemy(metadata: Sequence[Any]) -> SchemaSnapshot:
    """All tables and sequences of these. Raises ModelError."""
    from toasty_core.models.alchemy.reading import read_metadata

    return read_metadata(metadata)
