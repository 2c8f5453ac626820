"""Which place a URL names, and what is wrong with others."""

from __future__ import annotations

import re

import pytest

from toasty_core.errors import ConnectionFailed, UrlError
from toasty_core.url import Url
from toasty_mysql import MysqlBackend
from toasty_mysql.connection import read_place
from toasty_mysql.tls import TlsMode


def place(url):
    return read_place(Url.parse(url))


def test_a_url_names_a_server_and_a_database():
    found = place("mysql://ada@db.example.com:3307/shop")

    assert (found.host, found.port, found.user) == ("db.example.com", 3307, "ada")
    assert (found.database, found.charset, found.timeout) == ("shop", "utf8mb4", 10.0)
    assert found.tls.mode is TlsMode.PREFERRED


@pytest.mark.parametrize(
    "url", ["mysql://ada@host/my%20shop", "mariadb+pymysql://ada@host/my%20shop"]
)
def test_what_is_encoded_is_decoded(url):
    assert place(url).database == "my shop"
    assert place(url).port == 3306


def test_a_socket_takes_the_place_of_host_and_port():
    assert (
        place("mysql://ada@localhost/shop?unix_socket=/run/my.sock").unix_socket == "/run/my.sock"
    )
    assert place("mysql:///shop?socket=/run/my.sock").host == "localhost"
    with pytest.raises(UrlError, match="a port and a socket"):
        place("mysql://ada@localhost:3306/shop?unix_socket=/run/my.sock")


def test_user_and_password_may_be_options():
    found = place("mysql://host/shop?user=ada&password=s3cret")

    assert found.user == "ada"
    assert "s3cret" not in f"{found.url} {found!r}"


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ("", TlsMode.PREFERRED),
        ("ssl-mode=REQUIRED", TlsMode.REQUIRED),
        ("ssl_mode=verify_ca", TlsMode.VERIFY_CA),
        ("ssl-ca=/ca.pem", TlsMode.VERIFY_CA),
        ("ssl-capath=/ca", TlsMode.VERIFY_CA),
        ("ssl-ca=/ca.pem&ssl-mode=VERIFY_IDENTITY", TlsMode.VERIFY_IDENTITY),
        ("ssl-ca=/ca.pem&ssl_verify_cert=0", TlsMode.REQUIRED),
        ("ssl_verify_cert=1", TlsMode.VERIFY_CA),
        ("ssl_verify_identity=true", TlsMode.VERIFY_IDENTITY),
        ("ssl_cert=/c.pem&ssl_key=/k.pem", TlsMode.REQUIRED),
        ("ssl_disabled=true", TlsMode.DISABLED),
        ("ssl_disabled=false", TlsMode.PREFERRED),
    ],
)
def test_how_the_way_is_encrypted(options, mode):
    assert place(f"mysql://ada@host/shop?{options}").tls.mode is mode


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("mysql://ada@host", "names no database"),
        ("mysql://ada@host/", "names no database"),
        ("mysql://ada@host/a/b", "path is no name"),
        ("mysql://a,b/shop", "several hosts"),
        ("mysql+mysqldb://ada@host/shop", "no driver 'mysqldb'"),
        ("mysql://ada@host/shop?ssl-mode=MAYBE", "is not one of DISABLED, PREFERRED"),
        ("mysql://ada@host/shop?ssl_disabled=perhaps", "is not 1 or 0"),
        ("mysql://ada@host/shop?ssl_disabled=1&ssl-mode=REQUIRED", "ssl_disabled and ssl-mode"),
        ("mysql://ada@host/shop?ssl-key=/k.pem", "needs ?ssl-cert="),
        ("mysql://ada@host/shop?connect_timeout=soon", "is not a number of seconds"),
        ("mysql://ada@host/shop?charset=utf8;", "is not a name"),
        ("mysql://ada@host/shop?charset=klingon", "no charset 'klingon'"),
        ("mysql://ada@host/shop?unix_socket=", "is not a path"),
    ],
)
def test_what_cannot_be(url, what):
    with pytest.raises(UrlError, match=re.escape(what)):
        place(url)


def test_an_unknown_option_names_the_near_one():
    with pytest.raises(UrlError, match="no option 'ssl_crt'") as caught:
        place("mysql://ada@host/shop?ssl_crt=x")
    assert caught.value.hint == "did you mean 'ssl_cert'?"

    with pytest.raises(UrlError) as caught:
        place("mysql://ada@host/shop?zzz=1")
    assert "unix_socket" in (caught.value.hint or "")


def test_files_for_tls_that_are_not_there():
    url = Url.parse("mysql://ada@127.0.0.1/shop?ssl-ca=/nowhere/ca.pem")
    with pytest.raises(ConnectionFailed, match=r"/nowhere/ca\.pem"):
        MysqlBackend().connect(url)


def test_the_two_backends_have_titles_of_their_own():
    from toasty_core import api

    titles = {info.schemes: info.title for info in api.backends() if info.name == "mysql"}

    assert titles == {("mysql",): "MySQL", ("mariadb",): "MariaDB"}
