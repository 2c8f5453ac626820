"""Documents, names and commands that do not fit: one clear error, nothing is lost, and the next `up` goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mongo_shop import MongoShop, open_mongo_shop
from toasty_testservers import Server
from toasty_testservers.fixtures import SERVERS

UNIQUE = 'db.add_unique("people", UniqueDef(["name"], name="people_name"))'
INDEX = 'db.create_index("people", IndexDef("people_name", ["name"], unique=True))'
LINK = 'ForeignKeyDef(["author"], "people", ["id"], name="posts_author", options={"mongodb": {"check": True}})'
KEY = f'db.add_foreign_key("posts", {LINK})'
NOT_NULL = 'db.modify_column("people", "name", nullable=False)'
COLUMN = 'db.add_column("people", ColumnDef("age", "Integer"))'
NUMBER = 'db.modify_column("people", "name", type="Integer")'
CHECK = 'db.add_check("posts", CheckDef("author <> 777", name="not_777"))'
RENAME = 'db.rename_column("people", "name", "title")'
MORE = 'db.create_table(TableDef("more", [ColumnDef("id", "Integer")], primary_key=["id"]))'

TWICE = {"people": [{"_id": 901, "name": "Ada"}, {"_id": 902, "name": "Ada"}]}
ORPHAN = {"posts": [{"_id": 901, "author": 777}]}
NULL: dict[str, list[Any]] = {"people": [{"_id": 901, "name": None}, {"_id": 902}]}
BOTH = {"people": [{"_id": 901, "name": "Ada", "title": "Countess"}]}
MIXED: dict[str, list[Any]] = {
    "people": [
        {"_id": 901, "name": "12"},
        {"_id": 902, "name": ["a"]},
        {"_id": 903, "name": {"b": 1}},
    ]
}


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path, mongod: Server) -> Iterator[MongoShop]:
    """A project on an empty database of a server alone: a replica set says and does the same."""
    with request.config.stash[SERVERS].database(mongod) as url:
        yield from open_mongo_shop(tmp_path, url)


def put(store: MongoShop, rows: dict[str, list[Any]]) -> None:
    """Documents as an application puts them in that does not mind the validator, or is older than it."""
    for collection, documents in rows.items():
        store.judge[collection].insert_many(documents, bypass_document_validation=True)


@pytest.mark.parametrize(
    ("change", "rows", "words"),
    [
        pytest.param(UNIQUE, TWICE, ("people.name", "Ada"), id="unique"),
        pytest.param(INDEX, TWICE, ("people.name", "Ada"), id="unique index"),
        pytest.param(KEY, ORPHAN, ("posts.author", "id = 901", "777"), id="foreign key"),
        pytest.param(NOT_NULL, NULL, ("people.name", "2 rows", "id = 901"), id="not null"),
        pytest.param(COLUMN, NULL, ("people.age", "fill="), id="new column"),
        pytest.param(NUMBER, TWICE, ("people.name", "id = 901", "Ada", "using="), id="type"),
        pytest.param(NUMBER, MIXED, ("people.name", "2 rows", "id = 902", "id = 903"), id="mixed types"),
        pytest.param(CHECK, ORPHAN, ("posts", "author <> 777", "id = 901"), id="check"),
        pytest.param(RENAME, BOTH, ("people.name", "'title'", "id = 901"), id="rename"),
    ],
)  # fmt: skip
def test_documents_that_do_not_fit(
    store: MongoShop, change: str, rows: dict[str, list[Any]], words: tuple[str, ...]
) -> None:
    """They are shown, and the file's line; not even what comes before in the file is done."""
    store.prepare()
    put(store, rows)
    path = store.migration(f"{MORE}\n{change}")
    before = {name: list(store.judge[name].find()) for name in ("people", "posts")}

    outcome = store.up()

    where = store.line_of(path, change[:20])
    assert outcome.is_one_clear_error(*words, where, "Nothing was changed", "hint: ")
    assert store.states() == ["applied"]
    assert "more" not in store.judge.list_collection_names()
    assert {name: list(store.judge[name].find()) for name in before} == before
    store.judge.posts.delete_many({})
    store.judge.people.delete_many({})
    store.goes_on()


