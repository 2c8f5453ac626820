"""`examples/shop-dynamo`: its script as a user types it, and what it leaves in DynamoDB."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamo_shop import DynamoShop, open_dynamo_shop
from shop_examples import ShopExample

EXAMPLE = ShopExample("shop-dynamo")


@pytest.fixture
def store(tmp_path: Path, dynamo_url: str) -> Iterator[DynamoShop]:
    """A project, and no table whose name begins with `shop_`."""
    yield from open_dynamo_shop(tmp_path, f"{dynamo_url}/shop_")


def test_the_script_as_typed(store: DynamoShop) -> None:
    printed = EXAMPLE.typed(store.url)

    ends = (
        "✅ Applied 1 migration(s)",
        "✅ No drift.",
        "✅ All agrees.",
        "✅ Reverted 3 migration(s)",
    )
    for line in (*ends, "3 pending"):
        assert line in printed.splitlines(), printed
    assert store.judge.list_tables()["TableNames"] == ["shop_toasty_migrations"]


def test_the_readme_shows_what_is_printed(store: DynamoShop) -> None:
    """What the README shows of the output stands in it word for word."""
    printed = EXAMPLE.typed(store.url).splitlines()

    lines = EXAMPLE.shown()
    assert len(lines) > 10
    assert [line for line in lines if line not in printed] == []


def test_the_items_follow_the_models(store: DynamoShop) -> None:
    shop = store.shop
    shutil.copy(EXAMPLE.folder / "models_v1.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "first")
    shop.works("migrate:up")
    was = {
        "email": {"S": "ada@example.com"},
        "name": {"S": "Ada"},
        "age": {"S": "36"},
        "tags": {"SS": ["early"]},
    }
    store.put("customers", was)
    shutil.copy(EXAMPLE.folder / "models_v2.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "second", "--fill", "customers.country=CH")
    shop.works("migrate:up")
    expected = {
        "email": {"S": "ada@example.com"},
        "full_name": {"S": "Ada"},
        "country": {"S": "CH"},
        "age": {"N": "36"},
        "tags": {"SS": ["early"]},
    }

    assert store.judge.scan(TableName="shop_customers")["Items"] == [expected]
    found = store.judge.query(
        TableName="shop_customers",
        IndexName="customers_by_country",
        KeyConditionExpression="country = :c AND begins_with(full_name, :n)",
        ExpressionAttributeValues={":c": {"S": "CH"}, ":n": {"S": "A"}},
    )
    assert [item["email"]["S"] for item in found["Items"]] == ["ada@example.com"]
    shop.works("migrate:down", "--yes")
    assert store.judge.scan(TableName="shop_customers")["Items"] == [was]
