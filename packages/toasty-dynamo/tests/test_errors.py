"""What the service refuses is one clear error; backups, throttles and the like by botocore's Stubber."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from botocore.stub import ANY, Stubber
from botocore.validate import ParamValidator

from toasty_core import api
from toasty_core.backends import Caution
from toasty_core.errors import (
    CheckFailed,
    ConnectionFailed,
    LockNotAvailable,
    StatementFailed,
    Unsupported,
)
from toasty_core.operations import (
    AddColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropTable,
    ExecuteCommand,
    SetTableOptions,
)
from toasty_core.schema import ColumnDef, IndexDef, SchemaSnapshot, TableDef
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.backend import Known
from toasty_dynamo.backups import HasWayBack
from toasty_dynamo.connection import open_place
from toasty_dynamo.database import DynamoDatabase
from toasty_dynamo.errors import translated
from toasty_dynamo.places import read_place

NOTES = TableDef(
    "notes", [ColumnDef("id", "String"), ColumnDef("n", "Integer")], primary_key=["id"]
)
SCHEMA = SchemaSnapshot.of(NOTES)
URL = Url.parse("dynamodb://eu-west-1")
ACTIVE = {
    "TableName": "notes",
    "TableStatus": "ACTIVE",
    "TableArn": "arn:aws:dynamodb:eu-west-1:1:table/notes",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


@pytest.fixture
def aws(monkeypatch):
    """A database of the service itself, which is not asked: a Stubber answers for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    place = read_place(URL)
    client, account = open_place(place)
    database = DynamoDatabase(DynamoBackend(), place, client, account)
    with Stubber(client) as stubber:
        yield database, stubber
    database.close()


def record_is_written(stubber):
    """Toasty's own table is written to, which the Stubber answers."""
    stubber.add_response("transact_write_items", {}, {"TransactItems": ANY})


def described(stubber, **more):
    stubber.add_response("describe_table", {"Table": {**ACTIVE, **more}}, {"TableName": "notes"})


def statements(*operations, schema=SCHEMA, **known):
    backend = DynamoBackend(Known(aws=True, **known))
    parts = backend.compile_all(operations, schema)
    return [statement for part in parts for statement in part.statements]


def test_one_action_that_is_denied_names_the_action(aws):
    database, stubber = aws
    said = (
        "User: arn:aws:iam::1:user/ci is not authorized to perform: dynamodb:CreateTable on resource:"
        " arn:aws:dynamodb:eu-west-1:1:table/notes because no policy allows it"
    )
    stubber.add_client_error("describe_table", "ResourceNotFoundException")
    record_is_written(stubber)
    stubber.add_client_error("create_table", "AccessDeniedException", said)
    (create,) = statements(CreateTable(NOTES), schema=SchemaSnapshot())
    with pytest.raises(StatementFailed, match="not authorized") as caught:
        database.execute(create)

    assert "allow dynamodb:CreateTable on arn:aws:dynamodb:eu-west-1:1:table/notes" in (
        caught.value.hint or ""
    )
    assert "create-table" in (caught.value.statement or "")


def test_a_call_that_is_denied_names_the_operation_of_several(aws):
    """Of operations that are put together, it is the one whose call is refused; only this call is shown."""
    database, stubber = aws
    words = {"dynamodb": {"deletion_protection": True}}
    comes = [
        AddColumn("notes", ColumnDef("title", "String", nullable=True)),
        SetTableOptions("notes", words),
        CreateIndex("notes", IndexDef("by_n", ["n"])),
        CreateIndex("notes", IndexDef("by_title", ["title"])),
    ]
    (statement,) = statements(*comes)
    index = {"IndexName": "by_n", "IndexStatus": "ACTIVE"}
    described(stubber)
    stubber.add_client_error("update_table", "AccessDeniedException", "not authorized")
    with pytest.raises(StatementFailed) as protecting:
        database.execute(statement)
    for _ in range(2):  # it is protected by now, and there is no index yet
        described(stubber, DeletionProtectionEnabled=True)
    stubber.add_response("update_table", {})
    described(stubber, GlobalSecondaryIndexes=[index])
    described(stubber, GlobalSecondaryIndexes=[index])
    stubber.add_client_error("update_table", "AccessDeniedException", "not authorized")
    with pytest.raises(StatementFailed) as indexing:
        database.execute(statement)

    assert protecting.value.operation is comes[1]
    assert indexing.value.operation is comes[3]
    assert "by_title" in (indexing.value.statement or "")
    assert 'by_n"' not in (indexing.value.statement or "")


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        ("ExpiredTokenException", ConnectionFailed, "have expired"),
        ("UnrecognizedClientException", ConnectionFailed, "does not know the access key"),
        ("InternalServerError", ConnectionFailed, "run the command again"),
        ("ResourceNotFoundException", StatementFailed, "check the region"),
        ("ThrottlingException", LockNotAvailable, None),
        ("ProvisionedThroughputExceededException", LockNotAvailable, None),
        ("TransactionConflictException", LockNotAvailable, None),
        ("ValidationException", StatementFailed, None),
        ("AccessDeniedException", StatementFailed, "allow dynamodb:Scan in the policy"),
    ],
)
def test_what_the_service_answers_becomes_an_error_of_ours(aws, code, kind, hint):
    database, stubber = aws
    database.client.meta.config.retries["total_max_attempts"] = 1
    stubber.add_client_error("scan", code, "says why")
    with pytest.raises(kind, match="says why") as caught, translated(URL, "the statement"):
        database.client.scan(TableName="notes")

    assert type(caught.value) is kind
    assert code in caught.value.what
    assert hint is None or hint in caught.value.hint


