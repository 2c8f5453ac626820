"""Constraints that the database named: found by what they are, in the live catalog.

Each is a DO block, so that an offline script holds the same as a run. A check is found by letting PostgreSQL
read its text once more, for it keeps checks in words of its own.
https://www.postgresql.org/docs/current/catalog-pg-constraint.html
"""

from __future__ import annotations

from collections.abc import Iterator

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
from toasty_postgres.ddl import PostgresTableWriter
from toasty_postgres.following import given_to, known_names, text_array
from toasty_postgres.literals import text_literal
from toasty_postgres.names import quote, stored_name

_KINDS: dict[type[ConstraintDef], str] = {
    PrimaryKeyDef: "p",
    UniqueDef: "u",
    ForeignKeyDef: "f",
    CheckDef: "c",
}
_ACTIONS = {
    Action.NO_ACTION: "a",
    Action.RESTRICT: "r",
    Action.CASCADE: "c",
    Action.SET_NULL: "n",
    Action.SET_DEFAULT: "d",
}
_PROBE = "toasty_probe"


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
        self.kind = _KINDS[type(part)]

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
        wanted = text_literal(given_to(self.part, self.table, self.writer))
        return f"""-- the name that the database gives, for {" ".join(describe_part(self.part).split())}
DO $toasty$
DECLARE
    of regclass := {text_literal(self.name)}::regclass;
    wanted text := {wanted}; free text := wanted; number int := 0;
BEGIN
    WHILE EXISTS (SELECT FROM pg_class AS t WHERE t.oid = of AND (
        EXISTS (SELECT FROM pg_constraint AS c WHERE c.conname = free AND c.connamespace = t.relnamespace)
        OR EXISTS (SELECT FROM pg_class AS c WHERE c.relname = free AND c.relnamespace = t.relnamespace)))
    LOOP
        number := number + 1;
        free := wanted || number;
    END LOOP;
    EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', of, {name}, free);
END
$toasty$"""

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
            (
                *self._likeness(),
                f"c.conname <> {text_literal(given_to(self.part, self.table, self.writer))}, c.conname",
            )
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
