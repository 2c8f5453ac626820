"""What a dry run prints: commands that mongosh runs as they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from attrs import evolve
from bson import Int64, ObjectId
from bson.decimal128 import Decimal128

from toasty_core import api
from toasty_core.backends import JournalEntry, ScriptPart
from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddColumn,
    AddForeignKey,
    CreateIndex,
    CreateTable,
    DropColumn,
    InsertRows,
    RenameColumn,
    RenameTable,
    Run,
)
from toasty_core.schema import ColumnDef, ForeignKeyDef, IndexDef, SchemaSnapshot, TableDef, now
from toasty_mongo import MongoBackend
from toasty_mongo.shell import shell_text

T = TableDef(
    "t", [ColumnDef("id", "Integer"), ColumnDef("n", "Text", nullable=True)], primary_key=["id"]
)
BEFORE = SchemaSnapshot.of(T)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (2**40, 'NumberLong("1099511627776")'),
        (True, "true"),
        (None, "null"),
        (1.5, "1.5"),
        (2.0, "Double(2.0)"),
        (float("-inf"), "-Infinity"),
        ('it\'s "x" \\ 日本\n', '"it\'s \\"x\\" \\\\ 日本\\n"'),
        (datetime(2024, 1, 2, 3), 'ISODate("2024-01-02T03:00:00.000Z")'),
        (UUID(int=1), 'UUID("00000000-0000-0000-0000-000000000001")'),
        (b"\x00\xff", 'BinData(0, "AP8=")'),
        (ObjectId("0" * 24), f'ObjectId("{"0" * 24}")'),
        (Decimal128("1.50"), 'NumberDecimal("1.50")'),
        (Int64(5), 'NumberLong("5")'),
        ({"b": 1, "2": 3}, 'new Map([["b", 1], ["2", 3]])'),
        ({"a": [1, {"$set": "x"}]}, '{"a": [1, {"$set": "x"}]}'),
    ],
)
def test_values(value, text):
    assert shell_text(value) == text


def texts(operation, before=BEFORE):
    return [str(statement) for statement in MongoBackend().compile(operation, before)]


def test_create():
    assert texts(CreateTable(T), SchemaSnapshot()) == [
        'db.runCommand({"create": "t", "validator": {"$jsonSchema": {"bsonType": "object", "properties": '
        '{"_id": {"bsonType": ["int", "long"], "title": "Integer\\n{\\"name\\": \\"id\\"}"}, '
        '"n": {"bsonType": ["string", "null"], "title": "Text"}}}}});'
    ]


def test_fields():
    (moved, *_) = texts(RenameColumn("t", "n", "m"))
    assert moved == (
        'db.runCommand({"update": "t", "updates": [{"q": {"n": {"$exists": true}, "m": {"$exists": false}}, '
        '"u": {"$rename": {"n": "m"}}, "multi": true}], "bypassDocumentValidation": true}); // in ranges of _id'
    )
    assert "$unset" in texts(DropColumn("t", "n"))[1]
    assert "ISODate" in "".join(texts(AddColumn("t", ColumnDef("d", "Date"), fill="2024-01-01")))
    assert texts(RenameTable("t", "u")) == ['db.getCollection("t").renameCollection("u");']
    assert texts(CreateIndex("t", IndexDef("ix", ["n"]))) == [
        'db.runCommand({"createIndexes": "t", "indexes": [{"name": "ix", "key": {"n": 1}}]});'
    ]


def test_each_foreign_key_is_said_once_not_to_be_enforced(bench):
    """In the plan and in `up`, by the migration that brings it; never again by later changes of the table."""
    link, other = ForeignKeyDef("n", "t", "id"), ForeignKeyDef("m", "t", "id")
    columns = [*T.columns, ColumnDef("m", "Integer", nullable=True)]
    both = evolve(T, name="u", columns=columns, foreign_keys=[link, other])
    bench.write([CreateTable(T), CreateTable(both), CreateTable(evolve(T, name="v"))])
    planned = [finding.what for finding in api.plan(bench.project).findings]
    said = bench.up().notices

    assert len(said) == 1
    assert [said[0].endswith(what) for what in planned] == [True]
    assert "the foreign keys u.m -> t; u.n -> t and does not enforce them" in said[0]
    bench.write(
        [AddForeignKey("v", link), AddColumn("u", ColumnDef("x", "Integer", nullable=True))]
    )
    (again,) = bench.up().notices
    assert "the foreign key v.n -> t and does not enforce it" in again
    bench.write(
        [RenameColumn("v", "n", "k"), AddColumn("v", ColumnDef("n", "Text", nullable=True))]
    )
    assert bench.up().notices == ()


def test_a_script():
    backend, entry = MongoBackend(), JournalEntry("v1", "x:1")
    operations = [CreateTable(T), InsertRows("t", [{"id": 1, "n": "x"}])]
    compiled = tuple(backend.compile_all(operations, SchemaSnapshot()))
    lines = list(backend.script([ScriptPart("v1", compiled, entry), ScriptPart("v0", (), None)]))

    assert lines[0].startswith("// ")
    assert 'put({"insert": "t", "documents": [{"_id": 1, "n": "x"}]});' in lines
    assert any(
        line.startswith('db.getCollection("toasty_migrations").replaceOne({"_id": "v1"}')
        for line in lines
    )
    assert lines[-1] == 'db.getCollection("toasty_migrations").deleteOne({"_id": "v0"});'


def test_a_script_has_no_python():
    backend = MongoBackend()
    compiled = tuple(backend.compile_all([Run(print)], SchemaSnapshot()))
    with pytest.raises(Unsupported):
        list(backend.script([ScriptPart("v1", compiled, JournalEntry("v1", "x:1"))]))


def test_what_is_made_when_it_is_written():
    table = TableDef(
        "t", [*T.columns, ColumnDef("at", "DateTime", default=now())], primary_key=["id"]
    )
    found = texts(InsertRows("t", [{"id": 1}]), SchemaSnapshot.of(table))

    assert found == ['db.runCommand({"insert": "t", "documents": [{"_id": 1, "at": new Date()}]});']
