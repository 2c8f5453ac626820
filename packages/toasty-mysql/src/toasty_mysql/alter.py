"""ALTER TABLE: clauses that are done together, each with the form that the server has for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from toasty_core.backends import Effect, Statement
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_mysql.catalog import Catalog
from toasty_mysql.ddl import MysqlTableWriter, settings
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.flavour import Flavour
from toasty_mysql.forms import BLOCKING_BUILD, INSTANT, REBUILD, Form, Forms, slowest
from toasty_mysql.implied import ImpliedIndex
from toasty_mysql.options import options_of
from toasty_mysql.rows import MysqlRowWriter
from toasty_mysql.statements import DdlStatement, LiveDdl, Lookup, Proof
from toasty_sql.compiler import SqlCompiler

METADATA_LOCK = "METADATA LOCK"
"""What every change of a schema waits for, and holds for a moment."""


@frozen
class Clause:
    """One clause of ALTER TABLE: SQL, with names to be looked up, and the form in which it is done."""

    parts: tuple[str | Lookup, ...]
    form: Form


def clause(text: str, form: Form) -> Clause:
    """A clause without a name to be looked up."""
    return Clause((text,), form)


class AlterCompiler(SqlCompiler):
    """Puts statements together. `large` are the keys of the tables that get their form said in so many words.

    `later` are those of which a column gets another type later in the same migration.
    """

    dialect: MysqlDialect
    tables: MysqlTableWriter

    def __init__(
        self,
        flavour: Flavour,
        version: tuple[int, ...],
        large: Iterable[str] = frozenset(),
        later: frozenset[str] = frozenset(),
    ) -> None:
        dialect = MysqlDialect(flavour, version)
        super().__init__(dialect, MysqlTableWriter(dialect), MysqlRowWriter(dialect))
        self.flavour = flavour
        self.version = version
        self.large = frozenset(large)
        self.later = later
        self.forms = Forms(flavour, version)
        self.catalog = Catalog(flavour)

    def is_large(self, table: TableDef) -> bool:
        """Has the table so many rows that others must not wait?"""
        return table.key in self.large

    def altered(
        self,
        table: TableDef,
        clauses: Sequence[Clause],
        *,
        proof: Proof | None = None,
        again: bool = False,
        unchecked: bool = False,
        may_be_missing: bool = False,
        parents: Iterable[str] = (),
    ) -> Statement:
        """ALTER TABLE with these clauses. `parents` are the tables that it looks at besides.

        `unchecked`: with foreign_key_checks=0. For the rest, see `LiveDdl`.
        """
        form = slowest(item.form for item in clauses)
        parts: list[str | Lookup] = [f"ALTER TABLE {self.dialect.table(table)} "]
        for number, item in enumerate(clauses):
            parts += [", "] if number else []
            parts += item.parts
        parts += [f", {text}" for text in form.clauses()] if self.is_large(table) else []
        effect = (form.effect(table.key), *locked(parents, table.key))
        if not unchecked and all(isinstance(part, str) for part in parts):
            sql = "".join(map(str, parts))
            return DdlStatement(sql, effect=effect, proof=proof, again=again)
        return LiveDdl(
            parts=tuple(parts),
            effect=effect,
            proof=proof,
            again=again,
            unchecked=unchecked,
            may_be_missing=may_be_missing,
        )

    def modified(self, column: ColumnDef, table: TableDef, form: Form) -> Clause:
        """MODIFY, with everything that the column is in `table`."""
        return clause(f"MODIFY COLUMN {self.tables.column(column, table)}", form)

    def column_form(self, table: TableDef, form: Form) -> Form:
        """The form for a column that comes or goes, where MySQL does not do it instantly."""
        if form is not INSTANT or self.dialect.is_mariadb:
            return form
        if any(settings(i.options).get("prefix", "").upper() == "FULLTEXT" for i in table.indexes):
            return BLOCKING_BUILD
        compressed = str(options_of(table).get("ROW_FORMAT", "")).upper() == "COMPRESSED"
        return REBUILD if compressed or "KEY_BLOCK_SIZE" in options_of(table) else form

    # indexes that foreign keys need

    def needed(self, indexes: Iterable[ImpliedIndex]) -> Iterator[Clause]:
        """ADD INDEX for what the server would not make by itself any more."""
        for index in indexes:
            columns = self.dialect.quoted(index.columns)
            yield clause(f"ADD INDEX {self.dialect.part(index.name)} ({columns})", self.forms.index)

    def not_needed(self, table: TableDef, indexes: Iterable[ImpliedIndex]) -> Iterator[Statement]:
        """DROP INDEX for what the server made and now leaves behind; nothing where it did not."""
        for index in indexes:
            found = self.catalog.implied_index(table, index.columns)
            drop = Clause(("DROP INDEX ", found), self.forms.index_drop)
            names = self.catalog.index_names(table, index.columns, unique=False)
            proof = self.catalog.count(names, 0)
            yield self.altered(table, [drop], proof=proof, may_be_missing=True)

    def side_effects(self, before: TableDef, after: TableDef) -> Iterator[Clause]:
        """MODIFY for columns that a key makes numbered or not null, or no longer."""
        was = {column.name: column for column in before.columns}
        for column in after.columns:
            old = self.tables.definition(was[column.name], before)
            if self.tables.definition(column, after) != old:
                numbered = self.tables.is_numbered(column, after)
                same = numbered == self.tables.is_numbered(was[column.name], before)
                form = self.forms.nullability if same else self.forms.copy
                yield self.modified(column, after, form)


def locked(tables: Iterable[str], but: str) -> Iterator[Effect]:
    """The effects on tables that a statement only looks at."""
    return (Effect(key, METADATA_LOCK) for key in dict.fromkeys(tables) if key != but)
