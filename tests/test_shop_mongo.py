"""`examples/shop-mongo`: its script as a user types it, and what it leaves in MongoDB."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mongo_shop import MongoShop, open_mongo_shop
from shop_examples import ShopExample

EXAMPLE = ShopExample("shop-mongo")
ADDRESS = {"street": "St James's Square", "city": "London"}
OWN = {"toasty_lock", "toasty_migrations"}


@pytest.fixture
def store(tmp_path: Path, mongo_url: str) -> Iterator[MongoShop]:
    """A project on an empty database, on a server alone and on a replica set."""
    yield from open_mongo_shop(tmp_path, mongo_url)


def test_the_script_as_typed(store: MongoShop) -> None:
    printed = EXAMPLE.typed(store.url)

    ends = (
        "✅ Applied 1 migration(s)",
        "✅ No drift.",
        "✅ All agrees.",
        "✅ Reverted 3 migration(s)",
    )
    for line in (*ends, "3 pending"):
        assert line in printed.splitlines(), printed
    assert set(store.judge.list_collection_names()) == OWN


def test_the_readme_shows_what_is_printed(store: MongoShop) -> None:
    """What the README shows of the output stands in it word for word."""
    printed = EXAMPLE.typed(store.url).splitlines()

    lines = EXAMPLE.shown()
    assert len(lines) > 8
    assert [line for line in lines if line not in printed] == []


def test_the_documents_follow_the_models(store: MongoShop) -> None:
    shop = store.shop
    shutil.copy(EXAMPLE.folder / "models_v1.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "first")
    shop.works("migrate:up")
    store.judge.customers.insert_one(
        {"_id": 7, "email": "ada@example.com", "name": "Ada", "age": "36", "address": ADDRESS}
    )
    shutil.copy(EXAMPLE.folder / "models_v2.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "second", "--fill", "customers.country=CH")
    shop.works("migrate:up")

    expected = {
        "_id": 7,
        "email": "ada@example.com",
        "full_name": "Ada",
        "country": "CH",
        "age": 36,
        "address": {"street": "St James's Square", "town": "London"},
    }
    assert store.judge.customers.find_one() == expected
    shop.works("migrate:down", "--yes")
    was = {"_id": 7, "email": "ada@example.com", "name": "Ada", "age": "36", "address": ADDRESS}
    assert store.judge.customers.find_one() == was
