"""Constraints that the database named: found by what they are, in the live catalog.

Each is a DO block, so that an offline script holds the same as a run. A check is found by letting PostgreSQL
read its text once more, for it keeps checks in words of its own.
https://www.postgresql.org/docs/current/catalog-pg-constraint.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    ConstraintDef,
    Deferral,
    ForeignKeyDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef, describe_part
from toasty_postgres.ddl import PostgresTableWriter, exclusions
from toasty_postgres.literals import text_literal
from toasty_postgres.names import generated_name, quote, stored_name

_KINDS: dict[type[ConstraintDef], tuple[str, str]] = {
    PrimaryKeyDef: ("p", "pkey"),
    UniqueDef: ("u", "key"),
    ForeignKeyDef: ("f", "fkey"),
    CheckDef: ("c", "check"),
}
_ACTIONS = {
    Action.NO_ACTION: "a",
    Action.RESTRICT: "r",
    Action.CASCADE: "c",
    Action.SET_NULL: "n",
    Action.SET_DEFAULT: "d",
}
_PROBE = "toasty_probe"


def text_array(names: Iterable[str]) -> str:
    """An array of texts."""
    return f"ARRAY[{', '.join(map(text_literal, names))}]::text[]"


def known_names(table: TableDef) -> list[str]:
    """The names of the constraints that the migrations named."""
    parts: list[ConstraintDef] = [*table.uniques, *table.checks, *table.foreign_keys]
    parts += [table.primary_key] if table.primary_key else []
    names = [part.name for part in parts] + [said.get("name") for said in exclusions(table.options)]
    return sorted({stored_name(name) for name in names if name})


class Unnamed:
    """One constraint without a name, of a table as it stands in `schema`."""

    def __init__(
        self,
        writer: PostgresTableWriter,
        table: TableDef,
        part: ConstraintDef,
        schema: SchemaSnapshot,
    ) -> None:
        self.writer, self.table, self.part, self.schema = writer, table, part, schema
        self.name = writer.dialect.table(table)
        self.kind, self.label = _KINDS[type(part)]

    def drop(self) -> str:
        """DROP CONSTRAINT."""
        return self._block(
            "drop", "EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', of, found);"
        )

    def validate(self) -> str:
        """VALIDATE CONSTRAINT."""
        return self._block(
            "validate", "EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', of, found);"
        )

    def rename(self, new: str) -> str:
        """RENAME CONSTRAINT to a name that is given."""
        to = text_literal(stored_name(new))
        return self._block(
            "name", f"EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', of, found, {to});"
        )

    def renamed(self, new: str | None) -> str:
        """RENAME CONSTRAINT, where either name may be the database's own."""
        if new is None:
            return self.forget()
        if self.part.name is None:
            return self.rename(new)
        return f"ALTER TABLE {self.name} RENAME CONSTRAINT {quote(self.part.name)} TO {quote(new)}"

    def forget(self) -> str:
        """RENAME CONSTRAINT from its name to the one that PostgreSQL would have given."""
        name = text_literal(stored_name(self.part.name or ""))
        return f"""-- the name that the database gives, for {" ".join(describe_part(self.part).split())}
DO $toasty$
DECLARE
    of regclass := {text_literal(self.name)}::regclass;
    wanted text; free text; space oid; number int := 0;
BEGIN
    SELECT {_made("new_table", "new_columns")}, parts.space INTO STRICT wanted, space FROM (
        SELECT found.*, {text_literal(stored_name(self.table.name))} AS new_table,
            coalesce(column_names, '') AS new_columns
        FROM ({_PARTS} WHERE c.conrelid = of AND c.conname = {name}) AS found) AS parts;
    free := wanted;{_CHOOSE.replace("part.wanted", "wanted").replace("part.space", "space")}
    EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', of, {name}, free);
END
$toasty$"""

    def generated_name(self) -> str:
        """The name that PostgreSQL most likely gave it."""
        columns = self.part.columns if isinstance(self.part, UniqueDef | ForeignKeyDef) else ()
        return generated_name(self.table.name, columns, self.label)

    def _block(self, verb: str, action: str) -> str:
        what = " ".join(describe_part(self.part).split())
        missing = text_literal(f"table {self.table.key} has no {what}".replace("%", "%%"))
        return f"""-- {verb} {what} of {self.table.key.replace(chr(10), " ")}, whatever its name is
DO $toasty$
DECLARE
    of regclass := {text_literal(self.name)}::regclass;
    found text;{" wanted text; number bigint;" if self.kind == "c" else ""}
BEGIN
    {self._find()}
    IF found IS NULL THEN
        RAISE EXCEPTION {missing} USING ERRCODE = 'undefined_object';
    END IF;
    {action}
END
$toasty$"""

    def _find(self) -> str:
        return self._find_check() if isinstance(self.part, CheckDef) else self._find_key()

    def _find_key(self) -> str:
        conditions = [f"c.conrelid = of AND c.contype = '{self.kind}'"]
        conditions += [f"c.conname <> ALL ({text_array(known_names(self.table))})"]
        if not isinstance(self.part, PrimaryKeyDef):
            conditions.append(_over("c.conkey", "c.conrelid", self.part.columns))  # type: ignore[union-attr]
        if isinstance(self.part, ForeignKeyDef):
            conditions += self._target(self.part)
        order = ", ".join(
            (*self._likeness(), f"c.conname <> {text_literal(self.generated_name())}, c.conname")
        )
        return (
            "SELECT c.conname INTO found FROM pg_constraint AS c\n"
            f"        WHERE {' AND '.join(conditions)}\n        ORDER BY {order} LIMIT 1;"
        )

    def _likeness(self) -> Iterator[str]:
        """What comes first among several over the same columns."""
        part = self.part
        if isinstance(part, ForeignKeyDef):
            yield "c.convalidated"
            yield f"c.confdeltype <> '{_ACTIONS[part.on_delete]}'"
            yield f"c.confupdtype <> '{_ACTIONS[part.on_update]}'"
        if isinstance(part, UniqueDef | ForeignKeyDef):
            waits, late = (
                part.deferral is not Deferral.IMMEDIATE,
                part.deferral is Deferral.DEFERRED,
            )
            yield f"(c.condeferrable, c.condeferred) <> ({waits}, {late})"

    def _target(self, key: ForeignKeyDef) -> list[str]:
        target = self.schema.tables.get(key.table)
        dialect = self.writer.dialect
        name = dialect.table(target) if target else dialect.table_key(key.table)
        columns = key.references or (target.key_columns if target else ())
        found = [f"c.confrelid = {text_literal(name)}::regclass"]
        return [*found, _over("c.confkey", "c.confrelid", columns)] if columns else found

    def _find_check(self) -> str:
        assert isinstance(self.part, CheckDef)
        text = self.writer.text(self.part.expression)
        candidates = f"c.conrelid = of AND c.contype = 'c' AND c.conname <> ALL ({text_array(known_names(self.table))})"
        add = text_literal(
            f"ALTER TABLE %s ADD CONSTRAINT {_PROBE} CHECK ({text.replace('%', '%%')}) NOT VALID"
        )
        return f"""BEGIN
        EXECUTE format({add}, of);
        SELECT pg_get_expr(c.conbin, c.conrelid) INTO wanted FROM pg_constraint AS c
            WHERE c.conrelid = of AND c.conname = '{_PROBE}';
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT {_PROBE}', of);
        SELECT c.conname INTO found FROM pg_constraint AS c
            WHERE {candidates} AND pg_get_expr(c.conbin, c.conrelid) = wanted
            ORDER BY c.convalidated, c.conname LIMIT 1;
    EXCEPTION WHEN undefined_column OR undefined_function OR undefined_object THEN
        -- it was written before a column got another name or type: then it must be the only one
        SELECT min(c.conname::text), count(*) INTO found, number FROM pg_constraint AS c WHERE {candidates};
        found := CASE WHEN number = 1 THEN found END;
    END;"""


