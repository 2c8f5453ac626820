"""A diff in the words of the guide's "Migration Types", for people."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from toasty_core.operations import Category, Operation


def classify(operation: Operation) -> Category:
    """Additive, destructive or modifying."""
    return operation.category


@frozen
class Summary:
    """The operations of a diff by category, each as a line such as `add column users.email`."""

    additive: tuple[str, ...] = ()
    modifying: tuple[str, ...] = ()
    destructive: tuple[str, ...] = ()

    def of(self, category: Category) -> tuple[str, ...]:
        """The lines of one category."""
        lines: dict[Category, tuple[str, ...]] = {
            Category.ADDITIVE: self.additive,
            Category.MODIFYING: self.modifying,
            Category.DESTRUCTIVE: self.destructive,
        }
        return lines[category]


def summarize(operations: Iterable[Operation]) -> Summary:
    """The operations (a `Diff`, too) by category, in their order."""
    lines: dict[Category, list[str]] = {category: [] for category in Category}
    for operation in operations:
        lines[classify(operation)].append(operation.describe())
    return Summary(
        tuple(lines[Category.ADDITIVE]),
        tuple(lines[Category.MODIFYING]),
        tuple(lines[Category.DESTRUCTIVE]),
    )
