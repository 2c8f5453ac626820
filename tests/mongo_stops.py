"""Migrations at which MongoDB stops: a run, and a script."""

from __future__ import annotations

from mongo_tales import NARROW, OLDER, Tale, past_the_validator
from toasty_core.operations import (
    AddColumn,
    AddField,
    AddUnique,
    ChangePrimaryKey,
    CreateTable,
    ExecuteCommand,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    RenameTable,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, ForeignKeyDef, TableDef, UniqueDef, expr

REFUSED = "Document failed validation"
_T = CreateTable(TableDef("t", NARROW, primary_key=["id"]))
_LINKED = TableDef(
    "links",
    [ColumnDef("id", "Integer"), ColumnDef("t_id", "Integer", nullable=True)],
    primary_key=["id"],
    foreign_keys=[ForeignKeyDef("t_id", "t", "id")],
)
_SAME = InsertRows("t", [{"id": 1, "n": 7}, {"id": 2, "n": 7}])


STOPS = (
    Tale("duplicate key", (_T, _SAME), (InsertRows("t", [{"id": 5}, {"id": 1}]),), says="E11000"),
    Tale(
        "duplicate key among names that are numbers",
        (_T, _SAME, AddColumn("t", ColumnDef("7", "Integer", nullable=True))),
        (InsertRows("t", [{"id": 5, "7": 1}, {"id": 1}]),),
        says="E11000",
    ),
    Tale(
        "validator refuses", (_T, _SAME), (UpdateRows("t", {"n": expr(mongodb='{"$toString": "$n"}')}, {"id": 1}),),
        says=REFUSED,
    ),
    Tale(
        "a value for a document that is older than the validator", OLDER,
        (AddColumn("t", ColumnDef("more", "Integer", default=1)),), says=REFUSED,
    ),
    Tale(
        "a field of a document that is older than the validator", OLDER,
        (AddField("t", "at.street", "String", fill="?"),), says=REFUSED,
    ),
    Tale(
        "writes of the user's own", (_T, _SAME),
        (ExecuteCommand({"update": "t", "updates": [{"q": {"_id": 1}, "u": {"$set": {"n": "x"}}}]}),),
        says=REFUSED,
    ),
    Tale(
        "too few have it", (_T,),
        (ExecuteCommand({"insert": "t", "documents": [{"_id": 1}], "writeConcern": {"w": 2, "wtimeout": 1}}),),
        says="",
    ),
    Tale(
        "orphans", (_T, CreateTable(_LINKED), InsertRows("t", [{"id": 2}])),
        (InsertRows("links", [{"id": 1, "t_id": 2}, {"id": 2, "t_id": None}, {"id": 3, "t_id": 4}]),),
        says="a document for links points at none of t: t_id = 4",
    ),
    Tale("unknown command", (_T,), (ExecuteCommand({"nonsense": 1}),), says="no such command"),
    Tale(
        "index of duplicates", (_T, _SAME),
        (ExecuteCommand({"createIndexes": "t", "indexes": [{"name": "u", "key": {"n": 1}, "unique": True}]}),),
        says="E11000",
    ),
    Tale("name is taken", (_T, ExecuteCommand({"create": "u"})), (RenameTable("t", "u"),), says="exists"),
    Tale(
        "duplicates", (_T, _SAME), (AddUnique("t", UniqueDef(["n"], name="uq")),),
        says="stand more than once as n: n = 7, times = 2; make",
    ),
    Tale(
        "does not convert", (_T, past_the_validator(n="seven")),
        (ModifyColumn("t", "n", type="String"), ModifyColumn("t", "n", type="Integer")),
        says="t.n: documents cannot become Integer: id = 3, n = \"seven\"; correct these documents first",
    ),
    Tale(
        "rename over a field", (_T, past_the_validator(n=1, m=2)), (RenameColumn("t", "n", "m"),),
        says="documents have both",
    ),
    Tale("same keys", (_T, _SAME), (ChangePrimaryKey("t", ["n"]),), says="n = 7, times = 2"),
    Tale(
        "misfits under another key",
        (_T, AddColumn("t", ColumnDef("k", "Integer", nullable=True)), past_the_validator(n=1, k="x")),
        (ChangePrimaryKey("t", ["n"]),),
        says=REFUSED,
    ),
)  # fmt: skip
"""Changes at which a script stops, and what it says then."""
