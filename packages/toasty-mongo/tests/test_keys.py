"""Another primary key: documents move under another `_id`, while others go on writing and runners are killed."""

from __future__ import annotations

import random
import signal
import time
from contextlib import closing
from threading import Event, Thread

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from toasty_core.errors import CheckFailed, StatementFailed, Unsupported
from toasty_core.migrations import Direction
from toasty_core.operations import (
    ChangePrimaryKey,
    CreateTable,
    ModifyColumn,
    RenameColumn,
)
from toasty_core.schema import ColumnDef, IndexDef, TableDef, expr
from toasty_mongo.names import copy_of

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("email", "String"),
        ColumnDef("tenant", "String", nullable=True),
        ColumnDef("n", "Integer", default=0),
    ],
    primary_key=["id"],
    indexes=[IndexDef("by_tenant", ["tenant", "id"]), IndexDef("uq", ["email"], unique=True)],
)
MANY = 4000


def documents(many=MANY):
    return [
        {"_id": i, "email": f"e{i}", "tenant": f"t{i % 3}", "n": 0, "more": {"x": i}}
        for i in range(many)
    ]


@pytest.fixture
def users(bench, judge):
    bench.write([CreateTable(USERS)])
    bench.up()
    judge.users.insert_many(documents())
    return judge.users


def no_traces(judge):
    assert [name for name in judge.list_collection_names() if "toasty_copy" in name] == []
    assert judge.users.count_documents({"_toasty": {"$exists": True}}) == 0
    assert not [spec for spec in judge.users.list_indexes() if "toasty" in spec["name"]]


def test_another_column_is_the_key(users, bench, judge):
    bench.write([ChangePrimaryKey("users", ["email"])])
    bench.up()

    assert users.find_one({"_id": "e7"}) == {
        "_id": "e7", "tenant": "t1", "n": 0, "more": {"x": 7}, "id": 7
    }  # fmt: skip
    assert users.count_documents({}) == MANY
    bench.assert_schema(bench.schema())
    no_traces(judge)
    bench.down()
    assert sorted(users.find(), key=lambda found: found["_id"]) == documents()
    bench.assert_schema(bench.schema("20250101_000000_change"))


def test_a_compound_key_and_back(users, bench, judge):
    bench.write([ChangePrimaryKey("users", ["tenant", "id"])])
    bench.up()
    found = users.find_one({"_id": {"tenant": "t1", "id": 7}})

    assert list(found["_id"]) == ["tenant", "id"]
    assert "tenant" not in found
    bench.assert_schema(bench.schema())
    bench.write([RenameColumn("users", "tenant", "owner")])
    bench.up()
    assert users.find_one({"_id": {"owner": "t1", "id": 7}})["email"] == "e7"
    bench.assert_schema(bench.schema())
    bench.down(2)
    assert sorted(users.find(), key=lambda one: one["_id"]) == [
        {**{k: v for k, v in one.items() if k != "tenant"}, "tenant": one["tenant"]}
        for one in documents()
    ]


def test_a_key_goes_and_comes(users, bench, judge):
    bench.write([ChangePrimaryKey("users", None)])
    bench.up()
    assert users.find_one({"id": 7})["email"] == "e7"
    users.insert_one({"id": MANY, "email": "new", "n": 0})
    bench.assert_schema(bench.schema())
    bench.down()

    assert users.find_one({"_id": MANY})["email"] == "new"
    assert users.count_documents({"id": {"$exists": True}}) == 0


def test_the_key_becomes_a_text(users, bench, judge):
    bench.write([ModifyColumn("users", "id", type="String")])
    bench.up()

    assert users.find_one({"_id": "7"})["email"] == "e7"
    bench.assert_schema(bench.schema())
    bench.down()
    assert users.find_one({"_id": 7})["email"] == "e7"


def test_the_key_is_computed(users, bench, judge):
    using = expr(mongodb='{"$concat": ["u", {"$toString": "$_id"}]}')
    bench.write([ModifyColumn("users", "id", type="String", using=using)], down=())
    bench.up()

    assert users.find_one({"_id": "u7"})["email"] == "e7"


