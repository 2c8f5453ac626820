"""What can be said in several ways, in the one that PostgreSQL takes."""

from __future__ import annotations

from toasty_postgres.nodes import Kind, Node


def joined(kind: Kind, left: Node, right: Node) -> Node:
    """`a AND (b AND c)` is `a AND b AND c`."""
    parts = (part.parts if part.kind is kind else (part,) for part in (left, right))
    return Node(kind, "", tuple(item for group in parts for item in group))


def between(value: Node, low: Node, high: Node, negated: bool) -> Node:
    """`BETWEEN`: two comparisons."""
    first, second, kind = ("<", ">", Kind.OR) if negated else (">=", "<=", Kind.AND)
    sides = (Node(Kind.BINARY, sign, (value, it)) for sign, it in ((first, low), (second, high)))
    return Node(kind, "", tuple(sides))


def one_of(value: Node, items: tuple[Node, ...], negated: bool) -> Node:
    """`IN`, as PostgreSQL takes it: what names a column is compared by itself."""
    sign, kind = ("<>", Kind.AND) if negated else ("=", Kind.OR)
    fixed = [item for item in items if not has_column(item)]
    found: list[Node] = []
    if len(fixed) > 1:
        found.append(Node(Kind.NOT_IN if negated else Kind.IN, "", (value, *fixed)))
        items = tuple(item for item in items if has_column(item))
    found += [Node(Kind.BINARY, sign, (value, item)) for item in items]
    return found[0] if len(found) == 1 else Node(kind, "", tuple(found))


def has_column(node: Node) -> bool:
    """Does it name a column?"""
    return node.kind is Kind.NAME or any(map(has_column, node.parts))
