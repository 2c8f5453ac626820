"""The page on DynamoDB is true: its tables are what is compiled, its examples run on DynamoDB Local."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doc_pages import DocPage, code_in
from dynamo_shop import DynamoShop, open_dynamo_shop
from toasty_core import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
    expr,
    now,
    uuid,
)
from toasty_core import operations as ops
from toasty_core.operations import Operation
from toasty_core.schema import types
from toasty_core.schema.type_syntax import parse_type
from toasty_core.schema.values import Literal
from toasty_core.url import Url
from toasty_dynamo import (
    DynamoBackend,
    copy_statements,
    indexes,
    item_statements,
    lock,
    pacing,
    places,
    sentinels,
    settings,
    sqlish,
    statements,
)
from toasty_dynamo.transactions import ACTIONS
from toasty_dynamo.values import Form, kind_of, stored_types

PAGE = DocPage("dynamodb.md")


# Types.

FORMS = {json.dumps(form.value): form for form in Form}
TYPES = [row for row in PAGE.cells("## Types") if row[0].strip("`") not in FORMS]
KEPT_OTHERWISE = [row for row in PAGE.cells("## Types") if row[0].strip("`") in FORMS]


@pytest.mark.parametrize("row", TYPES, ids=lambda row: row[0])
def test_types_are_as_said(row: list[str]) -> None:
    for text in code_in(row[0]):
        found = stored_types(kind_of(ColumnDef("x", text)))
        assert list(found) == code_in(row[1]), text


def test_every_type_is_in_the_table() -> None:
    known = {type(parse_type(text)) for row in TYPES for text in code_in(row[0])}

    assert set(types.ALL) - known == {types.Variant}


@pytest.mark.parametrize("row", KEPT_OTHERWISE, ids=lambda row: row[0])
def test_the_other_forms_are_as_said(row: list[str]) -> None:
    form = FORMS[row[0].strip("`")]
    for text in code_in(row[1]):
        column = ColumnDef("x", text, options={"dynamodb": {"as": form.value}})
        assert set(stored_types(kind_of(column))) == set(code_in(row[2])), text


def test_every_form_is_in_the_table() -> None:
    named = {FORMS[row[0].strip("`")] for row in KEPT_OTHERWISE}

    assert set(Form) - named == {Form.USUAL}
    assert set(FORMS) <= PAGE.words("## Options")


@pytest.mark.parametrize("name", sorted({*sqlish.FUNCTIONS} - {"mod", "concat"}))
def test_every_function_of_expressions_is_named(name: str) -> None:
    known = PAGE.words("## Types")

    assert name in known or sqlish.FUNCTIONS[name] in known


# Options.


@pytest.mark.parametrize("option", places.OPTIONS)
def test_every_option_of_the_url_is_named(option: str) -> None:
    assert [row for row in PAGE.cells("## URLs") if row[0] == f"`{option}`"]


def test_no_other_option_of_the_url_is_named() -> None:
    named = [row[0].strip("`") for row in PAGE.cells("## URLs") if "://" not in row[0]]

    assert sorted(named) == sorted(places.OPTIONS)


@pytest.mark.parametrize(
    "text", [code_in(row[0])[0] for row in PAGE.cells("## URLs") if "://" in row[0]]
)
def test_the_urls_of_the_page_can_be_read(text: str) -> None:
    assert places.read_place(Url.parse(text))


OPTIONS = {
    "table": settings.TABLE,
    "index": settings.INDEX,
    "unique": settings.UNIQUE,
    "foreign key, check": ["check"],
    "column": ["as"],
}


@pytest.mark.parametrize("where", OPTIONS)
def test_the_options_are_those_that_there_are(where: str) -> None:
    lines = [
        line for line in PAGE.section("## Options").splitlines() if line.startswith(f"| {where} |")
    ]
    named = [name for line in lines for name in code_in(line.split(" | ")[1])]

    assert named == list(OPTIONS[where])


@pytest.mark.parametrize("value", [*settings.STREAMS, *settings.CLASSES, settings.SENTINEL])
def test_every_value_of_an_option_is_named(value: str) -> None:
    assert json.dumps(value) in PAGE.words("## Options")


def test_the_numbers_of_the_page() -> None:
    page = " ".join(PAGE.text.split())

    assert f"1 to 64 ({pacing.SEGMENTS})" in page
    assert f"a lease of {60 * lock._SHARE:.0f} seconds" in page
    assert f"up to {ACTIONS - 2} items, the checkpoint" in page
    assert f"{indexes.MOST_GLOBAL} global and {indexes.MOST_LOCAL} local indexes" in page


# What each operation becomes.

LOCAL = {"dynamodb": {"kind": "local"}}
SENTINEL = {"dynamodb": {"unique": "sentinel"}}
ORDERS = TableDef(
    "orders",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("customer", "Integer", nullable=True),
        ColumnDef("code", "String(20)"),
        ColumnDef("note", "Text", nullable=True),
    ],
    primary_key=["id"],
    indexes=[IndexDef("ix_old", ["code"])],
    checks=[CheckDef("customer > 0", name="ck_old")],
    foreign_keys=[ForeignKeyDef(["customer"], "customers", references=["id"], name="fk_old")],
)
CUSTOMERS = TableDef("customers", [ColumnDef("id", "Integer")], primary_key=["id"])
VISITS = TableDef(
    "visits",
    [ColumnDef(name, "Text") for name in ("tenant", "day", "note")],
    primary_key=["tenant", "day"],
    indexes=[IndexDef("by_note", ["note"], options=LOCAL)],
)
BEFORE = SchemaSnapshot.of(CUSTOMERS, ORDERS, VISITS)
PLUS = expr(dynamodb="customer + 1")
T = "orders"


def added(**more: Any) -> Operation:
    fill = more.pop("fill", None)
    return ops.AddColumn(T, ColumnDef("new", more.pop("type", "Integer"), **more), fill=fill)


EXAMPLES: dict[str, tuple[Operation, ...]] = {
    "`create_table`": (ops.CreateTable(TableDef("more", CUSTOMERS.columns, primary_key=["id"])),),
    "`drop_table`": (ops.DropTable(T),),
    "`rename_table`": (ops.RenameTable(T, "sales"),),
    "`add_column` that may be null, constraints, comments": (
        added(nullable=True), ops.AddCheck(T, CheckDef("customer < 9", name="ck")), ops.DropCheck(T, "ck_old"),
        ops.AddForeignKey(T, ForeignKeyDef(["id"], "customers", references=["id"], name="fk")),
        ops.DropForeignKey(T, "fk_old"),
    ),
    "`add_column` with a value: a default, a `fill`, `now()`, `uuid()`": (
        added(default=1), added(fill=Literal(1)), added(type="DateTime", default=now()),
        added(type="Uuid", default=uuid()),
    ),
    "`add_column` with an expression": (added(fill=PLUS),),
    "`drop_column`": (ops.DropColumn(T, "note"),),
    "`rename_column`": (ops.RenameColumn(T, "note", "memo"),),
    "`rename_column` of one in an index": (ops.RenameColumn(T, "code", "number"),),
    "`rename_column` of one in the primary key": (ops.RenameColumn(T, "id", "number"),),
    "`modify_column` to another type": (ops.ModifyColumn(T, "note", type=parse_type("Integer")),),
    "`modify_column` with `using=`": (
        ops.ModifyColumn(T, "customer", type=parse_type("Text"), using=PLUS),
    ),
    "`modify_column`: null or not, default, comment": (
        ops.ModifyColumn(T, "note", nullable=False), ops.ModifyColumn(T, "note", default="x"),
        ops.ModifyColumn(T, "note", comment="x"),
    ),
    "`create_index`, `drop_index`": (
        ops.CreateIndex(T, IndexDef("by_customer", ["customer"])), ops.DropIndex(T, "ix_old"),
    ),
    "`create_index`, `drop_index` of a local index": (
        ops.CreateIndex("visits", IndexDef("again", ["note"], options=LOCAL)),
        ops.DropIndex("visits", "by_note"),
    ),
    "`add_unique`": (ops.AddUnique(T, UniqueDef(["note"], name="uq", options=SENTINEL)),),
    "`set_table_options`": (ops.SetTableOptions(T, {"dynamodb": {"stream": "NEW_IMAGE"}}),),
    "`insert_rows`": (ops.InsertRows(T, [{"id": 1, "code": "x"}]),),
    "`upsert_rows`": (ops.UpsertRows(T, [{"id": 1, "code": "x"}]),),
    "`update_rows`": (ops.UpdateRows(T, {"note": "x"}), ops.UpdateRows(T, {"customer": PLUS})),
    "`delete_rows`": (ops.DeleteRows(T, {"id": 1}), ops.DeleteRows(T, {"note": "x"})),
    "`transform_rows`": (ops.TransformRows(T, print),),
    "`execute_command`": (ops.ExecuteCommand({"UpdateTimeToLive": {}}),),
    '`execute_sql` with `only="dynamodb"`': (
        ops.ExecuteSql("DELETE FROM orders WHERE id = 1", only=("dynamodb",)),
    ),
    "`run`": (ops.Run(print),),
    "`change_primary_key`": (ops.ChangePrimaryKey(T, ["code"]),),
}  # fmt: skip


def said(statement: Any) -> list[str]:
    """The words with which the table speaks of a statement."""
    match statement:
        case statements.Control(changes):
            calls = [call.operation for change in changes for call in change.calls]
            return calls or ["record"]
        case statements.Command(operation):
            return [operation]
        case statements.Partiql():
            return ["ExecuteStatement"]
        case copy_statements.CopyTable():
            return ["copy"]
        case sentinels.SentinelStatement():
            return ["sentinels"]
        case item_statements.TransformItems():
            return ["items, once"]
        case item_statements.PutItems() | item_statements.UpsertItems():
            return ["TransactWriteItems"]
        case item_statements.ItemStatement():
            return ["items"]
    return ["Python"]


@pytest.mark.parametrize(
    "row", PAGE.cells("### What each operation becomes"), ids=lambda row: row[0]
)
def test_operations_become_what_is_said(row: list[str]) -> None:
    for operation in EXAMPLES[row[0]]:
        compiled = list(DynamoBackend().compile(operation, BEFORE))
        found = [word for statement in compiled for word in said(statement)]
        if found[0] == "copy":  # which is recorded too, as a part of it
            found = found[:1]
        assert found == code_in(row[1]), operation


def test_every_example_has_its_row() -> None:
    assert [row[0] for row in PAGE.cells("### What each operation becomes")] == list(EXAMPLES)


# The examples run.


@pytest.fixture
def store(tmp_path: Path, dynamo_url: str) -> Iterator[DynamoShop]:
    """A project on an empty database."""
    yield from open_dynamo_shop(tmp_path, dynamo_url)


def test_the_models_of_the_page(store: DynamoShop) -> None:
    (code,) = PAGE.blocks("## Options")
    store.shop.models(code)

    store.shop.works("migrate:generate", "-m", "visits")
    store.shop.works("migrate:up")

    assert store.shop.works("migrate:generate", "-m", "again").out.startswith("No changes")
    store.is_done()
    found = store.judge.describe_table(TableName="visits")["Table"]
    assert found["GlobalSecondaryIndexes"][0]["IndexName"] == "by_name"
    assert found["LocalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] == ["name"]
    assert found["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    ttl = store.judge.describe_time_to_live(TableName="visits")["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "ends"


USERS = (
    'db.create_table(TableDef("users", [ColumnDef("id", "Integer"), ColumnDef("name", "Text", nullable=True),\n'
    '    ColumnDef("ends", "Integer", nullable=True)], primary_key=["id"]))'
)


def test_the_migrations_of_the_page(store: DynamoShop) -> None:
    store.prepare(USERS)
    for number, name in ((1, "ada"), (2, "grace")):
        store.put("users", {"id": {"N": str(number)}, "name": {"S": name}})
    (code,) = PAGE.blocks("## In migrations")
    store.migration(code)

    outcome = store.up()

    assert outcome.code == 0, outcome
    assert store.rows("users") == [
        {"id": 1, "full name": "Ada", "visits": 1},
        {"id": 2, "full name": "Grace", "visits": 0, "ends": 2000000000},
        {"id": 3, "visits": 0},
    ]
    drift = store.shop.toasty("schema:drift")
    assert drift.code == 3
    assert "set options of table users" in drift.out


def test_the_plan_of_the_page(store: DynamoShop) -> None:
    """What the page shows of a plan is printed, word for word."""
    store.prepare(USERS)
    store.migration('db.create_index("users", IndexDef("by_name", ["name"]))')

    printed = store.shop.works("migrate:plan").out.splitlines()

    shown = "\n".join(PAGE.blocks("## Dry run and offline", "sh")).splitlines()
    assert len(shown) == 3
    assert [line for line in shown if line not in printed] == []
    assert json.loads(shlex.split(shown[-1])[-1])["TableName"] == "users"


def test_the_sentinels_of_the_page(store: DynamoShop) -> None:
    """An application puts an item in with the actions that `claims` gives; who comes second is refused."""
    columns = '[ColumnDef("id", "Integer"), ColumnDef("email", "Text", nullable=True)]'
    unique = 'UniqueDef(["email"], name="uq_email", options={"dynamodb": {"unique": "sentinel"}})'
    store.prepare(
        f'db.create_table(TableDef("users", {columns}, primary_key=["id"], uniques=[{unique}]))\n'
        'db.insert_rows("users", [{"id": 1, "email": "grace@example.com"}])'
    )
    (code,) = PAGE.blocks("### Unique values")

    exec(code, {"client": store.judge})

    assert [row["id"] for row in store.rows("users")] == [1, 7]
    for again in (code.replace('"7"', '"8"'), code.replace("ada@", "grace@").replace('"7"', '"9"')):
        with pytest.raises(store.judge.exceptions.TransactionCanceledException):
            exec(again, {"client": store.judge})
    assert [row["id"] for row in store.rows("users")] == [1, 7]


def test_up_says_where_it_is(store: DynamoShop) -> None:
    """The endpoint, the region and the ends of the access key, and never the secret."""
    store.migration(USERS)
    place = Url.parse(store.url)

    outcome = store.up()

    said = outcome.out + outcome.err
    assert f"http://{place.host}:{place.port}, region us-east-1, access key toas..." in said
    assert "secret" not in said
    assert "the endpoint, the region and the ends of the access key" in " ".join(PAGE.text.split())


def test_the_names_of_the_copies(store: DynamoShop) -> None:
    """A table with another key keeps its name, and its copy stays; one with another name stays itself."""
    store.prepare(USERS)
    store.put("users", {"id": {"N": "1"}, "name": {"S": "ada"}})
    store.migration(
        'db.modify_column("users", "name", nullable=False)\n'
        'db.change_primary_key("users", ["name"])\ndb.rename_table("users", "people")'
    )

    store.goes_on()

    names = store.judge.list_tables()["TableNames"]
    assert names == ["people", "toasty_copy_users", "toasty_migrations", "users"]
    assert "`toasty_copy_` and the table's name" in PAGE.text
    for name in ("people", "users", "toasty_copy_users"):
        assert store.rows(name) == [{"id": 1, "name": "ada"}], name
