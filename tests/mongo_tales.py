"""Migrations that are told to MongoDB twice: by a run, and as a script."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen
from bson import Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

from toasty_core.diff import detect_changes
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddField,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropField,
    DropIndex,
    ExecuteCommand,
    InsertRows,
    ModifyColumn,
    Operation,
    RenameColumn,
    RenameField,
    RenameTable,
    SetTableOptions,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
    coerce_type,
    expr,
    now,
)
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories import STORIES
from toasty_core.testing.type_cases import TYPE_CASES
from toasty_mongo import MongoBackend


@frozen
class Tale:
    """Two migrations: what stands first, and a change of it, as operations or as it is written by hand.

    `down` is the way back (None: what follows from the operations), `says` what the script says where it stops.
    """

    name: str
    first: tuple[Operation, ...]
    change: tuple[Operation, ...] | str
    down: tuple[Operation, ...] | None = ()
    says: str = ""

    def write(self, bench: Bench) -> tuple[str, str]:
        """Writes both, and gives their versions."""
        first = bench.write(self.first, down=())
        if isinstance(self.change, str):
            return first, bench.write_text(self.change, head="import mongo_tales")
        return first, bench.write(self.change, self.down)


def _of_kit() -> list[Tale]:
    """The stories of the conformance kit that MongoDB can hold."""
    features = MongoBackend().features
    return [
        Tale(
            story.name,
            (
                *detect_changes(SchemaSnapshot(), story.before).operations,
                *(InsertRows(table, rows) for table, rows in story.rows.items() if rows),
            ),
            story.operations,
            story.down,
        )
        for story in STORIES
        if all(getattr(features, need) for need in story.needs)
    ]


def _types() -> Tale:
    """Every type with its values, and as a default."""
    first: list[Operation] = []
    later: list[Operation] = []
    for number, case in enumerate(TYPE_CASES):
        name, value = f"samples{number}", ColumnDef("value", case.type, nullable=True)
        rows = [{"id": at, "value": item} for at, item in enumerate((*case.values, None))]
        columns = [ColumnDef("id", "Integer"), value]
        first += [
            CreateTable(TableDef(name, columns, primary_key=["id"])),
            InsertRows(name, rows),
        ]
        if case.default is not None:
            more = ColumnDef("more", case.type, default=case.default)
            later += [AddColumn(name, more), InsertRows(name, [{"id": 99}])]
    return Tale("every type", tuple(first), tuple(later))


ODD = {
    "numbers": [2**31, -(2**63), Int64(5), 1.0, -0.0, 1e300, float("inf"), float("nan"), 0.1],
    "texts": ['it\'s "x" \\ ; // \n\t\u2028 日本 🎈', "", "$x", "${x}", "`", "</script>"],
    "bytes": [b"\x00\xff", UUID(int=7)],
    "moments": [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999000)],
    "own": [
        *(ObjectId("0123456789abcdef01234567"), Decimal128("1.50"), Decimal128("NaN")),
        *(Timestamp(5, 6), MinKey(), MaxKey(), Regex("^a/b", "im"), re.compile("x\\d", re.I)),
        *(Code("function() { return 1; }"), Code("x", {"x": 1})),
    ],
    "in order": {"b": 1, "2": 2, "a": 3, "1": 4},
    "__proto__": {"x": 1},
    "nothing": [None, {}, [], [[1], {"a": [True, False]}]],
}
"""Values of BSON's whose text in JavaScript is easily another value."""
EXTENDED = {"$literal": {"$oid": "0123456789abcdef01234567", "$date": 5, "$numberLong": "7"}}

_VALUES = Tale(
    "values in a user's own command",
    (CreateTable(TableDef("t", [ColumnDef("id", "Integer")], primary_key=["id"])),),
    """\
db.execute_command({"insert": "t", "documents": [{"_id": 1, **mongo_tales.ODD}]})
db.execute_command({"update": "t", "updates": [{"q": {"_id": 1}, "u": [{"$set": {"ext": mongo_tales.EXTENDED}}]}]})
""",
)

