"""The database URL: every form that users write, and a password that never shows."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from toasty_core.errors import UrlError
from toasty_core.url import Host, Url, redact

PRINTABLE = st.characters(
    codec="utf-8", categories=("L", "N", "P", "S"), include_characters=" "
).filter(str.isprintable)
PASSWORDS = st.text(PRINTABLE, min_size=1)


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        ("sqlite:mydb.db", "mydb.db", ()),
        ("sqlite::memory:", ":memory:", ()),
        ("sqlite::memory:?cache=shared", ":memory:", (("cache", "shared"),)),
        ("sqlite:///absolute/path", "/absolute/path", ()),
        ("sqlite://", "", ()),
        ("sqlite:relative/dir/x.db?mode=ro", "relative/dir/x.db", (("mode", "ro"),)),
        ("sqlite:/absolute/path", "/absolute/path", ()),
        ("sqlite:C:\\x.db", "C:\\x.db", ()),
        ("sqlite:///C:/data/x.db", "C:/data/x.db", ()),
        ("sqlite:a%20b%3F.db", "a b?.db", ()),
        ("sqlite:./me@home.db", "./me@home.db", ()),
        ("sqlite:///home/me@x/a.db", "/home/me@x/a.db", ()),
        ("  SQLite:mydb.db\n", "mydb.db", ()),
    ],
)
def test_a_file_url_gives_the_path(text, path, query):
    url = Url.parse(text)

    assert (url.scheme, url.hosts, url.path, url.query) == ("sqlite", (), path, query)


def test_a_server_url_gives_all_its_parts():
    url = Url.parse("postgresql://u:p%40ss@host:5432/db?sslmode=require")

    assert (url.scheme, url.driver, url.username, url.password) == ("postgresql", None, "u", "p@ss")
    assert (url.host, url.port, url.path, url.database) == ("host", 5432, "/db", "db")
    assert url.option("sslmode") == "require"


def test_a_socket_is_an_option_and_there_is_no_host():
    url = Url.parse("postgresql:///db?host=/socket")

    assert (url.host, url.port, url.database, url.option("host")) == (None, None, "db", "/socket")


def test_several_hosts_are_kept_in_order():
    url = Url.parse("mongodb://a,b:27018,[::1]:9/db?replicaSet=rs")

    assert url.hosts == (Host("a"), Host("b", 27018), Host("::1", 9))
    assert (url.host, url.port) == ("a", None)


@pytest.mark.parametrize(
    ("text", "scheme", "driver"),
    [
        ("mysql+pymysql://host/db", "mysql", "pymysql"),
        ("mongodb+srv://host/db", "mongodb", "srv"),
        ("DYNAMODB://eu-west-1?profile=x", "dynamodb", None),
    ],
)
def test_the_driver_stands_behind_a_plus_in_the_scheme(text, scheme, driver):
    url = Url.parse(text)

    assert (url.scheme, url.driver) == (scheme, driver)


def test_a_region_stands_in_the_place_of_the_host():
    url = Url.parse("dynamodb://eu-west-1?profile=x")

    assert (url.host, url.path, url.option("profile")) == ("eu-west-1", "", "x")


def test_a_percent_encoded_host_is_decoded():
    assert Url.parse("postgresql://%2Ftmp%2Fsock/db").host == "/tmp/sock"


def test_an_option_that_is_missing_gives_the_default_and_the_last_one_wins():
    url = Url.parse("sqlite:x.db?mode=ro&flag&mode=rw")

    assert (url.option("mode"), url.option("flag"), url.option("x", "1")) == ("rw", "", "1")
    assert url.option("x") is None


def test_an_at_sign_in_a_password_need_not_be_encoded():
    url = Url.parse("postgresql://u:p@ss@host/db")

    assert (url.password, url.host, str(url)) == ("p@ss", "host", "postgresql://u:***@host/db")


def test_urls_are_equal_and_hash_alike_when_they_were_written_the_same():
    one, other = Url.parse("sqlite:a.db"), Url.parse("sqlite:a.db")

    assert one == other
    assert hash(one) == hash(other)
    assert one != Url.parse("sqlite:b.db")


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("", "The database URL is empty.", "sqlite:mydb.db"),
        ("mydb.db", "The database URL 'mydb.db' does not begin", "sqlite:mydb.db"),
        ("C:\\x.db", "does not begin with a scheme", "sqlite:C:\\x.db"),
        ("sqlite:a\nb", "line break", None),
        ("me@host/db", "The database URL does not begin with a scheme.", "postgresql://"),
        ("user:secret@host/db", "has an @ but no //", "user://user:password@host/database"),
        ("postgresql:/u:secret@host/db", "has an @ but no //", "postgresql://user"),
        ("postgresql://u:secret", "port", "%40"),
        ("postgresql://host:65536/db", "port", "%40"),
        ("postgresql://host:0/db", "port", "%40"),
        ("postgresql://u:secret/x@host/db", "cannot be told from the rest", "%2F"),
        ("postgresql://u:1?secret@host/db", "cannot be told from the rest", "%3F"),
        ("postgresql://[::1/db", "host", "%40"),
    ],
)
def test_a_url_that_cannot_be_read_says_what_to_write_and_shows_no_secret(text, what, hint):
    with pytest.raises(UrlError) as caught:
        Url.parse(text)

    assert what in caught.value.what
    assert hint is None or hint in (caught.value.hint or "")
    assert "secret" not in str(caught.value)


@given(password=PASSWORDS)
def test_an_encoded_password_is_read_back_and_never_shown(password):
    """Whatever the password, the shown URL is the one with three stars."""
    text = f"postgresql://user:{quote(password, safe='')}@host:5432/db?sslmode=require"
    url = Url.parse(text)
    shown = "postgresql://user:***@host:5432/db?sslmode=require"

    assert (url.password, url.raw, url.render(hide_password=False)) == (password, text, text)
    assert (str(url), url.render(), repr(url)) == (shown, shown, f"Url({shown!r})")


@given(before=st.text(PRINTABLE), after=st.text(PRINTABLE))
def test_a_password_written_as_it_is_never_shows_either(before, after):
    """Read or refused, the word SECRET does not come out (= and & aside, which make options)."""
    assume(not {"=", "&"} & set(before + after))
    shown = shown_or_refused(f"postgresql://user:{before}SECRET{after}@host/db")

    assert "SECRET" not in shown


def shown_or_refused(text: str) -> str:
    """All that a user gets to see of a URL."""
    try:
        url = Url.parse(text)
    except UrlError as error:
        return str(error)
    return str(url) + repr(url)


@given(password=PASSWORDS)
def test_a_password_among_the_options_is_masked_too(password):
    url = Url.parse(f"postgresql://host/db?user=u&password={quote(password, safe='')}&x=1")

    assert str(url) == "postgresql://host/db?user=u&password=***&x=1"
    assert url.secrets == (password,)


@pytest.mark.parametrize("name", ["sslpassword", "pwd", "aws_session_token", "secret_access_key"])
def test_options_that_hold_secrets_are_known_by_name(name):
    assert str(Url.parse(f"x1://host?{name}=hidden")) == f"x1://host?{name}=***"


def test_a_path_to_a_password_file_is_no_secret():
    assert "passfile=/a" in str(Url.parse("postgresql://host/db?passfile=/a"))


@pytest.mark.parametrize(
    "spell",
    [str, quote, lambda text: quote(text, safe="").lower(), quote_plus, repr, ascii, json.dumps],
)
@pytest.mark.parametrize("password", ["p@ss w/ord", 'it\'s "q" \\ end', "pä$$ 字.*+?", "pl%41in"])
def test_redact_finds_the_password_however_it_is_escaped(password, spell):
    url = Url.parse(f"postgresql://user:{quote(password, safe='')}@host/db")
    spelled = spell(password)
    spelled = spelled[1:-1] if spell in (repr, ascii, json.dumps) else spelled

    assert redact(f"cannot connect: <{spelled}> refused", url) == "cannot connect: <***> refused"


def test_redact_leaves_text_alone_when_there_is_no_password():
    assert redact("unable to open x.db", Url.parse("sqlite:x.db")) == "unable to open x.db"


@given(password=PASSWORDS, text=st.text(PRINTABLE))
def test_redact_leaves_no_password_in_any_text(password, text):
    assume(not set(password) & set("*"))
    url = Url.parse(f"postgresql://u:{quote(password, safe='')}@host/db")

    assert password not in redact(f"{text}{password}{text}", url)


def test_a_plain_url_does_not_import_urllib():
    code = (
        "import sys; from toasty_core.url import Url; Url.parse('sqlite:a/b.db?mode=ro');"
        "print('urllib.parse' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"
