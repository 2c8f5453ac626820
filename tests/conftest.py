"""What the tests across packages share."""

from __future__ import annotations

from pathlib import Path

import pytest

from shop import FIRST, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A project with one model, and nothing generated yet."""
    shop = Shop(tmp_path)
    shop.models(FIRST)
    return shop


@pytest.fixture
def running_shop(shop: Shop) -> Shop:
    """The same with its first migration applied, and one row."""
    shop.works("migrate:generate", "--message", "create users")
    shop.works("migrate:up")
    shop.query("INSERT INTO users (name) VALUES ('Ada')")
    return shop