def _over(keys: str, table: str, columns: tuple[str, ...]) -> str:
    """Are these the columns that a constraint is over, in this order?"""
    names = (
        f"SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest({keys}) WITH ORDINALITY AS k (number, place)"
        f" JOIN pg_attribute AS a ON a.attrelid = {table} AND a.attnum = k.number"
    )
    return f"({names}) = {text_array(map(stored_name, columns))}"


def settle_names(
    name: str, table: TableDef, old_table: str, renamed: tuple[str, str] | None = None
) -> str:
    """Gives what PostgreSQL named by itself the name that it would give now, after a rename.

    `name` is the quoted name of `table`, which was called `old_table`; `renamed` is a column's old and new
    name. Whatever has another name by now keeps it.
    """
    old_column, new_column = renamed or ("", "")
    was, now = stored_name(old_table), stored_name(table.name)
    columns = [column.name for column in table.columns if column.auto is not None]
    return f"""-- names that the database gave follow the new name of {name.replace(chr(10), " ")}
DO $toasty$
DECLARE
    of regclass := {text_literal(name)}::regclass;
    part record; free text; number int;
BEGIN
    FOR part IN
        WITH parts AS ({_PARTS}
            WHERE c.conrelid = of AND c.contype IN ('p', 'u', 'f', 'c', 'x')
                AND c.conname <> ALL ({text_array(known_names(table))})
            UNION ALL
            SELECT s.oid, s.relname::text, s.relnamespace, 'S', 'seq', column_name FROM
                unnest({text_array(map(stored_name, columns))}) AS column_name
                JOIN pg_class AS s ON s.oid = pg_get_serial_sequence({text_literal(name)}, column_name)::regclass
        ), names AS (
            SELECT parts.*, {text_literal(now)} AS new_table, coalesce(column_names, '') AS new_columns,
                {text_literal(was)} AS old_table, coalesce({_renamed_back(old_column, new_column)}, '') AS old_columns
            FROM parts
        )
        SELECT id, name, space, kind, {_made("old_table", "old_columns")} AS was,
            {_made("new_table", "new_columns")} AS wanted FROM names
    LOOP
        CONTINUE WHEN part.was = part.wanted OR left(part.name, length(part.was)) <> part.was
            OR substr(part.name, length(part.was) + 1) !~ '^[0-9]*$';
        free := part.wanted;
        number := 0;{_CHOOSE}
        IF part.kind = 'S' THEN
            EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', part.id::regclass, free);
        ELSE
            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', of, part.name, free);
        END IF;
    END LOOP;
END
$toasty$"""


