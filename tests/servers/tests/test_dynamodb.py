"""DynamoDB Local: heard by this machine alone, and databases apart by their access keys."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from toasty_testservers.kinds.dynamodb import client_of, database_of
from toasty_testservers.server import Server
from toasty_testservers.servers import Servers

KEY = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
INDEX = {
    "IndexName": "by_n",
    "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def names(server: Server, key: str) -> list[str]:
    with closing(client_of(server, key)) as client:
        return client.list_tables()["TableNames"]


def make(server: Server, key: str, name: str) -> None:
    with closing(client_of(server, key)) as client:
        client.create_table(TableName=name, **KEY)


def test_it_listens_on_the_loopback_only(dynamodb):
    addresses = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    with socket.create_connection((dynamodb.host, dynamodb.port), timeout=5) as heard:
        assert heard.getpeername()[0] == "127.0.0.1"
    for address in sorted(addresses - {"127.0.0.1", "::1"}):
        with pytest.raises(OSError, match=r"refused|unreachable|requested address"):
            socket.create_connection((address, dynamodb.port), timeout=5).close()


def test_a_url_is_an_empty_database_that_no_other_sees(dynamodb):
    with database_of(dynamodb) as one, database_of(dynamodb) as other:
        first, second = (url.partition("//")[2].partition(":")[0] for url in (one, other))
        make(dynamodb, first, "things")

        assert (names(dynamodb, first), names(dynamodb, second)) == (["things"], [])
    assert names(dynamodb, first) == []


def test_protected_tables_are_dropped_too(dynamodb):
    with database_of(dynamodb) as url:
        key = url.partition("//")[2].partition(":")[0]
        with closing(client_of(dynamodb, key)) as client:
            client.create_table(TableName="things", DeletionProtectionEnabled=True, **KEY)

    assert names(dynamodb, key) == []


def test_a_database_of_a_name_is_a_prefix(dynamodb, request):
    from toasty_testservers.fixtures import SERVERS

    servers: Servers = request.config.stash[SERVERS]
    with servers.database(dynamodb) as url:
        prefix = url.rpartition("/")[2]
        make(dynamodb, dynamodb.user, f"{prefix}things")

    assert [name for name in names(dynamodb, dynamodb.user) if name.startswith(prefix)] == []


def test_an_own_server_is_killed_and_keeps_its_tables(own_server):
    own = own_server("dynamodb")
    server = Server("dynamodb", "dynamodb", own.port, "toasty")
    make(server, "toasty", "things")
    own.kill()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((own.host, own.port), timeout=5).close()
    own.start()

    assert names(server, "toasty") == ["things"]


def test_on_the_slow_one_an_index_is_creating_for_a_while(own_server):
    own = own_server("dynamodb_slow")
    server = Server("dynamodb_slow", "dynamodb", own.port, "toasty")
    with closing(client_of(server, "toasty")) as client:
        client.create_table(TableName="things", **KEY)
        client.update_table(
            TableName="things",
            AttributeDefinitions=[{"AttributeName": "n", "AttributeType": "N"}],
            GlobalSecondaryIndexUpdates=[{"Create": INDEX}],
        )
        (found,) = client.describe_table(TableName="things")["Table"]["GlobalSecondaryIndexes"]

    assert found["IndexStatus"] == "CREATING"