def test_throttled_control_calls_are_tried_until_they_are_taken(aws):
    database, stubber = aws
    (change,) = statements(CreateIndex("notes", IndexDef("by_n", ["n"])))
    for code, said in (
        ("ThrottlingException", "Rate exceeded"),
        ("LimitExceededException", "Only 1 online index can be created or deleted simultaneously"),
        ("ResourceInUseException", "Attempt to change a resource which is still in use"),
    ):
        described(stubber)
        stubber.add_client_error("update_table", code, said)
    described(stubber)
    stubber.add_response("update_table", {}, None)
    index = {"IndexName": "by_n", "IndexStatus": "ACTIVE"}
    described(stubber, GlobalSecondaryIndexes=[index])
    described(stubber, GlobalSecondaryIndexes=[index])
    record_is_written(stubber)
    database.execute(change)

    stubber.assert_no_pending_responses()


def test_what_was_just_made_may_be_seen_late(aws):
    """DescribeTable is "eventually consistent": for a moment there is no such table, or it has no such index."""
    database, stubber = aws
    (create,) = statements(CreateTable(NOTES), schema=SchemaSnapshot())
    (change,) = statements(CreateIndex("notes", IndexDef("by_n", ["n"])))
    stubber.add_client_error("describe_table", "ResourceNotFoundException")
    record_is_written(stubber)
    stubber.add_response("create_table", {})
    stubber.add_client_error("describe_table", "ResourceNotFoundException")
    described(stubber, TableStatus="CREATING")
    described(stubber)
    described(stubber)
    record_is_written(stubber)
    database.execute(create)
    described(stubber)
    stubber.add_response("update_table", {})
    described(stubber)
    index = {"IndexName": "by_n", "IndexStatus": "CREATING"}
    described(stubber, GlobalSecondaryIndexes=[index])
    for _ in range(2):
        described(stubber, GlobalSecondaryIndexes=[{**index, "IndexStatus": "ACTIVE"}])
    record_is_written(stubber)
    database.execute(change)

    stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    "said",
    [
        "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 day(s).",
        "Subscriber limit exceeded: There is a limit of 256 tables per subscriber",
        "The parameter cannot be updated: the per-table limit of 20 global secondary indexes is reached",
    ],
)
def test_a_quota_is_told_and_not_waited_for(aws, said):
    """It is still there in a moment, and may be tomorrow; only what goes on at once passes."""
    database, stubber = aws
    (change,) = statements(CreateIndex("notes", IndexDef("by_n", ["n"])))
    described(stubber)
    stubber.add_client_error("update_table", "LimitExceededException", said)
    with pytest.raises(StatementFailed, match="DynamoDB refused UpdateTable") as told:
        database.execute(change)

    assert type(told.value) is StatementFailed
    assert said in told.value.what
    assert "Service Quotas" in (told.value.hint or "")


def time_to_live(stubber, status, column, times=1):
    for _ in range(times):
        words = {"TimeToLiveStatus": status, "AttributeName": column}
        stubber.add_response("describe_time_to_live", {"TimeToLiveDescription": words})


def test_a_time_to_live_that_landed_before_a_crash_is_left_as_it_is(aws):
    """It is on at the new column already: to turn the old one off then is an error of the service's."""
    database, stubber = aws
    noted = evolve(NOTES, options={"dynamodb": {"ttl": "n"}})
    ends = AddColumn("notes", ColumnDef("ends", "Integer", nullable=True))
    comes = SetTableOptions("notes", {"dynamodb": {"ttl": "ends"}})
    (change,) = statements(ends, comes, schema=SchemaSnapshot.of(noted))
    for _ in range(2):
        described(stubber)
        time_to_live(stubber, "ENABLED", "ends", 2)
    described(stubber)
    record_is_written(stubber)
    database.execute(change)

    stubber.assert_no_pending_responses()


