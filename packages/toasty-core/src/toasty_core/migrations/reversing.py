"""The way back, one operation at a time, with what it does not bring back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import frozen

from toasty_core.errors import Irreversible
from toasty_core.operations import AddColumn, Operation
from toasty_core.schema import SchemaSnapshot


@frozen
class Reversal:
    """An operation of the way back; `lost` is what it does not restore: `the rows of users`."""

    operation: Operation
    lost: str | None = None


@frozen
class WayBack:
    """The operations that lead back, last first; none when `irreversible` says why there is no way."""

    reversals: tuple[Reversal, ...] = ()
    irreversible: str | None = None

    @property
    def not_restored(self) -> tuple[str, ...]:
        """What the way back does not restore."""
        return tuple(reversal.lost for reversal in self.reversals if reversal.lost)


def way_back(operations: Iterable[Operation], before: SchemaSnapshot) -> WayBack:
    """How to get from the schema after `operations` to the one before them."""
    state: SchemaSnapshot = before.draft()
    reversals: list[Reversal] = []
    for operation in operations:
        try:
            inverse = operation.inverse(state)
        except Irreversible as error:
            return WayBack(irreversible=f"{operation.describe()}: {error.what}")
        reversals.append(Reversal(inverse, _lost(operation, inverse, state)))
        state = operation.apply(state)
    return WayBack(tuple(reversed(reversals)))


def _lost(operation: Operation, inverse: Operation, before: SchemaSnapshot) -> str | None:
    sentence = operation.not_restored(before)
    if sentence is None:
        return None
    lost = re.sub(r" (is|are) not restored$", "", sentence)
    invented = isinstance(inverse, AddColumn) and inverse.fill is not None
    return f"{lost}; rows get the fill below instead" if invented else lost
