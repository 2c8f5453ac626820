"""Whole pytest sessions of their own, for tests of what happens around tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen

FOREIGN = ("TOASTY_", "PYTEST_", "CI")
"""Beginnings of variables that the surrounding session may have, and these must not."""


@frozen
class Session:
    """A folder with tests, and how pytest is run there."""

    folder: Path

    def write(self, text: str) -> None:
        """The tests' source."""
        (self.folder / "test_it.py").write_text(text)
        (self.folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")

    def start(self, *options: str, **variables: str) -> subprocess.Popen[str]:
        """Start pytest and do not wait."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", *options],
            cwd=self.folder,
            env={**environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *options: str, **variables: str) -> str:
        """What pytest prints."""
        with self.start(*options, **variables) as process:
            return process.communicate(timeout=120)[0]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session that has no tests yet."""
    return Session(tmp_path)
