"""MongoDB passes the kit, alone and as a replica set."""

from __future__ import annotations

from contextlib import closing
from typing import ClassVar

import pytest
from pymongo import MongoClient

from server_suite import ServerSuite, free_port
from toasty_mongo import MongoBackend


class Mongo(ServerSuite):
    truncate_users: ClassVar = {"delete": "users", "deletes": [{"q": {}, "limit": 0}]}
    refused_names: ClassVar = {"dotted.name": "a dot leads into a nested document"}

    @pytest.fixture
    def backend(self):
        return MongoBackend()

    @pytest.fixture
    def bad_urls(self, server):
        secret = f"mongodb://nobody:s3cret@{server.host}"
        return {
            "no server": f"{secret}:{free_port()}/shop?serverSelectionTimeoutMS=300",
            "no such user": f"{secret}:{server.port}/shop",
            "no database": f"{secret}:{server.port}/",
            "no such option": f"{secret}:{server.port}/shop?serverSelectionTimeout=3",
            "no number": f"{secret}:{server.port}/shop?batchSize=many",
        }

    def read_rows(self, url, table):
        """Documents as rows: what the `_id` is called stands in the validator."""
        with closing(MongoClient(url, uuidRepresentation="standard")) as client:
            database = client.get_default_database()
            named = key_names(database.command("listCollections", filter={"name": table}))
            return [as_row(document, named) for document in database[table].find()]


def key_names(answer) -> list[str]:
    """The names of the key's columns, in the order of the parts of a compound one."""
    from json import loads

    (found,) = answer["cursor"]["firstBatch"]
    rules = found["options"]["validator"]
    schema = rules.get("$jsonSchema") or rules["$and"][0]["$jsonSchema"]
    words = schema["properties"].get("_id", {})
    if "title" in words:
        return [loads(words["title"].partition("\n")[2])["name"]]
    return list(words.get("properties", ()))


def as_row(document, named):
    given = document.pop("_id")
    if len(named) == 1:
        return {named[0]: given, **document}
    return {**given, **document} if named else document


class TestStandalone(Mongo):
    @pytest.fixture
    def server(self, mongod):
        return mongod


class TestReplicaSet(Mongo):
    @pytest.fixture
    def server(self, mongoset):
        return mongoset
