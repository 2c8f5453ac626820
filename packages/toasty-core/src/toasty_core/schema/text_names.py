"""Names in expressions: a column or table that is called otherwise is called so in SQL texts, too.

The texts are in several databases' words, so they are taken apart in a way that holds for all of them: strings and
comments stay as they are, and what cannot be a column (a function, a type, a unit of time) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from attrs import evolve, frozen

from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, IndexColumn, IndexDef
from toasty_core.schema.values import Expression


@cache
def _token_pattern() -> re.Pattern[str]:
    # compiled when it is needed: few runs rename anything
    return re.compile(
        r"""
          (?P<skip>\s+ | --[^\n]* | /\*(?s:.*?)(?:\*/|\Z)
            | \$(?P<tag>[A-Za-z_]*)\$(?s:.*?)\$(?P=tag)\$
            | [eE]'(?:[^'\\]|\\(?s:.)|'')*')
        | (?P<text>'(?:[^']|'')*')
        | (?P<quoted>"(?:[^"]|"")*" | `(?:[^`]|``)*` | (?<![\w\])"'`])\[[^\]\[]*\])
        | (?P<number>(?:\d[\w.]*|\.\d\w*))
        | (?P<word>[^\W\d][\w$]*)
        | (?P<mark>::|=>|:=|(?s:.))
        """,
        re.VERBOSE,
    )


_PLAIN = r"[a-z_][a-z0-9_]*"
_RESERVED = (
    r"add|all|alter|and|any|array|as|asc|between|both|by|case|cast|check|collate|column|constraint|create|cross"
    r"|current_(?:date|role|time|timestamp|user)|default|delete|desc|distinct|drop|else|end|escape|except|exists"
    r"|false|for|foreign|from|full|glob|grant|group|having|ilike|in|index|inner|insert|intersect|interval|into|is"
    r"|isnull|join|leading|left|like|limit|localtime|localtimestamp|match|natural|not|notnull|null|offset|on|or"
    r"|order|outer|primary|references|regexp|right|row|select|set|similar|some|symmetric|table|then|to|trailing"
    r"|true|union|unique|update|user|using|values|when|where|window|with"
)
"""Words that are no column where they stand without quotes."""
_UNITS = (
    r"microseconds?|milliseconds?|second|minute|hour|day|week|month|quarter|year|epoch|dow|doy|isodow|isoyear"
    r"|decade|century|millennium|timezone"
)


@frozen
class _Token:
    kind: str
    text: str
    start: int

    @property
    def key(self) -> str:
        """The word in lower case; empty for what is none."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The name that it stands for, without quotes."""
        first = self.text[0]
        if self.kind != "quoted":
            return self.text
        return self.text[1:-1] if first == "[" else self.text[1:-1].replace(first * 2, first)


_NONE = _Token("mark", " ", 0)


@frozen
class ColumnText:
    """The name of a column of a table whose columns are `columns` in expressions: from `old` to `new`."""

    old: str
    new: str
    columns: Sequence[str]

    def of(self, expression: Expression) -> Expression:
        """The expression with the new name, in all of its texts."""
        return _changed(expression, self)

    def means(self, tokens: Sequence[_Token], at: int) -> bool:
        """Is the token the column?"""
        if tokens[0].text == "{":  # a document database's condition, in JSON
            return tokens[at].name == self.old and _at(tokens, at + 1).text == ":"
        return self._is_called(tokens[at]) and _is_column(tokens, at)

    def _is_called(self, token: _Token) -> bool:
        """Some databases tell upper from lower case, others do not: who is called exactly so is meant first."""
        name = token.name
        if token.kind == "word":
            if re.fullmatch(_RESERVED, name, re.IGNORECASE):
                return False
            name = name.lower()
        if name == self.old:
            return True
        return name.lower() == self.old.lower() and name not in self.columns


@frozen
class TableText:
    """The name of a table before its columns (`users.email`) in its expressions: from `old` to `new`."""

    old: str
    new: str

    def of(self, expression: Expression) -> Expression:
        """The expression with the new name, in all of its texts."""
        return _changed(expression, self)

    def means(self, tokens: Sequence[_Token], at: int) -> bool:
        """Is the token the table?"""
        is_called = tokens[at].name.lower() == self.old.lower()
        return is_called and _at(tokens, at + 1).text == "."


