"""Other names for constraints, for which neither database has a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Statement
from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, PrimaryKeyDef, UniqueDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mysql.alter import Clause, clause
from toasty_mysql.forms import INPLACE
from toasty_mysql.given_names import foreign_key_name
from toasty_mysql.implied import usual_name, without_foreign_key
from toasty_mysql.keys import KeyCompiler
from toasty_mysql.links import Link, resolved
from toasty_mysql.names import stored_name

if TYPE_CHECKING:
    from toasty_sql.compiler import Statements


class RenamingCompiler(KeyCompiler):
    """What `rename_constraint` comes to."""

    def rename_constraint(
        self, operation: ops.RenameConstraint, before: SchemaSnapshot
    ) -> Statements:
        """There is no word for it: an index is renamed, a check and a foreign key are made anew."""
        table, part, new = before.table(operation.table), operation.constraint, operation.renamed()
        if isinstance(part, PrimaryKeyDef) or not self.chosen(part):
            return  # a primary key is called PRIMARY
        if part.name and new.name and stored_name(part.name) == stored_name(new.name):
            return
        if isinstance(part, UniqueDef):
            yield self._renamed_unique(table, part, operation.new)
        elif isinstance(part, CheckDef) and isinstance(new, CheckDef):
            yield from self._renamed_check(table, part, new)
        elif isinstance(part, ForeignKeyDef) and isinstance(new, ForeignKeyDef):
            yield from self._renamed_key(table, part, new, before)

    def _renamed_unique(self, table: TableDef, unique: UniqueDef, new: str | None) -> Statement:
        rest = list(table.uniques)
        rest.remove(unique)
        name = new or usual_name(evolve(table, uniques=rest), unique.columns)
        old = (
            self.dialect.part(unique.name)
            if unique.name
            else self.catalog.unnamed_unique(table, unique)
        )
        rename = Clause(
            ("RENAME INDEX ", old, f" TO {self.dialect.part(name)}"), self.forms.index_name
        )
        return self.altered(table, [rename], proof=self.catalog.has_index(table.name, name))

    def _renamed_check(
        self, table: TableDef, check: CheckDef, new: CheckDef
    ) -> Iterator[Statement]:
        if self._is_written(check):
            add = clause(f"ADD {self.tables.check(new)}", self.forms.copy)
            proof = (
                self.catalog.has_constraint(table.name, new.name, "CHECK")
                if new.name
                else self.catalog.has_constraint(table.name, check.name or "", "CHECK", there=False)
            )
            yield self.altered(table, [self.dropped_check(table, check), add], proof=proof)

    def _renamed_key(
        self, table: TableDef, key: ForeignKeyDef, new: ForeignKeyDef, schema: SchemaSnapshot
    ) -> Iterator[Statement]:
        """In one statement, without looking at rows: they fit. The server's index follows."""
        link = Link(table, resolved(key, schema))
        renamed = evolve(link, key=resolved(new, schema), known=False)
        if self.stands(link, schema):
            yield from self._exchanged(link, renamed)
        rest = without_foreign_key(table, key)
        after = evolve(rest, foreign_keys=(*rest.foreign_keys, new))
        yield from self.renamed_implied(after, key.columns)

    def _exchanged(self, link: Link, renamed: Link) -> Iterator[Statement]:
        if _may_clash(link.table, link.key.name, renamed.key.name):
            yield self.dropped_key(link)
            yield self.added_unchecked(renamed)
        else:
            yield self._swapped_key(link, renamed)

    def _swapped_key(self, link: Link, renamed: Link) -> Statement:
        table, key = link.table, link.key
        old = self.dialect.part(key.name) if key.name else self.catalog.foreign_key(table, key)
        clauses = [
            Clause(("DROP FOREIGN KEY ", old), self.forms.foreign_key_drop),
            clause(f"ADD {self.tables.foreign_key(renamed.key)}", INPLACE),
        ]
        name, new = key.name or "", renamed.key.name
        there = self.catalog.has_constraint
        proof = (
            there(table.name, new, "FOREIGN KEY")
            if new
            else there(table.name, name, "FOREIGN KEY", there=False)
        )
        return self.altered(table, clauses, proof=proof, unchecked=True, parents=[key.table])


def _may_clash(table: TableDef, old: str | None, new: str | None) -> bool:
    """Can the server's own name be the one that somebody gives? Then the old key has to be gone first."""
    return any(
        name is not None and foreign_key_name(name, table.name) is None for name in (old, new)
    )
