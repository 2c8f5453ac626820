"""What does not fit DynamoDB: one clear error with what to do, nothing is lost, and the next `up` goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynamo_shop import DynamoShop, open_dynamo_shop
from server_shop import PEOPLE

MORE = 'db.create_table(TableDef("more", [ColumnDef("id", "Integer")], primary_key=["id"]))'
ADD_AGE = 'db.add_column("people", ColumnDef("age", "Integer"), fill=1)'

pytestmark = pytest.mark.usefixtures("no_aws")


@pytest.fixture
def store(tmp_path: Path, dynamo_url: str) -> Iterator[DynamoShop]:
    """A project on an empty database."""
    yield from open_dynamo_shop(tmp_path, dynamo_url)


@pytest.fixture
def people(store: DynamoShop) -> DynamoShop:
    """The same with its tables, and three people."""
    store.prepare()
    store.put("people", *(person(n, f"name {n}") for n in (1, 2, 3)))
    return store


def person(number: int, name: str | dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    found = {"id": {"N": str(number)}, **more}
    if name is None:
        return found
    return {**found, "name": {"S": name} if isinstance(name, str) else name}


# Tables that cannot be: said before anything runs.

LONG = "x" * 300
COLUMNS = '[ColumnDef("id", "Integer"), ColumnDef("done", "Boolean", nullable=True)]'
TWENTY_ONE = """\
columns = [ColumnDef(f"c{n}", "Integer", nullable=True) for n in range(21)]
db.create_table(TableDef("many", [ColumnDef("id", "Integer"), *columns], primary_key=["id"]))
for n in range(21):
    db.create_index("many", IndexDef(f"by_c{n}", [f"c{n}"]))"""
WRONG = {
    "no key": (f'db.create_table(TableDef("posters", {COLUMNS}))', ("no primary key", "partition key")),
    "three": (
        'columns = [ColumnDef(name, "Text") for name in "abc"]\n'
        'db.create_table(TableDef("three", columns, primary_key=["a", "b", "c"]))',
        ("primary key of 3 columns", "sort key", "'tenant#day'"),
    ),
    "type of a key": (
        f'db.create_table(TableDef("posters", {COLUMNS}, primary_key=["done"]))',
        ("posters.done", "Boolean", "texts, numbers or binary"),
    ),
    "type of an index": (
        f'db.create_table(TableDef("posters", {COLUMNS}, primary_key=["id"]))\n'
        'db.create_index("posters", IndexDef("by_done", ["done"]))',
        ("'by_done'", "Boolean", "texts, numbers or binary"),
    ),
    "unique index": (
        'db.create_index("people", IndexDef("by_name", ["name"], unique=True))',
        ("'by_name'", "never keeps values apart", "sentinel"),
    ),
    "unique": (
        'db.add_unique("people", UniqueDef(["name"], name="uq_name"))',
        ("unique (name)", "sentinel", "only="),
    ),
    "too many indexes": (TWENTY_ONE, ("21 global indexes", "takes 20")),
    "long name of a key": (
        f'db.add_column("people", ColumnDef("{LONG}", "Text", nullable=True))\n'
        f'db.create_index("people", IndexDef("by_x", ["{LONG}"]))',
        ("300 bytes", "255 in a key"),
    ),
    "name of a table": ('db.rename_table("people", "all people")', ("'all people'", "letters")),
    "our name": ('db.rename_table("people", "toasty_people")', ("'toasty_people'", "Toasty's own")),
    "option": (
        'db.set_table_options("people", {"dynamodb": {"strem": "NEW_IMAGE"}})',
        ("'strem'", "did you mean 'stream'"),
    ),
    "ttl": (
        'db.set_table_options("people", {"dynamodb": {"ttl": "name"}})', ("'name'", "String(50)", "epoch"),
    ),
    "sql": ('db.execute_sql("SELECT 1")', ("SELECT 1", "PartiQL")),
    "command": (
        'db.execute_command({"UpdateTimeToLiv": {}})', ("'UpdateTimeToLiv'", "did you mean 'UpdateTimeToLive'"),
    ),
}  # fmt: skip


def test_what_cannot_be_is_said_before_anything_runs(people: DynamoShop) -> None:
    before = people.rows("people")
    for name, (change, words) in WRONG.items():
        path = people.migration(f"{MORE}\n{change}")

        outcome = people.up()

        where = people.line_of(path, change.splitlines()[-1].strip())
        assert outcome.is_one_clear_error(*words, where, "reason: "), (name, outcome)
        assert people.tables() == ["people", "posts"], name
        path.unlink()
    assert people.states() == ["applied"]
    assert people.rows("people") == before
    people.goes_on()


# Items that do not fit: shown before anything changes.

NUMBER = 'db.modify_column("people", "name", type="Integer")'
NOT_NULL = 'db.modify_column("people", "name", nullable=False)'
COLUMN = 'db.add_column("people", ColumnDef("age", "Integer"))'
INDEX = 'db.create_index("people", IndexDef("by_name", ["name"]))'
RENAME = 'db.rename_column("people", "name", "title")'
UNIQUE = """db.add_unique("people", UniqueDef(["name"], name="uq", options={"dynamodb": {"unique": "sentinel"}}))"""
MIXED = [
    person(901, "12"),
    person(902, name={"L": [{"S": "a"}]}),
    person(903, name={"M": {"b": {"N": "1"}}}),
]
TWICE = [person(901, "Ada"), person(902, "Ada")]
KEY = 'db.change_primary_key("people", ["id", "name"])'
LONG_ONES = [
    person(901, "é" * 1_025), person(902, name={"N": "1"}), person(903, ""),
    person(904, "é" * 512), person(905, "e" * 513),
]  # fmt: skip
EMPTY = [person(901, name={"NULL": True}), person(902)]


@pytest.mark.parametrize(
    ("change", "items", "words"),
    [
        pytest.param(NUMBER, MIXED, ("people.name", "2 rows", "id = 902", "id = 903", "using="), id="mixed types"),
        pytest.param(NOT_NULL, EMPTY, ("people.name", "2 rows", "id = 901", "id = 902"), id="no attribute"),
        pytest.param(COLUMN, TWICE, ("people.age", "2 rows", "fill="), id="new column"),
        pytest.param(INDEX, MIXED, ("'by_name'", "2 rows", "id = 902", "id = 903"), id="index"),
        pytest.param(INDEX, [person(901, "")], ("'by_name'", "id = 901", "empty"), id="empty text"),
        pytest.param(INDEX, LONG_ONES, ("'by_name'", "3 rows", "id = 901", "2,048 bytes"), id="long text"),
        pytest.param(KEY, LONG_ONES, ("people.name", "3 rows", "id = 901", "1,024 bytes"), id="long key"),
        pytest.param(RENAME, [person(901, "Ada", title={"S": "Countess"})], ("id = 901", "'title'"), id="rename"),
        pytest.param(UNIQUE, TWICE, ("people.name", "more than once", "'Ada' stands 2 times"), id="unique"),
    ],
)  # fmt: skip
def test_items_that_do_not_fit(
    store: DynamoShop, change: str, items: list[dict[str, Any]], words: tuple[str, ...]
) -> None:
    """They are shown, and the file's line; not even what comes before in the file is done."""
    store.prepare()
    store.put("people", *items)
    path = store.migration(f"{MORE}\n{change}")
    before = store.rows("people")

    outcome = store.up()

    where = store.line_of(path, change.splitlines()[-1][:20])
    assert outcome.is_one_clear_error(*words, where, "Nothing was changed", "hint: ")
    assert store.states() == ["applied"]
    assert store.tables() == ["people", "posts"]
    assert store.rows("people") == before
    for item in items:
        store.judge.delete_item(TableName="people", Key={"id": item["id"]})
    store.goes_on()


