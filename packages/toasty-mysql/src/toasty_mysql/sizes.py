"""How large the tables of a database are, as the server estimates it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toasty_core.backends import TableSize

_SIZES = (
    "SELECT table_name, table_rows, data_length + index_length FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
    " AND table_name NOT IN ('toasty_migrations', 'toasty_lock') ORDER BY table_name"
)


def sizes(fetch: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, TableSize]:
    """Rows and bytes of each table. InnoDB's count of rows is an estimate that may be off by half."""
    return {table: TableSize(int(rows or 0), int(size or 0)) for table, rows, size in fetch(_SIZES)}
