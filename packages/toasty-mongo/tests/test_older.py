"""A document that is older than the validator and breaks it: which changes go past it, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from toasty_core.errors import StatementFailed
from toasty_core.operations import CreateTable
from toasty_core.schema import ColumnDef, TableDef
from toasty_core.testing.bench import Bench

T = TableDef(
    "t",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("n", "Integer"),
        ColumnDef("code", "String"),
        ColumnDef("at", "Document(Field('zip', String), Field('fax', String))"),
    ],
    primary_key=["id"],
)
OLD = {"_id": 3, "n": "seven", "code": "5", "at": {"zip": "8000", "fax": "1"}}
PASSES: dict[str, dict[str, object]] = {
    'db.rename_column("t", "code", "number")': {"number": "5"},
    'db.drop_column("t", "code")': {},
    'db.modify_column("t", "code", type="Integer")': {"code": 5},
    'db.rename_field("t", "at.zip", "at.postcode")': {"at": {"fax": "1", "postcode": "8000"}},
    'db.drop_field("t", "at.fax")': {"at": {"zip": "8000"}},
    'db.change_primary_key("t", None)': {"id": 3},
}
REFUSED = (
    'db.add_column("t", ColumnDef("x", "Integer", default=1))',
    'db.add_column("t", ColumnDef("x", "Integer"), fill=1)',
    'db.add_field("t", "at.x", "Integer", fill=1)',
    """db.modify_column("t", "code", type="Integer", using=expr(mongodb='{"$toInt": "$code"}'))""",
    'db.update_rows("t", {"code": "6"})',
    """db.update_rows("t", {"code": expr(mongodb='{"$concat": ["$code", "!"]}')})""",
    'db.transform_rows("t", lambda row: {"code": "6"})',
    'db.change_primary_key("t", ["code"])',
)


@pytest.fixture
def old(bench: Bench, judge: Database[Any]) -> Bench:
    """The collection with such a document."""
    bench.write([CreateTable(T)])
    bench.up()
    judge.t.insert_one(OLD, bypass_document_validation=True)
    return bench


@pytest.mark.parametrize("change", PASSES)
def test_what_moves_and_converts_values_goes_past_it(
    old: Bench, judge: Database[Any], change: str
) -> None:
    old.write_text(change)

    old.up()

    found = judge.t.find_one({"_id": 3})
    assert found is not None
    assert {name: found.get(name) for name in PASSES[change]} == PASSES[change]
    assert found["n"] == "seven"


@pytest.mark.parametrize("change", REFUSED)
def test_values_that_come_are_looked_at(old: Bench, judge: Database[Any], change: str) -> None:
    """And once the document is corrected, the run goes on."""
    old.write_text(change)

    with pytest.raises(StatementFailed, match=r"_id = .* validator: n = 'seven'"):
        old.up()

    judge.t.delete_one({"_id": 3})
    assert len(old.up().done) == 1
