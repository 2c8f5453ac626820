"""`examples/shop-dynamo`: its script as a user types it, and what it leaves in DynamoDB."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamo_shop import DynamoShop, open_dynamo_shop
from shop import TOASTY

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "shop-dynamo"


@pytest.fixture
def store(tmp_path: Path, dynamo_url: str) -> Iterator[DynamoShop]:
    """A project, and no table whose name begins with `shop_`."""
    yield from open_dynamo_shop(tmp_path, f"{dynamo_url}/shop_")


def typed(url: str) -> str:
    """What `bash run.sh URL` prints."""
    known = {k: v for k, v in os.environ.items() if not k.startswith("TOASTY_")}
    path = f"{Path(TOASTY).parent}{os.pathsep}{known['PATH']}"
    done = subprocess.run(
        ["bash", str(EXAMPLE / "run.sh"), url],
        env={**known, "PATH": path, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"\d{8}_\d{6}", "20250117_120000", done.stdout)


def test_the_script_as_typed(store: DynamoShop) -> None:
    printed = typed(store.url)

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
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    shown = "\n".join(re.findall(r"^```(?:console|text)\n(.*?)^```", page, re.S | re.M))
    printed = typed(store.url).splitlines()

    lines = [line for line in shown.splitlines() if line and line != "..."]
    assert len(lines) > 10
    assert [line for line in lines if line not in printed] == []


def test_the_items_follow_the_models(store: DynamoShop) -> None:
    shop = store.shop
    shutil.copy(EXAMPLE / "models_v1.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "first")
    shop.works("migrate:up")
    was = {
        "email": {"S": "ada@example.com"},
        "name": {"S": "Ada"},
        "age": {"S": "36"},
        "tags": {"SS": ["early"]},
    }
    store.put("customers", was)
    shutil.copy(EXAMPLE / "models_v2.py", shop.folder / "models.py")
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