def test_a_second_change_of_the_time_to_live_waits_for_its_hour(aws):
    """The service says that the first is through, and refuses the second all the same, for up to an hour."""
    database, stubber = aws
    noted = evolve(NOTES, options={"dynamodb": {"ttl": "n"}})
    comes = SetTableOptions("notes", {"dynamodb": {"ttl": "ends"}})
    ends = AddColumn("notes", ColumnDef("ends", "Integer", nullable=True))
    (change,) = statements(ends, comes, schema=SchemaSnapshot.of(noted))
    assert "one change of the time to live in an hour" in str(change)

    described(stubber)
    time_to_live(stubber, "ENABLED", "n", 2)
    stubber.add_response("update_time_to_live", {})
    described(stubber)
    time_to_live(stubber, "DISABLING", "n")
    time_to_live(stubber, "DISABLED", "n", 2)
    said = "Time to live has been modified multiple times within a fixed interval"
    stubber.add_client_error("update_time_to_live", "ValidationException", said)
    time_to_live(stubber, "DISABLED", "n")
    stubber.add_response("update_time_to_live", {})
    described(stubber)
    record_is_written(stubber)
    database.execute(change)

    stubber.assert_no_pending_responses()


def test_somebody_else_updates_the_table(aws):
    """A table in UPDATING, and one with an index that is CREATING: they are waited for."""
    database, stubber = aws
    (change,) = statements(CreateIndex("notes", IndexDef("by_n", ["n"])))
    described(stubber, TableStatus="UPDATING")
    other = {"IndexName": "other", "IndexStatus": "CREATING", "Backfilling": True}
    described(stubber, GlobalSecondaryIndexes=[other])
    described(stubber)
    stubber.add_response("update_table", {}, None)
    index = {"IndexName": "by_n", "IndexStatus": "CREATING"}
    described(stubber, GlobalSecondaryIndexes=[index])
    described(stubber, GlobalSecondaryIndexes=[{**index, "IndexStatus": "ACTIVE"}])
    described(stubber, GlobalSecondaryIndexes=[{**index, "IndexStatus": "ACTIVE"}])
    record_is_written(stubber)
    database.execute(change)

    stubber.assert_no_pending_responses()


def test_what_is_lost_on_aws_needs_a_backup_a_window_or_leave(aws):
    database, stubber = aws
    backend = DynamoBackend(Known(aws=True))
    (dropped,) = backend.compile_all([DropTable("notes")], SCHEMA)
    (check,) = [check for check in dropped.checks if isinstance(check.query, HasWayBack)]
    for status, count in (("DISABLED", 1), ("ENABLED", 0)):
        recovery = {"PointInTimeRecoveryStatus": status}
        said = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
        stubber.add_response(
            "describe_continuous_backups",
            {"ContinuousBackupsDescription": said},
            {"TableName": "notes"},
        )
        assert database.violations(check).count == count

    assert check.ahead
    assert "--backup makes a backup first" in check.hint
    for known in (Known(aws=True, backup=False), Known()):
        (dropped,) = DynamoBackend(known).compile_all([DropTable("notes")], SCHEMA)
        assert not dropped.checks


@pytest.mark.parametrize("lost", [DropTable("notes"), DropColumn("notes", "n")])
def test_a_backup_is_made_before_something_is_lost(aws, lost):
    database, stubber = aws
    first = statements(lost, backup=True)[0]
    arn = "arn:aws:dynamodb:eu-west-1:1:table/notes/backup/" + "0" * 20
    backup = {
        "BackupArn": arn,
        "BackupName": "toasty-notes",
        "BackupStatus": "CREATING",
        "BackupType": "USER",
        "BackupCreationDateTime": 0,
    }
    described(stubber)
    words = {"TableName": "notes", "BackupName": "toasty-notes"}
    stubber.add_response("create_backup", {"BackupDetails": backup}, words)
    for status in ("CREATING", "AVAILABLE"):
        details = {**backup, "BackupStatus": status}
        stubber.add_response(
            "describe_backup", {"BackupDescription": {"BackupDetails": details}}, {"BackupArn": arn}
        )
    if isinstance(lost, DropTable):
        described(stubber)
        stubber.add_response("delete_table", {}, {"TableName": "notes"})
        stubber.add_client_error("describe_table", "ResourceNotFoundException")
    record_is_written(stubber)
    database.execute(first)

    stubber.assert_no_pending_responses()
    assert "create-backup" in str(first)


def test_tags_and_recovery_go_to_the_service(aws):
    database, stubber = aws
    options = {"dynamodb": {"tags": {"team": "a"}, "point_in_time_recovery": True}}
    (change,) = statements(SetTableOptions("notes", options))
    described(stubber)
    stubber.add_response("update_continuous_backups", {}, None)
    described(stubber)
    tags = [{"Key": "team", "Value": "a"}]
    stubber.add_response("tag_resource", {}, {"ResourceArn": ACTIVE["TableArn"], "Tags": tags})
    described(stubber)
    record_is_written(stubber)
    database.execute(change)

    stubber.assert_no_pending_responses()


