"""DynamoDB passes the kit, on DynamoDB Local, for tables whose names have a prefix."""

from __future__ import annotations

import re
from contextlib import closing
from typing import ClassVar

import pytest
from boto3.dynamodb.types import TypeDeserializer

from server_suite import free_port
from toasty_core.errors import SchemaError
from toasty_core.testing import BackendSuite
from toasty_core.testing.names import HOSTILE
from toasty_core.testing.type_cases import TYPE_CASES
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_testservers.kinds.dynamodb import client_of
from toasty_testservers.server import Server

LETTERS = "names of tables and indexes have letters of the English alphabet, digits, _, - and ."


class TestDynamo(BackendSuite):
    refused_names: ClassVar = {
        name: LETTERS for name in HOSTILE if not re.fullmatch(r"[\w.]+", name, re.A)
    }
    truncate_users: ClassVar = {
        "BatchWriteItem": {
            "RequestItems": {"users": [{"DeleteRequest": {"Key": {"id": {"N": n}}}} for n in "123"]}
        }
    }

    @pytest.fixture
    def backend(self):
        return DynamoBackend()

    @pytest.fixture
    def url(self, dynamo_url):
        return f"{dynamo_url}/dev_"

    @pytest.fixture
    def bad_urls(self, dynamodb):
        place = f"{dynamodb.host}:{dynamodb.port}"
        return {
            "no server": f"dynamodb://nobody:s3cret@{dynamodb.host}:{free_port()}",
            "no such key": f"dynamodb://no_body:s3cret@{place}",
            "no such option": f"dynamodb://nobody:s3cret@{place}?regoin=eu-west-1",
            "no prefix": f"dynamodb://nobody:s3cret@{place}/a%20b",
            "credentials for AWS": "dynamodb://nobody:s3cret@eu-west-1",
            "no region": "dynamodb://eu-wets",
        }

    @pytest.mark.parametrize("case", TYPE_CASES, ids=str)
    def test_type(self, bench, case):
        """A number that DynamoDB does not keep is refused before anything runs, and is not cut."""
        if str(case) != "Double":
            super().test_type(bench, case)
            return
        with pytest.raises(SchemaError, match=r"38 digits, between 1E-130 and 9\.9E\+125"):
            super().test_type(bench, case)
        assert bench.journal() == []

    def read_rows(self, url, table):
        """Items as rows, read by boto3 alone."""
        place, read = Url.parse(url), TypeDeserializer().deserialize
        server = Server.at("dynamodb", url, 0)
        with closing(client_of(server, server.user)) as client:
            pages = client.get_paginator("scan").paginate(
                TableName=f"{place.database}{table}", ConsistentRead=True
            )
            return [
                {name: read(value) for name, value in item.items()}
                for page in pages
                for item in page["Items"]
            ]
