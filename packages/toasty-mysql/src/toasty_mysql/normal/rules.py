"""Brings a tree into the one form, from the leaves up.

Both servers do some of this before they keep an expression (a NOT goes inwards, `x IN (1)` is `x = 1`, `a AND b`
is `a <> 0 AND b <> 0`), and each calls some functions by other names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from attrs import evolve

from toasty_mysql.flavour import Flavour
from toasty_mysql.normal.tree import NOTHING, ONE, ZERO, Kind, Tree

_ALIASES = {
    "lcase": "lower",
    "ucase": "upper",
    "octet_length": "length",
    "character_length": "char_length",
    "substring": "substr",
    "mid": "substr",
    "power": "pow",
    "ceil": "ceiling",
    "day": "dayofmonth",
    "sha1": "sha",
    "now": "current_timestamp",
    "localtime": "current_timestamp",
    "localtimestamp": "current_timestamp",
    "current_date": "curdate",
    "current_time": "curtime",
    "session_user": "user",
    "system_user": "user",
    "schema": "database",
}
_OPPOSITES = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_UTF8 = re.compile(r" ?(?:character set|charset) (?:utf8mb4|utf8mb3|utf8)\Z")
_KEPT = (Kind.IS, Kind.IN, Kind.MATCH, Kind.BETWEEN)


class Rules:
    """The rules for one table on one server; `columns` are its columns as it spells them."""

    def __init__(self, flavour: Flavour, columns: tuple[str, ...] = ()) -> None:
        self._mariadb = flavour is Flavour.MARIADB
        self._columns = {name.lower(): name for name in columns}
        self._rules: Mapping[Kind, Callable[[Tree], Tree]] = {
            Kind.NAME: self._name,
            Kind.BYTES: self._bytes,
            Kind.NUMBER: _number,
            Kind.CALL: _call,
            Kind.CAST: _cast,
            Kind.SIGN: _sign,
            Kind.IN: _in,
            Kind.COMPARE: _compare,
            Kind.IS: _is,
            Kind.NOT: lambda tree: negated(tree.args[0]),
            Kind.AND: _joined,
            Kind.OR: _joined,
            Kind.XOR: lambda tree: evolve(tree, args=tuple(map(_truth, tree.args))),
        }

    def apply(self, tree: Tree) -> Tree:
        """The tree in the one form."""
        if tree.args:
            tree = evolve(tree, args=tuple(map(self.apply, tree.args)))
        rule = self._rules.get(tree.kind)
        return rule(tree) if rule else tree

    def _name(self, tree: Tree) -> Tree:
        """The column as the table spells it: to MariaDB and MySQL, case means nothing there."""
        return Tree(Kind.NAME, self._columns.get(tree.value.lower(), tree.value))

    def _bytes(self, tree: Tree) -> Tree:
        """MariaDB keeps bytes as a text, as far as they are one; MySQL as a number."""
        if not self._mariadb:
            return Tree(Kind.HEX, tree.value)
        return Tree(Kind.TEXT, lossy_text(bytes.fromhex(tree.value)))


def lossy_text(data: bytes) -> str:
    """Bytes as MariaDB's catalog shows them: one question mark for each that is no text."""
    text = data.decode("utf-8", errors="surrogateescape")
    return "".join("?" if "\udc80" <= letter <= "\udcff" else letter for letter in text)


def _number(tree: Tree) -> Tree:
    """Digits without what means nothing: `007`, `.5`, `1.`, `1E3`."""
    digits = tree.value.lower()
    minus = "-" if digits.startswith("-") else ""
    whole, mark, rest = digits.removeprefix("-").partition(".")
    if not mark:
        plain = whole.lstrip("0") if "e" not in whole else whole
        return Tree(Kind.NUMBER, minus + (plain or "0"))
    rest = f".{rest}" if rest[:1].isdigit() else rest
    return Tree(Kind.NUMBER, minus + (whole.lstrip("0") or "0") + rest)


