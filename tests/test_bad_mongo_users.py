"""Users that MongoDB does not know, and rights that are not enough: one clear error, never with the password."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pymongo import MongoClient

from clients import find_mongosh
from mongo_shop import FlaggedMongod, MongoShop, open_mongo_shop
from server_shop import ADD_AGE, PEOPLE, SECRET
from toasty_testservers import OwnServer
from toasty_testservers.fixtures import own_one

COMMANDS = ("migrate:up", "migrate:down", "migrate:status", "migrate:plan", "schema:drift")
READER, WRITER, NOBODY = "reader", "writer", "nobody"


@pytest.fixture(scope="module")
def guarded(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    """A server with `--auth`: an administrator, and `me`, who owns the databases shop and own."""
    server = own_one(
        request.config, FlaggedMongod("mongod", "MongoDB with users", flags=("--auth",))
    )
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
