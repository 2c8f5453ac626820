"""Tables, indexes and settings, up and down on DynamoDB Local, with boto3 beside them as the service."""

from __future__ import annotations

import re

import pytest

from toasty_core import api
from toasty_core.errors import DatabaseError, StatementFailed, Unsupported
from toasty_core.operations import (
    AddColumn,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DeleteRows,
    DropIndex,
    DropTable,
    ExecuteCommand,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    RenameTable,
    SetTableOptions,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import ColumnDef, IndexDef, TableDef, UniqueDef
from toasty_dynamo.statements import Control

COLUMNS = [
    ColumnDef("tenant", "String"),
    ColumnDef("day", "Date"),
    ColumnDef("n", "Integer", nullable=True),
    ColumnDef("ends", "BigInteger", nullable=True),
    ColumnDef("note", "String", nullable=True),
    ColumnDef("done", "Boolean", nullable=True),
]


@pytest.fixture
def service(judge):
    """boto3's own client."""
    return judge.client


def visits(name="visits", indexes=(), **options):
    return TableDef(
        name,
        COLUMNS,
        primary_key=["tenant", "day"],
        indexes=indexes,
        options={"dynamodb": options} if options else {},
    )


def described(service, name="visits"):
    return service.describe_table(TableName=name)["Table"]


def keys(words):
    return [(part["AttributeName"], part["KeyType"]) for part in words["KeySchema"]]


def test_a_table_comes_with_its_indexes_in_one_call(bench, service):
    local = IndexDef("by_n", ["n"], options={"dynamodb": {"kind": "local", "projection": ["note"]}})
    whole = IndexDef("by_note", ["note", "n"], options={"dynamodb": {"projection": "KEYS_ONLY"}})
    bench.write([CreateTable(visits(indexes=[local])), CreateIndex("visits", whole)])
    (step,) = api.plan(bench.project).steps
    (statement,) = step.statements
    bench.up()
    found = described(service)

    assert isinstance(statement, Control)
    assert [call.operation for call in statement.changes[0].calls] == ["CreateTable"]
    assert keys(found) == [("tenant", "HASH"), ("day", "RANGE")]
    (glob,), (loc,) = found["GlobalSecondaryIndexes"], found["LocalSecondaryIndexes"]
    assert (keys(glob), glob["Projection"]) == (
        [("note", "HASH"), ("n", "RANGE")],
        {"ProjectionType": "KEYS_ONLY"},
    )
    assert keys(loc) == [("tenant", "HASH"), ("n", "RANGE")]
    assert loc["Projection"]["NonKeyAttributes"] == ["note"]
    bench.assert_schema(bench.schema())
    assert not api.drift(bench.project)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"stream": "KEYS_ONLY"}, lambda t: t["StreamSpecification"]["StreamViewType"]),
        ({"deletion_protection": True}, lambda t: t["DeletionProtectionEnabled"]),
        (
            {"billing": "provisioned", "read_capacity": 3, "write_capacity": 2},
            lambda t: t["ProvisionedThroughput"]["ReadCapacityUnits"],
        ),
        ({"tags": {"team": "a"}, "table_class": "STANDARD_INFREQUENT_ACCESS"}, None),
        ({"point_in_time_recovery": True}, None),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_setting_at_creation_later_and_gone(bench, service, options, says):
    bench.write([CreateTable(visits()), CreateTable(visits("born", **options))])
    bench.write([SetTableOptions("visits", {"dynamodb": options})])
    bench.write(
        [SetTableOptions(name, {"dynamodb": {}}) for name in ("visits", "born")],
    )
    api.up(bench.project, count=2)
    bench.assert_schema(bench.schema(until="20250101_000001_change"))
    if says:
        assert says(described(service)) == says(described(service, "born")) != 0

    bench.up()
    bench.assert_schema(bench.schema())
    bench.down()
    bench.assert_schema(bench.schema(until="20250101_000001_change"))
    assert not api.drift(bench.project)


def test_an_index_may_say_that_its_columns_are_not_null(bench, service):
    """An index of DynamoDB is so; any other condition is refused."""
    partial = IndexDef("by_note", ["note", "n"], where='note IS NOT NULL AND "n" is not null')
    bench.write([CreateTable(visits(indexes=[partial]))])
    bench.up()
    bench.assert_schema(bench.schema())
    for where in ("n > 17", "day IS NOT NULL", "note IS NULL"):
        version = bench.write([CreateIndex("visits", IndexDef("other", ["note"], where=where))])
        with pytest.raises(Unsupported, match="has the condition") as caught:
            bench.up()
        assert "the items that have its columns" in (caught.value.reason or "")
        (bench.folder / f"{version}.py").unlink()


