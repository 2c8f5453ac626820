"""A service that throttles, for a while or throughout, and one that does not allow PartiQL: botocore's Stubber."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import boto3
import pytest
from botocore.stub import ANY, Stubber

from toasty_core.errors import LockLost, StatementFailed
from toasty_core.execution.lock import new_owner
from toasty_core.url import Url
from toasty_dynamo import DynamoBackend
from toasty_dynamo.batches import BatchWriter, read_again
from toasty_dynamo.conflicts import past_conflicts
from toasty_dynamo.database import DynamoDatabase
from toasty_dynamo.edits import Change, Edit, Table
from toasty_dynamo.filters import Has
from toasty_dynamo.journal import OwnTable
from toasty_dynamo.lock import LeaseLock
from toasty_dynamo.notes import Segment
from toasty_dynamo.pacing import ItemSettings, Pace
from toasty_dynamo.scanning import Reading, pages
from toasty_dynamo.streams import Event, Stream, streams_client
from toasty_dynamo.transactions import Refused, TransactionWriter

TABLE = Table("items", ("id",))
ARN = "arn:aws:dynamodb:eu-west-1:1:table/items/stream/2026-11-23T00:00:00.000"
SET = Change((("n", {"N": "1"}),))


class Clock:
    """Time that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client():
    return boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


@pytest.fixture
def stub(client):
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def pace(clock, **settings):
    return Pace(ItemSettings(**settings), clock, clock.sleep)


def edits(count):
    return [Edit({"id": {"S": str(n)}}, SET, Has("n")) for n in range(count)]


def answers(*codes):
    """What BatchExecuteStatement answers, one code for each statement; None: done."""
    errors = ({"Error": {"Code": code, "Message": code}} if code else {} for code in codes)
    return {"Responses": list(errors)}


def statements(*numbers):
    """What it is asked: one statement for each of these items."""
    text = 'UPDATE "items" SET "n"=? WHERE "id"=? AND "n" IS NOT MISSING'
    each = [
        {"Statement": text, "Parameters": [{"N": "1"}, {"S": str(number)}]} for number in numbers
    ]
    return {"Statements": each}


def test_only_what_was_throttled_is_sent_again(client, stub, clock):
    stub.add_response(
        "batch_execute_statement",
        answers(None, "ThrottlingError", "ConditionalCheckFailed"),
        statements(0, 1, 2),
    )
    stub.add_response(
        "batch_execute_statement", answers("ProvisionedThroughputExceeded"), statements(1)
    )
    stub.add_response("batch_execute_statement", answers(None), statements(1))
    refused = BatchWriter(client, TABLE, pace(clock)).write(edits(3))

    assert [edit.key["id"]["S"] for edit in refused] == ["2"]
    assert len(clock.pauses) == 2


def test_pauses_grow_while_it_throttles_and_shrink_again(clock):
    found = pace(clock)
    grown = []
    for _ in range(12):
        found.throttled("slower")
        found.wait()
        grown.append(clock.pauses[-1])
    assert grown[0] < grown[5] < max(grown) <= 20
    for _ in range(60):
        found.used(1)
    count = len(clock.pauses)
    found.wait()
    assert len(clock.pauses) == count


def test_throttling_throughout_is_one_clear_error(client, stub, clock):
    for _ in range(6):
        stub.add_client_error("batch_execute_statement", "ThrottlingException", "Rate exceeded")
    found = pace(clock, patience=0.7)
    with pytest.raises(StatementFailed, match="Rate exceeded") as caught:
        BatchWriter(client, TABLE, found).write(edits(1))

    assert "capacity" in str(caught.value.hint)
    stub._queue.clear()


def test_a_budget_of_capacity_is_kept(client, stub, clock):
    for _ in range(4):
        said = {"Responses": [{}] * 25, "ConsumedCapacity": [{"CapacityUnits": 50.0}]}
        expected = {"Statements": ANY, "ReturnConsumedCapacity": "TOTAL"}
        stub.add_response("batch_execute_statement", said, expected)
    BatchWriter(client, TABLE, pace(clock, capacity=100.0)).write(edits(100))

    assert sum(clock.pauses) == pytest.approx(1.5)


def test_without_the_permission_for_partiql_each_item_is_updated_by_itself(client, stub, clock):
    stub.add_client_error(
        "batch_execute_statement", "AccessDeniedException", "not dynamodb:PartiQLUpdate"
    )
    for number in (0, 1):
        expected = {
            "TableName": "items",
            "Key": {"id": {"S": str(number)}},
            "UpdateExpression": "SET #0 = :0",
            "ConditionExpression": "(attribute_exists(#1) AND attribute_exists(#0))",
            "ExpressionAttributeNames": {"#0": "n", "#1": "id"},
            "ExpressionAttributeValues": {":0": {"N": "1"}},
        }
        stub.add_response("update_item", {}, expected)
    assert BatchWriter(client, TABLE, pace(clock)).write(edits(2)) == []


def test_an_error_of_one_statement_names_its_item(client, stub, clock):
    said = answers(None, "ValidationError")
    stub.add_response("batch_execute_statement", said, statements(0, 1))
    with pytest.raises(StatementFailed, match="id = '1'"):
        BatchWriter(client, TABLE, pace(clock)).write(edits(2))