PLACES = TableDef(
    "places",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String", nullable=True),
        ColumnDef("text", "Text", nullable=True),
        ColumnDef("at", "Json", nullable=True),
        ColumnDef("seen", "DateTime", nullable=True),
        ColumnDef("address", "Document(Field('city', String))", nullable=True),
    ],
    primary_key=["id"],
)


def _index(name: str, columns: list[Any], **options: Any) -> CreateIndex:
    return CreateIndex("places", IndexDef(name, columns, options={"mongodb": options}))


_INDEXES = Tale(
    "every kind of index",
    (
        CreateTable(PLACES),
        InsertRows("places", [{"id": 1, "name": "Ulm", "at": {"type": "Point", "coordinates": [9, 48]}}]),
    ),
    (
        CreateIndex("places", IndexDef("compound", ["name", IndexColumn("seen", descending=True)])),
        CreateIndex("places", IndexDef("nested", [expr("address.city")])),
        CreateIndex("places", IndexDef("partial", ["text"], where="seen IS NOT NULL AND name > 'a'")),
        CreateIndex("places", IndexDef("own", ["seen"], where=expr(mongodb='{"name": {"$in": ["a"]}}'))),
        CreateIndex("places", IndexDef("unique", ["text", "id"], unique=True)),
        AddUnique("places", UniqueDef(["name"], name="uq")),
        _index("sparse", ["name", "id"], sparse=True),
        _index("ttl", ["seen"], expireAfterSeconds=10**8),
        _index("words", ["name", "text"], using="text", weights={"name": 5, "text": 1}),
        _index("hashed", ["name"], using="hashed"),
        _index("sphere", ["at"], using="2dsphere"),
        _index("mixed", ["at", "name"], using={"at": "2dsphere"}),
        _index("wild", ["at"], using="wildcard"),
        _index("collated", ["name"], collation={"locale": "en", "strength": 2}),
        _index("hidden", ["text"], hidden=True),
        DropIndex("places", "ttl"),
        _index("ttl", ["seen"], expireAfterSeconds=10**7, hidden=True),
        RenameColumn("places", "name", "title"),
        DropIndex("places", "words"),
    ),
)  # fmt: skip

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
_ROW = {
    "id": 2**40, "name": 'it\'s // "x" \\ ;', "key": UUID(int=7), "paid": Decimal("1.50"),
    "size": float("inf"), "made": datetime(2024, 1, 2, 3, 4, 5), "raw": b"\x00\xff", "at": {"zip": "1"},
}  # fmt: skip
_TTL = {"mongodb": {"expireAfterSeconds": 10**8}}

_FIELDS = Tale(
    "columns, fields and keys",
    (
        CreateTable(USERS),
        CreateTable(TableDef("posts", [ColumnDef("id", "Integer")], primary_key=["id"])),
        InsertRows("users", [_ROW, {"id": 2, "name": "Eve"}]),
    ),
    (
        UpsertRows("users", [{"id": 3, "name": "Ada", "size": -1.5}]),
        AddColumn("users", ColumnDef("age", "Integer", nullable=True), fill=5),
        AddColumn("users", ColumnDef("seen", "DateTime", default=now())),
        RenameColumn("users", "name", "title"),
        ModifyColumn("users", "age", type="String"),
        RenameField("users", "at.zip", "at.postcode"),
        AddField("users", "at.country", "String", fill="DE"),
        ModifyColumn(
            "users",
            "at",
            type=coerce_type(
                "Document(Field('postcode', Integer, nullable=True), Field('country', String))"
            ),
        ),
        DropField("users", "at.country"),
        UpdateRows("users", {"age": expr(mongodb='{"$concat": ["$age", "!"]}')}, {"id": 2}),
        AddCheck("users", CheckDef("size > -9.5 AND title <> '//'", name="ck")),
        DropIndex("users", "by_made"),
        CreateIndex("users", IndexDef("by_made", ["made"], options=_TTL)),
        AddColumn("posts", ColumnDef("user_id", "String", nullable=True)),
        DropColumn("users", "raw"),
        ChangePrimaryKey("users", ["title"]),
        AddForeignKey("posts", ForeignKeyDef("user_id", "users", "title")),
        RenameTable("posts", "articles"),
        ChangePrimaryKey("users", ["title", "size"]),
        RenameColumn("users", "size", "scale"),
    ),
)

