"""DynamoDB that cannot be reached or refuses us: one clear error with what to do, before anything is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamo_shop import DynamoShop, open_dynamo_shop
from server_shop import ENCODED, PEOPLE, SECRET
from server_suite import free_port
from toasty_core.url import Url

pytestmark = pytest.mark.usefixtures("no_aws")


@pytest.fixture
def store(tmp_path: Path, dynamo_url: str) -> Iterator[DynamoShop]:
    """A project on an empty database."""
    yield from open_dynamo_shop(tmp_path, dynamo_url)


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("?regoin=eu-west-1", ("'regoin'", "did you mean 'region'")),
        ("?profil=ops", ("'profil'", "did you mean 'profile'")),
        ("?segmets=4", ("'segmets'", "did you mean 'segments'")),
        ("?table_prefx=dev_", ("'table_prefx'", "did you mean 'table_prefix'")),
        ("?segments=0", ("segments=0", "from 1 to 64")),
        ("?capacity=much", ("capacity=much", "a number above 0")),
        ("?endpoint=vpce.example", ("vpce.example", "https://")),
        ("/a%20b", ("'a b'", "letters, digits")),
        ("/dev_?table_prefix=prod_", ("twice", "?table_prefix=")),
    ],
)  # fmt: skip
def test_urls_that_cannot_be(store: DynamoShop, tail: str, words: tuple[str, ...]) -> None:
    """They are wrong use, found before anybody is asked: nothing listens at this port."""
    outcome = store.up(url=f"dynamodb://me:{ENCODED}@127.0.0.1:1{tail}")

    assert outcome.is_one_clear_error(*words, "where: dynamodb://me:***@127.0.0.1:1")
    assert outcome.code == 2


def test_hosts_that_are_none(store: DynamoShop) -> None:
    none = store.up(url="dynamodb:people")
    driver = store.up(url="dynamodb+aioboto://eu-west-1")
    secret = store.up(url=f"dynamodb://me:{ENCODED}@eu-west-1")
    region = store.up(url="dynamodb://eu-west")

    assert none.is_one_clear_error("neither a region nor a host", "dynamodb://REGION")
    assert driver.is_one_clear_error("no driver 'aioboto'", "boto3")
    assert secret.is_one_clear_error("holds no credentials", "me:***@", "?profile=NAME")
    assert region.is_one_clear_error("'eu-west' is no region", "did you mean 'eu-west-")


def test_nobody_says_who_we_are(store: DynamoShop) -> None:
    store.migration(PEOPLE)

    nobody = store.up(url="dynamodb://eu-west-1")
    profile = store.up(url="dynamodb://eu-west-1?profile=ops")
    nowhere = store.up(url="dynamodb://aws")

    assert nobody.is_one_clear_error("No credentials", "AWS_ACCESS_KEY_ID", "where: ")
    assert profile.is_one_clear_error("(ops)", "aws configure list-profiles")
    assert nowhere.is_one_clear_error("no region", "AWS_REGION")


def test_a_key_that_the_service_does_not_take(store: DynamoShop) -> None:
    store.migration(PEOPLE)
    place = Url.parse(store.url)

    outcome = store.up(url=f"dynamodb://no_body:{ENCODED}@{place.host}:{place.port}")

    assert outcome.is_one_clear_error("access key", "no_body:***@", "AWS_ACCESS_KEY_ID")
    store.goes_on()


def test_a_region_that_is_none(store: DynamoShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks like one: the near one is said, whoever says it, before anybody is asked who we are."""
    store.migration(PEOPLE)
    bare = store.up(url="dynamodb://eu-wst-1")
    option = store.up(url="dynamodb://aws?region=eu-wst-1")
    monkeypatch.setenv("AWS_REGION", "eu-wst-1")
    environment = store.up(url="dynamodb://aws")
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{free_port()}")

    outcome = store.up(url="dynamodb://eu-wets-1")

    for one in (bare, option, environment):
        assert one.is_one_clear_error("'eu-wst-1' is no region", "did you mean 'eu-west-1'")
    assert outcome.is_one_clear_error("'eu-wets-1' is no region", "did you mean 'eu-west-1'")


def test_no_server(store: DynamoShop) -> None:
    store.migration(PEOPLE)

    closed = store.up(url=f"dynamodb://me:{ENCODED}@127.0.0.1:{free_port()}")
    unknown = store.up(url=f"dynamodb://me:{ENCODED}@no-such-host.invalid:8000")

    assert closed.is_one_clear_error("Nothing answers", "refused", "me:***@", "DynamoDB Local")
    assert unknown.is_one_clear_error("no-such-host.invalid:8000", "me:***@", "hint: ")
    store.goes_on()
