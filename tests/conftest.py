"""What the tests across packages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server_shop import ServerShop, open_shop
from shop import FIRST, Shop
from toasty_testservers.fixtures import url_fixture
from toasty_testservers.kinds import all_kinds

SQL_SERVERS = ("postgres15", "postgres18", "mariadb", "mysql")


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


server_url = url_fixture("server_url", *(all_kinds()[name] for name in SQL_SERVERS))


@pytest.fixture
def store(tmp_path: Path, server_url: str) -> Iterator[ServerShop]:
    """A project on an empty database, on every kind of SQL server."""
    yield from open_shop(tmp_path, server_url)


@pytest.fixture
def postgres_store(tmp_path: Path, postgres_url: str) -> Iterator[ServerShop]:
    """The same on both versions of PostgreSQL."""
    yield from open_shop(tmp_path, postgres_url)


@pytest.fixture
def mysql_store(tmp_path: Path, mysql_url: str) -> Iterator[ServerShop]:
    """The same on MariaDB and MySQL."""
    yield from open_shop(tmp_path, mysql_url)