def test_what_is_asked_of_a_field_to_come(store: MongoShop) -> None:
    """It is empty in every document before, and no duplicates or nulls are seen in that."""
    store.prepare()
    store.fill(5)
    store.migration(
        'db.add_column("people", ColumnDef("code", "Uuid", default=uuid()))\n'
        'db.create_index("people", IndexDef("people_code", ["code"], unique=True))\n'
        'db.add_column("people", ColumnDef("age", "Integer", nullable=True), fill=7)\n'
        'db.modify_column("people", "age", nullable=False)\n'
    )

    store.goes_on()

    assert len(store.judge.people.distinct("code")) == 5
    assert store.judge.people.count_documents({"age": 7}) == 5


def test_documents_that_break_the_validator_already(store: MongoShop) -> None:
    """A write to such a document is refused by the server, whatever is written: it is named, with what is wrong."""
    store.prepare()
    store.fill(5)
    put(store, {"people": [{"_id": 3.5, "name": 7}]})
    path = store.migration('db.update_rows("people", {"name": "x"})')
    store.migration('db.add_column("people", ColumnDef("age", "Integer"), fill=1)')

    outcome = store.up()

    where = store.line_of(path, "update_rows")
    assert outcome.is_one_clear_error(
        "_id = 3.5", "does not fit the collection's validator", where, "hint: "
    )
    assert store.states() == ["applied", "failed"]
    store.judge.people.delete_one({"_id": 3.5})
    store.goes_on()
    assert store.judge.people.count_documents({"name": "x", "age": 1}) == 5


def test_documents_of_more_than_16_mb(store: MongoShop) -> None:
    """The one that would become too large stops it; those before it are done, and are not done twice."""
    columns = """[ColumnDef("id", "Integer"), ColumnDef("k", "Integer"), ColumnDef("n", "Text"),
    ColumnDef("m", "Text", nullable=True)]"""
    store.prepare(f'db.create_table(TableDef("t", {columns}, primary_key=["id"]))')
    texts = ("a", "b" * 12_000_000, "c")
    put(store, {"t": [{"_id": id_, "k": 0, "n": text} for id_, text in enumerate(texts)]})
    values = (
        """{"m": expr(mongodb='{"$toLower": "$n"}'), "k": expr(mongodb='{"$add": ["$k", 1]}')}"""
    )
    path = store.migration(f'db.update_rows("t", {values})')

    outcome = store.up()

    assert outcome.is_one_clear_error(store.line_of(path, "update_rows"), "16 MB", "hint: ")
    assert len(outcome.err) < 5_000
    assert "m" not in store.judge.t.find_one({"_id": 1})
    store.judge.t.update_one({"_id": 1}, {"$set": {"n": "b"}})
    store.goes_on()
    assert list(store.judge.t.find(sort=[("_id", 1)])) == [
        {"_id": id_, "k": 1, "n": text, "m": text} for id_, text in enumerate("abc")
    ]


def test_a_python_transform_that_makes_too_much(store: MongoShop) -> None:
    store.prepare()
    store.fill(3)
    path = store.migration('db.transform_rows("people", lambda row: {"name": "x" * 17_000_000})')

    outcome = store.up()

    assert outcome.is_one_clear_error(store.line_of(path, "transform_rows"), "hint: ")
    assert len(outcome.err) < 5_000
    assert store.judge.people.find_one({"_id": 1})["name"] == "name 1"


# Names.


@pytest.mark.parametrize("name", ["dotted.name", "$price", "_id", "_toasty"])
@pytest.mark.parametrize("change", ["add", "rename", "create"])
def test_names_of_fields(store: MongoShop, name: str, change: str) -> None:
    """A dot leads into a nested document, a dollar is an operator: said before anything runs."""
    store.prepare()
    table = f'TableDef("t", [ColumnDef("id", "Integer"), ColumnDef("{name}", "Text")], primary_key=["id"])'
    path = store.migration(
        {
            "add": f'db.add_column("people", ColumnDef("{name}", "Integer", nullable=True))',
            "rename": f'db.rename_column("people", "name", "{name}")',
            "create": f"db.create_table({table})",
        }[change]
    )

    outcome = store.up()

    assert outcome.is_one_clear_error("where: ", name, "reason: ")
    assert store.states() == ["applied"]
    path.unlink()
    store.is_done()


