"""What the tests of SQLAlchemy's models share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from toasty_core.models import load_models
from toasty_core.schema import ColumnDef, TableDef


@pytest.fixture
def read() -> Callable[..., TableDef]:
    """Reads a table called `t` with a key, the given parts and the given settings."""

    def read(*parts: Any, **settings: Any) -> TableDef:
        metadata = settings.pop("metadata", None)
        table = sa.Table(
            "t",
            sa.MetaData() if metadata is None else metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            *parts,
            **settings,
        )
        return load_models(table).table(table.key)

    return read


@pytest.fixture
def read_column(read: Callable[..., TableDef]) -> Callable[..., ColumnDef]:
    """Reads a column called `x`."""
    return lambda *parts, **settings: read(sa.Column("x", *parts, **settings)).column("x")
