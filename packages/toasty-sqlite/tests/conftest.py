"""Connections to real SQLite databases, closed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toasty_core.url import Url
from toasty_sqlite import SqliteBackend
from toasty_sqlite.database import SqliteDatabase


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a database may be; there is none yet."""
    return tmp_path / "my.db"


@pytest.fixture
def connect() -> Iterator[Callable[..., SqliteDatabase]]:
    """Connects to a URL; without one, to a database in memory."""
    opened: list[SqliteDatabase] = []

    def open_(url: str = "sqlite::memory:") -> SqliteDatabase:
        database = SqliteBackend().connect(Url.parse(url))
        assert isinstance(database, SqliteDatabase)
        opened.append(database)
        return database

    yield open_
    for database in opened:
        database.close()
