"""MongoDB servers that cannot be reached or refuse us: one clear error with what to do, never with the password."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pymongo import MongoClient

from certificates import Authority
from clients import find_mongosh
from mongo_shop import FlaggedMongod, MongoShop, open_mongo_shop
from server_shop import ADD_AGE, ENCODED, PEOPLE, SECRET, DatabaseShop
from shop import Shop
from toasty_testservers import OwnServer, Server
from toasty_testservers.fixtures import SERVERS, get_or_end

COMMANDS = ("migrate:up", "migrate:down", "migrate:status", "migrate:plan", "schema:drift")
READER, WRITER, NOBODY = "reader", "writer", "nobody"


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


def own_one(request: pytest.FixtureRequest, kind: FlaggedMongod) -> OwnServer:
    servers = request.config.stash[SERVERS]
    return get_or_end(lambda: servers.own(kind), kind)


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


# Users.


@pytest.fixture(scope="module")
def guarded(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    """A server with `--auth`: an administrator, and `me`, who owns the databases shop and own."""
    server = own_one(request, FlaggedMongod("mongod", "MongoDB with users", flags=("--auth",)))
    with MongoClient[Any](
        server.url()
    ) as client:  # the first one may be made without being anybody
        client.admin.command("createUser", "admin", pwd=SECRET, roles=["root"])
    with MongoClient[Any](as_user(server, "admin")) as client:
        create_user(
            client, "me", {"role": "dbOwner", "db": "shop"}, {"role": "dbOwner", "db": "own"}
        )
        create_user(client, "me", {"role": "dbOwner", "db": "own"}, where="own")
        create_user(client, NOBODY)
    yield server
    server.discard()


def create_user(client: MongoClient[Any], name: str, *roles: Any, where: str = "admin") -> None:
    mechanisms = ["SCRAM-SHA-1", "SCRAM-SHA-256"]
    client[where].command("createUser", name, pwd=SECRET, roles=list(roles), mechanisms=mechanisms)


def as_user(
    server: OwnServer, name: str, tail: str = "/?authSource=admin", password: str = SECRET
) -> str:
    return f"mongodb://{name}:{quote(password, safe='')}@{server.host}:{server.port}{tail}"


@pytest.fixture
def users(guarded: OwnServer, tmp_path: Path) -> Iterator[MongoShop]:
    """The project in the database shop of the server with users, its judge the administrator."""
    url = as_user(guarded, "me", "/shop?authSource=admin")
    for store in open_mongo_shop(tmp_path, url, as_user(guarded, "admin")):
        yield store
        store.client.drop_database("shop")
        for name in (READER, WRITER):
            if store.client.admin.command("usersInfo", name)["users"]:
                store.client.admin.command("dropUser", name)


def test_a_wrong_password(users: MongoShop, guarded: OwnServer) -> None:
    users.migration(PEOPLE)

    wrong = users.up(url=as_user(guarded, "me", "/shop?authSource=admin", f"{SECRET}x"))
    unknown = users.up(url=as_user(guarded, "who", "/shop?authSource=admin"))
    none = users.up(url=f"mongodb://me@{guarded.host}:{guarded.port}/shop")

    assert wrong.is_one_clear_error("refuses the user 'me'", "me:***@", "%40")
    assert unknown.is_one_clear_error("refuses the user 'who'", "where: ", "hint: ")
    assert none.is_one_clear_error("password is required", "authSource")
    users.goes_on()


def test_nobody_at_all(users: MongoShop, guarded: OwnServer) -> None:
    users.migration(PEOPLE)

    outcome = users.up(url=f"mongodb://{guarded.host}:{guarded.port}/shop")

    assert outcome.is_one_clear_error("requires authentication", "user:password@host", "where: ")


def test_where_the_user_is_kept(users: MongoShop, guarded: OwnServer) -> None:
    """In the database of the URL's path, unless `authSource` names another; the error says where it was looked."""
    users.migration(PEOPLE)

    outcome = users.up(url=as_user(guarded, "me", "/shop"))

    assert outcome.is_one_clear_error("in the database 'shop'", "?authSource=admin")
    assert users.up(url=as_user(guarded, "me", "/own")).code == 0
    assert users.up(url=as_user(guarded, "me", "/own?authSource=own")).code == 0
    assert users.client.own.people.count_documents({}) == 0
    users.goes_on()


def test_ways_to_log_in(users: MongoShop, guarded: OwnServer) -> None:
    users.migration(PEOPLE)
    for mechanism in ("SCRAM-SHA-1", "SCRAM-SHA-256", "DEFAULT"):
        assert users.up(url=f"{users.url}&authMechanism={mechanism}").code == 0, mechanism

    plain = users.up(url=f"{users.url}&authMechanism=PLAIN")
    certificate = users.up(url=f"{users.url}&authMechanism=MONGODB-X509")

    assert plain.is_one_clear_error("PLAIN", "authMechanism")
    assert certificate.is_one_clear_error("MONGODB-X509", "where: ")


# Rights.


def follow(store: MongoShop, said: str) -> None:
    """Does what a hint tells an administrator to type in mongosh."""
    call = re.search(r'db\.getSiblingDB\("(\w+)"\)\.grantRolesToUser\("(\w+)", (\[.*\])\)', said)
    assert call is not None, said
    where, name, roles = call.groups()
    given = json.loads(re.sub(r"(\w+):", r'"\1":', roles))
    store.client[where].command("grantRolesToUser", name, roles=given)