def _call(tree: Tree) -> Tree:
    name, args = _ALIASES.get(tree.value, tree.value), tree.args
    match name, len(args):
        case "mod", 2:
            return Tree(Kind.MATH, "%", args)
        case "isnull", 1:
            return Tree(Kind.IS, "null", args)
        case "regexp_like", 2:
            return Tree(Kind.MATCH, "regexp", args)
        case (("date" | "time"), 1):
            return Tree(Kind.CAST, name, args)
        case "instr", 2:
            return Tree(Kind.CALL, "locate", args[::-1])
        case "datediff", 2:
            days = (Tree(Kind.CALL, "to_days", (arg,)) for arg in args)
            return Tree(Kind.MATH, "-", tuple(days))
        case "week", 2 if args[1] == ZERO:
            return Tree(Kind.CALL, "week", args[:1])
        case "oct", 1:
            return _conv(args[0], "8")
        case "bin", 1:
            return _conv(args[0], "2")
        case (("date_add" | "adddate"), 2):
            return Tree(Kind.MATH, "+", (args[0], _days(args[1])))
        case (("date_sub" | "subdate"), 2):
            return Tree(Kind.MATH, "-", (args[0], _days(args[1])))
    return Tree(Kind.CALL, name, args)


def _conv(number: Tree, base: str) -> Tree:
    ten = Tree(Kind.NUMBER, "10")
    return Tree(Kind.CALL, "conv", (number, ten, Tree(Kind.NUMBER, base)))


def _days(many: Tree) -> Tree:
    return many if many.kind is Kind.INTERVAL else Tree(Kind.INTERVAL, "day", (many,))


def _cast(tree: Tree) -> Tree:
    """CONVERT to the character set that all of it has says nothing."""
    words = tree.value
    if words in ("using utf8mb4", "using utf8mb3", "using utf8"):
        return tree.args[0]
    if words in ("signed integer", "unsigned integer", "signed int", "unsigned int"):
        words = words.split(" ", 1)[0]
    if words == "binary":
        words = "char charset binary"
    words = _UTF8.sub("", words.replace("nchar", "char").replace("character set", "charset"))
    return Tree(Kind.CAST, words, tree.args)


def _sign(tree: Tree) -> Tree:
    (operand,) = tree.args
    if tree.value == "-" and operand.kind is Kind.NUMBER and not operand.value.startswith("-"):
        return Tree(Kind.NUMBER, f"-{operand.value}")
    return tree


def _in(tree: Tree) -> Tree:
    return _compare(Tree(Kind.COMPARE, "=", tree.args)) if len(tree.args) == 2 else tree


def _compare(tree: Tree) -> Tree:
    left, right = tree.args
    if tree.value not in ("=", "<>"):
        return tree
    if left.kind is Kind.ROW and right.kind is Kind.ROW and len(left.args) == len(right.args):
        pairs = zip(left.args, right.args, strict=True)
        parts = tuple(_compare(Tree(Kind.COMPARE, tree.value, pair)) for pair in pairs)
        return Tree(Kind.AND if tree.value == "=" else Kind.OR, args=parts)
    if left == ZERO and right != ZERO:
        return Tree(Kind.COMPARE, tree.value, (right, left))
    return tree


def _is(tree: Tree) -> Tree:
    return tree if tree.value == "null" else evolve(tree, args=(_truth(tree.args[0]),))


def _joined(tree: Tree) -> Tree:
    """AND of ANDs is one AND."""
    parts: list[Tree] = []
    for part in map(_truth, tree.args):
        parts += part.args if part.kind is tree.kind else (part,)
    return evolve(tree, args=tuple(parts))


def _truth(tree: Tree) -> Tree:
    """An operand that is asked for its truth: there, `x <> 0` says as much as `x`."""
    is_nonzero = tree.kind is Kind.COMPARE and tree.value == "<>" and tree.args[1] == ZERO
    return tree.args[0] if is_nonzero else tree


def negated(tree: Tree) -> Tree:
    """What is true when the tree is not."""
    if tree.kind is Kind.COMPARE and tree.value in _OPPOSITES:
        return evolve(tree, value=_OPPOSITES[tree.value])
    if tree.kind is Kind.NOT:
        return tree.args[0]
    if tree.kind in (Kind.AND, Kind.OR):
        other = Kind.OR if tree.kind is Kind.AND else Kind.AND
        return _joined(Tree(other, args=tuple(map(negated, tree.args))))
    if tree.kind is Kind.XOR:
        return Tree(Kind.XOR, args=(negated(tree.args[0]), tree.args[1]))
    if tree in (ZERO, ONE):
        return ONE if tree == ZERO else ZERO
    if tree.kind in _KEPT or tree.kind is Kind.COMPARE:
        return Tree(Kind.NOT, args=(tree,))
    return NOTHING if tree == NOTHING else Tree(Kind.COMPARE, "=", (tree, ZERO))
