"""Orders of things that need each other, without recursion: a chain may be ten thousand long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

Needs = Mapping[str, Sequence[str]]
"""What each thing needs to stand before it. What is not named needs nothing."""


def needed_first(nodes: Iterable[str], needs: Needs) -> tuple[list[str], set[tuple[str, str]]]:
    """All `nodes`, each after what it needs, as near to their own order as that allows.

    Returns the order, and the needs `(node, needed)` that it cannot keep because they close a circle.
    """
    order: list[str] = []
    cut: set[tuple[str, str]] = set()
    state: dict[str, bool] = {}  # False: in work, True: done
    for root in nodes:
        if root in state:
            continue
        state[root] = False
        stack: list[tuple[str, Iterator[str]]] = [(root, iter(needs.get(root, ())))]
        while stack:
            node, rest = stack[-1]
            step = next((other for other in rest if not state.get(other)), None)
            if step is None:
                stack.pop()
                state[node] = True
                order.append(node)
            elif step in state:
                cut.add((node, step))
            else:
                state[step] = False
                stack.append((step, iter(needs.get(step, ()))))
    return order, cut


def circles_first(nodes: Iterable[str], needs: Needs) -> list[list[str]]:
    """The nodes in groups: those that need each other in a circle together, each group after what it needs.

    This is Tarjan's algorithm for strongly connected components.
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: dict[str, None] = {}
    groups: list[list[str]] = []
    for root in nodes:
        if root in number:
            continue
        stack = [_opened(root, needs, number, low, open_)]
        while stack:
            node, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[node])
                if low[node] == number[node]:
                    groups.append(_closed(node, open_))
            elif step not in number:
                stack.append(_opened(step, needs, number, low, open_))
            elif step in open_:
                low[node] = min(low[node], number[step])
    return groups


def _opened(
    node: str,
    needs: Needs,
    number: dict[str, int],
    low: dict[str, int],
    open_: dict[str, None],
) -> tuple[str, Iterator[str]]:
    number[node] = low[node] = len(number)
    open_[node] = None
    return node, iter(needs.get(node, ()))


def _closed(node: str, open_: dict[str, None]) -> list[str]:
    """Takes the finished circle, which `node` began, off the open ones."""
    group = [*takewhile(lambda other: other != node, reversed(open_)), node]
    for member in group:
        del open_[member]
    return group[::-1]
