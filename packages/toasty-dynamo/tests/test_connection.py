"""URLs, credentials and regions: what is resolved, and one clear error for what cannot be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from toasty_core import api
from toasty_core.errors import ConnectionFailed, UrlError
from toasty_core.operations import CreateTable
from toasty_core.schema import ColumnDef, TableDef
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.connection import open_place
from toasty_dynamo.places import read_place

ROLE = "arn:aws:iam::123456789012:role/migrations"

pytestmark = pytest.mark.usefixtures("no_aws")


@pytest.fixture
def profile(tmp_path):
    """A profile `ops` with a region and credentials."""
    (tmp_path / "config").write_text("[profile ops]\nregion = eu-central-1\n")
    (tmp_path / "credentials").write_text(
        "[ops]\naws_access_key_id = AKIAOPSOPSOPSOPS\naws_secret_access_key = s3cret\n"
    )


def place(text):
    return read_place(Url.parse(text))


@pytest.mark.parametrize(
    ("url", "endpoint", "region", "prefix"),
    [
        ("dynamodb://localhost:8000", "http://localhost:8000", None, ""),
        ("dynamodb://localhost", "http://localhost:8000", None, ""),
        ("dynamodb://[::1]:8000/dev_", "http://[::1]:8000", None, "dev_"),
        ("dynamodb://dynamo.internal:9/", "http://dynamo.internal:9", None, ""),
        ("dynamodb://localhost:8000?region=eu-west-1", "http://localhost:8000", "eu-west-1", ""),
        ("dynamodb://us-east-1", None, "us-east-1", ""),
        ("dynamodb://us-gov-west-1/prod_", None, "us-gov-west-1", "prod_"),
        ("dynamodb://eu-west-1?table_prefix=prod_", None, "eu-west-1", "prod_"),
        ("dynamodb://eu-west-1?endpoint=https://vpce.x.com", "https://vpce.x.com", "eu-west-1", ""),
        ("dynamodb://xx-new-1?endpoint=https://x.com", "https://x.com", "xx-new-1", ""),
        ("dynamodb://eusc-de-east-1", None, "eusc-de-east-1", ""),
        ("dynamodb://aws?profile=ops", None, None, ""),
    ],
)
def test_what_a_url_names(url, endpoint, region, prefix):
    found = place(url)

    assert (found.endpoint, found.region, found.prefix) == (endpoint, region, prefix)
    assert found.own_table == f"{prefix}toasty_migrations"


@pytest.mark.parametrize(
    ("url", "what", "hint"),
    [
        ("dynamodb://eu-wets", "no region of AWS", "eu-west-"),
        ("dynamodb://eu-wst-1", "'eu-wst-1' is no region", "did you mean 'eu-west-1'?"),
        ("dynamodb://us-gov-wets-1", "is no region", "did you mean 'us-gov-west-1'?"),
        (
            "dynamodb://xx-zentral-9",
            "is no region",
            "?endpoint=https://dynamodb.xx-zentral-9.amazonaws.com",
        ),
        ("dynamodb://aws?region=eu-wst-1", "'eu-wst-1' is no region", "did you mean 'eu-west-1'?"),
        ("dynamodb://eu-west-1?role_arn=ops", "'ops' is no role", "arn:aws:iam::"),
        (
            "dynamodb://localhost:8000?role_arn=ROLE",
            "Roles are assumed at AWS",
            "dynamodb://REGION",
        ),
        ("dynamodb://", "neither a region nor a host", "dynamodb://REGION"),
        ("dynamodb://a:1,b:2", "several hosts", "dynamodb://REGION"),
        ("dynamodb+aiobotocore://eu-west-1", "no driver 'aiobotocore'", "dynamodb://REGION"),
        ("dynamodb://eu-west-1?regoin=x", "no option 'regoin'", "did you mean 'region'?"),
        ("dynamodb://eu-west-1?profile=", "has no value", None),
        ("dynamodb://eu-west-1/a_?table_prefix=b_", "twice", "table_prefix"),
        ("dynamodb://eu-west-1/a%20b", "begin with 'a b'", "letters"),
        ("dynamodb://eu-west-1?endpoint=vpce.x", "is no address", "https://"),
        ("dynamodb://key:s3cret@eu-west-1", "holds no credentials", "?profile=NAME"),
        ("dynamodb://eu-west-1?history_table=a%20b", "no name of a table", "letters"),
        ("dynamodb://localhost:8000?segments=0", "segments=0 is not", None),
        ("dynamodb://localhost:8000?capacity=many", "capacity=many is not", None),
    ],
)
def test_a_url_that_cannot_be_read(url, what, hint):
    with pytest.raises(UrlError) as caught:
        place(url.replace("ROLE", ROLE))

    assert what in caught.value.what
    assert hint is None or hint in (caught.value.hint or "")
    assert "s3cret" not in str(caught.value)


def test_no_credentials():
    with pytest.raises(ConnectionFailed, match="No credentials for AWS") as caught:
        open_place(place("dynamodb://eu-west-1"))

    assert "AWS_ACCESS_KEY_ID" in (caught.value.hint or "")


def test_no_region():
    with pytest.raises(ConnectionFailed, match="names no region") as caught:
        open_place(place("dynamodb://aws"))

    assert "AWS_REGION" in (caught.value.hint or "")


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_environment_names_the_region(monkeypatch, variable):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv(variable, "cn-north-1")
    client, account = open_place(place("dynamodb://aws"))
    client.close()

    assert account.endpoint == "https://dynamodb.cn-north-1.amazonaws.com.cn"


def test_no_such_profile():
    with pytest.raises(ConnectionFailed, match="ops") as caught:
        open_place(place("dynamodb://aws?profile=ops"))

    assert "list-profiles" in (caught.value.hint or "")


def test_a_profile_names_region_and_credentials(profile):
    client, account = open_place(place("dynamodb://aws?profile=ops"))
    client.close()

    assert str(account) == (
        "https://dynamodb.eu-central-1.amazonaws.com, region eu-central-1, access key AKIA...SOPS"
    )


def test_the_environment_names_the_endpoint(monkeypatch, profile):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    client, account = open_place(place("dynamodb://aws?profile=ops"))
    client.close()

    assert account.endpoint == "http://127.0.0.1:9"


def test_dummies_where_nothing_is_said_and_the_users_own_where_it_is(dynamodb, monkeypatch):
    url = f"dynamodb://{dynamodb.host}:{dynamodb.port}"
    client, account = open_place(place(url))
    client.close()
    assert (account.key, account.region) == ("toasty", "us-east-1")

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client, account = open_place(place(url))
    client.close()
    assert (account.key, account.region) == ("mine", "eu-west-1")


def test_the_version_says_whose_tables_are_looked_at(dynamo_url):
    with DynamoBackend().connect(Url.parse(dynamo_url)) as database:
        said = database.version()

    assert "DynamoDB Local" in said
    assert "region us-east-1" in said
    assert "secret" not in said


def test_a_run_says_first_what_was_resolved(bench):
    told = []

    class Told(api.Progress):
        def working(self, text):
            told.append(text)

    bench.write([CreateTable(TableDef("things", [ColumnDef("id", "String")], primary_key=["id"]))])
    api.up(bench.project, progress=Told())

    assert "region us-east-1, access key" in told[0]
    assert "secret" not in told[0]


def test_a_key_that_the_service_does_not_know(dynamodb):
    url = Url.parse(f"dynamodb://no_body:s3cret@{dynamodb.host}:{dynamodb.port}")
    with DynamoBackend().connect(url) as database, pytest.raises(ConnectionFailed) as caught:
        database.read_journal()

    assert "access key" in (caught.value.hint or "")
    assert "s3cret" not in str(caught.value)


def test_who_answers_is_no_dynamodb(postgres18):
    url = Url.parse(f"dynamodb://key:s3cret@{postgres18.host}:{postgres18.port}")
    with DynamoBackend().connect(url) as database, pytest.raises(ConnectionFailed) as caught:
        database.read_journal()

    assert "connection to DynamoDB failed" in caught.value.what
    assert "s3cret" not in str(caught.value)


def test_the_package_alone_imports_neither_boto3_nor_operations():
    code = (
        "import sys, toasty_dynamo\n"
        "from toasty_core.url import Url\n"
        "print([m for m in ('boto3', 'botocore', 'attrs', 'toasty_core.operations') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


REPORT = """
import sys
from toasty_core.cli import main
try:
    main()
finally:
    names = ("boto3", "pymongo", "sqlalchemy", "rich", "pluggy", "attrs", "toasty_core.operations",
             "toasty_core.schema", "toasty_dynamo.compiler", "toasty_dynamo.items")
    print([name for name in names if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("words", [["migrate:status"], ["migrate:up"]], ids=" ".join)
def test_a_look_and_an_up_with_nothing_to_do_import_boto3_and_little_else(bench, words):
    bench.write([CreateTable(TableDef("things", [ColumnDef("id", "String")], primary_key=["id"]))])
    bench.up()
    options = [*words, "--url", bench.url, "--dir", str(bench.folder)]
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *options], capture_output=True, text=True, check=True
    )

    assert done.stderr.splitlines()[-1] == "['boto3']"
