"""Names that the database gave follow the new name of their table or column, as if it had had that from the start.

Only what the migrations know to be without a name is touched; whatever is called otherwise by now, or would take
a name that is not free, keeps the name that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from toasty_core.backends import only_for
from toasty_core.schema.constraints import (
    CheckDef,
    ConstraintDef,
    ForeignKeyDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.tables import TableDef
from toasty_postgres.ddl import PostgresTableWriter, exclusions
from toasty_postgres.literals import text_literal
from toasty_postgres.names import generated_name, quote, stored_name

_LABELS: dict[type[ConstraintDef], str] = {
    PrimaryKeyDef: "pkey",
    UniqueDef: "key",
    ForeignKeyDef: "fkey",
    CheckDef: "check",
}


def text_array(names: Iterable[str]) -> str:
    """An array of texts."""
    return f"ARRAY[{', '.join(map(text_literal, names))}]::text[]"


def known_names(table: TableDef) -> list[str]:
    """The names of the constraints that the migrations named."""
    names = [part.name for part in _constraints(table)]
    names += [said.get("name") for said in exclusions(table.options)]
    return sorted({stored_name(name) for name in names if name})


def given_to(part: ConstraintDef, table: TableDef, writer: PostgresTableWriter) -> str:
    """The name that PostgreSQL gives the constraint when it has none; a check's by the columns that its text names."""
    return generated_name(table.name, _columns(part, table, writer), _LABELS[type(part)])


def _columns(part: ConstraintDef, table: TableDef, writer: PostgresTableWriter) -> tuple[str, ...]:
    """The columns that stand in the name."""
    if isinstance(part, CheckDef):
        named = _named(writer.text(part.expression), table)
        return named if len(named) == 1 else ()
    return part.columns if isinstance(part, UniqueDef | ForeignKeyDef) else ()


@frozen
class Following:
    """The names that the database gave of a table as it was `before` and is `after` a rename.

    `renamed` are the old and the new name of a column, where it is one that is renamed.
    """

    writer: PostgresTableWriter
    before: TableDef
    after: TableDef
    renamed: tuple[str, str] | None = None

    def sql(self) -> str | None:
        """What renames them; None where nothing has another name."""
        constraints, sequences = dict(self._of_constraints()), dict(self._of_sequences())
        if not constraints and not sequences:
            return None
        name = self.writer.dialect.table(self.after)
        return f"""-- names that the database gave follow the new name of {name.replace(chr(10), " ")}
DO $toasty$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT words, name, wanted || substr(name, length(was) + 1) AS new
        FROM ({self._found(name, constraints, sequences)}) AS found (words, name)
        JOIN (VALUES {_values({**constraints, **sequences})}) AS names (was, wanted)
            ON left(name, length(was)) = was AND substr(name, length(was) + 1) ~ '^[0-9]*$'
    LOOP
        BEGIN
            EXECUTE format(part.words, part.name, part.new);
        EXCEPTION WHEN duplicate_object OR duplicate_table THEN -- the name is taken
        END;
    END LOOP;
END
$toasty$"""

    def _of_constraints(self) -> Iterator[tuple[str, str]]:
        """Old names and new ones, where they differ."""
        for part in _constraints(self.before):
            if part.name is None and self._is_written(part):
                columns = _columns(part, self.before, self.writer)
                yield from self._changed(columns, _LABELS[type(part)])
        for said in exclusions(self.before.options):
            if not said.get("name"):
                words = str(said["sql"]).partition("(")[2].partition(")")[0]
                yield from self._changed(_named(words, self.before), "excl")

    def _of_sequences(self) -> Iterator[tuple[str, str]]:
        for column in self.before.columns:
            if column.auto is not None:
                yield from self._changed((column.name,), "seq")

    def _changed(self, columns: tuple[str, ...], label: str) -> Iterator[tuple[str, str]]:
        old, new = self.renamed or ("", "")
        was = generated_name(self.before.name, columns, label)
        now = tuple(new if name == old else name for name in columns)
        wanted = generated_name(self.after.name, now, label)
        if was != wanted:
            yield was, wanted

    def _is_written(self, part: ConstraintDef) -> bool:
        backend = self.writer.dialect.name
        said = not isinstance(part, CheckDef) or part.expression.for_backend(backend) is not None
        return said and only_for(backend, getattr(part, "only", ()))

    def _found(self, name: str, constraints: dict[str, str], sequences: dict[str, str]) -> str:
        """What may be meant, each with the words that rename it."""
        found = []
        if constraints:
            words = f"ALTER TABLE {name.replace('%', '%%')} RENAME CONSTRAINT %I TO %I"
            named = [
                known for known in known_names(self.after) if known.startswith(tuple(constraints))
            ]
            others = f" AND conname <> ALL ({text_array(named)})" if named else ""
            found.append(
                f"SELECT {text_literal(words)}, conname::text FROM pg_constraint"
                f" WHERE conrelid = {text_literal(name)}::regclass{others}"
            )
        if sequences:
            schema = f"{quote(self.after.schema)}." if self.after.schema else ""
            words = f"ALTER SEQUENCE {schema.replace('%', '%%')}%I RENAME TO %I"
            owned = (
                f"pg_get_serial_sequence({text_literal(name)}, {text_literal(column.name)})::regclass"
                for column in self.after.columns
                if column.auto is not None
            )
            found.append(
                f"SELECT {text_literal(words)}, relname::text FROM pg_class"
                f" WHERE oid IN ({', '.join(owned)})"
            )
        return "\n            UNION ALL ".join(found)


def _constraints(table: TableDef) -> list[ConstraintDef]:
    key = [table.primary_key] if table.primary_key else []
    return [*table.uniques, *table.checks, *table.foreign_keys, *key]


def _values(names: dict[str, str]) -> str:
    return ", ".join(f"({text_literal(was)}, {text_literal(now)})" for was, now in names.items())


def _named(sql: str, table: TableDef) -> tuple[str, ...]:
    """The columns of the table that the text names, each once; none of a text that cannot be read."""
    from toasty_postgres.tokens import NotUnderstood, TokenKind, tokens

    try:
        found = tokens(sql)
    except NotUnderstood:
        return ()
    names = (token.text for token in found if token.kind in (TokenKind.WORD, TokenKind.QUOTED))
    return tuple(dict.fromkeys(name for name in names if table.has_column(name)))
