"""What happened to a table's items, from its stream.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
A stream keeps 24 hours. That of a table that is deleted can still be read to its end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from toasty_core.errors import StatementFailed
from toasty_dynamo.errors import IN_THE_WAY, code_of
from toasty_dynamo.filters import Av
from toasty_dynamo.waiting import Waiter

BOTH = "NEW_AND_OLD_IMAGES"
_CUT = ("TrimmedDataAccessException", "ResourceNotFoundException")
_QUIET = 3
"""How many answers without a record, one after the other, mean that there is nothing more for now."""
_PATIENCE = 120.0
"""How long to go on while a shard gives no answer at all, in seconds."""

Item = Mapping[str, Av]


def close_stream(client: Any, table: str) -> None:
    """Turns the table's stream off, where it is on."""
    found = Waiter(client).ready(table)
    if found is not None and found.get("StreamSpecification"):
        client.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
        Waiter(client).ready(table)


class Position(NamedTuple):
    """How far a stream was read: its shards, those that are over, and the last number that was read in each."""

    shards: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    read: tuple[tuple[str, str], ...] = ()


class Cut(Exception):
    """The stream does not hold any more what happened since it was last read, or not all of it."""


class Event(NamedTuple):
    """One change of an item: what it was, and what it is (None: it was not there, it is no more)."""

    before: Item | None
    after: Item | None


def streams_client(client: Any) -> Any:
    """A client of the streams where a client of DynamoDB is, with the same credentials."""
    import boto3
    from botocore.session import Session

    inner = Session()
    inner._credentials = client._request_signer._credentials
    session = boto3.session.Session(botocore_session=inner, region_name=client.meta.region_name)
    address = client.meta.endpoint_url
    own = {} if ".amazonaws.com" in address else {"endpoint_url": address}
    return session.client("dynamodbstreams", config=client.meta.config, **own)


def open_stream(client: Any, table: str) -> str:
    """The name of the table's stream, which is turned on where there is none. Raises StatementFailed."""
    waiter = Waiter(client)
    found = waiter.ready(table)
    if found is None:
        raise StatementFailed(f"There is no table {table}.")
    view = (found.get("StreamSpecification") or {}).get("StreamViewType")
    if view is None:
        words = {"StreamEnabled": True, "StreamViewType": BOTH}
        found = client.update_table(TableName=table, StreamSpecification=words)["TableDescription"]
        waiter.made(table)
    elif view != BOTH:
        raise StatementFailed(
            f"The stream of {table} holds {view}, and a copy needs old and new items",
            hint="set the table's option stream to 'NEW_AND_OLD_IMAGES' in a migration before this one",
        )
    arn: str = found["LatestStreamArn"]
    return arn


