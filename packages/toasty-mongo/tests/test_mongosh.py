"""A dry run's text is what mongosh runs: here another reader of it does, with PyMongo, and comes to the same catalog.

The text is JavaScript that is Python as well, but for comments: so Python's own parser reads it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64decode
from datetime import datetime, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from bson import Binary, Decimal128, Int64, ObjectId

from toasty_core import api
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddField,
    AddForeignKey,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropIndex,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    RenameField,
    RenameTable,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import CheckDef, ColumnDef, ForeignKeyDef, IndexDef, TableDef, expr, now

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "BigInteger"),
        ColumnDef("name", "String(40)", comment='"quoted" // \\ $x\n日本'),
        ColumnDef("key", "Uuid", nullable=True),
        ColumnDef("paid", "Decimal(10, 2)", nullable=True),
        ColumnDef("size", "Double", default=2.0),
        ColumnDef("made", "DateTime", nullable=True),
        ColumnDef("raw", "Binary", nullable=True),
        ColumnDef("at", "Document(Field('zip', String, nullable=True))", nullable=True),
    ],
    primary_key=["id"],
    indexes=[IndexDef("uq", ["name"], unique=True), IndexDef("by_made", ["made"])],
)
ROW = {
    "id": 2**40, "name": 'it\'s // "x" \\ ;', "key": UUID(int=7), "paid": Decimal("1.50"),
    "size": float("inf"), "made": datetime(2024, 1, 2, 3, 4, 5), "raw": b"\x00\xff", "at": {"zip": "1"},
}  # fmt: skip
OPERATIONS = [
    CreateTable(USERS),
    CreateTable(TableDef("posts", [ColumnDef("id", "Integer")], primary_key=["id"])),
    InsertRows("users", [ROW, {"id": 2, "name": "Eve"}]),
    UpsertRows("users", [{"id": 3, "name": "Ada", "size": -1.5}]),
    AddColumn("users", ColumnDef("age", "Integer", nullable=True), fill=5),
    AddColumn("users", ColumnDef("seen", "DateTime", default=now())),
    RenameColumn("users", "name", "title"),
    ModifyColumn("users", "age", type="String"),
    RenameField("users", "at.zip", "at.postcode"),
    AddField("users", "at.country", "String", fill="DE"),
    UpdateRows("users", {"age": expr(mongodb='{"$concat": ["$age", "!"]}')}, {"id": 2}),
    AddCheck("users", CheckDef("size > -9.5 AND title <> '//'", name="ck")),
    DropIndex("users", "by_made"),
    CreateIndex(
        "users", IndexDef("by_made", ["made"], options={"mongodb": {"expireAfterSeconds": 10**8}})
    ),
    AddColumn("posts", ColumnDef("user_id", "String", nullable=True)),
    DropColumn("users", "raw"),
    ChangePrimaryKey("users", ["title"]),
    AddForeignKey("posts", ForeignKeyDef("user_id", "users", "title")),
    RenameTable("posts", "articles"),
]


class Shell:
    """What a script for mongosh may call, done by PyMongo."""

    def __init__(self, database):
        self.database = database
        self.runCommand, self.getCollection = self.command, lambda name: Named(database[name])
        self.names = {
            "db": self, "true": True, "false": False, "null": None, "Infinity": float("inf"),
            "NaN": float("nan"), "NumberLong": lambda text: Int64(int(text)), "Double": float,
            "ISODate": read_date, "UUID": UUID, "ObjectId": ObjectId, "NumberDecimal": Decimal128,
            "BinData": lambda kind, text: Binary(b64decode(text), kind),
        }  # fmt: skip

    def run(self, line):
        eval(without_comment(line), {"__builtins__": {}, **self.names})

    def command(self, words):
        said = self.database.command(words, codec_options=self.database.codec_options)
        assert not said.get("writeErrors"), said


class Named:
    """A collection with the methods that it has in mongosh."""

    def __init__(self, collection):
        self.renameCollection = lambda new, drop=False: collection.rename(new, dropTarget=drop)
        self.replaceOne = lambda query, words, more: collection.replace_one(query, words, **more)


def read_date(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def without_comment(line):
    """A line without what stands behind `//` outside of texts, and without the semicolon."""
    kept = re.match(r'(?:"(?:\\.|[^"\\])*"|/(?!/)|[^"/])*', line)[0]
    return kept.strip().rstrip(";")


@pytest.fixture
def lines(bench):
    bench.write(OPERATIONS, down=())
    return [
        line
        for text in api.offline_script(bench.project, "mongodb")
        for line in text.splitlines()
        if without_comment(line)
    ]


def test_the_printed_commands_lead_to_the_same(bench, judge, lines, mongo_url):
    shell = Shell(judge)
    for line in lines:
        shell.run(line)
    bench.assert_schema(bench.schema())
    printed = sorted(judge.users.find(), key=str)
    assert [row.state.value for row in bench.journal()] == ["applied"]
    assert bench.up().done == ()

    for name in judge.list_collection_names():
        judge.drop_collection(name)
    bench.up()
    ours = sorted(judge.users.find(), key=str)
    bench.assert_schema(bench.schema())
    assert [{**one, "seen": None} for one in printed] == [{**one, "seen": None} for one in ours]
    assert ours[0]["size"] in (2.0, float("inf"), -1.5)


def test_it_is_javascript(lines, tmp_path):
    """Asked of Node.js where there is one: it is no part of the tests' tools."""
    script = tmp_path / "script.js"
    script.write_text("\n".join(lines), encoding="utf-8")
    node = shutil.which("node")
    if node is not None:
        subprocess.run([node, "--check", str(script)], check=True)
    assert len(lines) > len(OPERATIONS)
