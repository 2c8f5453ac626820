"""What a story is: a schema with rows, a change, and what must then be so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from attrs import field, frozen

from toasty_core.operations import Operation
from toasty_core.schema import SchemaSnapshot

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[str, tuple[Row, ...]]
"""Rows by table. Only the columns that a row names are compared."""


def _operations(value: Iterable[Operation] | Operation) -> tuple[Operation, ...]:
    return (value,) if isinstance(value, Operation) else tuple(value)


def _words(value: Iterable[str] | str) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@frozen
class Try:
    """A row that is put in after the change, and the row that is then read (None: it is refused)."""

    table: str
    row: Row
    stands: Row | None = None


@frozen(kw_only=True)
class Story:
    """One change, told for every backend: up, down, and up again.

    `needs` are the features without which it cannot be told. `rows` stand before the change, `after` behind
    it, `back` after the way down (None: as `rows`). `down` is the way back where none follows from the
    operations. `tries` are what the tables must take or refuse after the change.
    """

    name: str
    operations: tuple[Operation, ...] = field(converter=_operations)
    before: SchemaSnapshot = field(factory=SchemaSnapshot)
    needs: tuple[str, ...] = field(default=(), converter=_words)
    rows: Rows = field(factory=dict)
    after: Rows | None = None
    back: Rows | None = None
    down: tuple[Operation, ...] | None = None
    tries: tuple[Try, ...] = ()

    def __str__(self) -> str:
        return self.name
