"""Connections that are cut, servers that end or step down, runners that are killed: the next `up` goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from pymongo.errors import AutoReconnect

from mongo_shop import MANY, SLOWLY, FlaggedMongod, MongoShop, failing, open_mongo_shop
from relay import Relay
from server_shop import end_of, until
from toasty_testservers import OwnServer
from toasty_testservers.fixtures import SERVERS, own_one

CHANGES = """\
db.create_table(TableDef("notes", [ColumnDef("id", "Integer"), ColumnDef("text", "String(50)")], primary_key=["id"]))
db.insert_rows("notes", [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}])
db.add_column("notes", ColumnDef("likes", "Integer", nullable=True))
db.update_rows("notes", {"likes": expr(mongodb='{"$add": ["$_id", 1]}')})
db.create_index("notes", IndexDef("notes_text", ["text"]))
db.rename_column("notes", "text", "body")
db.rename_table("notes", "letters")
"""
COUNTED = """\
db.create_table(TableDef("t", [ColumnDef("id", "Integer"), ColumnDef("n", "Integer")], primary_key=["id"]))
"""
INDEX = 'db.create_index("people", IndexDef("people_name", ["name"], unique=True))'
RENAME = 'db.rename_column("people", "name", "title")'
HANG = "hangAfterStartingIndexBuild"
BUILDING = {"command.createIndexes": "people"}


def is_right(store: MongoShop) -> None:
    """All of CHANGES is there, and each of them once."""
    store.is_done()
    assert list(store.judge.letters.find(sort=[("_id", 1)])) == [
        {"_id": 1, "body": "a", "likes": 2},
        {"_id": 2, "body": "b", "likes": 3},
    ]
    assert "notes" not in store.judge.list_collection_names()


# The connection.


@pytest.fixture
def store(tmp_path: Path, mongo_url: str) -> Iterator[MongoShop]:
    """A project on an empty database, on a server alone and on a replica set."""
    yield from open_mongo_shop(tmp_path, mongo_url)


@pytest.fixture
def relay() -> Iterator[Callable[..., Relay]]:
    """Puts a relay before the server of a URL, which cuts the line at some words."""
    made: list[Relay] = []

    def put(url: str, words: bytes, **how: object) -> Relay:
        made.append(Relay(url, words, **how))  # type: ignore[arg-type]
        return made[-1]

    yield put
    for one in made:
        one.close()


WORDS = (b"create\0", b"insert", b"collMod", b"createIndexes", b"renameCollection")


@pytest.mark.parametrize("after_answer", [False, True], ids=["not heard", "answer lost"])
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.decode().strip("\0"))
def test_the_line_is_cut_for_good(
    store: MongoShop, relay: Callable[..., Relay], words: bytes, after_answer: bool
) -> None:
    """One error that says so; whether the server had done it is seen by the next run."""
    store.migration(CHANGES)
    way = relay(store.url, words, after_answer=after_answer, for_good=True)

    outcome = store.up(url=f"{way.url}&serverSelectionTimeoutMS=300")

    assert outcome.is_one_clear_error("connection to MongoDB failed", "run the command again")
    assert way.cuts
    store.goes_on()
    is_right(store)


@pytest.mark.parametrize("after_answer", [False, True], ids=["not heard", "answer lost"])
@pytest.mark.parametrize(
    "words", [b"collMod", b"createIndexes", b"$add"], ids=["collMod", "createIndexes", "update"]
)
def test_the_line_is_cut_once(
    store: MongoShop, relay: Callable[..., Relay], words: bytes, after_answer: bool
) -> None:
    """What does no harm a second time is sent again; what might is left to the next run. Both come to one end."""
    store.migration(CHANGES)
    way = relay(store.url, words, after_answer=after_answer, times=1)

    outcome = store.up(url=way.url)

    assert way.cuts == 1
    if outcome.code:
        assert outcome.is_one_clear_error("connection to MongoDB failed", "run the command again")
    store.goes_on()
    is_right(store)


# The server.


@pytest.fixture
def own_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[str], tuple[MongoShop, OwnServer]]]:
    """A project on a server of its own, which can be told to hang at some point; and that server."""
    servers, opened = request.config.stash[SERVERS], []
    flags = ("--setParameter", "enableTestCommands=1")

    def make(name: str) -> tuple[MongoShop, OwnServer]:
        kind = FlaggedMongod(name, servers.kinds[name].title, name == "mongoset", flags=flags)
        server = own_one(request.config, kind)
        url = f"{server.url('shop')}?batchSize=200&batchPause=0.02"
        shops = open_mongo_shop(tmp_path, url, server.url())
        opened.append((server, shops))
        return next(shops), server

    yield make
    for server, shops in opened:
        shops.close()
        server.discard()


OwnStore = Callable[[str], tuple[MongoShop, OwnServer]]
EVERY = pytest.mark.parametrize("kind", ["mongod", "mongoset"])


def transformation(store: MongoShop) -> None:
    """Documents, and a migration that takes a while and would show whether one is done twice."""
    store.prepare(COUNTED)
    store.judge.t.insert_many([{"_id": i, "n": 0} for i in range(MANY)])
    path = store.migration('db.transform_rows("t", older, batch_size=200)')
    text = path.read_text()
    path.write_text(text.replace("from toasty_core import *  # noqa: F403\n", SLOWLY.format()))


def each_once(store: MongoShop) -> None:
    """Each document was changed exactly once, and no mark is left."""
    assert store.judge.t.count_documents({"n": 1}) == MANY
    assert store.judge.t.count_documents({"_toasty": {"$exists": True}}) == 0


@EVERY
def test_the_server_is_killed_in_a_transformation(own_store: OwnStore, kind: str) -> None:
    store, server = own_store(kind)
    transformation(store)
    process = store.start()
    store.progress(process)
    server.kill()
    outcome = end_of(process)
    gone = store.up()

    assert outcome.is_one_clear_error("connection to MongoDB failed", "run the command again")
    assert gone.is_one_clear_error(f"127.0.0.1:{server.port}", "hint: ")
    server.start()
    changed = store.judge.t.count_documents({"n": 1})
    assert 0 < changed < MANY
    store.goes_on()
    each_once(store)


@EVERY
def test_the_server_is_killed_while_it_builds_an_index(own_store: OwnStore, kind: str) -> None:
    """Alone it forgets the build or takes it up again; the next run waits for it or begins anew."""
    store, server = own_store(kind)
    store.prepare()
    store.fill()
    store.migration(f"{RENAME}\n{INDEX.replace('name', 'title')}")
    store.client.admin.command({"configureFailPoint": HANG, "mode": "alwaysOn"})
    process = store.start()
    store.work(process, **BUILDING)
    server.kill()
    outcome = end_of(process)

    assert outcome.is_one_clear_error("connection to MongoDB failed", "run the command again")
    server.start()
    store.goes_on()
    assert store.indexes("people") == ["_id_", "people_title"]
    assert store.judge.people.count_documents({"title": {"$exists": True}}) == MANY


def step_down(store: MongoShop) -> None:
    """The primary makes way for a second, in which there is none."""
    until(lambda: _asked_to_step_down(store))


def _asked_to_step_down(store: MongoShop) -> bool:
    try:
        store.client.admin.command("replSetStepDown", 1, force=True)
    except AutoReconnect:
        return True  # it closes all connections, this one too
    return True


def test_the_primary_steps_down_in_a_transformation(own_store: OwnStore) -> None:
    """A batch is a transaction there: it is done again, or the next run does it; no document twice."""
    store, _ = own_store("mongoset")
    transformation(store)
    process = store.start()
    store.progress(process)
    step_down(store)
    outcome = end_of(process)

    if outcome.code:
        assert outcome.is_one_clear_error("hint: ", "run the command again")
    store.goes_on()
    each_once(store)


def test_the_primary_steps_down_in_a_rename(own_store: OwnStore) -> None:
    store, _ = own_store("mongoset")
    store.prepare()
    store.fill()
    store.migration(RENAME)
    process = store.start()
    store.progress(process)
    step_down(store)
    outcome = end_of(process)

    assert outcome.code == 0, outcome
    store.is_done()
    assert store.judge.people.count_documents({"title": {"$exists": True}}) == MANY
    assert store.judge.people.count_documents({"name": {"$exists": True}}) == 0


def test_the_primary_steps_down_while_it_builds_an_index(own_store: OwnStore) -> None:
    """The command is sent again, and waits for the build that went on or begins it anew."""
    store, _ = own_store("mongoset")
    store.prepare()
    store.fill()
    store.migration(INDEX)
    with failing(store.client, HANG):
        process = store.start()
        store.work(process, **BUILDING)
        step_down(store)
    outcome = end_of(process)

    assert outcome.code == 0, outcome
    store.is_done()
    assert store.indexes("people") == ["_id_", "people_name"]


# Index builds.


@EVERY
def test_a_duplicate_that_comes_while_the_index_is_built(own_store: OwnStore, kind: str) -> None:
    """The check before saw none; the build fails and leaves nothing, and the next run builds it anew."""
    store, _ = own_store(kind)
    store.prepare()
    store.fill()
    path = store.migration(f"{COUNTED}{INDEX}")
    with failing(store.client, HANG):
        process = store.start()
        store.work(process, **BUILDING)
        store.judge.people.insert_one({"_id": -1, "name": "name 1"})
    outcome = end_of(process)

    where = store.line_of(path, "create_index")
    assert outcome.is_one_clear_error(where, "name 1", "hint: ", "people_name")
    assert store.indexes("people") == ["_id_"]
    assert store.states() == ["applied", "failed"]
    again = store.up()
    assert again.is_one_clear_error("more than once as name", "name 1")
    store.judge.people.delete_one({"_id": -1})
    store.goes_on()
    assert store.indexes("people") == ["_id_", "people_name"]


def test_toasty_is_killed_while_the_index_is_built(own_store: OwnStore) -> None:
    """The server goes on with the build, and the catalog shows it as if it were there: the next run waits for it."""
    store, _ = own_store("mongoset")
    store.prepare()
    store.fill()
    store.migration(INDEX)
    with failing(store.client, HANG):
        process = store.start()
        store.work(process, **BUILDING)
        process.kill()
        end_of(process)
        assert store.indexes("people") == ["_id_"]
        again = store.start()
        store.work(again, **{"command.createIndexes": "people", "active": True})
    outcome = end_of(again)

    assert outcome.code == 0, outcome
    store.is_done()
    assert store.indexes("people") == ["_id_", "people_name"]


def test_a_validator_waits_for_an_index_of_somebody_else(own_store: OwnStore) -> None:
    """MongoDB refuses to change a collection while an index is built on it (12587): it is tried again, and said."""
    store, _ = own_store("mongoset")
    store.prepare()
    store.fill()
    store.migration('db.add_column("people", ColumnDef("age", "Integer", nullable=True))')
    with failing(store.client, HANG):
        builder = Thread(target=lambda: store.judge.people.create_index("name", name="theirs"))
        builder.start()
        until(
            lambda: (
                store.indexes("people") == ["_id_"]
                and len(list(store.judge.people.list_indexes())) == 2
            )
        )
        process = store.start()
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "Others are in the way" in line, line
    outcome = end_of(process)
    builder.join()

    assert outcome.code == 0, outcome
    assert store.indexes("people") == ["_id_", "theirs"]
    assert store.states() == ["applied", "applied"]


def test_who_gives_up_waiting_says_why(own_store: OwnStore) -> None:
    store, _ = own_store("mongoset")
    store.prepare()
    store.fill()
    path = store.migration('db.add_column("people", ColumnDef("age", "Integer", nullable=True))')
    with failing(store.client, HANG):
        builder = Thread(target=lambda: store.judge.people.create_index("name", name="theirs"))
        builder.start()
        until(lambda: len(list(store.judge.people.list_indexes())) == 2)
        outcome = store.up("--lock-tries", "2")
    builder.join()

    where = store.line_of(path, "add_column")
    assert outcome.is_one_clear_error(where, "12587", "hint: ")
    store.judge.people.drop_index("theirs")
    store.goes_on()
