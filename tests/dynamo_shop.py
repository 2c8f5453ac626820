"""The small project on DynamoDB: driven through the installed `toasty`, looked at with boto3 past it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import define
from boto3.dynamodb.types import TypeDeserializer

from server_shop import DatabaseShop
from shop import Shop
from toasty_core.url import Url
from toasty_testservers import Server
from toasty_testservers.kinds.dynamodb import client_of

_ON_DEMAND = "PAY_PER_REQUEST"


@define
class DynamoShop(DatabaseShop):
    """A project and its tables; `judge`, boto3's client, looks at them without Toasty."""

    judge: Any

    @property
    def prefix(self) -> str:
        """What the names of tables begin with."""
        return Url.parse(self.url).database

    def tables(self) -> list[str]:
        """The names of all tables that are not Toasty's own."""
        names: list[str] = self.judge.list_tables()["TableNames"]
        return [name for name in names if not name.removeprefix(self.prefix).startswith("toasty_")]

    def make(self, table: str, key: str = "id", kind: str = "S") -> None:
        """Makes a table as somebody else does."""
        self.judge.create_table(
            TableName=f"{self.prefix}{table}",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind}],
            BillingMode=_ON_DEMAND,
        )

    def put(self, table: str, *items: dict[str, Any]) -> None:
        """Puts items in as an application does; values are those of the service, such as `{"S": "text"}`."""
        for item in items:
            self.judge.put_item(TableName=f"{self.prefix}{table}", Item=item)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All items in Python's types, in the order of their ids."""
        read = TypeDeserializer().deserialize
        pages = self.judge.get_paginator("scan").paginate(
            TableName=f"{self.prefix}{table}", ConsistentRead=True
        )
        items = [item for page in pages for item in page["Items"]]
        found = ({name: read(value) for name, value in item.items()} for item in items)
        return sorted(found, key=lambda row: str(row.get("id")))

    def states(self) -> list[str]:
        """The states in the journal, in the order of the versions."""
        rows = self.rows("toasty_migrations")
        return [row["state"] for row in rows if row["kind"] == "migration"]


def open_dynamo_shop(folder: Path, url: str) -> Generator[DynamoShop, None, None]:
    """A project without migrations on an empty database."""
    place = Url.parse(url)
    assert place.port is not None
    server = Server("dynamodb", "dynamodb", place.port, "", place.host or "", place.password or "")
    with closing(client_of(server, place.username or "")) as judge:
        yield DynamoShop(Shop(folder, url), judge)
