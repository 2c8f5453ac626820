"""Distributions that are really installed: a dist-info folder and a module on `sys.path`."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest


class Site:
    """A folder on `sys.path` into which a test installs small distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self, name: str, entry_points: str, version: str = "1.0", suffix: str = "dist-info"
    ) -> Path:
        """Write what pip writes for a distribution that announces these entry points."""
        info = self.folder / f"{name.replace('-', '_')}-{version}.{suffix}"
        info.mkdir(parents=True)
        metadata = "METADATA" if suffix == "dist-info" else "PKG-INFO"
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: not this\n"
        (info / metadata).write_text(head)
        (info / "entry_points.txt").write_text(dedent(entry_points))
        return info

    def module(self, name: str, source: str) -> Path:
        """Write an importable module."""
        file = self.folder / f"{name}.py"
        file.write_text(dedent(source))
        return file


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A fresh `Site`, alone on the path as far as Toasty's entry points go."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    yield Site(folder)
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