def test_time_to_live_moves_from_one_column_to_another(bench, service):
    bench.write([CreateTable(visits(ttl="ends"))])
    bench.write([SetTableOptions("visits", {"dynamodb": {"ttl": "n"}})])
    bench.up()
    found = service.describe_time_to_live(TableName="visits")["TimeToLiveDescription"]

    assert (found["TimeToLiveStatus"], found["AttributeName"]) == ("ENABLED", "n")
    bench.assert_schema(bench.schema())
    bench.down()
    bench.assert_schema(bench.schema(until="20250101_000000_change"))


def test_several_index_changes_of_one_migration_are_queued(bench, service):
    one, two, three = (IndexDef(f"by_{name}", [name]) for name in ("n", "note", "day"))
    bench.write([CreateTable(visits(indexes=[one]))])
    bench.write(
        [DropIndex("visits", "by_n"), CreateIndex("visits", two), CreateIndex("visits", three)]
    )
    bench.up()

    found = {index["IndexName"]: index for index in described(service)["GlobalSecondaryIndexes"]}
    assert sorted(found) == ["by_day", "by_note"]
    assert {index["IndexStatus"] for index in found.values()} == {"ACTIVE"}
    bench.down()
    assert [i["IndexName"] for i in described(service)["GlobalSecondaryIndexes"]] == ["by_n"]
    bench.assert_schema(bench.schema(until="20250101_000000_change"))


