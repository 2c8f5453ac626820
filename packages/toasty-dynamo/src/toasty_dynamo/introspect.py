"""The live schema: keys, indexes and settings as the service has them, the rest as it is recorded.

Where the two differ, the service is right. A table without a record is told from some of its items.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from attrs import evolve

from toasty_core.errors import ToastyError
from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import IndexDef, PrimaryKeyDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_dynamo import states
from toasty_dynamo.control import ttl_of
from toasty_dynamo.errors import NO_SUCH_CALL, code_of
from toasty_dynamo.indexes import attribute_type, index_words, own_indexes
from toasty_dynamo.kept import kept_tables
from toasty_dynamo.names import BACKEND
from toasty_dynamo.records import Records
from toasty_dynamo.settings import LOCAL, ON_DEMAND, PROVISIONED, STANDARD
from toasty_dynamo.sizes import table_names
from toasty_dynamo.waiting import Described, describe

if TYPE_CHECKING:
    from toasty_dynamo.journal import OwnTable
    from toasty_dynamo.places import Place

_AT_ONCE = 16
"""How many tables are asked about at once."""
_TYPES: Mapping[str, types.Type] = {"S": types.Text(), "N": types.Decimal(), "B": types.Binary()}


def introspect(client: Any, place: Place, own: OwnTable) -> SchemaSnapshot:
    """All tables with the URL's prefix, but Toasty's own."""
    kept, records = kept_tables(own), Records(own).all()
    names = table_names(client, place)
    keys = [key for key in names if key in records or place.table(key) not in kept]

    def read(key: str) -> TableDef | None:
        found = describe(client, place.table(key))
        if found is None or found["TableStatus"] == "DELETING":
            return None
        return _table(_Asked(client, place.table(key), found), key, records.get(key))

    with ThreadPoolExecutor(_AT_ONCE, "toasty-introspect") as pool:
        tables = [table for table in pool.map(read, keys) if table is not None]
    return SchemaSnapshot.of(*tables)


class _Asked:
    """A table of the service, and what has to be asked about it besides."""

    def __init__(self, client: Any, name: str, found: Described) -> None:
        self.client = client
        self.name = name
        self.found = found
        kinds = found["AttributeDefinitions"]
        self.kinds: dict[str, str] = {i["AttributeName"]: i["AttributeType"] for i in kinds}
        self.key = tuple(part["AttributeName"] for part in found["KeySchema"])

    def settings(self) -> Iterator[tuple[str, Any]]:
        """Its settings that are not as usual, as far as the service tells them."""
        provisioned = states.billing_of(self.found) == PROVISIONED.upper()
        if provisioned:
            units = states.throughput_of(self.found)
            yield "billing", PROVISIONED
            yield "read_capacity", units["ReadCapacityUnits"]
            yield "write_capacity", units["WriteCapacityUnits"]
        if states.stream_of(self.found):
            yield "stream", states.stream_of(self.found)
        status, column = ttl_of(self.client, self.name)
        if status in ("ENABLED", "ENABLING"):
            yield "ttl", column
        if self.found.get("DeletionProtectionEnabled"):
            yield "deletion_protection", True

    def unseen(self, recorded: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Settings of which a service may know nothing: then those that are recorded."""
        kind = self.found.get("TableClassSummary", {}).get("TableClass")
        if kind is None:
            kind = recorded.get("table_class", STANDARD)
        if kind != STANDARD:
            yield "table_class", kind
        tags = self._known(self._tags, recorded.get("tags", {}))
        if tags:
            yield "tags", tags
        if self._known(self._recovery, recorded.get("point_in_time_recovery", False)):
            yield "point_in_time_recovery", True

    def _known(self, ask: Any, recorded: Any) -> Any:
        from botocore.exceptions import ClientError

        try:
            return ask()
        except ClientError as error:
            if code_of(error) not in (NO_SUCH_CALL, "AccessDeniedException"):
                raise
            return recorded

    def _tags(self) -> dict[str, str]:
        answer = self.client.list_tags_of_resource(ResourceArn=self.found["TableArn"])
        own = (tag for tag in answer.get("Tags", ()) if not tag["Key"].startswith("aws:"))
        return {tag["Key"]: tag["Value"] for tag in own}

    def _recovery(self) -> bool:
        answer = self.client.describe_continuous_backups(TableName=self.name)
        said = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        return bool(said.get("PointInTimeRecoveryStatus") == "ENABLED")

    def indexes(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Its indexes, each with its kind; those that go are gone."""
        for word, kind in (("GlobalSecondaryIndexes", "global"), ("LocalSecondaryIndexes", LOCAL)):
            for index in self.found.get(word) or ():
                if index.get("IndexStatus") != "DELETING":
                    yield kind, index


def _table(asked: _Asked, key: str, record: TableDef | None) -> TableDef:
    recorded: Mapping[str, Any] = record.options.get(BACKEND, {}) if record is not None else {}
    known = {**dict(asked.settings()), **dict(asked.unseen(recorded))}
    options = {BACKEND: known} if known else {}
    columns = _columns(asked, record)
    if record is None or record.key_columns != asked.key:
        bare = TableDef(key, columns, primary_key=asked.key, options=options)
        table = bare if record is None else evolve(record, columns=columns, primary_key=asked.key)
    else:
        table = evolve(record, columns=columns)
    table = evolve(table, options=options, primary_key=PrimaryKeyDef(asked.key))
    return evolve(table, indexes=[_index(table, *found) for found in asked.indexes()])


def _columns(asked: _Asked, record: TableDef | None) -> tuple[ColumnDef, ...]:
    """The recorded columns; those of keys have the types that the service knows."""
    if record is None:
        from toasty_dynamo.sampling import sampled_columns

        columns = sampled_columns(asked.client, asked.name, asked.key, asked.kinds)
    else:
        columns = record.columns
    found = {column.name: column for column in columns}
    for name, kind in asked.kinds.items():
        column = found.get(name)
        if column is None or attribute_type(column) != kind:
            found[name] = ColumnDef(name, _TYPES[kind], nullable=name not in asked.key)
    return tuple(found.values())


def _index(table: TableDef, kind: str, words: Mapping[str, Any]) -> IndexDef:
    """The index as it is recorded, if the service has it so; else as the service has it."""
    for index in own_indexes(table):
        if index.name == words["IndexName"] and _agrees(table, index, words):
            return index
    columns = [part["AttributeName"] for part in words["KeySchema"]]
    options = dict(_index_settings(table, kind, words))
    return IndexDef(words["IndexName"], columns, options={BACKEND: options} if options else {})


def _agrees(table: TableDef, index: IndexDef, words: Mapping[str, Any]) -> bool:
    try:
        wanted = index_words(table, index)
    except ToastyError:
        return False
    capacity = states.throughput_of(words) if "ProvisionedThroughput" in wanted else None
    return states.same_index(wanted, words) and wanted.get("ProvisionedThroughput") == capacity


def _index_settings(
    table: TableDef, kind: str, words: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    if kind == LOCAL:
        yield "kind", LOCAL
    projection = words["Projection"]
    if projection["ProjectionType"] == "INCLUDE":
        yield "projection", sorted(projection["NonKeyAttributes"])
    elif projection["ProjectionType"] != "ALL":
        yield "projection", projection["ProjectionType"]
    units = states.throughput_of(words)
    own = table.options.get(BACKEND, {})
    provisioned = own.get("billing", ON_DEMAND) == PROVISIONED and kind != LOCAL
    usual = {
        "ReadCapacityUnits": own.get("read_capacity"),
        "WriteCapacityUnits": own.get("write_capacity"),
    }
    if provisioned and units != usual:
        yield "read_capacity", units["ReadCapacityUnits"]
        yield "write_capacity", units["WriteCapacityUnits"]


__all__ = ["introspect"]