def test_attributes_with_reserved_names(people: DynamoShop) -> None:
    """No error at all: some 570 words mean something to DynamoDB, and an item may lack the attribute."""
    people.put("people", person(4))
    people.migration(
        'db.rename_column("people", "name", "values")\n'
        'db.add_column("people", ColumnDef("size", "Integer", nullable=True), fill=1)\n'
        'db.rename_column("people", "size", "order")\n'
        'db.update_rows("people", {"values": expr(dynamodb="values || \'!\'")}, where={"order": 1})\n'
        'db.create_index("people", IndexDef("by_values", ["values", "order"]))'
    )

    people.goes_on()

    assert people.rows("people")[0] == {"id": 1, "values": "name 1!", "order": 1}
    assert people.rows("people")[3]["order"] == 1


# What is seen only when it runs: what is done stays, and the next `up` goes on.


def test_an_item_that_would_get_too_large(people: DynamoShop) -> None:
    """400 KB is the most: it is named, the others may be done already and are not done twice."""
    people.put("people", person(4, "x" * 409_000))
    path = people.migration(
        f'{MORE}\ndb.add_column("people", ColumnDef("age", "Text"), fill="y" * 5_000)'
    )

    outcome = people.up()

    assert outcome.is_one_clear_error(
        people.line_of(path, "add_column"), "id = 4", "400 KB", "hint: "
    )
    assert len(outcome.err) < 20_000
    assert people.states() == ["applied", "failed"]
    people.put("people", person(4, "smaller"))
    people.goes_on()
    assert {len(row["age"]) for row in people.rows("people")} == {5_000}