def test_a_table_that_migrations_do_not_know_is_left_alone(bench, service):
    service.create_table(
        TableName="visits",
        AttributeDefinitions=[{"AttributeName": "x", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "x", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    bench.write([CreateTable(visits())])
    with pytest.raises(StatementFailed, match="a table visits already") as caught:
        bench.up()

    assert "baseline" in (caught.value.hint or "")
    assert keys(described(service)) == [("x", "HASH")]


def test_drift_of_what_somebody_changed_by_hand_is_shown(bench, service):
    bench.write([CreateTable(visits(indexes=[IndexDef("by_n", ["n"])]))])
    bench.up()
    service.update_table(
        TableName="visits", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_n"}}]
    )

    (found,) = api.drift(bench.project).operations
    assert isinstance(found, (CreateIndex, DropIndex))


def test_a_protected_table_is_not_dropped(bench, service):
    bench.write([CreateTable(visits(deletion_protection=True))])
    bench.write([DropTable("visits")])
    with pytest.raises(Unsupported, match="cannot be dropped") as caught:
        bench.up()

    assert "protected" in (caught.value.reason or "")
    assert bench.journal() == []


KEYED = [ColumnDef("id", "String"), ColumnDef("flag", "Boolean"), ColumnDef("n", "Integer")]
MANY = [IndexDef(f"by_n{number}", ["n"]) for number in range(21)]
LOCAL = {"dynamodb": {"kind": "local"}}


def table(**parts):
    return TableDef("tasks", KEYED, **{"primary_key": ["id"], **parts})


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (TableDef("tasks", KEYED), "no primary key"),
        (table(primary_key=["id", "n", "flag"]), "primary key of 3 columns"),
        (table(primary_key=["flag"]), "cannot be in the primary key"),
        (TableDef("ab", KEYED, primary_key=["id"]), "no table can be called 'ab'"),
        (TableDef("t" * 256, KEYED, primary_key=["id"]), "no table can be called"),
        (TableDef("toasty_x", KEYED, primary_key=["id"]), "no table can be called 'toasty_x'"),
        (table(indexes=MANY), "21 global indexes"),
        (table(indexes=[IndexDef("by_flag", ["flag"])]), "which is of type Boolean"),
        (table(indexes=[IndexDef("by_all", ["n", "id", "flag"])]), "has 3 columns"),
        (table(indexes=[IndexDef("ix", ["n"])]), "no index can be called 'ix'"),
        (table(indexes=[IndexDef("by_n", ["n"], unique=True)]), "is unique"),
        (table(indexes=[IndexDef("by_n", ["n"], where="n > 3")]), "the condition n > 3"),
        (table(indexes=[IndexDef("by_n", ["n"], options=LOCAL)]), "is local"),
        (table(uniques=[UniqueDef(["n"])]), "would not be kept"),
        (table(options={"dynamodb": {"ttl": "id"}}), "cannot live until 'id'"),
        (table(options={"dynamodb": {"biling": "x"}}), "an option 'biling'"),
        (table(options={"dynamodb": {"stream": "ALL"}}), "cannot be 'ALL'"),
        (table(options={"dynamodb": {"billing": "provisioned"}}), "capacity is not said"),
        (table(options={"dynamodb": {"read_capacity": 1}}), "has a read_capacity"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_said_before_anything_runs(bench, wrong, what):
    bench.write([CreateTable(visits()), CreateTable(wrong)])
    with pytest.raises(Unsupported) as caught:
        bench.up()

    assert what in caught.value.what
    assert caught.value.reason
    assert "20250101_000000_change.py" in (caught.value.where or "")
    assert bench.journal() == []
    assert not bench.introspect().tables


def test_a_local_index_is_there_from_the_beginning_or_needs_a_copy(bench, service):
    local = IndexDef("by_n", ["tenant", "n"], options={"dynamodb": {"kind": "local"}})
    bench.write([CreateTable(visits(indexes=[local]))])
    bench.write([DropIndex("visits", "by_n")])
    bench.up()

    assert "LocalSecondaryIndexes" not in described(service)
    bench.assert_schema(bench.schema())


def test_names_with_a_prefix(bench_at, dynamo_url, service):
    bench = bench_at(f"{dynamo_url}/dev_")
    bench.write([CreateTable(visits(indexes=[IndexDef("by_n", ["n"])]))])
    (step,) = api.plan(bench.project).steps
    bench.up()

    assert '"TableName": "dev_visits"' in str(step.statements[0])
    assert service.list_tables()["TableNames"] == ["dev_toasty_migrations", "dev_visits"]
    assert list(bench.introspect().tables) == ["visits"]
    assert bench_at(dynamo_url).connect().introspect().tables.keys() == {"dev_visits"}


def test_a_plan_names_tables_as_the_service_knows_them(bench_at, dynamo_url):
    """Each call is one that AWS's command line takes, whatever it is about."""
    bench = bench_at(f"{dynamo_url}/dev_")
    unique = UniqueDef(["name"], name="uq", options={"dynamodb": {"unique": "sentinel"}})
    columns = [ColumnDef("id", "Integer"), ColumnDef("name", "String", nullable=True)]
    bench.write([CreateTable(TableDef("notes", columns, primary_key=["id"]))])
    bench.write(
        [
            InsertRows("notes", [{"id": 1}]),
            UpsertRows("notes", [{"id": 1}]),
            UpdateRows("notes", {"name": "x"}),
            DeleteRows("notes", {"id": [1, 2]}),
            DeleteRows("notes", {"name": "y"}),
            AddUnique("notes", unique),
            RenameColumn("notes", "name", "title"),
            ModifyColumn("notes", "title", type="Integer"),
            ExecuteSql("DELETE FROM notes WHERE id = 2", only=["dynamodb"]),
            ExecuteCommand({"DescribeTable": {"TableName": "notes"}}),
            RenameTable("notes", "words"),
            ChangePrimaryKey("words", ["id", "title"]),
        ],
        down=[],
    )
    (_, step) = api.plan(bench.project).steps
    text = "\n".join(map(str, step.statements))

    named = re.findall(r'"TableName": "([^"]+)"', text)
    assert set(named) == {"dev_notes", "dev_words", "dev_toasty_copy_words"}
    statements = re.findall(r'"Statement": "(\w+ (?:FROM )?\S+)', text)
    assert {statement.split()[-1].strip('\\"') for statement in statements} == {"dev_notes"}
    assert "a sentinel in dev_toasty_unique" in text


def test_a_table_without_a_record_is_told_from_its_items(bench, service):
    service.create_table(
        TableName="found",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    service.put_item(TableName="found", Item={"id": {"N": "1"}, "name": {"S": "x"}})
    service.put_item(TableName="found", Item={"id": {"N": "2"}, "ok": {"BOOL": True}})
    found = bench.introspect().table("found")

    assert found.key_columns == ("id",)
    assert {c.name: (str(c.type), c.nullable) for c in found.columns} == {
        "id": ("BigInteger", False),
        "name": ("Text", True),
        "ok": ("Boolean", True),
    }


def test_operations_that_need_no_item_share_one_statement(bench):
    bench.write([CreateTable(visits()), CreateTable(visits("others"))])
    bench.write(
        [
            CreateIndex("visits", IndexDef("by_n", ["n"])),
            CreateIndex("others", IndexDef("by_n", ["n"])),
            CreateIndex("visits", IndexDef("by_note", ["note"])),
            DropTable("others"),
        ]
    )
    sent = [step.statements for step in api.plan(bench.project).steps]

    assert [[type(one) for one in some] for some in sent] == [[Control], [Control]]
    control = sent[1][0]
    assert isinstance(control, Control)
    assert [len(change.calls) for change in control.changes] == [2, 1]
    bench.up()
    bench.assert_schema(bench.schema())


def test_a_change_that_needs_no_call_needs_its_table(bench, service):
    bench.write([CreateTable(visits())])
    bench.up()
    service.delete_table(TableName="visits")
    bench.write([AddColumn("visits", ColumnDef("more", "String", nullable=True))])

    with pytest.raises(StatementFailed, match="There is no table visits"):
        bench.up()


def test_a_journal_of_another_program_is_told(bench, service):
    service.create_table(
        TableName="toasty_migrations",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    bench.write([CreateTable(visits())])

    with pytest.raises(DatabaseError, match="another program made it") as caught:
        bench.up()
    assert "history_table" in str(caught.value.hint)
