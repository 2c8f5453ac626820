"""What SQL backends send: SQL, calls of the user's functions, and questions that must find nothing.

A `Database` takes them apart by class in its `execute`. `str(statement)` is what a dry run shows and what an
offline script holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from attrs import field, frozen

from toasty_core.backends import Effect, Statement
from toasty_sql.literals import literal

_PLACEHOLDER = (
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | --[^\n]* | /\*.*?\*/ | (\?|%s)"""
)


def _parameters(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)  # attrs takes 2 ms for each class to find out what `tuple` itself expects


@frozen(repr=False)
class SqlStatement(Statement):
    """SQL that returns no rows, with the values for its placeholders.

    `in_transaction=False` marks what a database refuses inside a transaction, `again=True` what does no harm
    a second time; `effect` is what it means for the users of the tables meanwhile.
    """

    sql: str
    parameters: tuple[Any, ...] = field(default=(), converter=_parameters)
    in_transaction: bool = True
    again: bool = False
    effect: tuple[Effect, ...] = field(default=(), converter=_parameters)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it means for those who use the tables meanwhile."""
        return self.effect

    @property
    def repeatable(self) -> bool:
        """Does it do no harm a second time?"""
        return self.again

    @property
    def transactional(self) -> bool:
        """Can it stand in a transaction with others?"""
        return self.in_transaction

    def __str__(self) -> str:
        return f"{inlined(self.sql, self.parameters)};"


@frozen(repr=False)
class CallStatement(Statement):
    """A function of the user's that gets the live database: `function(database.live())`."""

    function: Callable[[Any], object]
    description: str

    def __str__(self) -> str:
        return f"-- Python: {self.description}"


@frozen(repr=False)
class AssertStatement(Statement):
    """A query that must return no row. One that does fails the migration with `message`.

    The first column of the rows is what the message shows.
    """

    sql: str
    message: str

    def __str__(self) -> str:
        return f"-- must find nothing, else: {self.message}\n{self.sql};"


@frozen(repr=False)
class QueryStatement(Statement):
    """A question about rows, as a `DataCheck` holds it.

    `count` counts the rows that fail, `examples` returns up to five of them: one column, in words.
    """

    count: str
    examples: str

    def __str__(self) -> str:
        return f"{self.count};"


def inlined(sql: str, parameters: tuple[Any, ...], written: Callable[[Any], str] = literal) -> str:
    """The SQL with its placeholders (`?` or `%s`) filled in, for reading and for scripts.

    Placeholders inside of literals, quoted names and comments are none. `written` makes a literal of a value.
    """
    if not parameters:
        return sql
    values = iter(parameters)
    return _placeholder().sub(lambda m: written(next(values)) if m.group(1) else m.group(0), sql)


@cache
def _placeholder() -> re.Pattern[str]:
    """Made when something is printed: a run that prints nothing starts sooner."""
    return re.compile(_PLACEHOLDER, re.VERBOSE | re.DOTALL)