def test_local_says_what_it_leaves_out(bench):
    told = []
    options = {"tags": {"team": "a"}, "point_in_time_recovery": True}
    bench.write([CreateTable(NOTES)])
    bench.write([SetTableOptions("notes", {"dynamodb": options})])

    class Told(api.Progress):
        def working(self, text):
            told.append(text)

    api.up(bench.project, progress=Told())

    assert [text for text in told if "TagResource was left out" in text]
    assert [text for text in told if "UpdateContinuousBackups was left out" in text]
    assert not api.drift(bench.project)


def test_local_makes_no_backups_and_says_so_before_anything_runs(bench):
    bench.write([CreateTable(NOTES)])
    project = bench.project._replace(caution=Caution(backup=True))
    with pytest.raises(Unsupported, match="makes none") as caught:
        api.up(project)

    assert "DynamoDB Local has no backups" in (caught.value.reason or "")
    assert bench.journal() == []


def test_the_calls_of_a_dry_run_are_those_that_the_service_takes(bench, judge):
    """What stands behind --cli-input-json fits botocore's own description of each call."""
    from botocore.session import get_session

    model = get_session().get_service_model("dynamodb")
    names = {name.lower(): name for name in model.operation_names}
    options = {
        "ttl": "n",
        "stream": "KEYS_ONLY",
        "tags": {"a": "b"},
        "point_in_time_recovery": True,
    }
    bench.write([CreateTable(NOTES)])
    bench.write(
        [
            SetTableOptions("notes", {"dynamodb": options}),
            CreateIndex("notes", IndexDef("by_n", ["n"])),
            ExecuteCommand({"UpdateTimeToLive": {"TableName": "notes"}}),
        ]
    )
    import shlex

    seen = []
    for step in api.plan(bench.project).steps:
        for line in "\n".join(map(str, step.statements)).splitlines():
            aws_, service, command, option, text = shlex.split(line)
            assert (aws_, service, option) == ("aws", "dynamodb", "--cli-input-json")
            name = names[command.replace("-", "")]
            shape = model.operation_model(name).input_shape
            report = ParamValidator().validate(json.loads(text), shape)
            if name != "UpdateTimeToLive" or "TimeToLiveSpecification" in json.loads(text):
                assert not report.has_errors(), report.generate_report()
            seen.append(name)

    assert {"CreateTable", "UpdateTable", "TagResource", "UpdateContinuousBackups"} <= set(seen)


def test_a_command_that_is_none_is_refused_with_the_nearest(bench):
    bench.write([CreateTable(NOTES), ExecuteCommand({"UpdateTimeToLiv": {}})], down=[])
    with pytest.raises(Unsupported, match="no call 'UpdateTimeToLiv'") as caught:
        bench.up()

    assert "UpdateTimeToLive" in (caught.value.hint or "")
    assert bench.journal() == []


def test_a_command_runs_on_the_table_with_its_prefix(bench_at, dynamo_url, judge):
    bench = bench_at(f"{dynamo_url}/dev_")
    words = {
        "TableName": "notes",
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "n"},
    }
    bench.write([CreateTable(NOTES), ExecuteCommand({"UpdateTimeToLive": words})], down=[])
    bench.write_text(
        "db.execute_sql(\"INSERT INTO notes VALUE {'id': 'a', 'n': 1}\", only=\"dynamodb\")\n"
        "db.run(more)",
        head="def more(live):\n    live.client.put_item(TableName=live.table('notes'),"
        " Item={'id': {'S': 'b'}})\n",
    )
    bench.up()
    found = judge.client.describe_time_to_live(TableName="dev_notes")["TimeToLiveDescription"]

    assert found["AttributeName"] == "n"
    assert sorted(item["id"]["S"] for item in judge.items("dev_notes")) == ["a", "b"]


def test_credentials_are_in_no_journal_and_no_output(bench, judge):
    bench.write([CreateTable(NOTES), AddColumn("notes", ColumnDef("x", "String", nullable=True))])
    bench.up()
    everything = json.dumps(judge.items("toasty_migrations"))

    assert "secret" not in everything
    assert str(Url.parse(bench.url).username) not in everything


def test_checks_are_asked_before_anything_is_lost(bench, monkeypatch):
    """Against the service itself, an `up` that drops a table stops before its first statement."""
    bench.write([CreateTable(NOTES)])
    bench.up()
    bench.write([DropTable("notes")])
    monkeypatch.setattr(DynamoDatabase, "is_aws", property(lambda self: True))
    monkeypatch.setattr("toasty_dynamo.running.can_go_back", lambda client, name: False)
    with pytest.raises(CheckFailed, match="notes"):
        bench.up()

    assert "notes" in bench.introspect().tables
