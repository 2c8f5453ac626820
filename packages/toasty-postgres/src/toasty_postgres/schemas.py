"""Namespaces for tables."""

from __future__ import annotations

from collections.abc import Iterator

from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef
from toasty_postgres.literals import text_literal
from toasty_postgres.names import must_fit, quote
from toasty_sql.statements import SqlStatement


def make_schema(name: str | None, before: SchemaSnapshot) -> Iterator[SqlStatement]:
    """CREATE SCHEMA before the first table in it.

    IF NOT EXISTS would ask for the right to make schemas even where it is there.
    """
    known: list[TableDef | SequenceDef] = [*before.tables.values(), *before.sequences.values()]
    if name is None or name == "public" or any(item.schema == name for item in known):
        return
    must_fit(name)
    yield SqlStatement(
        f"""DO $toasty$
BEGIN
    IF to_regnamespace({text_literal(quote(name))}) IS NULL THEN
        CREATE SCHEMA {quote(name)};
    END IF;
END
$toasty$"""
    )