NARROW = [ColumnDef("id", "Integer"), ColumnDef("n", "Integer", nullable=True)]


def _table(name: str, *columns: ColumnDef, **options: Any) -> CreateTable:
    key = () if columns else ("id",)
    return CreateTable(
        TableDef(name, columns or NARROW, primary_key=key, options={"mongodb": options})
    )


_OPTIONS = Tale(
    "options of collections",
    (
        _table("log", capped=True, size=8192, max=10),
        _table("plain", validationLevel="moderate"),
        _table("free", validationLevel="off"),
        _table("sorted", collation={"locale": "de"}),
        _table(
            "readings",
            ColumnDef("at", "DateTime"),
            ColumnDef("meta", "Json", nullable=True),
            timeseries={"timeField": "at", "metaField": "meta", "granularity": "minutes"},
            expireAfterSeconds=10**8,
        ),
    ),
    (
        SetTableOptions("log", {"mongodb": {"capped": True, "size": 16384, "max": 20}}),
        SetTableOptions("plain", {"mongodb": {"validationAction": "warn"}}),
        SetTableOptions("free", {"mongodb": {}}),
        InsertRows("log", [{"id": 1, "n": 2}]),
        AddColumn("readings", ColumnDef("value", "Double", nullable=True)),
        InsertRows("readings", [{"at": datetime(2024, 1, 1), "meta": {"k": 1}, "value": 1.5}]),
    ),
)

_GONE = Tale(
    "an index that is gone already",
    (
        CreateTable(TableDef("t", NARROW, primary_key=["id"], indexes=[IndexDef("ix", ["n"])])),
        ExecuteCommand({"dropIndexes": "t", "index": "ix"}),
    ),
    (DropIndex("t", "ix"),),
)


def past_the_validator(**document: Any) -> ExecuteCommand:
    """Puts a document into `t` that need not fit."""
    documents = [{"_id": 3, **document}]
    return ExecuteCommand({"insert": "t", "documents": documents, "bypassDocumentValidation": True})


_TEXTS = {"code": "a", "fax": "1", "age": "36", "at": {"floor": "2", "door": "3"}}
_AT = "Document(Field('floor', String), Field('door', String, nullable=True))"
OLDER = (
    CreateTable(
        TableDef(
            "t",
            [
                *NARROW,
                ColumnDef("code", "String"),
                ColumnDef("fax", "Text", nullable=True),
                ColumnDef("age", "Text", nullable=True),
                ColumnDef("at", _AT, nullable=True),
            ],
            primary_key=["id"],
        )
    ),
    InsertRows("t", [{"id": 1, "n": 7, **_TEXTS}]),
    past_the_validator(n="seven", **_TEXTS),
)
"""A collection with a document that is older than its validator, which would have refused it: its `n` is a text."""
_OLD_DOCUMENT = Tale(
    "a document that is older than the validator",
    OLDER,
    (
        RenameColumn("t", "fax", "phone"),
        RenameColumn("t", "code", "number"),
        ModifyColumn("t", "age", type="Integer"),
        RenameField("t", "at.floor", "at.storey"),
        DropField("t", "at.door"),
        ModifyColumn("t", "at", type=coerce_type("Document(Field('storey', Integer))")),
        DropColumn("t", "phone"),
    ),
    down=None,
)
_OLD_KEY = Tale(
    "a document that is older than the validator loses its key",
    OLDER,
    (ChangePrimaryKey("t", ()),),
)

TALES = (
    *_of_kit(), _types(), _VALUES, _INDEXES, _FIELDS, _OPTIONS, _GONE, _OLD_DOCUMENT, _OLD_KEY,
)  # fmt: skip
