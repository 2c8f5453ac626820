"""Shortens a list of operations without changing what it does to schema or rows (for squashing)."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

from attrs import define, field

from toasty_core.diff.places import Places, is_barrier, places_of
from toasty_core.diff.reductions import reduce
from toasty_core.operations import Operation
from toasty_core.schema.snapshot import SchemaSnapshot


def optimize(
    operations: Iterable[Operation], before: SchemaSnapshot | None = None
) -> tuple[Operation, ...]:
    """The shortest list that pairwise reductions lead to; `before` is the schema that it starts from.

    Two operations become one where nothing in between touches what the second one touches. Operations on
    rows stay where they are, and nothing moves past `execute_sql`, `execute_command` and `run`.

    ```python
    optimize([AddColumn("users", email), RenameColumn("users", "email", "mail")])
    ```
    gives one `AddColumn`. Raises SchemaError when an operation does not fit.
    """
    start = before or SchemaSnapshot()
    items = list(operations)
    shorter = _walked(items, start)
    while len(shorter) < len(items):
        items = shorter
        shorter = _walked(items, start)
    return tuple(shorter)


def _walked(operations: Iterable[Operation], before: SchemaSnapshot) -> list[Operation]:
    state: SchemaSnapshot = before.draft()
    walk = _Walk()
    for operation in operations:
        if is_barrier(operation):
            walk.stop_at(operation)
        else:
            walk.add(_Item(operation, places_of(operation, state)))
        state = operation.apply(state)
    return [item.operation for item in walk.kept.values()]


@define
class _Item:
    operation: Operation
    places: Places


@define
class _Walk:
    """What is kept so far, by its number; `last` has, by place, the numbers of those that touch it, in order."""

    kept: dict[int, _Item] = field(factory=dict)
    last: dict[tuple[str, str], list[int]] = field(factory=dict)
    _number: int = 0

    def stop_at(self, operation: Operation) -> None:
        """Keeps an operation that nothing moves past."""
        self.last.clear()
        self._number += 1
        self.kept[self._number] = _Item(operation, frozenset())

    def add(self, item: _Item) -> None:
        """Makes one of the item and the latest one that touches the same places, or keeps it."""
        number = self._latest(item.places)
        first = self.kept.get(number)
        reduced = reduce(first.operation, item.operation) if first else None
        if first is None or reduced is None:
            self._number += 1
            self._put(self._number, item)
            return
        self._take(number)
        for operation in reduced:
            self._put(number, _Item(operation, first.places | item.places))
        if not reduced:
            del self.kept[number]

    def _latest(self, places: Places) -> int:
        numbers = (self.last[place][-1] for place in places if self.last.get(place))
        return max(numbers, default=0)

    def _put(self, number: int, item: _Item) -> None:
        self.kept[number] = item
        for place in item.places:
            insort(self.last.setdefault(place, []), number)

    def _take(self, number: int) -> None:
        for place in self.kept[number].places:
            self.last[place].remove(number)
