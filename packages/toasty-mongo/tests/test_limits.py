"""Time series, capped and clustered collections: what works there, and what is refused before anything is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from attrs import evolve

from toasty_core.errors import CheckFailed, Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DeleteRows,
    DropColumn,
    DropIndex,
    DropTable,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    RenameTable,
    SetTableComment,
    SetTableOptions,
    TransformRows,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    TableDef,
    UniqueDef,
    expr,
)

SERIES = {"timeseries": {"timeField": "at", "metaField": "sensor"}, "expireAfterSeconds": 3600}
READINGS = TableDef(
    "readings",
    [
        ColumnDef("at", "DateTime"),
        ColumnDef("sensor", "String"),
        ColumnDef("value", "Double"),
        ColumnDef("note", "String", nullable=True),
    ],
    indexes=[IndexDef("by_sensor", ["sensor", "at"])],
    options={"mongodb": SERIES},
)


def nothing(row):
    return None


@pytest.fixture
def readings(bench, judge):
    bench.write([CreateTable(READINGS)])
    bench.up()
    rows = [{"at": datetime(2030, 1, n), "sensor": f"s{n % 2}", "value": n} for n in range(1, 5)]
    bench.write([InsertRows("readings", rows)], down=())
    bench.up()
    return judge.readings


WORKS = [
    (AddColumn("readings", ColumnDef("unit", "String", nullable=True)),),
    (ModifyColumn("readings", "note", comment="by hand", nullable=False),),
    (SetTableComment("readings", "what was measured"),),
    (CreateIndex("readings", IndexDef("ix", ["value"], where="value > 1")),),
    (CreateIndex("readings", IndexDef("ix", ["sensor"], options={"mongodb": {"hidden": True}})),),
    (CreateIndex("readings", IndexDef("ix", [expr("sensor")])),),
    (DropIndex("readings", "by_sensor"),),
    (SetTableOptions("readings", {"mongodb": {**SERIES, "expireAfterSeconds": 60}}),),
]


@pytest.mark.parametrize("operations", WORKS, ids=str)
def test_a_time_series_takes(readings, bench, operations):
    bench.write(operations)
    bench.up()

    assert readings.count_documents({}) == 4
    bench.assert_schema(bench.schema())
    bench.down()
    bench.assert_schema(bench.schema("20250101_000001_change"))


def test_measurements_are_deleted_by_what_describes_them(readings, bench):
    bench.write([DeleteRows("readings", {"sensor": "s1"})], down=())
    bench.up()

    assert {one["sensor"] for one in readings.find()} == {"s0"}
    bench.write([DeleteRows("readings"), DropTable("readings")], down=())
    bench.up()
    assert "readings" not in readings.database.list_collection_names()


def test_a_column_that_measurements_have_stays(readings, bench):
    bench.write([DropColumn("readings", "note")])
    bench.up()
    bench.write([DropColumn("readings", "value")])
    with pytest.raises(CheckFailed, match="4 rows have a value in it"):
        bench.up()


LINK = ForeignKeyDef("sensor", "readings", "sensor")
REFUSED = [
    AddColumn("readings", ColumnDef("unit", "String", default="m")),
    AddColumn("readings", ColumnDef("unit", "String"), fill="m"),
    RenameColumn("readings", "value", "size"),
    ModifyColumn("readings", "value", type="String"),
    ModifyColumn("readings", "note", nullable=False, fill=""),
    RenameTable("readings", "measured"),
    ChangePrimaryKey("readings", ["at"]),
    AddCheck("readings", CheckDef("value > 0")),
    AddForeignKey("readings", LINK),
    AddUnique("readings", UniqueDef(["at"])),
    CreateIndex("readings", IndexDef("ix", ["at"], unique=True)),
    CreateIndex("readings", IndexDef("ix", ["note"], options={"mongodb": {"sparse": True}})),
    CreateIndex("readings", IndexDef("ix", ["note"], options={"mongodb": {"using": "text"}})),
    CreateIndex("readings", IndexDef("ix", ["at"], options={"mongodb": {"expireAfterSeconds": 1}})),
    UpdateRows("readings", {"value": 1}),
    DeleteRows("readings", {"value": 1}),
    UpsertRows("readings", [{"at": datetime(2030, 1, 1), "sensor": "s"}], key=["at"]),
    SetTableOptions("readings", {"mongodb": {"timeseries": {"timeField": "note"}}}),
]


@pytest.mark.parametrize("operation", REFUSED, ids=str)
def test_a_time_series_refuses(readings, bench, operation):
    bench.write([CreateIndex("readings", IndexDef("first", ["value"])), operation], down=())
    with pytest.raises(Unsupported) as caught:
        bench.up()

    assert caught.value.reason
    assert "first" not in readings.index_information()


@pytest.mark.parametrize(
    "table",
    [
        evolve(READINGS, primary_key=["at"]),
        evolve(READINGS, checks=[CheckDef("value > 0")]),
        evolve(READINGS, uniques=[UniqueDef(["at"])]),
    ],
    ids=["key", "check", "unique"],
)
def test_a_time_series_cannot_have(bench, judge, table):
    bench.write([CreateTable(table)])
    with pytest.raises(Unsupported):
        bench.up()

    assert judge.list_collection_names() == []


LOG = TableDef(
    "log",
    [ColumnDef("id", "Integer"), ColumnDef("text", "String"), ColumnDef("n", "Integer")],
    primary_key=["id"],
    indexes=[IndexDef("ix", ["n"], unique=True)],
)
KINDS: dict[str, dict[str, Any]] = {
    "capped": {"capped": True, "size": 1_000_192, "max": 1000},
    "clustered": {"clusteredIndex": {"key": {"_id": 1}, "unique": True}},
}


@pytest.fixture(params=KINDS)
def log(bench, judge, request):
    bench.write([CreateTable(evolve(LOG, options={"mongodb": KINDS[request.param]}))])
    bench.up()
    judge.log.insert_many([{"_id": n, "text": str(n), "n": n} for n in range(20)])
    return judge.log


def longer(row):
    return {"text": row["text"] * 10}


def test_capped_and_clustered_collections_change(log, bench):
    bench.project = bench.project._replace(url=f"{bench.url}?batchSize=3")
    bench.write(
        [
            RenameColumn("log", "text", "words"),
            AddColumn("log", ColumnDef("kind", "String", default="note")),
            ModifyColumn("log", "words", type="Integer"),
            UpdateRows("log", {"words": expr(mongodb='{"$add": ["$words", 1]}')}),
            AddCheck("log", CheckDef("n >= 0", name="ck")),
            DropColumn("log", "kind"),
            DeleteRows("log", {"id": 3}),
        ],
        down=(),
    )
    bench.up()

    assert {one["_id"]: one["words"] for one in log.find()} == {
        n: n + 1 for n in range(20) if n != 3
    }
    bench.assert_schema(bench.schema())
    head = "def longer(row):\n    return {'words': row['words'] * 10}\n"
    bench.write_text('db.transform_rows("log", longer, batch_size=4)', head=head)
    bench.up()
    assert log.find_one({"_id": 7})["words"] == 80
    bench.write([RenameTable("log", "diary")])
    bench.up()
    bench.assert_schema(bench.schema())


def test_a_clustered_collection_gets_another_key(bench, judge):
    bench.write([CreateTable(evolve(LOG, options={"mongodb": KINDS["clustered"]}))])
    bench.up()
    judge.log.insert_many([{"_id": n, "text": str(n), "n": n} for n in range(20)])
    bench.write([ChangePrimaryKey("log", ["text"])])
    bench.up()

    assert judge.log.find_one({"_id": "7"})["id"] == 7
    bench.assert_schema(bench.schema())


def test_a_capped_collection_gets_another_size(bench, judge):
    bench.write([CreateTable(evolve(LOG, options={"mongodb": KINDS["capped"]}))])
    bench.up()
    larger = {"mongodb": {"capped": True, "size": 2_000_128, "max": 2000}}
    bench.write([SetTableOptions("log", larger)])
    bench.up()

    assert judge.log.options()["max"] == 2000
    bench.assert_schema(bench.schema())
    bench.down()
    bench.assert_schema(bench.schema("20250101_000000_change"))


@pytest.mark.parametrize(
    "operation",
    [
        CreateIndex("log", IndexDef("ttl", ["n"], options={"mongodb": {"expireAfterSeconds": 5}})),
        SetTableOptions("log", {}),
        ChangePrimaryKey("log", ["n"]),
    ],
    ids=str,
)
def test_a_capped_collection_refuses(bench, judge, operation):
    bench.write([CreateTable(evolve(LOG, options={"mongodb": KINDS["capped"]})), operation])
    with pytest.raises(Unsupported) as caught:
        bench.up()

    assert caught.value.reason
    assert judge.list_collection_names() == []


def test_transforms_of_measurements_are_refused(readings, bench):
    table = evolve(READINGS, primary_key=["at"])
    with pytest.raises(Unsupported):
        tuple(bench.backend.compile(TransformRows("readings", nothing), bench.schema().put(table)))


@pytest.mark.parametrize(
    ("operation", "near"),
    [
        (CreateTable(evolve(LOG, options={"mongodb": {"validationLevl": "off"}})), "validationLevel"),
        (CreateIndex("log", IndexDef("i", ["n"], options={"mongodb": {"spars": 1}})), "sparse"),
        (CreateIndex("log", IndexDef("i", ["n"], options={"mongodb": {"using": "txt"}})), "text"),
        (AddForeignKey("log", ForeignKeyDef("n", "log", options={"mongodb": {"chek": 1}})), "check"),
        (SetTableOptions("log", {"mongodb": {"cap": True}}), "capped"),
        (AddColumn("log", ColumnDef("x", "Text", options={"mongodb": {"a": 1}})), None),
    ],
    ids=str,
)  # fmt: skip
def test_options_that_are_unknown(bench, operation, near):
    before = bench.schema().put(LOG)
    with pytest.raises(Unsupported, match=r"for MongoDB|the kind") as caught:
        tuple(bench.backend.compile(operation, before))

    assert near is None or near in (caught.value.hint or "")
    assert caught.value.reason