TextChange = ColumnText | TableText


def column_renamed(column: ColumnDef, change: TextChange) -> ColumnDef:
    """The column, computed from what is called otherwise."""
    if column.generated is None:
        return column
    text = change.of(column.generated.expression)
    return evolve(column, generated=evolve(column.generated, expression=text))


def check_renamed(check: CheckDef, change: TextChange) -> CheckDef:
    """The check over what is called otherwise."""
    return evolve(check, expression=change.of(check.expression))


def index_renamed(index: IndexDef, change: TextChange) -> IndexDef:
    """The index with the new name in its expressions and its condition."""
    if index.where is None and not any(part.expression for part in index.columns):
        return index

    def renamed(part: IndexColumn) -> IndexColumn:
        return evolve(part, expression=change.of(part.expression)) if part.expression else part

    where = change.of(index.where) if index.where is not None else None
    return evolve(index, columns=map(renamed, index.columns), where=where)


def _changed(expression: Expression, change: TextChange) -> Expression:
    text = None if expression.text is None else _with_name(expression.text, change)
    return Expression(text, {name: _with_name(sql, change) for name, sql in expression.by_backend})


def _with_name(sql: str, change: TextChange) -> str:
    if change.old.lower() not in sql.lower().replace('""', '"').replace("``", "`"):
        return sql
    tokens = list(_tokens(sql))
    parts, last = [], 0
    for at, token in enumerate(tokens):
        if token.kind in ("word", "quoted") and change.means(tokens, at):
            ticks = any(other.text[0] == "`" for other in tokens)
            parts += [sql[last : token.start], _spelled(change.new, token, ticks=ticks)]
            last = token.start + len(token.text)
    return "".join((*parts, sql[last:]))


def _tokens(sql: str) -> Iterator[_Token]:
    for match in _token_pattern().finditer(sql):
        kind = match.lastgroup or ""
        if match["skip"] is None:
            yield _Token(kind, match.group(), match.start())


def _at(tokens: Sequence[_Token], place: int) -> _Token:
    return tokens[place] if 0 <= place < len(tokens) else _NONE


def _spelled(name: str, instead_of: _Token, *, ticks: bool) -> str:
    """The name in the quotes of the one whose place it takes; in some if it cannot do without."""
    quote = instead_of.text[0] if instead_of.kind == "quoted" else ""
    if not quote and needs_quotes(name):
        quote = "`" if ticks else '"'
    if quote == "[":
        return f"[{name}]" if "]" not in name else '"' + name.replace('"', '""') + '"'
    return quote + name.replace(quote, quote * 2) + quote if quote else name


def needs_quotes(name: str) -> bool:
    """Is it a name that some database does not know without quotes?"""
    return not re.fullmatch(_PLAIN, name) or bool(re.fullmatch(_RESERVED, name, re.IGNORECASE))


def _is_column(tokens: Sequence[_Token], at: int) -> bool:
    """Can it be a column where it stands?"""
    before, after = _at(tokens, at - 1), _at(tokens, at + 1)
    if (
        after.text in ("(", ".", "=>", ":=")
        or before.text == "::"
        or before.key in ("as", "collate", "constraint", "partition")
    ):
        return False
    if before.text == "." and _at(tokens, at - 2).text == ")":
        return False  # a field of a value
    if tokens[at].kind == "quoted":
        return True
    return after.kind != "text" and not _is_unit(tokens, at)


def _is_unit(tokens: Sequence[_Token], at: int) -> bool:
    """`EXTRACT(year FROM ...)`, `INTERVAL 1 day`, `AT TIME ZONE`."""
    before, after, key = _at(tokens, at - 1), _at(tokens, at + 1), tokens[at].key
    if re.fullmatch(_UNITS, key) and before.text == "(" and after.key == "from":
        return True
    if re.fullmatch(_UNITS, key) and _at(tokens, at - 2).key == "interval":
        return True
    is_zone = (_at(tokens, at - 2).key, before.key, key) == ("at", "time", "zone")
    return is_zone or (before.key, key) == ("at", "time")
