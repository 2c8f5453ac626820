"""What the migrations say of a table and DynamoDB itself does not know: columns, constraints, comments.

Kept in Toasty's own table, one item for each table, as JSON in the form of the stored snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from toasty_core.errors import ToastyError
from toasty_core.schema.codec import TABLE as SHAPE
from toasty_core.schema.codec import read_table
from toasty_core.schema.json_values import sorted_deep
from toasty_dynamo.journal import TABLE, key
from toasty_dynamo.kept import KEPT

if TYPE_CHECKING:
    from toasty_core.schema.tables import TableDef
    from toasty_dynamo.journal import OwnTable


class Records:
    """The records of all tables. `mark` names the statement in flight; empty where there is none."""

    def __init__(self, own: OwnTable, mark: str = "") -> None:
        self._own = own
        self._mark = mark

    def all(self) -> dict[str, TableDef]:
        """The tables that are recorded, by key."""
        found = (_table(item) for item in self._own.items(TABLE))
        return {table.key: table for table in found if table is not None}

    def is_ours(self, table: str) -> bool:
        """Did this very statement, in an earlier run, begin to make the table?"""
        item = self._own.item(TABLE, table)
        return bool(item and self._mark and item.get("mark", {}).get("S") == self._mark)

    def begin(self, table: str, name: str) -> None:
        """Notes that this statement makes the table `name`, as the service knows it: none that a rename left has it."""
        words = {**key(TABLE, table), **({"mark": {"S": self._mark}} if self._mark else {})}
        self._own.write(
            {"Put": {"TableName": self._own.name, "Item": words}},
            {"Delete": {"TableName": self._own.name, "Key": key(KEPT, name)}},
        )

    def put(self, table: TableDef) -> None:
        """Records a table in the place of what was recorded of it."""
        words = {**_definition(table), **({"mark": {"S": self._mark}} if self._mark else {})}
        self._own.put(TABLE, table.key, words)

    def delete(self, table: str) -> None:
        """Forgets a table."""
        self._own.delete(TABLE, table)


def _definition(table: TableDef) -> dict[str, Any]:
    text = json.dumps(sorted_deep(SHAPE.write(table)), ensure_ascii=False)
    return {"definition": {"S": text}}


def record_item(table: str, record: TableDef | None) -> dict[str, Any] | None:
    """The item that records a table; None for none."""
    return None if record is None else {**key(TABLE, table), **_definition(record)}


def _table(item: Mapping[str, Any]) -> TableDef | None:
    """The table of an item; None where nothing can be read, as while it is being made."""
    try:
        return read_table(json.loads(item["definition"]["S"]))
    except (KeyError, ValueError, ToastyError):
        return None
