"""MongoDB servers that cannot be reached or refuse us: one clear error with what to do, never with the password."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from certificates import Authority
from mongo_shop import FlaggedMongod
from server_shop import ENCODED, PEOPLE, SECRET, DatabaseShop
from shop import Shop
from toasty_testservers import OwnServer, Server
from toasty_testservers.fixtures import own_one

COMMANDS = ("migrate:up", "migrate:down", "migrate:status", "migrate:plan", "schema:drift")


@pytest.fixture
def project(shop: Shop) -> DatabaseShop:
    """A project with a migration, wherever its database is."""
    store = DatabaseShop(shop)
    store.migration(PEOPLE)
    return store


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port at which nobody listens, and nobody will while the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


# Hosts, ports and names.


def test_no_such_host(project: DatabaseShop) -> None:
    outcome = project.up(url=f"mongodb://me:{ENCODED}@no.such.host.invalid/app")

    assert outcome.is_one_clear_error("no such host: no.such.host.invalid", "me:***@", "hint:")


def test_no_server_at_the_port(project: DatabaseShop, free_port: int) -> None:
    """Every command that needs the database says the same, and waits for nobody who is not there."""
    url = f"mongodb://me:{ENCODED}@127.0.0.1:{free_port}/app"
    for command in COMMANDS:
        began = time.monotonic()
        outcome = project.shop.toasty(command, url=url)

        assert outcome.is_one_clear_error(f"127.0.0.1:{free_port}", "refused", "hint: "), command
        assert time.monotonic() - began < 9, "an election takes up to 10 seconds, and none is held"
        assert SECRET not in outcome.err
        assert ENCODED not in outcome.err


def test_the_port_of_another_kind_of_server(project: DatabaseShop, postgres18: Server) -> None:
    url = f"mongodb://me:{ENCODED}@127.0.0.1:{postgres18.port}/app"

    outcome = project.up(url=url)

    assert outcome.is_one_clear_error(f"127.0.0.1:{postgres18.port}", "hint: ")


def test_a_server_that_never_answers(project: DatabaseShop) -> None:
    """It takes the connection and says nothing: the time that the URL gives is all that is waited."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = f"127.0.0.1:{silent.getsockname()[1]}"
        outcome = project.up(
            url=f"mongodb://{at}/app?serverSelectionTimeoutMS=500&connectTimeoutMS=400"
        )

    assert outcome.is_one_clear_error("Cannot connect", at, "hint: ")


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("/", ("names no database", "?database=NAME")),
        ("/?database=", ("names no database",)),
        ("/a.b", ("No database is called 'a.b'",)),
        ("/a%20b", ("No database is called 'a b'",)),
        (f"/{'n' * 64}", ("longer than 63 bytes",)),
        (f"/?database={'ä' * 32}", ("longer than 63 bytes",)),
        ("/shop?authSorce=admin", ("no option 'authsorce'", "did you mean 'authSource'?")),
        ("/shop?batchsze=5", ("no option 'batchsze'", "did you mean 'batchSize'?")),
        ("/shop?databse=x", ("no option 'databse'", "did you mean 'database'?")),
        ("/shop?frobnicate=1", ("no option 'frobnicate'", "tlsCAFile")),
        ("/shop?w=0", ("w=0", "leave it out")),
        ("/shop?socketTimeoutMS=soon", ("sockettimeoutms",)),
        ("/shop?batchSize=0", ("batchSize=0", "from 1 on")),
        ("/shop?batchSize=inf", ("batchSize=inf",)),
        ("/shop?batchPause=-1", ("batchPause=-1",)),
        ("/shop?directConnection=maybe", ("directconnection",)),
        ("/shop?compressors=snapy", ("snapy",)),
        ("/shop?authMechanism=SCRAM-SHA-512", ("authmechanism", "SCRAM-SHA-256")),
        ("/shop?tls=true&tlsCAFile=nowhere.pem", ("nowhere.pem", "tlsCAFile")),
        ("/shop?tls=true&tlsCAFile=models.py", ("tlsCAFile", "what stands in the files")),
        ("/shop?tls=true&tlsInsecure=true&tlsAllowInvalidHostnames=true", ("tlsInsecure",)),
    ],
)  # fmt: skip
def test_urls_that_cannot_be(project: DatabaseShop, tail: str, words: tuple[str, ...]) -> None:
    """They are wrong use, found before anybody is asked: nothing listens at this port."""
    outcome = project.up(url=f"mongodb://me:{ENCODED}@127.0.0.1:1{tail}")

    assert outcome.is_one_clear_error(*words, "where: mongodb://me:***@127.0.0.1:1")
    assert outcome.code == 2


def test_urls_without_hosts_and_with_too_many(project: DatabaseShop) -> None:
    none = project.up(url="mongodb:shop")
    two = project.up(url="mongodb://a,b/shop?directConnection=true")
    driver = project.up(url="mongodb+motor://a/shop")

    assert none.is_one_clear_error("names no host", "mongodb://user:password@host")
    assert two.is_one_clear_error("multiple hosts", "hint: ")
    assert driver.is_one_clear_error("no driver 'motor'", "PyMongo")


