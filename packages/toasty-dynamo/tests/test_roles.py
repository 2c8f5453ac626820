"""A role that is assumed: asked of a stand-in for AWS's own service, with DynamoDB Local behind it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from toasty_core.errors import ConnectionFailed
from toasty_core.operations import CreateTable
from toasty_core.schema import ColumnDef, TableDef
from toasty_core.url import Url
from toasty_dynamo.connection import open_place
from toasty_dynamo.places import read_place
from toasty_testservers.kinds.dynamodb import client_of

ROLE = "arn:aws:iam::123456789012:role/migrations"
TEMPORARY = "ASIATEMPORARYKEY1"
GRANTED = """\
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>t3mporary</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>{end}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
DENIED = """\
<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>User: ci is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>"""


class Sts(ThreadingHTTPServer):
    """Gives temporary credentials to whoever asks, or to nobody; remembers who asked for what."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[dict[str, str]] = []
        self.denies = False
        self.minutes = 60

    def answer(self, asked: dict[str, str]) -> tuple[int, str]:
        self.asked.append(asked)
        end = datetime.now(timezone.utc) + timedelta(minutes=self.minutes)
        return (
            (403, DENIED)
            if self.denies
            else (200, GRANTED.format(key=TEMPORARY, end=f"{end:%FT%TZ}"))
        )


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        words = {name: values[0] for name, values in body.items()}
        assert isinstance(self.server, Sts)
        status, text = self.server.answer({**words, "by": self.headers["Authorization"]})
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *words: object) -> None:
        """Says nothing."""


@pytest.fixture
def sts(monkeypatch, no_aws):
    with Sts() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def us(monkeypatch, sts):
    """We are somebody."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSUSUSUSUSUS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")


@pytest.fixture
def url(dynamodb):
    """A region, a role, and DynamoDB Local as its endpoint."""
    return f"dynamodb://eu-west-1?role_arn={ROLE}&endpoint=http://{dynamodb.host}:{dynamodb.port}"


@pytest.mark.usefixtures("us")
def test_tables_are_made_as_the_role(bench_at, dynamodb, sts, url):
    bench = bench_at(url)
    table = TableDef("roles", [ColumnDef("id", "String")], primary_key=["id"])
    bench.write([CreateTable(table)])
    bench.up()
    as_the_role = client_of(dynamodb, TEMPORARY, "eu-west-1")

    asked = sts.asked[0]
    assert (asked["Action"], asked["RoleArn"]) == ("AssumeRole", ROLE)
    assert asked["RoleSessionName"] == "toasty"
    assert "AKIAUSUSUSUSUSUS" in asked["by"]
    assert "/eu-west-1/sts/" in asked["by"]
    assert "roles" in as_the_role.list_tables()["TableNames"]
    bench.down()
    as_the_role.delete_table(TableName="toasty_migrations")


@pytest.mark.usefixtures("us")
def test_a_role_is_renewed_before_it_ends(sts, url):
    """A migration may take longer than the credentials of a role hold."""
    sts.minutes = 1
    client, account = open_place(read_place(Url.parse(url)))
    first = len(sts.asked)
    client.list_tables()
    client.close()

    assert account.key == "ASIA...KEY1"
    assert len(sts.asked) > first


@pytest.mark.usefixtures("us")
def test_a_role_that_we_may_not_assume(sts, url):
    sts.denies = True
    with pytest.raises(ConnectionFailed, match="refused to let us assume the role") as caught:
        open_place(read_place(Url.parse(url)))

    assert "sts:AssumeRole" in (caught.value.hint or "")
    assert "s3cret" not in str(caught.value)


def test_a_role_needs_somebody_who_assumes_it(sts, url):
    with pytest.raises(ConnectionFailed, match="No credentials for AWS"):
        open_place(read_place(Url.parse(url)))

    assert sts.asked == []
