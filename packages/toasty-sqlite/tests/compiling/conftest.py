"""A real SQLite database for each test, and operations that are compiled and executed on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from toasty_core.backends import Compiled, Violations
from toasty_core.operations.base import Operation, fold
from toasty_core.schema import SchemaSnapshot, TableDef
from toasty_core.url import Url
from toasty_sqlite import SqliteBackend
from toasty_sqlite.database import SqliteDatabase, connect


@define
class World:
    """A database, the schema that the operations so far made, and what was compiled last."""

    database: SqliteDatabase
    backend: SqliteBackend
    schema: SchemaSnapshot = field(factory=SchemaSnapshot)
    compiled: list[Compiled] = field(factory=list)

    def compile(self, *operations: Operation) -> list[Compiled]:
        return list(self.backend.compile_all(operations, self.schema))

    def do(self, *operations: Operation) -> list[Compiled]:
        """Executes operations as one migration, without asking any checks."""
        self.compiled = self.compile(*operations)
        statements = [s for part in self.compiled for s in part.statements]
        with self.database.transaction(statements):
            for statement in statements:
                self.database.execute(statement)
        self.schema = fold(operations, self.schema)
        return self.compiled

    def create(self, *tables: TableDef) -> None:
        from toasty_core.operations import CreateTable

        self.do(*(CreateTable(table) for table in tables))

    def failing(self, *operations: Operation) -> dict[str, Violations]:
        """The checks of the operations that rows fail, by place."""
        checks = [check for part in self.compile(*operations) for check in part.checks]
        found = {check.where: self.database.violations(check) for check in checks}
        return {where: answer for where, answer in found.items() if answer.count}

    def sql(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, or what a change returns: nothing."""
        return self.database.live().execute(text, parameters).fetchall()

    def texts(self, *operations: Operation) -> list[str]:
        """The text of every statement."""
        parts = self.compile(*operations)
        return [str(statement) for part in parts for statement in part.statements]


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes worlds; `version` is the SQLite that is written for."""
    opened: list[SqliteDatabase] = []

    def make(version: tuple[int, ...] | None = None) -> World:
        backend = SqliteBackend(version)
        path = tmp_path / f"{len(opened)}.db"
        database = connect(backend, Url.parse(f"sqlite:{path}"))
        opened.append(database)
        return World(database, backend)

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    return new_world()


@pytest.fixture
def rows_of() -> Callable[[World, str], list[tuple[Any, ...]]]:
    return lambda world, table: world.sql(f'SELECT * FROM "{table}" ORDER BY rowid')


@pytest.fixture
def kinds() -> Callable[[Iterable[Compiled]], list[list[str]]]:
    """The kinds of operations that are done together, in order."""
    return lambda parts: [[operation.kind for operation in part.operations] for part in parts]