def test_a_throttled_scan_goes_on(client, stub, clock):
    request = {"TableName": "items", "ConsistentRead": True, "Limit": 2500}
    stub.add_client_error(
        "scan", "ProvisionedThroughputExceededException", "slow", expected_params=request
    )
    stub.add_response("scan", {"Items": [{"id": {"S": "0"}}], "ScannedCount": 1}, request)
    found = list(pages(client, Reading(TABLE), Segment(0, 1), pace(clock)))

    assert [page.items for page in found] == [[{"id": {"S": "0"}}]]
    assert clock.pauses


def test_keys_that_were_not_read_are_asked_for_again(client, stub, clock):
    keys = [{"id": {"S": str(n)}} for n in range(2)]
    asked = {"items": {"Keys": keys, "ConsistentRead": True}}
    left = {"items": {"Keys": keys[1:], "ConsistentRead": True}}
    stub.add_response(
        "batch_get_item",
        {"Responses": {"items": keys[:1]}, "UnprocessedKeys": left},
        {"RequestItems": asked},
    )
    stub.add_response("batch_get_item", {"Responses": {"items": keys[1:]}}, {"RequestItems": left})

    assert list(read_again(client, TABLE, keys, pace(clock))) == keys


# Transactions.


def writer(client, clock, *, locked=False):
    lock = LeaseLock(client, "own")
    if locked:
        lock.token, lock.fence = "me", 7
    return TransactionWriter(OwnTable(client, "own", lock), TABLE, pace(clock))


def cancelled(stub, *codes):
    reasons = [{"Code": code} for code in codes]
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        "cancelled",
        modeled_fields={"CancellationReasons": reasons},
    )


def test_a_conflict_is_tried_again(client, stub, clock):
    """Another transaction is over in a moment: that does not count as throttling, after which less is asked for."""
    for _ in range(5):
        cancelled(stub, "None", "TransactionConflict")
    stub.add_response("transact_write_items", {})
    writer(client, clock).write(edits(2))
    assert clock.pauses == []

    cancelled(stub, "TransactionConflict", "ThrottlingError")
    stub.add_response("transact_write_items", {})
    writer(client, clock).write(edits(2))
    assert len(clock.pauses) == 1


def test_transactions_under_one_lock_do_not_get_into_each_others_way(dynamo_url):
    """All of them look at the lock: those of one runner wait for each other, and others' are tried again."""
    with DynamoBackend().connect(Url.parse(dynamo_url)) as database:
        assert isinstance(database, DynamoDatabase)
        database.create_journal()
        assert database.take_lock(new_owner(), 60) is None
        put = {"kind": {"S": "x"}, "id": {"S": "y"}}

        def work(number):
            words = {
                "Put": {"TableName": database.own.name, "Item": {**put, "n": {"N": str(number)}}}
            }
            database.own.write(words)
            past_conflicts(
                lambda: database.client.transact_write_items(
                    TransactItems=[database.fence_check(), words]
                )
            )

        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(work, range(64))) == [None] * 64


def test_the_same_token_as_long_as_it_is_not_known_what_became_of_it(client, stub, clock):
    """The service does a transaction once for each token, whatever was lost on the way."""
    tokens = []
    client.meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems",
        lambda params, **_: tokens.append(params["ClientRequestToken"]),
    )
    stub.add_client_error("transact_write_items", "InternalServerError", "perhaps")
    cancelled(stub, "TransactionConflict")
    stub.add_response("transact_write_items", {})
    writer(client, clock).write(edits(1))

    assert tokens[0] == tokens[1] != tokens[2]


def test_who_was_overtaken_is_told_so(client, stub, clock):
    cancelled(stub, "ConditionalCheckFailed", "None")
    with pytest.raises(LockLost):
        writer(client, clock, locked=True).write(edits(1))


def test_what_others_changed_is_named(client, stub, clock):
    cancelled(stub, "None", "None", "ConditionalCheckFailed")
    with pytest.raises(Refused) as caught:
        writer(client, clock, locked=True).write(edits(2))
    assert caught.value.places == (1,)


def test_a_stream_that_throttles_is_asked_again(client):
    """Its shards answer five times in a second, whoever asks."""
    streams = streams_client(client)
    change = {"NewImage": {"id": {"N": "1"}}, "SequenceNumber": "000000000000000000001"}
    shards = {"StreamDescription": {"Shards": [{"ShardId": "shardId-00000000000000000001"}]}}
    with Stubber(streams) as stub:
        stub.add_response("describe_stream", shards)
        for iterator in ("oldest", "latest"):
            stub.add_response("get_shard_iterator", {"ShardIterator": iterator})
        for code in ("ThrottlingException", "LimitExceededException"):
            stub.add_client_error("get_records", code, "Rate exceeded")
        stub.add_response("get_records", {"Records": [{"dynamodb": change}]})
        stub.add_client_error("get_records", "ThrottlingException", "Rate exceeded")
        stub.add_response("get_records", {"Records": []})
        stream = Stream(streams, ARN, datetime.now(timezone.utc))
        (events,) = stream.events()

        assert events == [Event(None, {"id": {"N": "1"}})]
        assert stream.is_quiet
        stub.assert_no_pending_responses()
