"""A field of nested documents gets another name on every database, by what all of them take."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from doc_pages import DocPage
from dynamo_shop import open_dynamo_shop
from server_shop import DatabaseShop, Session
from shop import Shop
from toasty_core import api
from toasty_core.url import Url
from toasty_testservers.fixtures import url_fixture
from toasty_testservers.kinds import all_kinds

SERVERS = ("postgres15", "postgres18", "mariadb", "mysql", "mongod", "mongoset", "dynamodb")
ORDERS = """\
address = "Document(Field('zip', String), Field('city', String))"
db.create_table(TableDef("orders", [ColumnDef("id", "Integer"), ColumnDef("address", address)], primary_key=["id"]))
db.insert_rows("orders", [{"id": n, "address": {"zip": str(n), "city": "Chur"}} for n in range(1, 4)])
"""
MOVED = {n: {"postcode": str(n), "city": "Chur"} for n in range(1, 4)}
(MOVE,) = (text for text in DocPage("migrations.md").blocks("## Every method") if "both =" in text)

any_server_url = url_fixture("any_server_url", *(all_kinds()[name] for name in SERVERS))


def in_sql(store: DatabaseShop) -> dict[int, Any]:
    session = Session(store.url)
    found = session.run("SELECT id, address FROM orders")
    session.close()
    return {n: json.loads(it) if isinstance(it, str) else it for n, it in found}


def in_mongo(store: DatabaseShop) -> dict[int, Any]:
    with closing(MongoClient(store.url)) as client:
        database = client[Url.parse(store.url).option("database") or Url.parse(store.url).database]
        return {one["_id"]: one["address"] for one in database.orders.find()}


def in_dynamo(store: DatabaseShop) -> dict[int, Any]:
    shops = open_dynamo_shop(store.shop.folder, store.url)
    found = {int(row["id"]): row["address"] for row in next(shops).rows("orders")}
    shops.close()
    return found


JUDGES: dict[str, Callable[[DatabaseShop], dict[int, Any]]] = {
    "postgresql": in_sql,
    "mysql": in_sql,
    "mariadb": in_sql,
    "mongodb": in_mongo,
    "dynamodb": in_dynamo,
}


def moves(store: DatabaseShop) -> None:
    """The page's migration moves the values, and the database is as the files say."""
    store.migration(ORDERS)
    store.migration(MOVE)
    store.up()
    store.is_done()
    project = api.Project(directory=store.shop.migrations, url=store.url)
    assert tuple(api.drift(project)) == ()


def test_on_every_server(tmp_path: Path, any_server_url: str) -> None:
    store = DatabaseShop(Shop(tmp_path, any_server_url))
    moves(store)

    assert JUDGES[Url.parse(store.url).scheme](store) == MOVED


def test_on_sqlite(tmp_path: Path) -> None:
    store = DatabaseShop(Shop(tmp_path, f"sqlite:{tmp_path / 'shop.db'}"))
    moves(store)

    found = store.shop.query("SELECT id, address FROM orders")
    assert {n: json.loads(str(text)) for n, text in found} == MOVED


@pytest.mark.parametrize(
    "line",
    [
        'db.rename_field("orders", "address.zip", "address.postcode")',
        'db.add_field("orders", "address.country", "String", fill="CH")',
        'db.drop_field("orders", "address.zip")',
    ],
)
def test_what_is_for_document_databases_names_the_way(tmp_path: Path, line: str) -> None:
    is_told(DatabaseShop(Shop(tmp_path)), line)


def test_dynamodb_names_the_way(tmp_path: Path, dynamo_url: str) -> None:
    is_told(DatabaseShop(Shop(tmp_path, dynamo_url)), 'db.drop_field("orders", "address.zip")')


def is_told(store: DatabaseShop, line: str) -> None:
    """One clear error says what to write instead."""
    store.migration(ORDERS)
    store.up()
    store.migration(line)

    refused = store.shop.toasty("migrate:up")

    assert refused.is_one_clear_error("a nested document is one value here", "db.transform_rows")
    assert "db.modify_column" in refused.err
