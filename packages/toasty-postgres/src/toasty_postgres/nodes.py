"""Expressions as trees, and their text with no brackets but those that count."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from attrs import frozen


class Kind(Enum):
    """What a part of an expression is; `word` and `parts` of a node depend on it."""

    NAME = "name"  # word: as it stands in SQL
    TEXT = "text"  # word: the value
    NUMBER = "number"
    WORD = "word"  # true, null, CURRENT_DATE: as it stands
    CALL = "call"  # word: the function; parts: its arguments
    SPECIAL = "special"  # as CALL, where keywords stand between the arguments: word has {} for each
    CAST = "cast"  # word: the type; parts: what is cast
    UNARY = "unary"
    BINARY = "binary"  # word: the operator
    NOT = "not"
    AND = "and"
    OR = "or"
    IS = "is"  # word: NULL, NOT NULL, TRUE, ...
    IN = "in"  # parts: what is looked for, then where
    NOT_IN = "not in"
    ARRAY = "array"
    ROW = "row"
    INDEX = "index"  # word has {} for each of the parts but the first
    FIELD = "field"  # word: the field
    COLLATE = "collate"  # word: the collation, as it stands
    CASE = "case"  # word: an s where a value is compared; parts: conditions and results, then ELSE


@frozen
class Node:
    """A part of an expression."""

    kind: Kind
    word: str = ""
    parts: tuple[Node, ...] = ()


NULL = Node(Kind.WORD, "NULL")

OR, AND, NOT, IS, COMPARE, LIKE, OTHER, PLUS, TIMES, POWER, ZONE, COLLATE, SIGN, TIGHT = range(
    10, 150, 10
)
"""How tightly operators bind, loosest first: section 4.1.6 of the manual."""

COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})
LIKES = frozenset({"LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"})
_BINDING = {"+": PLUS, "-": PLUS, "*": TIMES, "/": TIMES, "%": TIMES, "^": POWER}
_OF_KIND = {
    Kind.OR: OR,
    Kind.AND: AND,
    Kind.NOT: NOT,
    Kind.IS: IS,
    Kind.IN: LIKE,
    Kind.NOT_IN: LIKE,
    Kind.COLLATE: COLLATE,
    Kind.UNARY: SIGN,
}


def binding(operator: str) -> int:
    """How tightly a binary operator binds."""
    if operator in COMPARISONS:
        return COMPARE
    if operator in LIKES:
        return LIKE
    if operator.endswith("DISTINCT FROM"):
        return IS
    return ZONE if operator == "AT TIME ZONE" else _BINDING.get(operator, OTHER)


def text_of(node: Node) -> str:
    """The expression in SQL."""
    return _WRITERS[node.kind](node)


def _tightness(node: Node) -> int:
    if node.kind is Kind.BINARY:
        return binding(node.word)
    if node.kind is Kind.NUMBER and node.word.startswith("-"):
        return SIGN
    return _OF_KIND.get(node.kind, TIGHT + 10)


def _inside(node: Node, outer: int) -> str:
    """In brackets where it binds no tighter than what stands around it."""
    text = text_of(node)
    return f"({text})" if _tightness(node) <= outer else text


def _commas(parts: tuple[Node, ...]) -> str:
    return ", ".join(map(text_of, parts))


def _binary(node: Node) -> str:
    left, right = node.parts
    power = binding(node.word)
    mends = power in (OTHER, PLUS, TIMES)  # a + b + c is (a + b) + c
    first = _inside(left, power - 1 if mends else power)
    return f"{first} {node.word} {_inside(right, power)}"


def _in(node: Node) -> str:
    first, *others = node.parts
    word = "IN" if node.kind is Kind.IN else "NOT IN"
    return f"{_inside(first, LIKE)} {word} ({_commas(tuple(others))})"


def _case(node: Node) -> str:
    parts = list(node.parts)
    words = ["CASE"]
    if node.word:
        words.append(text_of(parts.pop(0)))
    while len(parts) > 1:
        words += ["WHEN", text_of(parts.pop(0)), "THEN", text_of(parts.pop(0))]
    if parts:
        words += ["ELSE", text_of(parts[0])]
    return " ".join([*words, "END"])


def _index(node: Node) -> str:
    inner = (text_of(part) for part in node.parts[1:])
    return _inside(node.parts[0], TIGHT) + node.word.format(*inner)


_WRITERS: dict[Kind, Callable[[Node], str]] = {
    Kind.NAME: lambda node: node.word,
    Kind.TEXT: lambda node: "'" + node.word.replace("'", "''") + "'",
    Kind.NUMBER: lambda node: node.word,
    Kind.WORD: lambda node: node.word,
    Kind.CALL: lambda node: f"{node.word}({_commas(node.parts)})",
    Kind.SPECIAL: lambda node: node.word.format(*map(text_of, node.parts)),
    Kind.CAST: lambda node: f"{_inside(node.parts[0], TIGHT)}::{node.word}",
    Kind.UNARY: lambda node: f"{node.word}{_inside(node.parts[0], SIGN)}",
    Kind.BINARY: _binary,
    Kind.NOT: lambda node: f"NOT {_inside(node.parts[0], NOT)}",
    Kind.AND: lambda node: " AND ".join(_inside(part, AND) for part in node.parts),
    Kind.OR: lambda node: " OR ".join(_inside(part, OR) for part in node.parts),
    Kind.IS: lambda node: f"{_inside(node.parts[0], IS)} IS {node.word}",
    Kind.IN: _in,
    Kind.NOT_IN: _in,
    Kind.ARRAY: lambda node: f"ARRAY[{_commas(node.parts)}]",
    Kind.ROW: lambda node: f"ROW({_commas(node.parts)})",
    Kind.INDEX: _index,
    Kind.FIELD: lambda node: f"({text_of(node.parts[0])}).{node.word}",
    Kind.COLLATE: lambda node: f"{_inside(node.parts[0], COLLATE)} COLLATE {node.word}",
    Kind.CASE: _case,
}
