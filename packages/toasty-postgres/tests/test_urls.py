"""What stands in a `postgresql:` URL, and what it means."""

from __future__ import annotations

import pytest

from toasty_core.errors import UrlError
from toasty_core.url import Url
from toasty_postgres.connection import read_target


def target(text: str) -> dict[str, str]:
    return dict(read_target(Url.parse(text)).parameters)


def own(text: str) -> dict[str, str]:
    """What the URL says itself."""
    defaults = (
        "fallback_application_name",
        "client_encoding",
        "keepalives_idle",
        "connect_timeout",
    )
    return {name: value for name, value in target(text).items() if name not in defaults}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://host", {"host": "host"}),
        ("postgres://host/db", {"host": "host", "dbname": "db"}),
        ("postgresql+psycopg://host/db", {"host": "host", "dbname": "db"}),
        ("postgresql://host:5433/db", {"host": "host", "port": "5433", "dbname": "db"}),
        ("postgresql://[::1]:5433/db", {"host": "::1", "port": "5433", "dbname": "db"}),
        (
            "postgresql://a%40b:p%40s%2Fs%3A%3F%23@host/my%20db",
            {"user": "a@b", "password": "p@s/s:?#", "host": "host", "dbname": "my db"},
        ),
        ("postgresql://a:1,b,c:3/db", {"host": "a,b,c", "port": "1,,3", "dbname": "db"}),
        (
            "postgresql:///db?host=/run/pg&port=5433",
            {"host": "/run/pg", "port": "5433", "dbname": "db"},
        ),
        ("postgresql://%2Frun%2Fpg/db", {"host": "/run/pg", "dbname": "db"}),
        ("postgresql:///", {}),
        (
            "postgresql://h/db?options=-csearch_path%3Dx",
            {"host": "h", "dbname": "db", "options": "-csearch_path=x"},
        ),
        (
            "postgresql://h/db?sslmode=verify-full&sslrootcert=/ca.pem&target_session_attrs=read-write",
            {
                **{"host": "h", "dbname": "db", "sslmode": "verify-full"},
                **{"sslrootcert": "/ca.pem", "target_session_attrs": "read-write"},
            },
        ),
        ("postgresql://h/db?ssl=true", {"host": "h", "dbname": "db", "sslmode": "require"}),
        (
            "postgresql://h/?user=me&password=x&dbname=d",
            {"host": "h", "user": "me", "password": "x", "dbname": "d"},
        ),
    ],
)
def test_a_url_becomes_libpq_parameters(url: str, expected: dict[str, str]) -> None:
    assert own(url) == expected


def test_the_application_is_named_unless_the_url_does() -> None:
    assert target("postgresql://h")["fallback_application_name"] == "toasty"
    assert target("postgresql://h?application_name=x")["application_name"] == "x"


def test_waiting_for_a_server_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    assert target("postgresql://h")["connect_timeout"] == "10"
    assert target("postgresql://h?connect_timeout=3")["connect_timeout"] == "3"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "4")
    assert "connect_timeout" not in target("postgresql://h")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://h/db?sslmod=require", "did you mean 'sslmode'?"),
        ("postgresql://h/db?zzzz=1", "known are"),
        ("postgresql+nodriver://h/db", "no driver 'nodriver'"),
        ("postgresql://h/a/b", "no single database"),
    ],
)
def test_what_cannot_be_is_said(url: str, words: str) -> None:
    with pytest.raises(UrlError) as caught:
        read_target(Url.parse(url))

    assert words in str(caught.value)


def test_a_target_hides_its_password() -> None:
    found = read_target(Url.parse("postgresql://me:s3cret@h/db?sslpassword=t0p"))

    assert "s3cret" not in repr(found)
    assert "t0p" not in repr(found)
