"""A fresh database, what stands in it, and how it is compared with what should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import psycopg
import pytest

from toasty_core.diff import Answers, detect_changes
from toasty_core.schema import SchemaSnapshot
from toasty_core.testing.bench import in_column_order
from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_postgres.database import PostgresDatabase, connect

Apply = Callable[[SchemaSnapshot], None]
Sql = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def database(postgres_url: str) -> Iterator[PostgresDatabase]:
    """A connection of ours to a fresh database."""
    url = Url.parse(postgres_url)
    with connect(PostgresBackend(), url) as found:
        assert isinstance(found, PostgresDatabase)
        yield found


@pytest.fixture
def sql(postgres_url: str) -> Iterator[Sql]:
    """Runs SQL in the fresh database, past Toasty, and gives the rows."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:

        def run(text: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture
def version(database: PostgresDatabase) -> int:
    """The server's major version."""
    return int(database.version().split()[1].partition(".")[0])


def make(database: PostgresDatabase, schema: SchemaSnapshot) -> None:
    """Makes the schema in the empty database, as a migration would."""
    operations = list(detect_changes(SchemaSnapshot(), schema, Answers(no_renames=True)))
    for part in database.backend.compile_all(operations, SchemaSnapshot()):
        for statement in part.statements:
            database.execute(statement)


def assert_same(found: SchemaSnapshot, wanted: SchemaSnapshot) -> None:
    """The two are the same but for the order of columns."""
    found, wanted = in_column_order(found), in_column_order(wanted)
    assert list(_differences(found, wanted, "")) == []
    assert found == wanted


def _differences(found: Any, wanted: Any, where: str) -> Iterator[str]:
    """Where two definitions differ, so that a failure says it."""
    if found == wanted:
        return
    if attrs.has(type(found)) and type(found) is type(wanted):
        for one in attrs.fields(type(found)):
            name = one.name
            yield from _differences(getattr(found, name), getattr(wanted, name), f"{where}.{name}")
    elif isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted({*found, *wanted}, key=str):
            yield from _differences(found.get(key), wanted.get(key), f"{where}[{key}]")
    elif isinstance(found, tuple) and isinstance(wanted, tuple) and len(found) == len(wanted):
        for at, pair in enumerate(zip(found, wanted, strict=True)):
            yield from _differences(*pair, f"{where}[{at}]")
    else:
        yield f"{where}: {found} is not {wanted}"
