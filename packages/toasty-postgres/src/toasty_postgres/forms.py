"""The forms in which both the live schema and the models are compared: what is said in one of several ways, or left
out where it is PostgreSQL's own choice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve

from toasty_core.schema.columns import Options
from toasty_core.schema.constraints import IndexColumn, PrimaryKeyDef, UniqueDef
from toasty_core.schema.values import Expression
from toasty_postgres.names import stored_name
from toasty_postgres.nodes import Kind, Node, text_of
from toasty_postgres.parsing import Parser
from toasty_postgres.simplifying import Scope, normal, simplified, understood
from toasty_postgres.tokens import NotUnderstood, TokenKind, tokens

_GENERATED = re.compile(r"_(?:pkey|key|fkey|check|excl)\d*\Z")
_DEFAULT_CLASS = re.compile(
    r"(?:array|bit|bool|bpchar|bytea|char|cidr|date|enum|float[48]|int[248]|interval|jsonb|macaddr8?|money|name"
    r"|multirange|numeric|oid|point|box|circle|poly|range|record|text|tid|time|timestamp|timestamptz|timetz"
    r"|tsquery|tsvector|uuid|varbit|xid8)(?:_minmax)?_ops\Z"
)

Settings = Mapping[str, Any]


def given_name(name: str | None) -> str | None:
    """A constraint's name as it is stored; None for one that PostgreSQL could have given by itself.

    Such a name ends in what the constraint is, and a number where the name was taken. What stands before are the
    names of the table and the columns as they were then, which says nothing once they are renamed.
    """
    stored = stored_name(name) if name else None
    return None if stored is None or _GENERATED.search(stored) else stored


def options(settings: Settings) -> Options:
    """Options of PostgreSQL's own, without those that are off."""
    found = {name: value for name, value in settings.items() if value}
    return {"postgresql": found} if found else {}