_CHOOSE = """
        WHILE EXISTS (SELECT FROM pg_constraint AS c WHERE c.conname = free AND c.connamespace = part.space)
            OR EXISTS (SELECT FROM pg_class AS c WHERE c.relname = free AND c.relnamespace = part.space)
        LOOP
            number := number + 1;
            free := part.wanted || number;
        END LOOP;"""
_PARTS = """
            SELECT c.oid AS id, c.conname::text AS name, c.connamespace AS space, c.contype::text AS kind,
                CASE c.contype WHEN 'p' THEN 'pkey' WHEN 'u' THEN 'key' WHEN 'f' THEN 'fkey'
                    WHEN 'x' THEN 'excl' ELSE 'check' END AS label,
                CASE WHEN c.contype = 'p' OR (c.contype = 'c' AND cardinality(c.conkey) <> 1) THEN NULL ELSE (
                    SELECT string_agg(a.attname, '_' ORDER BY k.place)
                    FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
                    JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number) END AS column_names
            FROM pg_constraint AS c"""


def _renamed_back(old: str, new: str) -> str:
    """The columns of a part, joined, as they were called before."""
    if not new:
        return "column_names"
    was, now = text_literal(stored_name(old)), text_literal(stored_name(new))
    names = (
        f"SELECT string_agg(CASE a.attname WHEN {now} THEN {was} ELSE a.attname::text END, '_' ORDER BY k.place)"
        " FROM pg_constraint AS c, unnest(c.conkey) WITH ORDINALITY AS k (number, place), pg_attribute AS a"
        " WHERE c.oid = id AND a.attrelid = c.conrelid AND a.attnum = k.number"
    )
    own = f"CASE column_names WHEN {now} THEN {was} ELSE column_names END"
    return f"CASE WHEN kind = 'S' THEN {own} WHEN column_names IS NOT NULL THEN ({names}) END"


def _made(table: str, columns: str) -> str:
    """`makeObjectName`: the longer of the two names is cut first; see `names.generated_name`."""
    room = f"(62 - octet_length(label) - ({columns} <> '')::int)"
    one, two = f"octet_length({table})", f"octet_length({columns})"
    first = f"least({one}, greatest(({room} + 1) / 2, {room} - {two}))"
    cut_table = f"left({table}, CASE WHEN {one} + {two} > {room} THEN {first} ELSE {one} END)"
    cut_columns = (
        f"left({columns}, CASE WHEN {one} + {two} > {room} THEN {room} - {first} ELSE {two} END)"
    )
    return f"concat_ws('_', {cut_table}, nullif({cut_columns}, ''), label)"
