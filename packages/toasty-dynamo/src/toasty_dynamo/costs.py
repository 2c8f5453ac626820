"""What work on items costs at AWS, in its units of capacity, by the service's own count of the table.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from attrs import frozen

from toasty_core.backends import TableSize

_READ = 4096
"""How many bytes one unit reads, strongly consistent."""
_WRITE = 1024
"""How many bytes one unit writes; in a transaction it takes two."""


@frozen
class Cost:
    """How often a table is read whole (`scans`), and how often each item is got by its key (`gets`) and written."""

    scans: int = 0
    gets: int = 0
    writes: int = 0

    def text(self, size: TableSize | None) -> str | None:
        """The units that it takes at a table of this size; None where AWS has not counted any items yet."""
        if size is None or not size.rows:
            return None
        average = size.bytes / size.rows
        reads = self.scans * _units(size.bytes, _READ)
        reads += self.gets * size.rows * _units(average, _READ)
        writes = self.writes * size.rows * _units(average, _WRITE)
        return (
            f"at AWS up to {writes:,} write units and {reads:,} read units,"
            " and more writes for each index that holds what changes"
        )


def _units(number: float, size: int) -> int:
    return max(1, -int(-number // size))
