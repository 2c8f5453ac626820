"""SQLite passes the kit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from toasty_core.testing import BackendSuite
from toasty_core.url import Url
from toasty_sqlite import SqliteBackend


class TestSqlite(BackendSuite):
    collation = "NOCASE"

    @pytest.fixture
    def backend(self):
        return SqliteBackend()

    @pytest.fixture
    def url(self, tmp_path):
        return f"sqlite:///{tmp_path}/database.db"

    @pytest.fixture
    def bad_urls(self, tmp_path):
        broken = tmp_path / "broken.db"
        broken.write_bytes(b"this is no SQLite database, " * 100)
        (tmp_path / "folder.db").mkdir()
        return {
            "no such folder": f"sqlite:///{tmp_path}/missing/database.db?password=s3cret",
            "no database": f"sqlite:///{broken}?token=s3cret",
            "a folder": f"sqlite:///{tmp_path}/folder.db",
        }

    def read_rows(self, url, table):
        with closing(sqlite3.connect(Url.parse(url).path)) as connection:
            connection.row_factory = sqlite3.Row
            name = table.replace('"', '""')
            return [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]

    def fingerprint(self, bench):
        file = Path(Url.parse(bench.url).path)
        return file.read_bytes() if file.exists() else None