def test_no_right_to_make_the_journal(users: MongoShop, guarded: OwnServer) -> None:
    """The hint is what an administrator types; who may read sees the status without it."""
    users.migration(PEOPLE)
    create_user(users.client, READER, {"role": "read", "db": "shop"})
    url = as_user(guarded, READER, "/shop?authSource=admin")

    outcome = users.up(url=url)

    assert outcome.is_one_clear_error(
        "'reader' has no right", "'shop'", "toasty_", f"{READER}:***@"
    )
    assert users.judge.list_collection_names() == []
    assert "pending" in users.shop.toasty("migrate:status", url=url).out
    follow(users, outcome.err)
    users.goes_on(url=url)


def test_no_right_to_see_anything(users: MongoShop, guarded: OwnServer) -> None:
    users.migration(PEOPLE)
    url = as_user(guarded, NOBODY, "/shop?authSource=admin")
    for command in COMMANDS:
        outcome = users.shop.toasty(command, url=url)

        assert outcome.is_one_clear_error("'nobody' has no right", "grantRolesToUser"), command


def test_rights_that_are_not_enough(users: MongoShop, guarded: OwnServer) -> None:
    """`readWrite` makes collections and fills them; a validator is the matter of `dbAdmin`. What is done stays."""
    users.prepare()
    users.fill(3)
    create_user(users.client, WRITER, {"role": "readWrite", "db": "shop"})
    url = as_user(guarded, WRITER, "/shop?authSource=admin")
    table = 'TableDef("notes", [ColumnDef("id", "Integer")], primary_key=["id"])'
    path = users.migration(
        f'db.create_table({table})\ndb.insert_rows("notes", [{{"id": 1}}])\n{ADD_AGE}'
    )

    outcome = users.up(url=url)

    where = users.line_of(path, "add_column")
    assert outcome.is_one_clear_error(where, "'writer' has no right", "collMod people", "dbAdmin")
    assert users.states() == ["applied", "failed"]
    assert users.judge.notes.count_documents({}) == 1
    follow(users, outcome.err)
    users.goes_on(url=url)
    assert users.judge.notes.count_documents({}) == 1


def test_no_right_to_go_past_the_validator(
    users: MongoShop, guarded: OwnServer, tmp_path: Path
) -> None:
    """Runs and scripts change documents as everybody does then: one that is older than the validator is refused."""
    users.prepare(f"{PEOPLE}\n{ADD_AGE}")
    users.fill(3)
    old = {"_id": 9, "name": "Ada", "age": "young"}
    users.judge.people.insert_one(old, bypass_document_validation=True)
    create_user(users.client, WRITER, _without_bypass(users))
    url = as_user(guarded, WRITER, "/shop?authSource=admin")
    users.migration('db.rename_column("people", "name", "title")')
    options = ("--dialect", "mongodb", "--offline", "--from", "20250101_000000")
    script = tmp_path / "upgrade.js"
    script.write_text(users.shop.works("migrate:plan", *options).out)

    refused = find_mongosh(tmp_path).run(script, url)
    outcome = users.up(url=url)

    assert refused.returncode != 0
    assert "Document failed validation" in refused.stderr
    assert outcome.is_one_clear_error("id = 9", "validator")
    users.judge.people.delete_one({"_id": 9})
    assert find_mongosh(tmp_path).run(script, url).returncode == 0
    users.is_done()


def _without_bypass(users: MongoShop) -> dict[str, str]:
    """A role with all that `dbOwner` may do but for that."""
    (owner,) = users.client.shop.command("rolesInfo", "dbOwner", showPrivileges=True)["roles"]
    privileges = [
        {**one, "actions": [what for what in one["actions"] if what != "bypassDocumentValidation"]}
        for one in owner["privileges"]
    ]
    users.client.shop.command("createRole", "checked", privileges=privileges, roles=[])
    return {"role": "checked", "db": "shop"}


_REVOKING = """\
from pathlib import Path
from pymongo import MongoClient

def longer(row):
    if row["id"] == 50 and not Path("revoked").exists():
        Path("revoked").touch()
        with MongoClient({admin!r}) as client:
            client.admin.command("revokeRolesFromUser", "writer", roles=[{{"role": "dbOwner", "db": "shop"}}])
    return {{"name": row["name"] + "x"}}

"""


def test_rights_that_end_half_way(users: MongoShop, guarded: OwnServer) -> None:
    """Taken away while a transformation runs: where it stopped is known, and no document is done twice."""
    users.prepare()
    create_user(users.client, WRITER, {"role": "dbOwner", "db": "shop"})
    url = as_user(guarded, WRITER, "/shop?authSource=admin")
    users.judge.people.insert_many([{"_id": n, "name": "x"} for n in range(1, 101)])
    path = users.migration('db.transform_rows("people", longer, batch_size=10)')
    head = _REVOKING.format(admin=as_user(guarded, "admin"))
    path.write_text(path.read_text().replace("from toasty_core", f"{head}from toasty_core", 1))

    outcome = users.shop.toasty("migrate:up", url=url)

    assert outcome.is_one_clear_error("'writer' has no right", "grantRolesToUser")
    assert SECRET not in outcome.err
    follow(users, outcome.err)
    again = users.shop.toasty("migrate:up", url=url)
    assert again.code == 0, again
    assert users.judge.people.count_documents({"name": "xx"}) == 100
    users.is_done()


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
    server = own_one(request, FlaggedMongod("mongod", "MongoDB with TLS", flags=flags, tls=tls))
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
