"""How large collections are, as the server keeps count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toasty_core.backends import TableSize
from toasty_mongo.names import OWN

if TYPE_CHECKING:
    from pymongo.database import Database


def sizes(database: Database[Any]) -> dict[str, TableSize]:
    """Documents and bytes by collection."""
    found: dict[str, TableSize] = {}
    stages: list[dict[str, Any]] = [{"$collStats": {"storageStats": {}}}]
    for item in database.list_collections():
        name = item["name"]
        if item.get("type") != "view" and not name.startswith((OWN, "system.")):
            answers = list(database[name].aggregate(stages))
            stats = answers[0].get("storageStats", {}) if answers else {}
            found[name] = TableSize(int(stats.get("count", 0)), int(stats.get("size", 0)))
    return found
