"""The page on MongoDB is true: its tables are what is compiled, its examples run on the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doc_pages import DocPage, code_in
from mongo_shop import MongoShop, open_mongo_shop
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
from toasty_mongo import MongoBackend, connection, indexes, settings, statements
from toasty_mongo.validators import bson_types

PAGE = DocPage("mongodb.md")


# Types.


@pytest.mark.parametrize("row", PAGE.cells("## Types"), ids=lambda row: row[0])
def test_types_are_as_said(row: list[str]) -> None:
    for text in code_in(row[0]):
        said = re.split(r";|, with|:", row[1])[0]
        assert list(bson_types(parse_type(text))) == code_in(said), text


def test_every_type_is_in_the_table() -> None:
    known = {type(parse_type(text)) for row in PAGE.cells("## Types") for text in code_in(row[0])}

    assert set(types.ALL) - known == {types.Variant}


# Options.


@pytest.mark.parametrize(
    "option", [*connection._OWN, "w", "authSource", "tlsCAFile", "directConnection"]
)
def test_every_option_of_the_url_is_named(option: str) -> None:
    assert option in PAGE.words("## URLs")


@pytest.mark.parametrize("option", [*settings.CHOICES, *settings.AT_CREATION])
def test_every_option_of_a_table_is_named(option: str) -> None:
    assert option in PAGE.words("## Options")


@pytest.mark.parametrize("option", ["using", *indexes.SETTINGS, *map(json.dumps, indexes.KINDS)])
def test_every_option_of_an_index_is_named(option: str) -> None:
    assert option in PAGE.words("## Options")


# What each operation becomes.

ORDERS = TableDef(
    "orders",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("customer", "Integer", nullable=True),
        ColumnDef("code", "String(20)"),
        ColumnDef("note", "Text", nullable=True),
        ColumnDef("at", "Document(Field('zip', Text))", nullable=True),
    ],
    primary_key=["id"],
    indexes=[IndexDef("ix_old", ["code"])],
    uniques=[UniqueDef(["code"], name="uq_old")],
    checks=[CheckDef("customer > 0", name="ck_old")],
    foreign_keys=[ForeignKeyDef(["customer"], "customers", references=["id"], name="fk_old")],
)
CUSTOMERS = TableDef("customers", [ColumnDef("id", "Integer")], primary_key=["id"])
BEFORE = SchemaSnapshot.of(CUSTOMERS, ORDERS)
PLUS = expr(mongodb='{"$add": ["$customer", 1]}')
T = "orders"


def added(**more: Any) -> Operation:
    fill = more.pop("fill", None)
    return ops.AddColumn(T, ColumnDef("new", more.pop("type", "Integer"), **more), fill=fill)


EXAMPLES: dict[str, tuple[Operation, ...]] = {
    "`create_table`": (ops.CreateTable(TableDef("more", CUSTOMERS.columns, primary_key=["id"])),),
    "`drop_table`": (ops.DropTable(T),),
    "`rename_table`": (ops.RenameTable(T, "sales"),),
    "`add_column`": (added(nullable=True),),
    "`add_column` with a value: a default, a `fill`, `now()`": (
        added(default=1), added(fill=Literal(1)), added(type="DateTime", default=now()),
    ),
    "`add_column` with `uuid()`": (added(type="Uuid", default=uuid()),),
    "`drop_column`": (ops.DropColumn(T, "note"),),
    "`rename_column`": (ops.RenameColumn(T, "note", "memo"),),
    "`rename_column` of one that must not be null": (
        ops.RenameColumn("plain", "code", "number"),
    ),
    "`modify_column` to another type": (ops.ModifyColumn(T, "code", type=parse_type("Integer")),),
    "`modify_column` with `using=`": (
        ops.ModifyColumn(T, "customer", type=parse_type("Text"), using=PLUS),
    ),
    "`modify_column`: null or not, default, comment": (
        ops.ModifyColumn(T, "note", nullable=False), ops.ModifyColumn(T, "note", comment="x"),
    ),
    "`rename_field`, `add_field` with a `fill`, `drop_field`": (
        ops.RenameField(T, "at.zip", "at.code"), ops.AddField(T, "at.x", "Text", fill="-"),
        ops.DropField(T, "at.zip"),
    ),
    "`add_field` without a value": (ops.AddField(T, "at.x", "Text", nullable=True),),
    "`create_index`, `add_unique`": (
        ops.CreateIndex(T, IndexDef("ix", ["note"])), ops.AddUnique(T, UniqueDef(["note"], name="uq")),
    ),
    "`drop_index`, `drop_unique`": (ops.DropIndex(T, "ix_old"), ops.DropUnique(T, "uq_old")),
    "`add_check`, `drop_check`, `add_foreign_key`, `drop_foreign_key`, comments": (
        ops.AddCheck(T, CheckDef("customer < 9", name="ck")), ops.DropCheck(T, "ck_old"),
        ops.AddForeignKey(T, ForeignKeyDef(["id"], "customers", references=["id"], name="fk")),
        ops.DropForeignKey(T, "fk_old"),
    ),
    "`insert_rows`": (ops.InsertRows(T, [{"id": 1, "code": "x"}]),),
    "`update_rows` with values": (ops.UpdateRows(T, {"note": "x"}),),
    "`update_rows` with an expression": (ops.UpdateRows(T, {"customer": PLUS}),),
    "`delete_rows`": (ops.DeleteRows(T, {"id": 1}),),
    "`transform_rows`": (ops.TransformRows(T, print),),
    "`execute_command`": (ops.ExecuteCommand({"ping": 1}),),
    "`run`": (ops.Run(print),),
    "`change_primary_key`": (ops.ChangePrimaryKey(T, ["code"]),),
}  # fmt: skip
PLAIN = SchemaSnapshot.of(
    TableDef("plain", [ColumnDef("id", "Integer"), ColumnDef("code", "Text")], primary_key=["id"])
)


def said(statement: Any) -> str:
    """The word with which the table speaks of a statement."""
    match statement:
        case statements.Command(body):
            return str(next(iter(body)))
        case statements.RenameCollection():
            return "renameCollection"
        case statements.FieldUpdate():
            return "update in ranges"
        case statements.ExactUpdate():
            return "update in ranges, once"
        case statements.Insert():
            return "insert"
        case statements.Rekey():
            return "copy"
    return "Python"


@pytest.mark.parametrize(
    "row", PAGE.cells("### What each operation becomes"), ids=lambda row: row[0]
)
def test_operations_become_what_is_said(row: list[str]) -> None:
    for operation in EXAMPLES[row[0]]:
        before = PLAIN if "plain" in operation.touches() else BEFORE
        compiled = MongoBackend().compile(operation, before)
        assert [said(one) for one in compiled] == code_in(row[1]), operation


def test_every_example_has_its_row() -> None:
    assert [row[0] for row in PAGE.cells("### What each operation becomes")] == list(EXAMPLES)


# The examples run.


@pytest.fixture
def store(tmp_path: Path, mongo_url: str) -> Iterator[MongoShop]:
    """A project on an empty database, on a server alone and on a replica set."""
    yield from open_mongo_shop(tmp_path, mongo_url)


def test_the_models_of_the_page(store: MongoShop) -> None:
    (code,) = PAGE.blocks("## Options")
    store.shop.models(code)

    store.shop.works("migrate:generate", "-m", "rooms")
    store.shop.works("migrate:up")

    assert store.shop.works("migrate:generate", "-m", "again").out.startswith("No changes")
    store.is_done()
    specs = {spec["name"]: spec for spec in store.judge.rooms.list_indexes()}
    assert specs["ix_old"]["expireAfterSeconds"] == 3600
    assert specs["ix_text"]["weights"] == {"name": 1}
    (found,) = store.judge.list_collections(filter={"name": "rooms"})
    assert found["options"]["validationLevel"] == "moderate"


def test_the_migrations_of_the_page(store: MongoShop) -> None:
    store.prepare(
        'db.create_table(TableDef("users", [ColumnDef("id", "Integer"), ColumnDef("name", "Text"),\n'
        '    ColumnDef("born", "Text", nullable=True)], primary_key=["id"]))\n'
        'db.create_table(TableDef("orders", [ColumnDef("id", "Integer"), ColumnDef("user_id", "Integer")],\n'
        '    primary_key=["id"]))'
    )
    store.judge.users.insert_one({"_id": 1, "name": "ada", "born": "1815-12-10"})
    store.judge.users.insert_one({"_id": 2, "name": "grace"})
    store.judge.orders.insert_many([{"_id": n, "user_id": 1} for n in (1, 2)])
    (code,) = PAGE.blocks("## In migrations")
    store.migration(code)

    store.goes_on()

    found = store.judge.users.find_one({"_id": 1})
    assert (found["name"], found["orders"]) == ("ADA", 2)
    assert found["born"].year == 1815
    assert found["initial"] == "A"
    assert store.judge.users.find_one({"_id": 2})["orders"] == 0


def test_the_orphans_of_the_page(store: MongoShop) -> None:
    """What the page shows is printed, word for word; the key is said once, by the migration that brings it."""
    store.shop.models(
        "from toasty_core import key, model, reference\n\n"
        "@model\nclass User:\n    id: int = key()\n\n"
        "@model\nclass Post:\n    id: int = key()\n    author: int = reference(User)\n"
    )
    store.shop.works("migrate:generate", "-m", "posts")
    said = store.shop.works("migrate:up").err
    store.judge.users.insert_one({"_id": 1})
    store.judge.posts.insert_many([{"_id": n, "author": n} for n in (1, 2, 3)])

    assert said.count("MongoDB records the foreign key posts.author -> users") == 1
    (shown,) = PAGE.blocks("## Foreign keys", "console")
    found = store.shop.toasty("schema:drift", "--orphans")
    assert found.code == 3
    assert shown == f"$ toasty schema:drift --orphans\n{found.out}"


def test_nested_documents_as_the_page_says(store: MongoShop) -> None:
    """Questions with exit code 3, options that answer them, and the file that is written."""
    text = (
        "from toasty_core import field, key, model\n\n@model(table='orders')\nclass Order:\n"
        '    id: int = key()\n    address: dict = field(type="Document({})")\n'
    )
    store.shop.models(text.format("Field('zip', String)"))
    store.shop.works("migrate:generate", "-m", "orders")
    store.shop.works("migrate:up")
    store.judge.orders.insert_one({"_id": 1, "address": {"zip": "8000"}})
    store.shop.models(text.format("Field('postcode', String), Field('country', String)"))
    asked = store.shop.toasty("migrate:generate", "-m", "more", "--json")

    assert asked.code == 3
    assert '"kind": "field"' in asked.out + asked.err
    (rename,) = re.findall(r"--rename (orders\S+[a-z])`", PAGE.section("## Types"))
    (fill,) = re.findall(r"--fill (orders\S+)`", PAGE.section("## Types"))
    made = store.shop.works("migrate:generate", "-m", "more", "--rename", rename, "--fill", fill)
    assert "rename field orders.address.zip to address.postcode" in made.out
    store.shop.works("migrate:up")
    assert store.shop.works("migrate:generate", "-m", "again").out.startswith("No changes")
    store.is_done()
    assert store.judge.orders.find_one() == {
        "_id": 1,
        "address": {"postcode": "8000", "country": "CH"},
    }


def test_the_plan_of_the_page(store: MongoShop) -> None:
    """What the page shows of a plan is printed, word for word."""
    columns = '[ColumnDef("id", "Integer"), ColumnDef("name", "Text", nullable=True)]'
    store.prepare(f'db.create_table(TableDef("users", {columns}, primary_key=["id"]))')
    store.migration(
        'db.rename_column("users", "name", "full_name")\n'
        'db.create_index("users", IndexDef("ix_users_full_name", ["full_name"]))'
    )

    printed = store.shop.works("migrate:plan").out.splitlines()

    shown = "\n".join(PAGE.blocks("## Offline", "js")).splitlines()
    assert len(shown) >= 3
    assert [line for line in shown if line not in printed] == []


def test_the_roles_of_the_page() -> None:
    from toasty_mongo.errors import ROLES

    (given,) = re.findall(r"roles: (\[.*\])", PAGE.section("## Rights"))
    roles = json.loads(re.sub(r"(\w+):", r'"\1":', given))
    assert [role["role"] for role in roles] == list(ROLES)
