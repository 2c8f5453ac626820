from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toasty_core.url import Url
from toasty_sqlite import SqliteBackend
from toasty_sqlite.database import SqliteDatabase

Connect = Callable[..., SqliteDatabase]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens databases by URL and closes them again."""
    opened: list[SqliteDatabase] = []

    def open_database(url: str = "sqlite::memory:") -> SqliteDatabase:
        database = SqliteBackend().connect(Url.parse(url))
        assert isinstance(database, SqliteDatabase)
        opened.append(database)
        return database

    yield open_database
    for database in opened:
        database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a database may be; nothing is there yet."""
    return tmp_path / "my.db"
