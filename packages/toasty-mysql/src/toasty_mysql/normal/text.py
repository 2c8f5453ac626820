"""Writes a tree as SQL that both servers read, with no bracket that is not needed."""

from __future__ import annotations

from functools import lru_cache

from toasty_mysql.flavour import Flavour
from toasty_mysql.names import quote
from toasty_mysql.normal.parser import parse
from toasty_mysql.normal.reader import Unreadable
from toasty_mysql.normal.rules import Rules
from toasty_mysql.normal.tokens import quoted, tokens
from toasty_mysql.normal.tree import Kind, Tree
from toasty_mysql.normal.written import is_of_catalog, written

_LEVELS = (
    *((Kind.OR,), (Kind.XOR,), (Kind.AND,), (Kind.NOT,), (Kind.COMPARE, Kind.IS)),
    (Kind.MATCH, Kind.IN, Kind.BETWEEN),
)
_OF_KIND = {kind: level for level, kinds in enumerate(_LEVELS) for kind in kinds}
_OF_SIGN = {
    "|": 7,
    "&": 8,
    "<<": 9,
    ">>": 9,
    "+": 10,
    "-": 10,
    "*": 11,
    "/": 11,
    "div": 11,
    "%": 11,
}
_POWER, _SIGNED, _COLLATED, _SINGLE = 12, 13, 14, 15
_COMPARED, _PREDICATE, _CALCULATED = _OF_KIND[Kind.IS], _OF_KIND[Kind.IN], 7
_INFIX = (Kind.IS, Kind.IN, Kind.MATCH, Kind.BETWEEN)


def normal_expression(
    sql: str, flavour: Flavour = Flavour.MYSQL, columns: tuple[str, ...] = ()
) -> str:
    """The expression in the one form. `columns` are the table's, as it spells them.

    One that cannot be read keeps its words, with single blanks between them.
    """
    if is_of_catalog(sql):
        sql = written(sql, Flavour.MYSQL)
    tree = normal_tree(sql, flavour, columns)
    return (
        " ".join(token.written for token in tokens(sql)).strip()
        if tree is None
        else tree_text(tree)
    )


@lru_cache(maxsize=4096)
def normal_tree(sql: str, flavour: Flavour, columns: tuple[str, ...] = ()) -> Tree | None:
    """The tree of the expression in the one form; None for one that cannot be read."""
    try:
        return Rules(flavour, columns).apply(parse(sql))
    except (Unreadable, RecursionError):
        return None


def tree_text(tree: Tree) -> str:
    """The tree as SQL."""
    match tree.kind:
        case Kind.NAME:
            return quote(tree.value)
        case Kind.TEXT:
            return quoted(tree.value)
        case Kind.NUMBER | Kind.WORD:
            return tree.value
        case Kind.HEX:
            return f"0x{tree.value}"
        case Kind.BYTES:
            return f"X'{tree.value}'"
        case Kind.LITERAL:
            return f"{tree.value}{tree_text(tree.args[0])}"
        case Kind.NOT:
            return _negation(tree)
        case Kind.AND | Kind.OR | Kind.XOR:
            word = f" {tree.kind.name.lower()} "
            return word.join(_at(part, _OF_KIND[tree.kind] + 1) for part in tree.args)
        case Kind.COMPARE | Kind.MATH:
            return _binary(tree)
        case kind if kind in _INFIX:
            return _infix(tree, "")
        case _:
            return _special(tree)


def _special(tree: Tree) -> str:
    match tree.kind:
        case Kind.CALL:
            return f"{tree.value}({_listed(tree.args)})"
        case Kind.ROW:
            return f"({_listed(tree.args)})"
        case Kind.SIGN:
            return f"{tree.value}{_at(tree.args[0], _SIGNED + 1)}"
        case Kind.COLLATE:
            return f"{_at(tree.args[0], _COLLATED)} collate {tree.value}"
        case Kind.INTERVAL:
            return f"interval {_at(tree.args[0], _CALCULATED)} {tree.value}"
        case Kind.CAST if tree.value.startswith("using "):
            return f"convert({tree_text(tree.args[0])} {tree.value})"
        case Kind.CAST:
            return f"cast({tree_text(tree.args[0])} as {tree.value})"
        case Kind.FROM:
            name, _, first = tree.value.partition(" ")
            parts = " from ".join(map(tree_text, tree.args))
            blank = " " if first and len(tree.args) > 1 else " from "
            return f"{name}({first}{blank}{parts})"
        case _:
            return _case(tree)


def _listed(items: tuple[Tree, ...]) -> str:
    return ", ".join(map(tree_text, items))


def _case(tree: Tree) -> str:
    subject, *branches, otherwise = tree.args
    words = ["case"]
    words += [tree_text(subject)] if subject.kind is not Kind.NOTHING else []
    for when, then in zip(branches[::2], branches[1::2], strict=True):
        words += ["when", tree_text(when), "then", tree_text(then)]
    words += ["else", tree_text(otherwise)] if otherwise.kind is not Kind.NOTHING else []
    return " ".join([*words, "end"])


def _binary(tree: Tree) -> str:
    """The operators go from left to right: on the right, one of the same level needs brackets."""
    level = _level(tree)
    left, right = tree.args
    return f"{_at(left, level)} {tree.value} {_at(right, level + 1)}"


def _negation(tree: Tree) -> str:
    (operand,) = tree.args
    if operand.kind in _INFIX:
        return _infix(operand, "not ")
    return f"not {_at(operand, _OF_KIND[Kind.NOT] + 1)}"


def _infix(tree: Tree, negation: str) -> str:
    first, *others = tree.args
    match tree.kind:
        case Kind.IS:
            return f"{_at(first, _COMPARED)} is {negation}{tree.value}"
        case Kind.IN:
            items = _listed(tuple(others))
            return f"{_at(first, _CALCULATED)} {negation}in ({items})"
        case Kind.BETWEEN:
            low, high = (_at(part, _CALCULATED) for part in others)
            return f"{_at(first, _CALCULATED)} {negation}between {low} and {high}"
    right = _at(others[0], _SIGNED if tree.value == "like" else _CALCULATED)
    if tree.value == "member of":
        right = f"({tree_text(others[0])})"
    escape = f" escape {_at(others[1], _SIGNED)}" if len(others) > 1 else ""
    return f"{_at(first, _CALCULATED)} {negation}{tree.value} {right}{escape}"


def _at(tree: Tree, level: int) -> str:
    """The text, in brackets where its operator is looser than its place wants it."""
    text = tree_text(tree)
    return text if _level(tree) >= level else f"({text})"


def _level(tree: Tree) -> int:
    if tree.kind is Kind.NOT and tree.args[0].kind in _INFIX:
        return _OF_KIND[tree.args[0].kind]
    if tree.kind is Kind.MATH:
        return _OF_SIGN.get(tree.value, _POWER)
    if tree.kind is Kind.NUMBER and tree.value.startswith("-"):
        return _SIGNED
    singles = {Kind.SIGN: _SIGNED, Kind.COLLATE: _COLLATED}
    return _OF_KIND.get(tree.kind, singles.get(tree.kind, _SINGLE))
