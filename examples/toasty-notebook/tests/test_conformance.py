"""The proof: the notebook passes Toasty's conformance kit."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from toasty_core.testing import BackendSuite
from toasty_core.url import Url
from toasty_notebook import NotebookBackend


class TestNotebook(BackendSuite):
    truncate_users: ClassVar = {"truncate": "users"}

    @pytest.fixture
    def backend(self):
        return NotebookBackend()

    @pytest.fixture
    def url(self, tmp_path):
        return f"notebook:{tmp_path}/notes"

    @pytest.fixture
    def bad_urls(self, tmp_path):
        (tmp_path / "file").write_text("no folder")
        return {
            "no such folder": f"notebook:{tmp_path}/missing/notes?password=s3cret",
            "a file": f"notebook:{tmp_path}/file",
        }

    def read_rows(self, url, table):
        with NotebookBackend().connect(Url.parse(url)) as database:
            return database.rows(table)

    def fingerprint(self, bench):
        folder = Path(Url.parse(bench.url).path)
        return {file.name: file.read_bytes() for file in sorted(folder.glob("*"))}