@pytest.mark.parametrize(
    ("wrong", "operation", "said"),
    [
        ({"tenant": None}, ChangePrimaryKey("users", ["tenant", "id"]), "has no value for tenant"),
        ({"tenant": "t1"}, ChangePrimaryKey("users", ["tenant"]), "more than once"),
        ({}, ChangePrimaryKey("users", ["n"]), "more than once"),
    ],
    ids=str,
)
def test_documents_that_cannot_have_the_key_stop_it(bench, judge, wrong, operation, said):
    bench.write([CreateTable(USERS)])
    bench.up()
    judge.users.insert_many([*documents(3), {"_id": 9, "email": "x", "n": 0, **wrong}])
    before = list(judge.users.find())
    bench.write([operation])
    with pytest.raises(CheckFailed, match=said):
        bench.up()

    assert list(judge.users.find()) == before


def test_a_text_that_becomes_the_number_of_another_stops_it(bench, judge):
    columns = [ColumnDef("id", "String"), ColumnDef("n", "Integer", nullable=True)]
    bench.write([CreateTable(TableDef("users", columns, primary_key=["id"]))])
    bench.up()
    judge.users.insert_many([{"_id": "1"}, {"_id": " 1"}])
    bench.write([ModifyColumn("users", "id", type="Integer")])
    with pytest.raises(CheckFailed, match="more than once"):
        bench.up()


def test_what_goes_wrong_meanwhile_is_taken_back(users, bench, judge):
    """A document that fits no validator: the copy refuses it."""
    users.database.command({"collMod": "users", "validationLevel": "off"})
    users.insert_one({"_id": -1, "email": "odd", "n": "no number"})
    bench.write([ChangePrimaryKey("users", ["email"])])
    with pytest.raises(StatementFailed, match="n = 'no number'"):
        bench.up()
    no_traces(judge)
    users.insert_one({"_id": -2, "email": "more", "n": 0})
    users.delete_one({"_id": -1})
    bench.up()

    assert users.count_documents({}) == MANY + 1
    bench.assert_schema(bench.schema())


def test_a_capped_collection_is_refused(bench, judge):
    settings = {"mongodb": {"capped": True, "size": 4096}}
    table = TableDef("users", USERS.columns, primary_key=["id"], options=settings)
    bench.write([CreateTable(table), ChangePrimaryKey("users", ["email"])])
    with pytest.raises(Unsupported, match="capped") as caught:
        bench.up()

    assert caught.value.reason
    assert judge.list_collection_names() == []


