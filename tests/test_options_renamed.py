"""Options that name a column follow its new name, on every database: nothing differs after `up`, nor after `down`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamo_shop import DynamoShop, open_dynamo_shop
from mongo_shop import MongoShop, open_mongo_shop
from server_shop import DatabaseShop, ServerShop, on
from toasty_core import api

_MODELS = """
from toasty_core import field, index, key, model, unique


@model(table="visits", SETTINGS)
class Visit:
    id: int = key()
    PLACE: str = KEY(type="String(40)"HINT_PLACE)
    note: str | None = field(type="String(40)", default=None)
    CODE: int | None = field(default=NoneHINT_CODE)
"""


def models(settings: str, place: str = "place", code: str = "code", key: str = "field") -> str:
    """The models; `PLACE` and `CODE` in settings are columns that have other names later on."""
    text = _MODELS.replace("SETTINGS", settings).replace("KEY", key)
    for word, was, name in (("PLACE", "place", place), ("CODE", "code", code)):
        hint = f', renamed_from="{was}"' if was != name else ""
        text = text.replace(f"HINT_{word}", hint).replace(word, name)
    return text


def there_and_back(store: DatabaseShop, settings: str, key: str = "field") -> str:
    """Renames two columns by the models, forth and back and forth; gives the plan of the renames."""
    store.shop.models(models(settings, key=key))
    store.shop.works("migrate:generate", "-m", "first")
    store.shop.works("migrate:up")
    store.is_done()
    files = set(store.shop.migrations.glob("2*.py"))

    store.shop.models(models(settings, "site", "number", key=key))
    store.shop.works("migrate:generate", "-m", "renames")
    (path,) = set(store.shop.migrations.glob("2*.py")) - files
    plan = store.shop.works("migrate:plan").out
    store.shop.works("migrate:up")

    assert set(re.findall(r"^        db\.(\w+)\(", path.read_text(), re.M)) == {"rename_column"}
    assert store.shop.works("migrate:generate", "-m", "again").out.startswith("No changes")
    store.is_done()
    store.shop.works("migrate:down")
    project = api.Project(directory=store.shop.migrations, url=store.url)
    assert tuple(api.drift(project)) == ()
    store.shop.works("migrate:up")
    store.is_done()
    return plan


# SQL: the server itself lets indexes and constraints follow.

_OPS = '"ops": {"PLACE": "text_pattern_ops"}'
_EXCLUDE = '{"name": "ex", "sql": "EXCLUDE USING gist (int4range(id, CODE) WITH &&)"}'
ON_POSTGRES = {
    "include": 'indexes=[index("note", options={"postgresql": {"include": ["PLACE"]}})]',
    "ops": f'indexes=[index("PLACE", name="ix", options={{"postgresql": {{{_OPS}}}}})]',
    "unique": 'uniques=[unique("note", options={"postgresql": {"include": ["PLACE", "CODE"]}})]',
    "exclude": f'options={{"postgresql": {{"exclude": [{_EXCLUDE}]}}}}',
}


@on("postgres15", "postgres18")
@pytest.mark.parametrize("case", ON_POSTGRES)
def test_on_postgresql(store: ServerShop, case: str) -> None:
    plan = there_and_back(store, ON_POSTGRES[case])

    assert re.findall("CREATE|DROP|ADD|SET", plan) == []


@on("postgres15", "postgres18")
def test_the_columns_by_which_postgresql_parts_a_table(store: ServerShop) -> None:
    settings = 'options={"postgresql": {"partition_by": "RANGE (PLACE)"}}'

    there_and_back(store, settings, key="key")


@on("mariadb", "mysql")
def test_on_mysql_and_mariadb(store: ServerShop) -> None:
    length = '"length": {"PLACE": 10, "note": 5}'
    settings = f'indexes=[index("PLACE", "note", name="ix", options={{"mysql": {{{length}}}}})]'

    assert re.findall("CREATE|DROP|ADD", there_and_back(store, settings)) == []


# Documents: indexes are made anew.


@pytest.fixture
def mongo(tmp_path: Path, mongo_url: str) -> Iterator[MongoShop]:
    """A project on an empty database, on a server alone and on a replica set."""
    yield from open_mongo_shop(tmp_path, mongo_url)


def test_the_weights_of_a_text_index_of_mongodb(mongo: MongoShop) -> None:
    words = '{"mongodb": {"using": "text", "weights": {"PLACE": 3, "note": 2}}}'

    there_and_back(mongo, f'indexes=[index("note", "PLACE", name="ix", options={words})]')

    spec = {spec["name"]: spec for spec in mongo.judge.visits.list_indexes()}["ix"]
    assert spec["weights"] == {"note": 2, "site": 3}


def test_the_kinds_of_columns_of_mongodb(mongo: MongoShop) -> None:
    words = '{"mongodb": {"using": {"PLACE": "hashed"}}}'

    there_and_back(mongo, f'indexes=[index("PLACE", "CODE", name="ix", options={words})]')

    spec = {spec["name"]: spec for spec in mongo.judge.visits.list_indexes()}["ix"]
    assert spec["key"] == {"site": "hashed", "number": 1}


@pytest.fixture
def dynamo(tmp_path: Path, dynamo_url: str) -> Iterator[DynamoShop]:
    """A project on an empty database."""
    yield from open_dynamo_shop(tmp_path, dynamo_url)


def test_what_an_index_of_dynamodb_holds(dynamo: DynamoShop) -> None:
    projection = 'options={"dynamodb": {"projection": ["PLACE"]}}'

    there_and_back(dynamo, f'indexes=[index("note", name="by_note", {projection})]')

    table = dynamo.judge.describe_table(TableName=f"{dynamo.prefix}visits")["Table"]
    (found,) = table["GlobalSecondaryIndexes"]
    assert found["Projection"]["NonKeyAttributes"] == ["site"]


def test_the_end_of_life_of_items_of_dynamodb(dynamo: DynamoShop) -> None:
    there_and_back(dynamo, 'options={"dynamodb": {"ttl": "CODE"}}')

    name = f"{dynamo.prefix}visits"
    ttl = dynamo.judge.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (ttl["AttributeName"], ttl["TimeToLiveStatus"]) == ("number", "ENABLED")