def storage(said: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """WITH (...), as the catalog keeps it: texts, under names in lower case."""
    return {str(name).lower(): _storage_value(value) for name, value in sorted(said)}


def _storage_value(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return {"on": "true", "off": "false"}.get(text.lower(), text)


def expression(sql: str, scope: Scope) -> Expression:
    """An expression in its normal form."""
    return Expression(normal(sql, scope))


# keys that are alike


def folded(
    key: PrimaryKeyDef | None, uniques: Iterable[UniqueDef]
) -> tuple[PrimaryKeyDef | None, list[UniqueDef]]:
    """The keys without those that say the same twice, of which CREATE TABLE makes one.

    The first one stays, with the first name that there is. `transformIndexConstraints` of parse_utilcmd.c.
    """
    found: list[UniqueDef] = []
    for unique in sorted(uniques, key=lambda one: (one.name or "", one.columns)):
        if key is not None and _as_unique(key) == evolve(unique, name=None):
            key = key if key.name else evolve(key, name=unique.name)
            continue
        twin = next((one for one in found if _is_twin(one, unique)), None)
        if twin is None:
            found.append(unique)
        elif twin.name is None:
            found[found.index(twin)] = unique
    return key, found


def _as_unique(key: PrimaryKeyDef) -> UniqueDef:
    return UniqueDef(key.columns, options=key.options)


def _is_twin(one: UniqueDef, other: UniqueDef) -> bool:
    return evolve(one, name=None) == evolve(other, name=None)


# indexes


def index_part(
    sql: str, scope: Scope, said: IndexColumn | None = None
) -> tuple[IndexColumn, str | None]:
    """A part of an index that is written as an expression, and the operator class at its end, if there is one.

    An expression that is no more than a column is that column, as it is to PostgreSQL.
    """
    part = evolve(said or IndexColumn(), name=None, expression=None)
    try:
        parser = Parser(tokens(sql))
        node = simplified(parser.expression(), scope)
        class_ = parser.qualified_name() if parser.next.kind is TokenKind.WORD else None
        parser.must_end()
    except (NotUnderstood, RecursionError):
        return evolve(part, expression=Expression(normal(sql, scope))), None
    return _named_part(node, part, scope), class_


def _named_part(node: Node, part: IndexColumn, scope: Scope) -> IndexColumn:
    if node.kind is Kind.COLLATE and part.collation is None:
        part = evolve(part, collation=_unquoted(node.word))
        node = node.parts[0]
    if node.kind is Kind.NAME and node.word in scope.columns:
        return evolve(part, name=_unquoted(node.word))
    return evolve(part, expression=Expression(text_of(node)))


def _unquoted(name: str) -> str:
    parts = tokens(name)
    return ".".join(part.text for part in parts if not part.is_mark("."))


def with_collation(
    part: IndexColumn, said: str | None, columns: Mapping[str, str | None]
) -> IndexColumn:
    """A part of an index with the collation that is said, unless it has that anyway.

    `columns` are the collations of the columns. An expression gets its collation from what it is made of.
    """
    plain = None if said == "default" else said
    usual = {columns.get(part.name)} if part.name is not None else _collations(part, columns)
    return evolve(part, collation=None if said is None or plain in usual else said)


def _collations(part: IndexColumn, columns: Mapping[str, str | None]) -> set[str | None]:
    """The collations that stand in an expression, and that of the database."""
    node = understood(str(part.expression))
    return {None, *(_collations_of(node, columns) if node is not None else ())}


def _collations_of(node: Node, columns: Mapping[str, str | None]) -> Iterator[str | None]:
    if node.kind is Kind.NAME:
        yield columns.get(_unquoted(node.word))
    if node.kind is Kind.COLLATE:
        yield _unquoted(node.word)
    for part in node.parts:
        yield from _collations_of(part, columns)


def ordered(part: IndexColumn) -> IndexColumn:
    """A part of an index without the order that it has anyway: ascending, and nulls as the largest."""
    nulls = None if part.nulls_first is bool(part.descending) else part.nulls_first
    return IndexColumn(part.name, part.expression, part.descending or None, nulls, part.collation)


def part_key(part: IndexColumn) -> str:
    """By what `ops` knows a part of an index: the column's name, or the expression's text."""
    return part.name if part.name is not None else str(part.expression)


def is_default_class(name: str, method: str) -> bool:
    """Is it an operator class that PostgreSQL takes anyway, for the types that it is for?"""
    if name == "inet_ops":
        return method not in ("gist", "spgist")
    return _DEFAULT_CLASS.match(name) is not None


# exclusion constraints and partitions


def exclusion(sql: str, scope: Scope) -> str:
    """EXCLUDE in its normal form, without its name."""
    try:
        return _Exclusion(tokens(sql)).read(scope)
    except (NotUnderstood, RecursionError):
        return sql.strip()


class _Exclusion(Parser):
    """Reads EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (active)."""

    def read(self, scope: Scope) -> str:
        if self.takes_word("constraint"):
            self.qualified_name()
        self.must(self.takes_word("exclude"))
        method = self.take().text if self.takes_word("using") else "btree"
        self.must(self.takes_mark("("))
        elements = [self._element(scope)]
        while self.takes_mark(","):
            elements.append(self._element(scope))
        self.must(self.takes_mark(")"))
        return f"EXCLUDE USING {method} ({', '.join(elements)}){self._tail(scope)}"

    def _element(self, scope: Scope) -> str:
        text = text_of(simplified(self.expression(), scope))
        while not self.next.is_word("with"):
            word = self.take()
            self.must(word.kind in (TokenKind.WORD, TokenKind.QUOTED))
            text += f" {word.text.upper() if word.text in ('asc', 'desc') else word.text}"
        self.take()
        return f"{text.removesuffix(' ASC')} WITH {self.take().text}"

    def _tail(self, scope: Scope) -> str:
        text = ""
        if self.takes_word("where"):
            text += f" WHERE ({text_of(simplified(self.expression(), scope))})"
        if self.takes_word("deferrable"):
            text += " DEFERRABLE"
        if self.takes_word("initially", "deferred"):
            text += " INITIALLY DEFERRED"
        self.takes_word("initially", "immediate")
        self.must_end()
        return text


def partition(sql: str, scope: Scope) -> str:
    """PARTITION BY in its normal form: `RANGE (born)`."""
    method, _, rest = sql.strip().partition("(")
    try:
        parser = Parser(tokens(rest))
        parts = ", ".join(text_of(simplified(it, scope)) for it in parser.until_bracket())
        parser.must_end()
    except (NotUnderstood, RecursionError):
        return sql.strip()
    return f"{method.strip().upper()} ({parts})"