class Writers:
    """An application that writes as fast as it can, and knows what was acknowledged."""

    def __init__(self, url, many, deletes):
        self.url, self.many, self.deletes = url, many, deletes
        self.stop = Event()
        self.made, self.gone, self.added, self.refused = [], [], {}, 0
        self.threads = [Thread(target=self.write, args=(n,)) for n in range(3)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def write(self, number):
        rng = random.Random(number)
        with closing(MongoClient(self.url)) as client:
            users, count = client.get_default_database().users, 0
            while not self.stop.is_set():
                count += 1
                try:
                    self.one(users, number, count, rng)
                except OperationFailure:
                    self.refused += 1
                    time.sleep(0.01)

    def one(self, users, number, count, rng):
        """Each thread has documents of its own, so that what must be there is known; all by unique `email`."""
        mine = f"e{rng.randrange(self.many) // 3 * 3 + number}"
        new = f"new{number}.{count}"
        if count % 3 == 0:
            users.insert_one({**key(users, new), "n": 0})
            self.made.append(new)
        elif self.deletes and rng.random() < 0.1:
            if delete(users, mine):
                self.gone.append(mine)
        elif update(users, mine):
            self.added[mine] = self.added.get(mine, 0) + 1


def key(users, email):
    """Both forms at once, as applications do while a key changes: which one holds is seen by the validator."""
    words = users.database.command("listCollections", filter={"name": "users"})
    found = words["cursor"]["firstBatch"][0]["options"]["validator"]["$jsonSchema"]
    if "email" in found.get("properties", {}):
        return {"_id": random.getrandbits(30) + 10**6, "email": email}
    return {"_id": email, "id": random.getrandbits(30) + 10**6}


def update(users, email):
    return any(
        users.update_one(query, {"$inc": {"n": 1}}).modified_count
        for query in ({"email": email}, {"_id": email})
    )


def delete(users, email):
    return any(
        users.delete_one(query).deleted_count for query in ({"email": email}, {"_id": email})
    )


def assert_nothing_lost(writers, users):
    found = {one["_id"]: one for one in users.find()}

    assert [email for email in writers.made if email not in found] == []
    assert {
        email: (found[email]["n"], times)
        for email, times in writers.added.items()
        if email in found and found[email]["n"] != times
    } == {}
    wanted = {f"e{i}" for i in range(writers.many)} | set(writers.made)
    assert set(found) == wanted - set(writers.gone)


@pytest.fixture
def alone(judge):
    """Is the server no replica set? Then it has no change stream that tells of deletes."""
    return "setName" not in judge.client.admin.command("hello")


def test_others_who_write_meanwhile_lose_nothing(users, bench, judge, mongo_url, alone):
    bench.write([ChangePrimaryKey("users", ["email"])])
    with Writers(mongo_url, MANY, deletes=not alone) as writers:
        while len(writers.made) < 20:
            time.sleep(0.01)
        bench.up()
        after = len(writers.made)
        deadline = time.monotonic() + 20
        while len(writers.made) < after + 5 and time.monotonic() < deadline:
            time.sleep(0.01)

    assert len(writers.made) >= after + 5
    assert_nothing_lost(writers, users)
    no_traces(judge)


def test_deletes_that_go_on_are_seen(bench, judge, alone):
    """Without a change stream nothing tells which: then nothing is changed, but for the exchange's very moment."""
    bench.write([CreateTable(USERS)])
    bench.up()
    judge.users.insert_many(documents())
    bench.write([ChangePrimaryKey("users", ["email"])])
    stop, gone = Event(), []

    def delete_all():
        for i in range(MANY):
            if not stop.is_set():
                judge.users.delete_one({"email": f"e{i}"})
                judge.users.delete_one({"_id": f"e{i}"})
                gone.append(i)
                time.sleep(0.001)

    thread = Thread(target=delete_all)
    thread.start()
    said = "through"
    try:
        bench.up()
    except StatementFailed as error:
        said = error.what
    finally:
        stop.set()
        thread.join()

    assert said == "through" or "keep deleting" in said
    found = {one.get("id", one["_id"]) for one in judge.users.find()}
    assert found >= set(range(MANY)) - set(gone)
    assert len(found & set(gone)) <= (5 if alone else 0)


def test_runners_are_killed_again_and_again(bench, judge, mongo_url, alone):
    many = 40_000
    bench.write([CreateTable(USERS)])
    bench.up()
    judge.users.insert_many(documents(many))
    bench.write([ChangePrimaryKey("users", ["email"])])
    killed = 0
    with Writers(mongo_url, many, deletes=not alone) as writers:
        for _ in range(12):
            child = bench.child(Direction.UP).start()
            deadline = time.monotonic() + random.uniform(0.3, 1.2)
            while child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                killed += 1
            said = child.communicate()
            if child.returncode == 0:
                break
            assert child.returncode == -signal.SIGKILL, said
    bench.up()

    assert killed > 0
    assert_nothing_lost(writers, judge.users)
    bench.assert_schema(bench.schema())
    no_traces(judge)


def test_on_a_standalone_server_writers_are_refused_for_long(bench):
    before = bench.schema().put(USERS)
    for form, blocking in (("", False), ("standalone", True)):
        backend = bench.backend.in_form(form)
        (statement,) = backend.compile(ChangePrimaryKey("users", ["email"]), before)
        assert statement.effects[0].blocking is blocking


def test_the_name_of_the_copy_is_never_too_long():
    assert copy_of("users") == "toasty_copy_users"
    assert len(copy_of("ü" * 117).encode()) <= 235
    assert copy_of("ü" * 117) != copy_of("ü" * 116 + "u")
