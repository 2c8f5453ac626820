"""A live database, to which operations are sent as the compiler says them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from attrs import define, evolve, field, fields

from toasty_core.backends import Compiled
from toasty_core.errors import CheckFailed
from toasty_core.operations import CreateTable, Operation, fold, invert
from toasty_core.schema import SchemaSnapshot, TableDef
from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_postgres.database import PostgresDatabase
from toasty_sql.statements import QueryStatement


@define
class Live:
    """A database, and the schema that it should have."""

    url: str
    database: PostgresDatabase
    schema: SchemaSnapshot = field(factory=SchemaSnapshot)

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(
            int(part) for part in self.sql("SHOW server_version")[0][0].split(" ")[0].split(".")
        )

    def sql(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Runs SQL past Toasty, and gives the rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(text, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def compiled(self, *operations: Operation, large: Sequence[str] = ()) -> list[Compiled]:
        """What the backend says for operations, at this server's version."""
        backend = PostgresBackend(self.version, large)
        return list(backend.compile_all(operations, self.schema))

    def apply(
        self, *operations: Operation, large: Sequence[str] = (), exact: bool = True
    ) -> list[str]:
        """Sends operations; afterwards the live schema is as it should be. Returns the statements' texts."""
        parts = self.compiled(*operations, large=large)
        statements = [statement for part in parts for statement in part.statements]
        if all(statement.transactional for statement in statements):
            with self.database.transaction():
                self._send(parts)
        else:
            self._send(parts)
        self.schema = fold(operations, self.schema)
        if exact:
            self.assert_exact()
        return [str(statement) for statement in statements]

    def _send(self, parts: list[Compiled]) -> None:
        for part in parts:
            for check in part.checks:
                found = self.database.violations(check)
                if found.count:
                    raise CheckFailed(
                        f"{check.where}: {found.count} {check.what}", findings=found.examples
                    )
            for statement in part.statements:
                self.database.execute(statement)

    def assert_exact(self) -> None:
        want = PostgresBackend(self.version).canonical_schema(self.schema)
        got = self.database.introspect()
        assert sorted(got.tables) == sorted(want.tables)
        for key, table in want.tables.items():
            differences = _differences(got.tables[key], table)
            assert not differences, f"{key}: {differences}"
        assert got.sequences == want.sequences

    def create(self, *tables: TableDef) -> None:
        """Makes tables."""
        self.apply(*map(CreateTable, tables))

    def there_and_back(self, *operations: Operation, large: Sequence[str] = ()) -> list[str]:
        """Sends operations and then their inverses; returns the statements of the way there."""
        back = invert(operations, self.schema)
        before = self.schema
        texts = self.apply(*operations, large=large)
        self.apply(*back, large=large)
        for key, table in before.tables.items():
            assert _ordered(self.schema.tables[key]) == _ordered(table)
        return texts

    def rows(self, table: str, order: str = "1") -> list[tuple[Any, ...]]:
        return self.sql(f"SELECT * FROM {table} ORDER BY {order}")

    def query(self, check: Any) -> tuple[int, list[Any]]:
        """The answer to a check, by plain psycopg."""
        assert isinstance(check.query, QueryStatement)
        return self.sql(check.query.count)[0][0], self.sql(check.query.examples)


def _differences(got: TableDef, want: TableDef) -> dict[str, Any]:
    """By attribute: what is there, and what should be."""
    one, other = _ordered(got), _ordered(want)
    attributes = [a.name for a in fields(TableDef) if a.eq]
    names = [name for name in attributes if getattr(one, name) != getattr(other, name)]
    return {name: _only(getattr(one, name), getattr(other, name)) for name in names}


def _only(got: Any, want: Any) -> Any:
    if not isinstance(got, tuple):
        return got, want
    return [it for it in got if it not in want], [it for it in want if it not in got]


def _ordered(table: TableDef | None) -> Any:
    return table and evolve(table, columns=sorted(table.columns, key=lambda column: column.name))


@pytest.fixture
def live(postgres_url: str) -> Iterator[Live]:
    """A fresh database on each server."""
    database = PostgresBackend().connect(Url.parse(postgres_url))
    assert isinstance(database, PostgresDatabase)
    with database:
        yield Live(postgres_url, database)


@pytest.fixture
def say() -> Callable[..., list[str]]:
    """The statements for operations on a schema, written offline."""

    def texts(
        *operations: Operation,
        before: SchemaSnapshot | None = None,
        version: tuple[int, ...] = (15,),
        large: Sequence[str] = (),
    ) -> list[str]:
        compiled = PostgresBackend(version, large).compile_all(
            operations, before or SchemaSnapshot()
        )
        return [str(statement) for part in compiled for statement in part.statements]

    return texts