def test_values_with_dollars_and_keys_with_dots(store: MongoShop) -> None:
    """What is a value stays one: no dollar in it is taken for an operator or a field."""
    store.prepare()
    store.migration(
        'db.insert_rows("people", [{"id": 1, "name": "$name"}])\n'
        'db.add_column("people", ColumnDef("tags", "Json"), fill={"a.b": "$name", "$set": 1})\n'
        'db.update_rows("people", {"name": "$$NOW"}, {"name": "$name"})\n'
        'db.upsert_rows("people", [{"id": 1, "name": "$x", "tags": {"$gt": 1}}], ["id"])\n'
    )

    store.goes_on()

    assert list(store.judge.people.find()) == [{"_id": 1, "name": "$x", "tags": {"$gt": 1}}]


def test_a_name_too_long_for_the_server(store: MongoShop) -> None:
    """Database and collection have 255 bytes together; which database it will be, no file knows."""
    store.prepare()
    name = "n" * (254 - len(store.judge.name))
    column = '[ColumnDef("id", "Integer")]'
    store.migration(f'db.create_table(TableDef("{name}", {column}, primary_key=["id"]))')
    store.goes_on()
    path = store.migration(f'db.rename_table("{name}", "{name}n")')

    outcome = store.up()

    assert outcome.is_one_clear_error(store.line_of(path, "rename_table"), "255", "hint: ")
    assert name in store.judge.list_collection_names()
    path.write_text(path.read_text().replace(f"{name}n", "short"))
    store.goes_on()
    assert "short" in store.judge.list_collection_names()


def test_more_indexes_than_a_collection_has(store: MongoShop) -> None:
    store.prepare()
    for number in range(63):
        store.judge.people.create_index([(f"f{number}", 1)])
    path = store.migration('db.create_index("people", IndexDef("people_name", ["name"]))')

    outcome = store.up()

    assert outcome.is_one_clear_error(store.line_of(path, "create_index"), "64 indexes", "hint: ")
    assert store.states() == ["applied", "failed"]
    for number in range(63):
        store.judge.people.drop_index(f"f{number}_1")
    store.goes_on()


# Commands.


def test_a_command_that_this_server_does_not_know(store: MongoShop) -> None:
    """`createSearchIndexes` is one of Atlas, `frobnicate` of nobody: what came before stands."""
    store.prepare()
    for command in ('{"createSearchIndexes": "people", "indexes": []}', '{"frobnicate": 1}'):
        path = store.migration(
            f'db.insert_rows("people", [{{"id": {len(command)}}}])\ndb.execute_command({command})'
        )

        outcome = store.up()

        assert outcome.is_one_clear_error(
            store.line_of(path, "execute_command"), "does not know", "hint: "
        )
        assert store.judge.people.count_documents({"_id": len(command)}) == 1
        path.write_text(
            path.read_text().replace(
                f"db.execute_command({command})", 'db.execute_command({"ping": 1})'
            )
        )
        store.shop.works("migrate:repair")
        store.goes_on()
        assert store.judge.people.count_documents({"_id": len(command)}) == 1


def test_an_option_that_this_server_does_not_know(store: MongoShop) -> None:
    store.prepare()
    path = store.migration('db.execute_command({"collMod": "people", "compactEverything": True})')

    outcome = store.up()

    assert outcome.is_one_clear_error(store.line_of(path, "execute_command"), "compactEverything")
    path.unlink()


def test_a_collection_that_is_there_already(store: MongoShop) -> None:
    store.migration(
        'db.create_table(TableDef("people", [ColumnDef("id", "Integer")], primary_key=["id"]))'
    )
    store.judge.people.insert_one({"_id": 1})

    outcome = store.up()

    assert outcome.is_one_clear_error("people", "already exists", "hint: ")
    assert store.judge.people.count_documents({}) == 1
    store.judge.drop_collection("people")
    store.goes_on()


def test_sql_and_what_mongodb_has_not(store: MongoShop) -> None:
    """Said with the reason and the way out, before anything of the migration is done."""
    store.prepare()
    for change, words in (
        ('db.execute_sql("UPDATE people SET name = NULL")', "has no SQL"),
        ('db.update_rows("people", {"name": expr("upper(name)")})', "mongodb="),
        ('db.create_sequence(SequenceDef("numbers"))', "no sequences"),
    ):
        path = store.migration(f"{MORE}\n{change}")

        outcome = store.up()

        assert outcome.is_one_clear_error(words, path.name)
        assert "more" not in store.judge.list_collection_names()
        path.unlink()
    assert store.states() == ["applied"]
