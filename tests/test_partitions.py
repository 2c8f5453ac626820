"""Partitions in the models: right after `migrate:up`, neither `migrate:generate` nor `schema:drift` finds a thing."""

from __future__ import annotations

from server_shop import ServerShop, on

_MODELS = """
from toasty_core import key, model


@model(table="readings", options={"mysql": OPTIONS})
class Reading:
    id: int = key()
    at: int = key()
    value: int | None = None
"""
_PARTS = "(PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN MAXVALUE)"
OPTIONS = [
    {"partition_by": "HASH (at)", "partitions": 3},
    {"partition_by": "LINEAR KEY (at)"},
    {"PARTITION BY": f"RANGE (at) {_PARTS}", "row_format": "COMPACT"},
    {"partition_by": "RANGE (at)", "subpartition_by": f"HASH (id) {_PARTS}"},
    {"partition_by": "RANGE (at)", "subpartition_by": "KEY (id)", "subpartitions": f"2 {_PARTS}"},
    {},
]


@on("mariadb", "mysql")
def test_nothing_differs_after_any_change(store: ServerShop) -> None:
    for number, options in enumerate([*OPTIONS, OPTIONS[0]]):
        store.shop.models(_MODELS.replace("OPTIONS", repr(options)))
        store.shop.works("migrate:generate", "-m", f"n{number}")
        store.shop.works("migrate:up")

        ((_, table),) = store.query("SHOW CREATE TABLE readings")
        assert ("PARTITION BY" in table) == bool(options)
        assert store.shop.works("migrate:generate", "-m", "again").out.startswith("No changes")
        store.is_done()
    store.shop.works("migrate:down", "--count", str(len(OPTIONS) + 1))