def test_servers_that_stand_in_dns(project: DatabaseShop) -> None:
    """`mongodb+srv://` is read as MongoDB reads it; what DNS does not know is said."""
    me = f"mongodb+srv://me:{ENCODED}@"

    unknown = project.up(url=f"{me}cluster.no-such-host.invalid/shop")
    port = project.up(url=f"{me}cluster.example:27017/shop")
    two = project.up(url=f"{me}a.example,b.example/shop")

    assert unknown.is_one_clear_error(
        "_mongodb._tcp.cluster.no-such-host.invalid", "me:***@", "mongodb://"
    )
    assert port.is_one_clear_error("must not include a port", "me:***@")
    assert two.is_one_clear_error("one, and only one, hostname", "me:***@")


def test_the_name_of_the_database(tmp_path: Path, mongod: Server) -> None:
    """From the path, from `?database=`, and where both stand from the latter; all else goes to MongoDB."""
    base = mongod.url().rstrip("/")
    name = f"toasty_names_{tmp_path.name}"[:50]
    urls = (f"/{name}", f"/?database={name}", f"/other?database={name}&readPreference=secondary")
    with MongoClient[Any](base) as client:
        for url in urls:
            store = DatabaseShop(Shop(tmp_path, base + url))
            if not store.shop.migrations.exists():
                store.migration(PEOPLE)
            store.goes_on()
            names = client[name].list_collection_names()
            assert {"people", "posts", "toasty_migrations"} <= set(names)
            client.drop_database(name)
        assert "other" not in client.list_database_names()


def test_a_replica_set_that_it_is_not_in(project: DatabaseShop, mongod: Server) -> None:
    outcome = project.up(url=f"{mongod.url('shop')}?replicaSet=rs0")

    assert outcome.is_one_clear_error('"rs0"', "check replicaSet", "hint: ")


def test_more_servers_than_there_are_for_a_write(project: DatabaseShop, mongod: Server) -> None:
    outcome = project.up(url=f"{mongod.url('shop')}?w=5")

    assert outcome.is_one_clear_error("'w' > 1", "where: ")


# TLS.

CA = "tlsCAFile"
CLIENT = "tlsCertificateKeyFile"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files: two authorities, the server's certificate, and one of a client from each authority."""
    folder = tmp_path_factory.mktemp("certificates")
    ours, others = Authority.new(folder), Authority.new(folder, "stranger")
    return {
        "ours": ours.file,
        "stranger": others.file,
        "server": ours.certificate("server", "127.0.0.1"),
        "client": ours.certificate("client"),
        "their client": others.certificate("their-client"),
    }


@pytest.fixture(scope="module")
def sealed(request: pytest.FixtureRequest, certificates: dict[str, Path]) -> Iterator[OwnServer]:
    """A server that speaks TLS only, and only with clients whose certificate its authority signed."""
    files = certificates
    flags: tuple[str, ...] = (
        "--tlsMode",
        "requireTLS",
        "--tlsCertificateKeyFile",
        str(files["server"]),
    )
    flags += ("--tlsCAFile", str(files["ours"]))
    tls = f"tls=true&{CA}={files['ours']}&{CLIENT}={files['client']}"
    server = own_one(
        request.config, FlaggedMongod("mongod", "MongoDB with TLS", flags=flags, tls=tls)
    )
    yield server
    server.discard()


Options = Callable[..., str]


@pytest.fixture
def options(certificates: dict[str, Path]) -> Options:
    """The URL's options for TLS, with these files."""

    def write(ca: str | None = None, client: str | None = None) -> str:
        files = {CA: ca, CLIENT: client}
        said = [f"{name}={certificates[file]}" for name, file in files.items() if file]
        return "&".join(["?tls=true", *said])

    return write


def test_with_both_certificates_all_goes(
    project: DatabaseShop, sealed: OwnServer, options: Options
) -> None:
    assert project.up(url=sealed.url("shop") + options("ours", "client")).code == 0


def test_a_server_that_wants_tls(project: DatabaseShop, sealed: OwnServer) -> None:
    outcome = project.up(url=sealed.url("shop"))

    assert outcome.is_one_clear_error("closed the connection", "tls=true", "tlsCAFile=")


def test_an_authority_that_is_not_trusted(
    project: DatabaseShop, sealed: OwnServer, options: Options
) -> None:
    for ca in (None, "stranger"):
        outcome = project.up(url=sealed.url("shop") + options(ca, "client"))

        assert outcome.is_one_clear_error("signed by nobody whom we trust", "tlsCAFile=ca.pem"), ca


def test_a_certificate_for_another_host(
    project: DatabaseShop, sealed: OwnServer, options: Options
) -> None:
    url = f"mongodb://localhost:{sealed.port}/shop{options('ours', 'client')}"

    outcome = project.up(url=url)

    assert outcome.is_one_clear_error(
        "for another host", "localhost", "tlsAllowInvalidHostnames=true"
    )
    assert project.up(url=f"{url}&tlsAllowInvalidHostnames=true").code == 0


def test_the_certificate_of_a_client(
    project: DatabaseShop, sealed: OwnServer, options: Options
) -> None:
    """The server says nothing but that it does not speak with us; both reasons lead to the same option."""
    for client in (None, "their client"):
        outcome = project.up(url=sealed.url("shop") + options("ours", client))

        assert outcome.is_one_clear_error("hint: ", f"{CLIENT}=client.pem"), client


def test_tls_that_the_server_has_not(project: DatabaseShop, mongod: Server) -> None:
    outcome = project.up(url=f"{mongod.url('shop')}?tls=true")

    assert outcome.is_one_clear_error("no TLS with this server", "take tls=true out")
