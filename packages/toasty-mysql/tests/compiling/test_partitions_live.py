"""Tables that are split: how they become so, otherwise, and whole again, on both servers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from toasty_core.operations import CreateTable, InsertRows, SetTableOptions
from toasty_core.schema import ColumnDef, TableDef

HASH: dict[str, Any] = {"partition_by": "HASH (at)", "partitions": 3}
RANGE: dict[str, Any] = {
    "PARTITION BY": "RANGE (at)",
    "subpartition_by": "HASH (id)",
    "subpartitions": "2 (PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN MAXVALUE)",
}
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another number": (HASH, {**HASH, "partitions": 5}, "HASH.*PARTITIONS 5"),
    "another way": (HASH, {**HASH, "partition_by": "KEY (at)"}, "KEY.*PARTITIONS 3"),
    "the usual number": (HASH, {"partition_by": "HASH (at)"}, r"HASH \(`at`\)"),
    "of two steps": (HASH, RANGE, "RANGE.*SUBPARTITION BY HASH.*SUBPARTITIONS 2"),
    "other options besides": (HASH, {**RANGE, "row_format": "COMPACT"}, "COMPACT.*RANGE"),
    "split": ({}, HASH, "HASH.*PARTITIONS 3"),
    "no longer": (RANGE, {"row_format": "COMPACT"}, "COMPACT"),
}


def readings(options):
    columns = [ColumnDef("id", "Integer"), ColumnDef("at", "Integer")]
    return TableDef("readings", columns, primary_key=["id", "at"], options={"mysql": options})


@pytest.mark.parametrize("large", [(), ("readings",)], ids=["small", "large"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_table_is_split_otherwise(shop, change, large):
    old, new, words = CHANGES[change]
    rows = tuple({"id": number, "at": number} for number in range(20))
    shop.do(CreateTable(readings(old)), InsertRows("readings", rows))
    before = shop.definition("readings")
    shop.do(SetTableOptions("readings", {"mysql": new}), large=large)
    found = shop.definition("readings")

    assert re.search(words, found, re.DOTALL)
    assert ("PARTITION" in found) == ("PARTITION" in " ".join(new).upper())
    shop.do(SetTableOptions("readings", {"mysql": old}), large=large)
    assert shop.definition("readings").replace(" ROW_FORMAT=DEFAULT", "") == before
    assert shop.rows("SELECT count(*) FROM readings") == [(20,)]
