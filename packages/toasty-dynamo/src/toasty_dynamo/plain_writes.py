"""Writes without conditions, for a table that nobody else uses yet.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from toasty_dynamo.batches import AGAIN, BATCH
from toasty_dynamo.edits import Table
from toasty_dynamo.errors import code_of
from toasty_dynamo.filters import Av

if TYPE_CHECKING:
    from toasty_dynamo.desk import Desk

Item = Mapping[str, Av]


def write_items(desk: Desk, table: Table, items: Iterable[Item]) -> None:
    """Puts items in, in the place of those with the same key."""
    _batches(desk, table, [{"PutRequest": {"Item": dict(item)}} for item in items])


def delete_items(desk: Desk, table: Table, keys: Iterable[Item]) -> None:
    """Deletes the items with these keys."""
    _batches(desk, table, [{"DeleteRequest": {"Key": dict(found)}} for found in keys])


def _batches(desk: Desk, table: Table, requests: list[dict[str, Any]]) -> None:
    from botocore.exceptions import ClientError

    for at in range(0, len(requests), BATCH):
        wanted = requests[at : at + BATCH]
        while wanted:
            desk.pace.wait()
            try:
                said = desk.client.batch_write_item(RequestItems={table.name: wanted})
            except ClientError as error:
                if code_of(error) not in AGAIN:
                    raise
                desk.pace.throttled(str(error))
                continue
            left = said.get("UnprocessedItems", {}).get(table.name, [])
            if len(left) < len(wanted):
                desk.pace.used(len(wanted) - len(left))
            if left:
                desk.pace.throttled("not all items were written")
            wanted = left
