"""How large tables are, as the service keeps count: AWS counts about every six hours."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from toasty_core.backends import TableSize
from toasty_dynamo.names import JOURNAL, OWN
from toasty_dynamo.waiting import describe

if TYPE_CHECKING:
    from toasty_dynamo.places import Place


_AT_ONCE = 16
"""How many tables are asked about at once."""


def table_names(client: Any, place: Place) -> Iterator[str]:
    """The keys of all tables that are ours, but for Toasty's own."""
    start: dict[str, str] = {}
    while True:
        answer = client.list_tables(**start)
        for name in answer["TableNames"]:
            key = name.removeprefix(place.prefix)
            own = key.startswith(OWN) or name == place.own_table or name.endswith(JOURNAL)
            if name.startswith(place.prefix) and key and not own:
                yield key
        if not answer.get("LastEvaluatedTableName"):
            return
        start = {"ExclusiveStartTableName": answer["LastEvaluatedTableName"]}


def sizes(client: Any, place: Place) -> dict[str, TableSize]:
    """Items and bytes by table."""
    keys = list(table_names(client, place))
    with ThreadPoolExecutor(_AT_ONCE, "toasty-sizes") as pool:
        found = list(pool.map(lambda key: describe(client, place.table(key)), keys))
    return {
        key: TableSize(int(said.get("ItemCount", 0)), int(said.get("TableSizeBytes", 0)))
        for key, said in zip(keys, found, strict=True)
        if said is not None
    }
