"""Puts steps in an order in which each one fits, and the steps of one table together where that is possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import define, field

from toasty_core.diff.graphs import circles_first, needed_first
from toasty_core.diff.steps import BEFORE_A_FOREIGN_KEY, UNDER_A_FOREIGN_KEY, Rank, Step


def in_order(steps: Sequence[Step]) -> list[Step]:
    """The steps, ordered. Tables come in the order in which `steps` names them, unless one needs another."""
    plan = _Plan(steps)
    order: list[Step] = []
    done = [False] * len(steps)
    for table in plan.tables_in_order():
        own = plan.of_table[table]
        _take([need for number in own for need in plan.needs[number]], plan, done, order)
        _take(own, plan, done, order)
    return order


def _take(numbers: Iterable[int], plan: _Plan, done: list[bool], order: list[Step]) -> None:
    """Puts the steps of these numbers into the order, each after what it needs."""
    stack = [(number, False) for number in reversed(list(numbers))]
    while stack:
        number, ready = stack.pop()
        if done[number]:
            continue
        if ready:
            done[number] = True
            order.append(plan.steps[number])
            continue
        stack.append((number, True))
        wanted = [*plan.earlier(number), *plan.needs[number]]
        stack += [(other, False) for other in reversed(wanted) if not done[other]]


@define
class _Plan:
    """The steps by number, by table, and what each of them needs of other tables.

    `frees` are the needs that clear the way (a foreign key that goes before its target's key does), `builds` the
    ones that lay ground. Both say which table needs which.
    """

    steps: Sequence[Step]
    of_table: dict[str, list[int]] = field(init=False)
    needs: list[list[int]] = field(init=False)
    frees: dict[str, list[str]] = field(init=False, factory=dict)
    builds: dict[str, list[str]] = field(init=False, factory=dict)
    _before: dict[int, int] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.of_table = {}
        self.needs = [[] for _ in self.steps]
        for number, step in enumerate(self.steps):
            self.of_table.setdefault(step.table, []).append(number)
        for numbers in self.of_table.values():
            numbers.sort(key=lambda number: self.steps[number].rank)
            self._before.update(zip(numbers[1:], numbers, strict=False))
        for number, step in enumerate(self.steps):
            self._link_foreign_keys(number, step)
        self._link_names()

    def earlier(self, number: int) -> tuple[int, ...]:
        """The step before this one on the same table."""
        return (self._before[number],) if number in self._before else ()

    def tables_in_order(self) -> list[str]:
        """Each table after those that it needs. In a circle of needs, building ones count first."""
        both = {t: [*self.builds.get(t, ()), *self.frees.get(t, ())] for t in self.of_table}
        order: list[str] = []
        position = {table: number for number, table in enumerate(self.of_table)}
        for circle in circles_first(self.of_table, both):
            inside = set(circle)
            builds = {t: [u for u in self.builds.get(t, ()) if u in inside] for t in circle}
            order += needed_first(sorted(circle, key=position.__getitem__), builds)[0]
        return order

    def _need(self, number: int, other: int, kind: dict[str, list[str]]) -> None:
        this, that = self.steps[number].table, self.steps[other].table
        if this != that:
            self.needs[number].append(other)
            kind.setdefault(this, []).append(that)

    def _link_foreign_keys(self, number: int, step: Step) -> None:
        for target in step.targets:
            others = self.of_table.get(target, ())
            if step.rank in (Rank.DROP_FOREIGN_KEY, Rank.DROP_TABLE_AT_ONCE, Rank.DROP_TABLE):
                under = (n for n in others if self._stands_on(step, self.steps[n]))
                first = next(under, None)
                if first is not None:
                    self._need(first, number, self.frees)
            else:
                ground = (n for n in reversed(others) if self._is_ground(step, self.steps[n]))
                last = next(ground, None)
                if last is not None:
                    self._need(number, last, self.builds)

    def _stands_on(self, step: Step, other: Step) -> bool:
        if step.rank is Rank.DROP_TABLE:
            return other.rank is Rank.DROP_TABLE
        return other.rank in UNDER_A_FOREIGN_KEY

    def _is_ground(self, step: Step, other: Step) -> bool:
        if step.rank is Rank.RENAME_PART:
            return other.rank is Rank.RENAME_COLUMN
        return other.rank in BEFORE_A_FOREIGN_KEY

    def _link_names(self) -> None:
        free: dict[str, list[int]] = {}
        for number, step in enumerate(self.steps):
            for name in step.frees:
                free.setdefault(name.casefold(), []).append(number)
        for number, step in enumerate(self.steps):
            for name in step.takes:
                for other in free.get(name.casefold(), ()):
                    if self.steps[other].rank < step.rank:
                        self._need(number, other, self.frees)
