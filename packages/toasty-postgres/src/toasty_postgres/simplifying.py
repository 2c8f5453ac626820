"""Takes out of an expression what PostgreSQL put in, or what says nothing: casts that happen by themselves.

PostgreSQL reports `name = 'x'` as `((name)::text = 'x'::text)` and `price > 0` as `(price > (0)::numeric)`. The same
is done to what the users wrote, so that both compare equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from attrs import field, frozen

from toasty_postgres.keywords import shown
from toasty_postgres.nodes import NULL, Kind, Node, text_of
from toasty_postgres.parsing import parse
from toasty_postgres.tokens import NotUnderstood
from toasty_postgres.type_names import NUMBERS
from toasty_sql.brackets import without_brackets

_TEXTS = frozenset({"text", "character varying", "bpchar", "character", "name", '"char"'})
_CALCULATES = frozenset({"+", "-", "*", "/", "%", "^"})
_KEEPS_CASTS = _CALCULATES | {"AT TIME ZONE"}
_ONE_OF_ITS_ARGUMENTS = frozenset({"coalesce", "nullif", "greatest", "least"})
_FOUND_BY_NAME = frozenset({"regclass", "regconfig", "jsonpath", "regproc"})
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00(?:\+00)?\Z")
_LARGEST = 2**31
_RETURNS = {
    "date_part": "double precision",
    **dict.fromkeys(("length", "char_length", "octet_length", "cardinality"), "integer"),
    **dict.fromkeys(("array_length", "jsonb_array_length", "num_nonnulls", "num_nulls"), "integer"),
}
"""Types of what some functions return."""


@frozen
class Scope:
    """What names in an expression mean: the table, and its columns with their types as `format_type` says them."""

    table: str = ""
    columns: Mapping[str, str] = field(factory=dict)

    @classmethod
    def of(cls, table: str, columns: Mapping[str, str]) -> Scope:
        """The scope of a table's own expressions."""
        return cls(shown(table), {shown(name): type_ for name, type_ in columns.items()})


NOWHERE = Scope()


def understood(sql: str, scope: Scope = NOWHERE) -> Node | None:
    """The expression in its simplest form; None when it cannot be read."""
    try:
        return simplified(parse(sql), scope)
    except (NotUnderstood, RecursionError):
        return None


def normal(sql: str, scope: Scope = NOWHERE) -> str:
    """The text that all spellings of an expression have in common; itself when it cannot be read."""
    node = understood(sql, scope)
    return without_brackets(sql) if node is None else text_of(node)


def simplified(node: Node, scope: Scope) -> Node:
    """The expression without what says nothing."""
    if node.kind is Kind.NAME:
        return _column(node, scope)
    if not node.parts:
        return node
    node = _with(node, tuple([simplified(part, scope) for part in node.parts]))
    match node.kind:
        case Kind.CAST:
            return _cast(node, scope)
        case Kind.CALL:
            return _call(node, scope)
        case Kind.BINARY:
            return _with(node, _operands(node, scope))
        case Kind.IN | Kind.NOT_IN:
            return _with(node, _literals(_alike(node.parts, scope)))
        case Kind.CASE:
            return _case(node, scope)
    return node


def _with(node: Node, parts: tuple[Node, ...]) -> Node:
    return node if parts == node.parts else Node(node.kind, node.word, parts)


def _column(node: Node, scope: Scope) -> Node:
    """A column without its table's name before it."""
    prefix = f"{scope.table}."
    if scope.table and node.word.startswith(prefix):
        return Node(Kind.NAME, node.word.removeprefix(prefix))
    return node


@lru_cache(maxsize=4096)
def base(type_: str) -> str:
    """The type without its length: `numeric(10,2)` is `numeric`."""
    return re.sub(r"\([^)]*\)", "", type_)


def is_text(type_: str) -> bool:
    """Is it one of the types of text, with a length or without?"""
    return base(type_) in _TEXTS


# casts


def _cast(node: Node, scope: Scope) -> Node:
    (part,), type_ = node.parts, node.word
    if part.kind is Kind.CAST and part.word == type_:
        return part
    if part == NULL:
        return part
    if part.kind is Kind.TEXT and type_ in NUMBERS and _NUMBER.match(part.word):
        return parse(part.word)
    if type_ in _TEXTS and _is_textual(part, scope):
        return part
    if type_.endswith("[]") and type_[:-2] in _TEXTS and _is_textual_list(part, scope):
        return part
    return node


def _is_textual_list(node: Node, scope: Scope) -> bool:
    items = node.kind is Kind.ARRAY and node.parts
    return bool(items) and all(_is_textual(item, scope) for item in node.parts)


def _is_textual(node: Node, scope: Scope) -> bool:
    """Is it a text anyway?"""
    match node.kind:
        case Kind.TEXT:
            return True
        case Kind.NAME:
            return is_text(scope.columns.get(node.word, ""))
        case Kind.CAST:
            return is_text(node.word)
        case Kind.COLLATE:
            return _is_textual(node.parts[0], scope)
        case Kind.CALL if node.word in _ONE_OF_ITS_ARGUMENTS:
            return all(_is_textual(part, scope) or part == NULL for part in node.parts)
        case Kind.CASE:
            return all(_is_textual(part, scope) or part == NULL for part in _results(node))
    return node.kind is Kind.BINARY and node.word in ("||", "->>", "#>>")