TEXTS = """\
columns = [ColumnDef("id", "Text"), ColumnDef("day", "Text"), ColumnDef("kind", "Text", nullable=True)]
db.create_table(TableDef("texts", columns, primary_key=["id", "day"]))
db.create_index("texts", IndexDef("by_kind", ["day", "kind"]))
"""
WRONG_ROWS = {
    "type": ('insert_rows("people", [{"id": 8}, {"id": "x"}])', ("Row 2 of 2 for people (id = 'x')", "people.id: 'x'")),
    "upserted type": ('upsert_rows("people", [{"id": 8, "name": ["x"]}])', ("Row 1 of 1", "(id = 8)", "people.name")),
    "large": (
        'insert_rows("people", [{"id": 9, "name": "x" * 410_000}])',
        ("Row 1 of 1", "410,008 bytes", "409,600 (400 KB)"),
    ),
    "large update": ('update_rows("people", {"name": "x" * 410_000})', ("410,004 bytes", "409,600 (400 KB)")),
    "empty key": (
        'insert_rows("texts", [{"id": "a", "day": "b"}, {"id": "", "day": "b"}])',
        ("Row 2 of 2", "'id' that is empty", "the primary key"),
    ),
    "long key": (
        'insert_rows("texts", [{"id": "é" * 1_025, "day": "b"}])', ("'id' that has 2,050 bytes", "takes 2,048"),
    ),
    "long sort key": (
        'upsert_rows("texts", [{"id": "a", "day": "b" * 1_025}])', ("'day' that has 1,025 bytes", "takes 1,024"),
    ),
    "long key of an index": (
        'insert_rows("texts", [{"id": "a", "day": "b", "kind": "k" * 1_025}])',
        ("'kind' that has 1,025 bytes", "the index 'by_kind'", "takes 1,024"),
    ),
    "empty key of an index": ('update_rows("texts", {"kind": ""})', ("'kind' that is empty", "the index 'by_kind'")),
}  # fmt: skip


def test_rows_that_cannot_be_are_said_before_anything_runs(people: DynamoShop) -> None:
    """Row, file and line are named; long values are no part of the error as a whole."""
    before = people.rows("people")
    for name, (change, words) in WRONG_ROWS.items():
        path = people.migration(f"{TEXTS}{MORE}\ndb.{change}")

        outcome = people.up()

        where = people.line_of(path, f"db.{change[:17]}")
        assert outcome.is_one_clear_error(*words, where), (name, outcome)
        assert len(outcome.err) < 2_000
        assert people.tables() == ["people", "posts"], name
        path.unlink()
    assert people.states() == ["applied"]
    assert people.rows("people") == before
    people.goes_on()


def test_the_longest_keys_are_taken(people: DynamoShop) -> None:
    """What the limits let through, DynamoDB takes."""
    rows = '[{"id": "é" * 1_024, "day": "d" * 1_024, "kind": "k" * 1_024}]'
    people.migration(f'{TEXTS}db.insert_rows("texts", {rows})')
    people.goes_on()
    people.migration(
        'db.insert_rows("people", [{"id": 9, "name": "x" * 409_590}])\n'
        'db.update_rows("people", {"name": "y" * 409_590}, where={"id": 1})'
    )

    people.goes_on()

    assert [len(row["kind"]) for row in people.rows("texts")] == [1_024]
    assert [len(row["name"]) for row in people.rows("people")] == [409_590, 6, 6, 409_590]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('db.update_rows("people", {"text": "y" * 200_000})', ("id = 4", "500,01", "409,600 (400 KB)")),
        ('db.transform_rows("people", lambda row: {"text": row["name"] * 2})', ("id = 4", "900,01", "409,600")),
        (
            'db.upsert_rows("people", [{"id": 4, "text": "y" * 200_000}])',
            ("id = 4", "500,01", "409,600 (400 KB)"),
        ),
        (
            'db.update_rows("people", {"nick": expr(dynamodb="trim(name)")})',
            ("id = 5", "'nick' that is empty", "by_nick"),
        ),
        (
            'db.transform_rows("people", lambda row: {"nick": row["name"][:3_000]})',
            ("id = 4", "'nick' that has 3,000 bytes", "by_nick", "takes 2,048"),
        ),
        (
            'db.transform_rows("people", lambda row: {"born": row["name"][:9]})',
            ("people.born of id = ", " is no Integer"),
        ),
    ],
)  # fmt: skip
def test_items_that_cannot_be_as_they_should_become(
    store: DynamoShop, change: str, words: tuple[str, ...]
) -> None:
    """The item is named before it is written, and none of its page is changed."""
    store.prepare()
    store.migration(
        'db.add_column("people", ColumnDef("text", "Text", nullable=True))\n'
        'db.add_column("people", ColumnDef("nick", "Text", nullable=True))\n'
        'db.add_column("people", ColumnDef("born", "Integer", nullable=True))\n'
        'db.create_index("people", IndexDef("by_nick", ["nick"]))'
    )
    assert store.up().code == 0
    store.put("people", person(4, "x" * 300_000), person(5, "  "))
    before = store.rows("people")
    path = store.migration(change)

    outcome = store.up()

    assert outcome.is_one_clear_error(*words, store.line_of(path, change[:15]))
    assert len(outcome.err) < 5_000
    assert store.rows("people") == before
    assert store.states() == ["applied", "applied", "failed"]
    store.put("people", person(4, "1"), person(5, "2"))
    store.goes_on()