def is_on(client: Any, arn: str) -> bool:
    """Does the stream note what happens, or has somebody turned it off?"""
    from botocore.exceptions import ClientError

    try:
        said = client.describe_stream(StreamArn=arn)["StreamDescription"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return False
    return bool(said["StreamStatus"] in ("ENABLING", "ENABLED"))


class Stream:
    """Reads a stream in order, and remembers how far; events before `since` are left out.

    It begins at a position that an earlier reading came to: then it raises Cut where it cannot go on from there.
    """

    def __init__(
        self, client: Any, arn: str, since: datetime, position: Position | None = None
    ) -> None:
        self._client = client
        self._arn = arn
        self._since = since
        self._begun = position or Position()
        self._read = dict(self._begun.read)
        """The last number that was read, by shard."""
        self._closed = set(self._begun.closed)
        self._known = self._begun.shards
        self.is_quiet = True
        """Had nobody written any more when it was last read?"""

    @property
    def position(self) -> Position:
        """How far it was read."""
        return Position(self._known, tuple(sorted(self._closed)), tuple(sorted(self._read.items())))

    @property
    def is_over(self) -> bool:
        """Is the stream closed, and read to its end?"""
        return set(self._shards()) <= self._closed

    def events(self) -> Iterator[list[Event]]:
        """What has happened since it was last read, in portions; parents before the shards that follow them.

        It ends where there is nothing more for now, or, where others write all the time, behind what had happened when
        it began: `is_quiet` says which.
        """
        from botocore.exceptions import ClientError

        self.is_quiet = True
        try:
            shards = self._shards()
            open_ones = set(self._begun.shards) - set(self._begun.closed)
            if not open_ones <= set(shards):
                raise Cut
            self._known = tuple(shards)
            for shard, parent in shards.items():
                is_next = parent is None or parent not in shards or parent in self._closed
                if is_next and shard not in self._closed:
                    yield from self._of(shard)
        except ClientError as error:
            if code_of(error) not in _CUT:
                raise
            raise Cut from error

    def _shards(self) -> dict[str, str | None]:
        """The shards with their parents, in order."""
        found: list[Mapping[str, Any]] = []
        more: dict[str, Any] = {}
        while True:
            said = self._client.describe_stream(StreamArn=self._arn, **more)["StreamDescription"]
            found += said["Shards"]
            if not said.get("LastEvaluatedShardId"):
                break
            more = {"ExclusiveStartShardId": said["LastEvaluatedShardId"]}
        parents = {one["ShardId"]: one.get("ParentShardId") for one in found}
        return {shard: parents[shard] for shard in _in_order(parents)}

    def _of(self, shard: str) -> Iterator[list[Event]]:
        iterator, quiet = self._iterator(shard), 0
        end = _End(self._client, self._ask(shard, {"ShardIteratorType": "LATEST"}))
        while iterator is not None and quiet < _QUIET:
            said = _records(self._client, iterator)
            records = [one["dynamodb"] for one in said["Records"]]
            quiet = 0 if records else quiet + 1
            if records:
                yield [_event(record) for record in records if self._is_fresh(record)]
                self._read[shard] = records[-1]["SequenceNumber"]
                if end.is_reached(records[-1]["SequenceNumber"]):
                    self.is_quiet = False
                    return
            iterator = said.get("NextShardIterator")
        if iterator is None:
            self._closed.add(shard)

    def _is_fresh(self, record: Mapping[str, Any]) -> bool:
        happened = record.get("ApproximateCreationDateTime")
        return happened is None or happened >= self._since

    def _iterator(self, shard: str) -> str | None:
        last = self._read.get(shard)
        if last is None:
            return self._ask(shard, {"ShardIteratorType": "TRIM_HORIZON"})
        return self._ask(
            shard, {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        )

    def _ask(self, shard: str, where: Mapping[str, str]) -> str | None:
        said = self._client.get_shard_iterator(StreamArn=self._arn, ShardId=shard, **where)
        found: str | None = said.get("ShardIterator")
        return found


class _End:
    """Where a shard ended when its reading began: before the first record that `latest` brings."""

    def __init__(self, client: Any, latest: str | None) -> None:
        self._client = client
        self._latest = latest
        self._first: int | None = None

    def is_reached(self, number: str) -> bool:
        """Is all read that was there at the beginning, and has more come since? Numbers grow within a shard."""
        if self._first is None and self._latest is not None:
            said = _records(self._client, self._latest, 1)
            self._latest = said.get("NextShardIterator")
            for record in said["Records"]:
                self._first = int(record["dynamodb"]["SequenceNumber"])
        return self._first is not None and int(number) >= self._first


def _records(client: Any, iterator: str, most: int = 1_000) -> Mapping[str, Any]:
    """The next records. A shard gives five answers in a second, to all that read it: it is asked until it gives one."""
    from botocore.exceptions import ClientError

    began = time.monotonic()
    while True:
        try:
            found: Mapping[str, Any] = client.get_records(ShardIterator=iterator, Limit=most)
            return found
        except ClientError as error:
            if code_of(error) not in IN_THE_WAY or time.monotonic() - began > _PATIENCE:
                raise
        Waiter(client).rest(began)


def _event(record: Mapping[str, Any]) -> Event:
    return Event(record.get("OldImage"), record.get("NewImage"))


def _in_order(parents: Mapping[str, str | None]) -> list[str]:
    """The shards, each after the one that it follows."""
    ordered: list[str] = []

    def add(shard: str) -> None:
        parent = parents.get(shard)
        if parent in parents and parent is not None and parent not in ordered:
            add(parent)
        if shard not in ordered:
            ordered.append(shard)

    for shard in sorted(parents):
        add(shard)
    return ordered
