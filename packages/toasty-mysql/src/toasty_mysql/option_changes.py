"""Other options for a table, its character set among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mysql.alter import Clause, clause
from toasty_mysql.columns import ColumnCompiler
from toasty_mysql.forms import COPY
from toasty_mysql.links import Link, links_of
from toasty_mysql.options import changed_options, charset_of, partitions
from toasty_mysql.statements import DdlStatement, Lookup

if TYPE_CHECKING:
    from toasty_sql.compiler import Statements

_TEXT = re.compile(r"(NATIONAL )?(VAR)?CHAR\b|\w*TEXT\b|ENUM\b|SET\b")


class OptionCompiler(ColumnCompiler):
    """What `set_table_options` comes to."""

    def set_table_options(
        self, operation: ops.SetTableOptions, before: SchemaSnapshot
    ) -> Statements:
        """The options that change. Another character set goes through all columns that have none of their own."""
        table = before.table(operation.table)
        after = evolve(table, options=operation.options)
        if not operation.changed(before, self.dialect.name):
            return
        texts = charset_of(table) != charset_of(after)
        columns = [column.name for column in table.columns]
        links = list(links_of(table, tuple(columns), before)) if texts else []
        held = [link for link in links if self._is_text(link) and self.stands(link, before)]
        for link in held:
            yield self.dropped_key(link)
        clauses = [*self._options(table, after), *(self._converted(table, after) if texts else ())]
        if clauses:
            yield self.altered(table, clauses, again=True)
        yield from self._split(table, after)
        for link in self.standing(held, table, after, before):
            yield from self.added_key(link)

    def _split(self, table: TableDef, after: TableDef) -> Statements:
        """Other partitions: what stands behind all clauses, so it is a statement of its own.

        https://dev.mysql.com/doc/refman/8.4/en/alter-table-partition-operations.html
        """
        words = partitions(after)
        if words == partitions(table):
            return
        said = f"{', '.join(COPY.clauses())} " if self.is_large(table) and words else ""
        sql = f"ALTER TABLE {self.dialect.table(table)} {said}{words or 'REMOVE PARTITIONING'}"
        proof = None if words else self.catalog.has_partitions(table.name, there=False)
        yield DdlStatement(sql, effect=(COPY.effect(table.key),), proof=proof, again=bool(words))

    def _options(self, table: TableDef, after: TableDef) -> Iterator[Clause]:
        quick = ("COMMENT", "AUTO_INCREMENT", "DEFAULT", "STATS_")
        for text in changed_options(table, after):
            is_quick = text.startswith(quick)
            yield clause(text, self.forms.table_setting if is_quick else self.forms.nullability)

    def _converted(self, table: TableDef, after: TableDef) -> Iterator[Clause]:
        """Another character set for the table, and MODIFY for the columns that have none of their own.

        CONVERT TO would also take hold of those that have, and make some of them larger.
        """
        charset, collation = charset_of(after)
        words: tuple[str | Lookup, ...] = (f"DEFAULT CHARACTER SET {charset}",)
        if charset is None and collation is not None:
            words = (f"DEFAULT COLLATE {collation}",)
        elif charset is None:
            usual = map(self.catalog.database_text, ("character_set", "collation"))
            words = ("DEFAULT CHARACTER SET ", next(usual), " COLLATE ", next(usual))
        elif collation is not None:
            words = (f"DEFAULT CHARACTER SET {charset} COLLATE {collation}",)
        yield Clause(words, self.forms.copy)
        for column in after.columns:
            text = self.tables.typed(column).upper()
            own = column.collation or "CHARACTER SET" in text or "COLLATE" in text
            if _TEXT.match(text) and not own and column.generated is None:
                yield self.modified(column, after, self.forms.copy)

    def _is_text(self, link: Link) -> bool:
        words = (self.tables.typed(link.table.column(name)).upper() for name in link.key.columns)
        return any(map(_TEXT.match, words))
