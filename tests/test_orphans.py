"""Rows that point at nothing are found at any time, on every database, by `toasty schema:drift --orphans`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pymongo import MongoClient

from dynamo_shop import open_dynamo_shop
from server_shop import DatabaseShop, Session
from shop import Shop
from toasty_core import api
from toasty_core.url import Url
from toasty_testservers.fixtures import url_fixture
from toasty_testservers.kinds import all_kinds

SERVERS = ("postgres15", "postgres18", "mariadb", "mysql", "mongod", "mongoset", "dynamodb")
TABLES = """\
db.create_table(TableDef("users", [ColumnDef("id", "Integer"), ColumnDef("boss", "Integer", nullable=True)],
                primary_key=["id"], foreign_keys=[ForeignKeyDef(["boss"], "users")]))
db.create_table(TableDef("posts", [ColumnDef("id", "Integer"), ColumnDef("author", "Integer", nullable=True)],
                primary_key=["id"], foreign_keys=[ForeignKeyDef(["author"], "users", ["id"])]))
db.insert_rows("users", [{"id": 1, "boss": None}, {"id": 2, "boss": 1}])
db.insert_rows("posts", [{"id": 1, "author": 1}, {"id": 2, "author": None}, {"id": 3, "author": 2}])
"""
ORPHANS = range(101, 108)
SQL = [f"INSERT INTO posts (id, author) VALUES ({n}, {n * 10})" for n in ORPHANS]


any_server_url = url_fixture("any_server_url", *(all_kinds()[name] for name in SERVERS))


@pytest.fixture
def server_store(tmp_path: Path, any_server_url: str) -> DatabaseShop:
    """A project with posts and users on every kind of server."""
    store = DatabaseShop(Shop(tmp_path, any_server_url))
    store.prepare(TABLES)
    return store


def in_sql(store: DatabaseShop, unguarded: str) -> None:
    session = Session(store.url)
    for sql in (unguarded, *SQL):
        session.run(sql)
    session.close()


def in_postgres(store: DatabaseShop) -> None:
    in_sql(store, "SET session_replication_role = replica")


def in_mysql(store: DatabaseShop) -> None:
    in_sql(store, "SET SESSION foreign_key_checks = 0")


def in_mongo(store: DatabaseShop) -> None:
    with closing(MongoClient(store.url)) as client:
        database = client[Url.parse(store.url).option("database") or Url.parse(store.url).database]
        database.posts.insert_many({"_id": n, "author": n * 10} for n in ORPHANS)


def in_dynamo(store: DatabaseShop) -> None:
    shops = open_dynamo_shop(store.shop.folder, store.url)
    items = ({"id": {"N": str(n)}, "author": {"N": str(n * 10)}} for n in ORPHANS)
    next(shops).put("posts", *items)
    shops.close()


STRAY: dict[str, Callable[[DatabaseShop], None]] = {
    "postgresql": in_postgres,
    "mysql": in_mysql,
    "mariadb": in_mysql,
    "mongodb": in_mongo,
    "dynamodb": in_dynamo,
}


def is_told(store: DatabaseShop) -> None:
    """Text, JSON and exit code say that seven posts point at nothing, and show five."""
    found = store.shop.toasty("schema:drift", "--orphans")
    assert found.code == 3, found
    lines = found.out.splitlines()
    assert "posts.author -> users.id: 7 " in found.out
    assert sum(line.startswith("  ") and "hint:" not in line for line in lines) == 5
    assert "id = 10" in found.out
    assert "users.boss" not in found.out
    said = json.loads(store.shop.toasty("schema:drift", "--orphans", "--json").out)
    assert said["drift"] == []
    posts, users = said["orphans"]
    assert (posts["table"], posts["columns"], posts["count"]) == ("posts", ["author"], 7)
    assert posts["references"] == {"table": "users", "columns": ["id"]}
    assert len(posts["examples"]) == 5
    assert (users["columns"], users["count"], users["problem"]) == (["boss"], 0, None)


def test_they_are_counted_on_every_server(server_store: DatabaseShop) -> None:
    shop = server_store.shop
    clean = shop.toasty("schema:drift", "--orphans")
    print(clean.out)
    assert (clean.code, clean.out) == (
        0,
        "✅ No drift.\n✅ No orphans: 2 foreign keys looked at.\n",
    )
    STRAY[Url.parse(server_store.url).scheme](server_store)

    is_told(server_store)
    without = shop.toasty("schema:drift", "--json")
    assert (without.code, json.loads(without.out)) == (0, {"drift": []})


def test_they_are_counted_on_sqlite(tmp_path: Path) -> None:
    store = DatabaseShop(Shop(tmp_path))
    store.migration(TABLES)
    store.up()
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for sql in SQL:
            connection.execute(sql)

    is_told(store)


def test_a_key_that_spares_the_rows_that_are_there(tmp_path: Path, postgres_url: str) -> None:
    """NOT VALID on PostgreSQL: the option that leaves them alone does not hide them."""
    store = DatabaseShop(Shop(tmp_path, postgres_url))
    bare = TABLES.replace(', foreign_keys=[ForeignKeyDef(["author"], "users", ["id"])]', "")
    store.prepare(bare)
    in_sql(store, "SELECT 1")
    store.prepare(
        'db.add_foreign_key("posts", ForeignKeyDef(["author"], "users", ["id"],'
        ' options={"postgresql": {"not_valid": True}}))'
    )

    is_told(store)


def test_a_table_that_somebody_dropped_is_told(tmp_path: Path) -> None:
    store = DatabaseShop(Shop(tmp_path, f"sqlite:{tmp_path / 'shop.db'}"))
    store.prepare(TABLES)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TABLE users")
    found = {one.place: one for one in api.orphans(api.Project(store.shop.migrations, store.url))}

    assert "no such table" in str(found["posts.author -> users.id"].problem)
    told = store.shop.toasty("schema:drift", "--orphans")
    assert told.code == 3
    assert "posts.author -> users.id: could not be looked at: " in told.out
