"""Projects on fresh tables, and boto3 beside them as the judge."""

from __future__ import annotations

from contextlib import closing

import pytest

from toasty_core.testing.bench import Bench
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.connection import open_place
from toasty_dynamo.decoding import bare
from toasty_dynamo.places import read_place


@pytest.fixture
def bench_at(tmp_path):
    """Makes a project for the tables at a URL."""
    return lambda url: Bench(tmp_path / "migrations", url, DynamoBackend(), lambda url, table: ())


@pytest.fixture
def bench(bench_at, dynamo_url):
    return bench_at(dynamo_url)


class Judge:
    """Reads and writes items without Toasty."""

    def __init__(self, client) -> None:
        self.client = client

    def put(self, table, **values) -> None:
        """Puts an item in; each value is one of the service's, such as `{"S": "text"}`."""
        self.client.put_item(TableName=table, Item=values)

    def fill(self, table, items) -> None:
        """Puts many items in."""
        requests = [{"PutRequest": {"Item": item}} for item in items]
        for at in range(0, len(requests), 25):
            self.client.batch_write_item(RequestItems={table: requests[at : at + 25]})

    def items(self, table) -> list:
        """All items as the service has them."""
        pages = self.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def rows(self, table, key="id") -> dict:
        """All items in Python's types, by their key."""
        found = ({n: bare(v) for n, v in item.items()} for item in self.items(table))
        return {row[key]: row for row in found}

    def get(self, table, **key):
        """One item as the service has it."""
        return self.client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def tables(self) -> list:
        """The names of all tables."""
        return self.client.list_tables()["TableNames"]


@pytest.fixture
def judge(dynamo_url):
    client, _ = open_place(read_place(Url.parse(dynamo_url)))
    with closing(client):
        yield Judge(client)
