"""Settings of sequences and identities, without those that PostgreSQL takes anyway.

https://www.postgresql.org/docs/current/sql-createsequence.html
"""

from __future__ import annotations

from attrs import asdict, frozen

from toasty_core.schema.snapshot import SequenceDef
from toasty_core.schema.values import Identity

_BITS = {"smallint": 16, "integer": 32, "bigint": 64}


@frozen
class Numbering:
    """How numbers are given; None is PostgreSQL's own choice."""

    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int | None = None

    def said(self, type_: str = "bigint") -> Numbering:
        """With nothing that is the choice of PostgreSQL anyway, for numbers of this type."""
        usual = self._usual(type_)
        return Numbering(
            None if self.start == usual.start else self.start,
            None if self.increment == usual.increment else self.increment,
            None if self.minimum == usual.minimum else self.minimum,
            None if self.maximum == usual.maximum else self.maximum,
            self.cycle,
            None if self.cache == usual.cache else self.cache,
        )

    def _usual(self, type_: str) -> Numbering:
        largest = 2 ** (_BITS.get(type_, 64) - 1)
        up = (self.increment or 1) > 0
        minimum, maximum = (1, largest - 1) if up else (-largest, -1)
        first = self.minimum if up else self.maximum
        start = first if first is not None else (minimum if up else maximum)
        return Numbering(start, 1, minimum, maximum, cache=1)

    def identity(self, *, always: bool) -> Identity:
        """The identity of a column that numbers so."""
        return Identity(always=always, **asdict(self))

    def sequence(self, name: str, schema: str | None) -> SequenceDef:
        """The sequence that numbers so."""
        return SequenceDef(name, schema=schema, **asdict(self))


def numbering_of(item: Identity | SequenceDef) -> Numbering:
    """How an identity or a sequence of the models numbers."""
    return Numbering(item.start, item.increment, item.minimum, item.maximum, item.cycle, item.cache)
