"""Uniques, checks, foreign keys and primary keys: added, dropped and renamed, with names or without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Statement
from toasty_core.schema.constraints import CheckDef, UniqueDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mysql.alter import AlterCompiler, Clause, clause
from toasty_mysql.implied import (
    gone_implied,
    implied_indexes,
    new_implied,
    without_foreign_key,
)
from toasty_mysql.links import Link, links_of, resolved, stands
from toasty_mysql.orphans import points_at_nothing
from toasty_mysql.statements import Lookup, Proof

if TYPE_CHECKING:
    from toasty_sql.compiler import Statements


class KeyCompiler(AlterCompiler):
    """What operations on keys and checks come to."""

    # uniques

    def add_unique(self, operation: ops.AddUnique, before: SchemaSnapshot) -> Statements:
        """ADD UNIQUE, and MODIFY for a column that it makes numbered."""
        table, unique = before.table(operation.table), operation.unique
        if not self.chosen(unique):
            return
        after = evolve(table, uniques=(*table.uniques, unique))
        self._check_lengths(table, unique.columns, unique.name)
        add = clause(f"ADD {self.tables.unique(unique)}", self.forms.index)
        clauses = [*self.side_effects(table, after), add]
        yield self.altered(table, clauses, proof=self._unique_proof(table, unique, 1))
        yield from self.not_needed(after, gone_implied(table, after))

    def drop_unique(self, operation: ops.DropUnique, before: SchemaSnapshot) -> Statements:
        """DROP INDEX, with an index for a foreign key that stood on it."""
        table, unique = before.table(operation.table), operation.found(before)
        if not self.chosen(unique):
            return
        rest = list(table.uniques)
        rest.remove(unique)
        after = evolve(table, uniques=rest)
        drop = self.dropped_unique(table, unique)
        clauses = [*self.side_effects(table, after), drop, *self.needed(new_implied(table, after))]
        yield self.altered(table, clauses, proof=self._unique_proof(table, unique, -1))

    def dropped_unique(self, table: TableDef, unique: UniqueDef) -> Clause:
        if unique.name:
            return clause(f"DROP INDEX {self.dialect.part(unique.name)}", self.forms.index_drop)
        found = self.catalog.unnamed_unique(table, unique)
        return Clause(("DROP INDEX ", found), self.forms.index_drop)

    def _unique_proof(self, table: TableDef, unique: UniqueDef, more: int) -> str:
        """`more` is 1 when it comes and -1 when it goes."""
        if unique.name:
            return self.catalog.has_index(table.name, unique.name, there=more > 0)
        alike = [u for u in table.uniques if not u.name and u.columns == unique.columns]
        names = self.catalog.index_names(table, unique.columns, unique=True)
        return self.catalog.count(names, len(alike) + more)

    # checks

    def add_check(self, operation: ops.AddCheck, before: SchemaSnapshot) -> Statements:
        """ADD CHECK, when it has a text for this backend."""
        table, check = before.table(operation.table), operation.check
        if self._is_written(check):
            add = clause(f"ADD {self.tables.check(check)}", self.forms.copy)
            yield self.altered(table, [add], proof=self._check_proof(table, check, 1))

    def drop_check(self, operation: ops.DropCheck, before: SchemaSnapshot) -> Statements:
        """DROP CHECK, when it has a text for this backend."""
        table, check = before.table(operation.table), operation.found(before)
        if self._is_written(check):
            drop = self.dropped_check(table, check)
            yield self.altered(table, [drop], proof=self._check_proof(table, check, -1))

    def dropped_check(self, table: TableDef, check: CheckDef) -> Clause:
        """The clause that takes a check away."""
        word = "DROP CONSTRAINT " if self.dialect.is_mariadb else "DROP CHECK "
        if check.name:
            return clause(word + self.dialect.part(check.name), self.forms.catalog)
        return Clause((word, self.catalog.unnamed_check(table, check)), self.forms.catalog)

    def _is_written(self, check: CheckDef) -> bool:
        return self.chosen(check) and check.expression.for_backend(self.dialect.name) is not None

    def _check_proof(self, table: TableDef, check: CheckDef, more: int) -> Proof:
        if check.name:
            return self.catalog.has_constraint(table.name, check.name, "CHECK", there=more > 0)
        alike = [c for c in table.checks if not c.name and c.expression == check.expression]
        return self.catalog.check_count(table, check, len(alike) + more)

    # foreign keys

    def add_foreign_key(self, operation: ops.AddForeignKey, before: SchemaSnapshot) -> Statements:
        """ADD FOREIGN KEY, when it is for this backend."""
        if self.chosen(operation.foreign_key):
            key = resolved(operation.foreign_key, before)
            link = Link(before.table(operation.table), key, known=False)
            yield from self.added_key(link)

    def added_key(self, link: Link) -> Iterator[Statement]:
        """ADD FOREIGN KEY. On a large table without looking at the rows, which are looked at before and after."""
        table, key = link.table, link.key
        if self.is_large(table):
            yield self.added_unchecked(link)
            yield points_at_nothing(link, self.dialect)
            return
        add = clause(f"ADD {self.tables.foreign_key(key)}", self.forms.copy)
        proof = self._foreign_key_proof(link, there=True)
        yield self.altered(table, [add], proof=proof, parents=[key.table])

    def added_unchecked(self, link: Link) -> Statement:
        """ADD FOREIGN KEY without a look at the rows."""
        text = f"ADD {self.tables.foreign_key(link.key)}"
        add = clause(text, self.forms.unchecked_foreign_key)
        proof = self._foreign_key_proof(link, there=True)
        return self.altered(
            link.table, [add], proof=proof, unchecked=True, parents=[link.key.table]
        )

    def drop_foreign_key(self, operation: ops.DropForeignKey, before: SchemaSnapshot) -> Statements:
        """DROP FOREIGN KEY, and the index that the server made for it."""
        table, found = before.table(operation.table), operation.found(before)
        if not self.chosen(found):
            return
        link = Link(table, resolved(found, before))
        yield self.dropped_key(link, may_be_missing=not self.stands(link, before))
        after = without_foreign_key(table, found)
        yield from self.not_needed(after, gone_implied(table, after))
        yield from self.renamed_implied(after, found.columns)

    def dropped_key(self, link: Link, *, may_be_missing: bool = False) -> Statement:
        """DROP FOREIGN KEY."""
        table, key, form = link.table, link.key, self.forms.foreign_key_drop
        if key.name and not may_be_missing:
            drop = clause(f"DROP FOREIGN KEY {self.dialect.part(key.name)}", form)
        else:
            drop = Clause(("DROP FOREIGN KEY ", self.catalog.foreign_key(table, key)), form)
        return self.altered(
            table,
            [drop],
            proof=self._foreign_key_proof(link, there=False),
            may_be_missing=may_be_missing,
            parents=[key.table],
        )

    def stands(self, link: Link, schema: SchemaSnapshot) -> bool:
        """Does the key stand in the live database?"""
        return stands(link.key, link.table, schema.table(link.key.table), self.tables)

    def _foreign_key_proof(self, link: Link, *, there: bool) -> str:
        table, key = link.table, link.key
        if key.name:
            return self.catalog.has_constraint(table.name, key.name, "FOREIGN KEY", there=there)
        same = (None, key.columns, key.table)
        alike = [k for k in table.foreign_keys if (k.name, k.columns, k.table) == same]
        others = len(alike) - link.known
        return self.catalog.count(self.catalog.foreign_key_names(table, key), others + there)

    # primary keys

    def change_primary_key(
        self, operation: ops.ChangePrimaryKey, before: SchemaSnapshot
    ) -> Statements:
        """The old key away and the new one there, in one statement: a numbered column must stay a key's."""
        table, key = before.table(operation.table), operation.primary_key
        new = key.columns if key else ()
        if new == table.key_columns:
            return
        after = evolve(table, primary_key=key)
        self._check_lengths(table, new, "PRIMARY")
        held = list(self._held_by(table, after, before))
        for link in held:
            yield self.dropped_key(link)
        clauses = [*self._key_clauses(table, after), *self.needed(new_implied(table, after))]
        yield self.altered(table, clauses, proof=self.catalog.has_key(table.name, new))
        for link in held:
            yield from self.added_key(link)
        yield from self.not_needed(after, gone_implied(table, after))

    def _key_clauses(self, table: TableDef, after: TableDef) -> Iterator[Clause]:
        was, key = table.primary_key, after.primary_key
        form = self.forms.key if key else self.forms.copy
        if was is not None:
            yield clause("DROP PRIMARY KEY", form)
        yield from self.side_effects(table, after)
        if key is not None:
            yield clause(f"ADD {self.tables.primary_key(key)}", form)

    def _held_by(self, table: TableDef, after: TableDef, schema: SchemaSnapshot) -> Iterator[Link]:
        """The foreign keys for which MySQL does not let the old key go, and takes the new one."""
        if self.dialect.is_mariadb or not table.key_columns:
            return
        keys = [after.key_columns, *(unique.columns for unique in after.uniques)]
        for link in links_of(table, table.key_columns, schema):
            at_key = link.key.table == table.key and link.key.references == table.key_columns
            if at_key and link.key.references in keys:
                yield link

    def _check_lengths(self, table: TableDef, columns: Iterable[str], name: str | None) -> None:
        from toasty_core.schema.constraints import IndexDef

        for column in columns:
            self.tables.check_length(table, IndexDef(name or column, [column]), column, None)

    # the server's own indexes

    def renamed_implied(self, after: TableDef, columns: tuple[str, ...]) -> Iterator[Statement]:
        """RENAME INDEX where the server's own for these columns is called as a foreign key was."""
        for index in implied_indexes(after):
            if index.columns == columns:
                found = self.catalog.implied_index(after, columns, but=index.name)
                yield self.renamed_found(after, found, index.name)

    def renamed_found(self, table: TableDef, found: Lookup, name: str) -> Statement:
        """RENAME INDEX for what the server has called; nothing where it is not there."""
        rename = Clause(
            ("RENAME INDEX ", found, f" TO {self.dialect.part(name)}"), self.forms.index_name
        )
        proof = self.catalog.has_index(table.name, name)
        return self.altered(table, [rename], proof=proof, may_be_missing=True)
