"""Operations that are done to a real server, statement by statement, with a look at each proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from toasty_core.backends import Backend, Compiled
from toasty_core.operations import Operation, fold
from toasty_core.schema import SchemaSnapshot
from toasty_core.testing.bench import in_column_order
from toasty_mysql.backend import MysqlBackend
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.statements import Proof, holds
from toasty_sql.statements import inlined


class Workshop:
    """A live database and the schema that it has. `do` does operations, all of them or not at all."""

    def __init__(self, database: MysqlDatabase) -> None:
        self.database = database
        self.schema = SchemaSnapshot()
        self.statements: list[str] = []

    @property
    def is_mariadb(self) -> bool:
        """Is it MariaDB?"""
        return self.database.server.flavour.value == "MariaDB"

    def do(self, *operations: Operation, large: Iterable[str] = ()) -> list[str]:
        """Asks the checks, executes the statements, and sees that each proof says what happened.

        Gives the statements. `large` are the tables that are to be treated as such.
        """
        backend = MysqlBackend.of(self.database.server, large)
        parts = list(backend.compile_all(operations, self.schema))
        self._ask(parts)
        self.statements = [str(statement) for part in parts for statement in part.statements]
        for part in parts:
            for statement in part.statements:
                self._execute(statement)
        self.schema = fold(operations, self.schema)
        self.agree(backend)
        return self.statements

    def agree(self, backend: Backend | None = None) -> None:
        """The live schema is what the operations say."""
        backend = backend or self.database.backend
        live = in_column_order(self.database.introspect())
        assert live == in_column_order(backend.canonical_schema(self.schema))

    def _ask(self, parts: Sequence[Compiled]) -> None:
        for check in (check for part in parts for check in part.checks):
            found = self.database.violations(check)
            assert not found.count, (
                f"{check.where}: {found.count} rows {check.what}: {found.examples}"
            )

    def _execute(self, statement: Any) -> None:
        proof = getattr(statement, "proof", None)
        if proof is not None and not getattr(statement, "may_be_missing", False):
            assert not self.proven(proof), f"done before it is done: {statement}"
        self.database.execute(statement)
        if proof is not None:
            assert self.proven(proof), f"not done: {statement}"

    def proven(self, proof: Proof) -> bool:
        """What the catalog answers."""
        return holds(proof, self.database.fetch)

    def found(self, operation: Operation) -> list[str]:
        """What the checks of one operation find, in words."""
        findings = []
        for check in self.database.backend.checks(operation, self.schema):
            found = self.database.violations(check)
            if found.count:
                findings.append(
                    f"{check.where}: {found.count} {check.what}: {'; '.join(found.examples)}"
                )
        return findings

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.database.fetch(sql, values)

    def run(self, sql: str, *values: Any) -> None:
        """Executes SQL besides."""
        self.database.run(sql, values)

    def definition(self, table: str) -> str:
        """SHOW CREATE TABLE."""
        text: str = self.rows(f"SHOW CREATE TABLE `{table}`")[0][1]
        return text


@pytest.fixture
def shop(database: MysqlDatabase) -> Workshop:
    """A workshop on a fresh database, once on each server."""
    return Workshop(database)


@pytest.fixture
def shown() -> Callable[..., str]:
    """A statement as text."""
    return inlined