def test_a_journal_of_somebody_else(store: DynamoShop) -> None:
    store.make("toasty_migrations", "pk")
    store.migration(PEOPLE)

    outcome = store.up()

    assert outcome.is_one_clear_error("toasty_migrations", "another program", "?history_table=")
    assert store.rows("toasty_migrations") == []
    assert store.up(url=f"{store.url}?history_table=journal").code == 0
    assert store.tables() == ["journal", "people", "posts"]


def test_a_table_of_somebody_else(store: DynamoShop) -> None:
    """Its items stay as they are, and what comes before it in the file is done once."""
    store.make("people", "pk")
    store.put("people", {"pk": {"S": "theirs"}})
    path = store.migration(f"{MORE}\n{PEOPLE}")

    outcome = store.up()

    where = store.line_of(path, 'TableDef("people"')
    assert outcome.is_one_clear_error("a table people already", "baseline", where)
    assert store.rows("people") == [{"pk": "theirs"}]
    assert store.states() == ["failed"]
    store.judge.delete_table(TableName="people")
    store.goes_on()


def test_an_index_of_somebody_else(people: DynamoShop) -> None:
    """Of three changes that are one statement, the error names the line of that which was refused."""
    people.judge.update_table(
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "nick", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by_name",
                    "KeySchema": [{"AttributeName": "nick", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    path = people.migration(
        'db.add_column("people", ColumnDef("nick", "String(50)", nullable=True))\n'
        'db.create_index("posts", IndexDef("by_author", ["author"]))\n'
        'db.create_index("people", IndexDef("by_nick", ["nick"]))\n'
        'db.create_index("people", IndexDef("by_name", ["name"]))'
    )

    outcome = people.up()

    assert outcome.is_one_clear_error("another index by_name", people.line_of(path, '"by_name"'))
    words = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by_name"}}]}
    people.judge.update_table(TableName="people", **words)
    people.goes_on()


@pytest.mark.parametrize(
    "change", [RENAME, INDEX, ADD_AGE, 'db.insert_rows("people", [{"id": 9}])']
)
def test_a_table_that_is_gone(people: DynamoShop, change: str) -> None:
    """Somebody deleted it: drift shows it, and when it is back, the next `up` goes on."""
    people.judge.delete_table(TableName="people")
    path = people.migration(change)

    outcome = people.up()

    assert outcome.is_one_clear_error(
        people.line_of(path, change[:15]), "people", "table", "hint: "
    )
    assert people.states() == ["applied", "failed"]
    drift = people.shop.toasty("schema:drift")
    assert (drift.code, "drop table people" in drift.out) == (3, True)
    people.make("people", kind="N")
    people.put("people", person(1, "Ada"))
    people.goes_on()


def test_a_function_that_fails(people: DynamoShop) -> None:
    """No item is changed by it, and the next `up` does each once."""
    path = people.migration('db.transform_rows("people", lambda row: {"name": row["name"] + 1})')

    outcome = people.up()

    assert outcome.is_one_clear_error(people.line_of(path, "transform_rows"), "TypeError")
    assert people.rows("people")[0] == {"id": 1, "name": "name 1"}
    path.write_text(path.read_text().replace("+ 1", '+ "!"'))
    people.goes_on()
    assert [row["name"] for row in people.rows("people")] == ["name 1!", "name 2!", "name 3!"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('db.execute_sql("UPDATE people SETT x = 1", only="dynamodb")', ("SETT", "well formed")),
        ('db.execute_command({"UpdateTimeToLive": {"TableNme": "people"}})', ("TableNme", "TableName")),
    ],
)  # fmt: skip
def test_calls_of_the_users_that_are_refused(
    people: DynamoShop, change: str, words: tuple[str, ...]
) -> None:
    path = people.migration(f"{MORE}\n{change}")

    outcome = people.up()

    assert outcome.is_one_clear_error(people.line_of(path, change[:14]), *words)
    assert people.tables() == ["more", "people", "posts"]
    path.write_text(path.read_text().replace(change, ""))
    people.shop.works("migrate:repair")
    people.goes_on()
