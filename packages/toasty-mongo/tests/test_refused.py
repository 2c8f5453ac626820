"""What MongoDB cannot do is refused before anything changes, with file and line of the migration that asks for it."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddColumn,
    AddField,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropField,
    ExecuteSql,
    ModifyColumn,
    RenameColumn,
    RenameField,
    RenameTable,
    SetTableOptions,
    UpdateRows,
)
from toasty_core.schema import CheckDef, ColumnDef, IndexDef, TableDef, expr, uuid

T = TableDef(
    "t",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("n", "Text", nullable=True),
        ColumnDef("at", "Document(Field('zip', String))"),
    ],
    primary_key=["id"],
    checks=[CheckDef(expr(mongodb='{"$ne": ["$n", "$at.zip"]}'), name="ck")],
)


def named(name: str, **more) -> TableDef:
    return evolve(T, name=name, checks=(), **more)


def column(name: str = "x", type_: str = "Text") -> ColumnDef:
    return ColumnDef(name, type_, nullable=True)


REFUSED = {
    "a dot in a column's name": AddColumn("t", column("a.b")),
    "a dollar in a column's name": CreateTable(
        named("u", columns=[ColumnDef("$id", "Integer")], primary_key=["$id"])
    ),
    "a name that is the key's": AddColumn("t", column("_id")),
    "a name of Toasty's own": RenameColumn("t", "n", "_toasty"),
    "a dot in a new name": RenameColumn("t", "n", "a.b"),
    "a dollar in a field's name": RenameField("t", "at.zip", "at.$zip"),
    "a new field's name": AddField("t", "at.$zip", "Text", fill=""),
    "a field that a check is about": DropField("t", "at.zip"),
    "a field with a value of its own each": AddField("t", "at.x", "Uuid", fill=uuid()),
    "a column that a check is about": DropColumn("t", "n"),
    "a collection's name": RenameTable("t", "system.t"),
    "a long name": CreateTable(named("t" * 300)),
    "an index's name": CreateIndex("t", IndexDef("a\0b", ["n"])),
    "an index over an expression": CreateIndex("t", IndexDef("ix", [expr("lower(n)")])),
    "an unknown option": SetTableOptions("t", {"mongodb": {"speed": 1}}),
    "an option that stands": SetTableOptions("t", {"mongodb": {"capped": True, "size": 4096}}),
    "a value of an option": SetTableOptions("t", {"mongodb": {"validationLevel": "high"}}),
    "an unknown type": AddColumn("t", column(type_="Native('tsvector', backend='mongodb')")),
    "a conversion": ModifyColumn("t", "n", type="Document(Field('x', Text))"),
    "SQL": ExecuteSql("DELETE FROM t"),
    "an expression in SQL": UpdateRows("t", {"n": expr("upper(n)")}),
    "the key's value": UpdateRows("t", {"id": 5}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_said_where(bench, judge, what):
    """The second operation of the second file, in the line that asks for it."""
    bench.write([CreateTable(T)])
    bench.up()
    before = judge.command("listCollections")["cursor"]["firstBatch"]
    version = bench.write([AddColumn("t", column("fine")), REFUSED[what]])
    with pytest.raises(Unsupported) as caught:
        bench.up()

    file, _, line = str(caught.value.where).rpartition(":")
    text = (bench.folder / f"{version}.py").read_text().splitlines()
    assert file == str(bench.folder / f"{version}.py")
    assert text[int(line) - 1].strip().startswith(f"db.{REFUSED[what].kind}(")
    assert caught.value.reason
    assert judge.command("listCollections")["cursor"]["firstBatch"] == before