def _results(node: Node) -> Sequence[Node]:
    parts = node.parts[1:] if node.word else node.parts
    last = parts[-1:] if len(parts) % 2 else ()
    return (*parts[1::2], *last)


# operators and calls


def _operands(node: Node, scope: Scope) -> tuple[Node, ...]:
    if node.word == "^":  # there is none for whole numbers
        return tuple(_without_double(part, scope) for part in node.parts)
    parts = _alike(node.parts, scope)
    return parts if node.word in _KEEPS_CASTS else _literals(parts)


def _literals(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """Texts that get their type from what they are compared with."""
    if all(part.kind is Kind.CAST and part.parts[0].kind is Kind.TEXT for part in parts):
        return parts
    return tuple(_literal(part) for part in parts)


def _literal(node: Node) -> Node:
    if node.kind is not Kind.CAST or node.word.startswith("interval"):
        return node
    (part,) = node.parts
    if part.kind is not Kind.TEXT:
        return node
    if node.word.startswith("timestamp"):
        return Node(Kind.TEXT, _MIDNIGHT.sub(r"\1", part.word))
    return part


def _call(node: Node, scope: Scope) -> Node:
    if node.word == "timezone" and len(node.parts) == 2:
        zone, moment = node.parts
        return Node(Kind.BINARY, "AT TIME ZONE", (moment, zone))
    if node.word in _ONE_OF_ITS_ARGUMENTS:
        parts = _alike(node.parts, scope)
        return _with(node, _literals(parts))
    return _with(node, tuple([_found_by_name(part) for part in node.parts]))


def _found_by_name(node: Node) -> Node:
    is_name = node.kind is Kind.CAST and node.word in _FOUND_BY_NAME
    return node.parts[0] if is_name and node.parts[0].kind is Kind.TEXT else node


def _case(node: Node, scope: Scope) -> Node:
    parts = node.parts
    head = 1 if node.word else 0
    if (len(parts) - head) % 2 and parts[-1] == NULL:
        parts = parts[:-1]
    return _with(node, parts)


# numbers


def _alike(parts: tuple[Node, ...], scope: Scope) -> tuple[Node, ...]:
    """Without the casts that numbers of two types get by themselves; those of literals are the first to go."""
    found = list(parts)
    for of_literals in (True, False):
        for at, part in enumerate(found):
            if (part.kind is Kind.CAST and part.parts[0].kind is Kind.NUMBER) is of_literals:
                found[at] = _without_cast(part, found[:at] + found[at + 1 :], scope)
    return tuple(found)


def _without_cast(node: Node, others: list[Node], scope: Scope) -> Node:
    if node.kind is not Kind.CAST or node.word not in NUMBERS:
        return node
    inner = _number_type(node.parts[0], scope)
    wanted = NUMBERS.index(node.word)
    around = [_number_type(other, scope) for other in others]
    if inner is not None and inner < wanted and wanted in around:
        return node.parts[0]
    return node


def _without_double(node: Node, scope: Scope) -> Node:
    is_cast = node.kind is Kind.CAST and node.word == "double precision"
    return node.parts[0] if is_cast and _number_type(node.parts[0], scope) is not None else node


def _number_type(node: Node, scope: Scope) -> int | None:
    """Which of NUMBERS it is; None when that is not known."""
    match node.kind:
        case Kind.NUMBER:
            return _of_literal(node.word)
        case Kind.NAME:
            return _of_type(scope.columns.get(node.word, ""))
        case Kind.CAST:
            return _of_type(node.word)
        case Kind.UNARY:
            return _number_type(node.parts[0], scope)
        case Kind.SPECIAL if node.word.startswith("EXTRACT"):
            return NUMBERS.index("numeric")
        case Kind.BINARY if node.word == "^":
            return NUMBERS.index("double precision")
        case Kind.BINARY if node.word in _CALCULATES:
            return _widest(node.parts, scope)
        case Kind.CALL if node.word in (*_ONE_OF_ITS_ARGUMENTS, "abs"):
            return _widest(node.parts, scope)
        case Kind.CALL if node.word in _RETURNS:
            return NUMBERS.index(_RETURNS[node.word])
    return None


def _of_literal(text: str) -> int:
    if "." in text:
        return NUMBERS.index("numeric")
    return NUMBERS.index("integer" if abs(int(text)) < _LARGEST else "bigint")


def _of_type(type_: str) -> int | None:
    name = base(type_)
    return NUMBERS.index(name) if name in NUMBERS else None


def _widest(parts: tuple[Node, ...], scope: Scope) -> int | None:
    found = [_number_type(part, scope) for part in parts]
    known = [one for one in found if one is not None]
    return max(known) if len(known) == len(found) else None
