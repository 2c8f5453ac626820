"""What is sent to MySQL and MariaDB besides plain SQL: DDL with its proof, and DDL that looks up a name first.

Every statement here commits by itself. `proof` is a query on the catalog: 1 when this very statement took effect,
0 when it did not; so a run that crashed in the middle of one knows where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from attrs import field, frozen

from toasty_core.backends import Effect, Statement
from toasty_core.errors import StatementFailed
from toasty_mysql.flavour import Flavour
from toasty_mysql.literals import literal, text_literal
from toasty_mysql.names import quote
from toasty_sql.statements import SqlStatement, inlined

Fetch = Callable[[str], Sequence[Sequence[Any]]]
Run = Callable[[str], object]

_NOTHING = "'DO 0'"
_CHECKS = "SET SESSION foreign_key_checks = {}"


def _effects(values: Iterable[Effect]) -> tuple[Effect, ...]:
    return tuple(values)


@frozen(repr=False)
class RowStatement(SqlStatement):
    """SQL on rows, shown with its values as literals of MySQL's."""

    def __str__(self) -> str:
        return f"{inlined(self.sql, self.parameters, literal)};"


@frozen
class CheckProof:
    """Are there `count` checks that say the same as `condition`? `query` gives the conditions of those without a name.

    Servers write conditions anew, so it is not SQL alone that can tell.
    """

    query: str
    condition: str
    count: int
    flavour: Flavour
    columns: tuple[str, ...]

    def holds(self, fetch: Fetch) -> bool:
        """Does the catalog say so?"""
        wanted = normal(self.condition, self.flavour, self.columns)
        found = (normal(str(row[0]), self.flavour, self.columns) for row in fetch(self.query))
        return sum(condition == wanted for condition in found) == self.count


Proof: TypeAlias = str | CheckProof
"""How the catalog tells that a statement took effect: SQL that gives 1 or 0, or a question about checks."""


def holds(proof: Proof, fetch: Fetch) -> bool:
    """What the catalog answers to a proof."""
    if isinstance(proof, CheckProof):
        return proof.holds(fetch)
    rows = fetch(proof)
    return bool(rows and rows[0][0])


def normal(condition: str, flavour: Flavour, columns: tuple[str, ...]) -> str:
    """A condition in the one form, whoever wrote it."""
    from toasty_mysql.normal import normal_expression

    return normal_expression(condition, flavour, columns)


@frozen(repr=False)
class DdlStatement(SqlStatement):
    """DDL that names all that it is about. `again=True`: it does no harm a second time."""

    in_transaction: bool = False
    proof: Proof | None = None


@frozen
class Lookup:
    """A name that only the live database knows: that of something without one in the schema.

    `what` says what it is; `query` finds the names, best first.
    """

    what: str
    query: str

    @property
    def picked(self) -> str:
        """The query for the one name, for scripts."""
        return f"{self.query} LIMIT 1"

    def find(self, fetch: Fetch) -> str | None:
        """The name; None when there is nothing like it."""
        rows = fetch(self.query)
        return str(rows[0][0]) if rows else None


@frozen
class CheckLookup(Lookup):
    """The name of a check. `query` gives all that may be meant, with their conditions as the server writes them.

    Meant is the one that says the same as `condition`, else the only one that there is. `pick` finds it in SQL
    alone, which knows fewer ways to say the same.
    """

    condition: str
    pick: str
    flavour: Flavour
    columns: tuple[str, ...]

    @property
    def picked(self) -> str:
        """The query for the one name, for scripts."""
        return f"{self.pick} LIMIT 1"

    def find(self, fetch: Fetch) -> str | None:
        """The name; None when there is nothing like it."""
        rows = [(str(name), str(clause)) for name, clause in fetch(self.query)]
        wanted = self._normal(self.condition)
        same = [name for name, clause in rows if self._normal(clause) == wanted]
        if same:
            return same[0]
        return rows[0][0] if len(rows) == 1 else None

    def _normal(self, condition: str) -> str:
        return normal(condition, self.flavour, self.columns)


@frozen(kw_only=True)
class LiveDdl(Statement):
    """DDL that is put together when its turn comes: `parts` are SQL, and names that are looked up.

    Where a name is not found, `may_be_missing` leaves the statement out, else it fails.
    `unchecked`: it runs with foreign_key_checks=0, which is set back whatever happens.
    """

    parts: tuple[str | Lookup, ...]
    effect: tuple[Effect, ...] = field(default=(), converter=_effects)
    proof: Proof | None = None
    again: bool = False
    may_be_missing: bool = False
    unchecked: bool = False

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it means for those who use the tables meanwhile."""
        return self.effect

    @property
    def transactional(self) -> bool:
        """It commits by itself."""
        return False

    @property
    def repeatable(self) -> bool:
        """Does it do no harm a second time?"""
        return self.again or self.may_be_missing

    def __str__(self) -> str:
        text = "".join(
            part if isinstance(part, str) else f"/* the name of {_in_comment(part.what)} */"
            for part in self.parts
        )
        return (
            f"{_CHECKS.format(0)}; {text}; {_CHECKS.format(1)};" if self.unchecked else f"{text};"
        )

    def run(self, fetch: Fetch, run: Run) -> None:
        """Looks up the names and executes. Raises StatementFailed."""
        sql = self.sql(fetch)
        if sql is None:
            return
        if not self.unchecked:
            run(sql)
            return
        run(_CHECKS.format(0))
        try:
            run(sql)
        finally:
            run(_CHECKS.format(1))

    def sql(self, fetch: Fetch) -> str | None:
        """The statement with the names in it; None when there is nothing to do."""
        words: list[str] = []
        for part in self.parts:
            found = part if isinstance(part, str) else part.find(fetch)
            if found is None:
                self._must_not_be_missing(part)
                return None
            words.append(found if isinstance(part, str) else quote(found))
        return "".join(words)

    def _must_not_be_missing(self, part: str | Lookup) -> None:
        if self.may_be_missing or isinstance(part, str):
            return
        raise StatementFailed(
            f"The live database has no {part.what}, which the migrations say is there.",
            hint="see what differs with: toasty migrate:check",
            statement=str(self),
        )

    def script(self) -> Iterator[str]:
        """The lines for a client: names go through variables into a prepared statement."""
        yield from [f"{_CHECKS.format(0)};"] if self.unchecked else []
        if all(isinstance(part, str) for part in self.parts):
            yield f"{''.join(map(str, self.parts))};"
        else:
            yield from self._prepared()
        yield from [f"{_CHECKS.format(1)};"] if self.unchecked else []

    def _prepared(self) -> Iterator[str]:
        words = []
        for number, part in enumerate(self.parts):
            if isinstance(part, str):
                words.append(text_literal(part))
                continue
            name = f"@toasty_name_{number}"
            yield f"SET {name} = ({part.picked});"
            words.append(f"CONCAT('`', REPLACE({name}, '`', '``'), '`')")
        text = f"CONCAT({', '.join(words)})"
        text = f"IFNULL({text}, {_NOTHING})" if self.may_be_missing else text
        yield f"SET @toasty_sql = {text};"
        yield "PREPARE toasty_statement FROM @toasty_sql;"
        yield "EXECUTE toasty_statement;"
        yield "DEALLOCATE PREPARE toasty_statement;"


def _in_comment(text: str) -> str:
    return text.replace("*/", "* /")
