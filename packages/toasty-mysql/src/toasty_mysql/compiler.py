"""Operations as statements of MySQL and MariaDB: one statement for each operation where the server does it whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Compiled, DataCheck, Effect, Statement, only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.operations.tables import sequence_of
from toasty_core.schema.constraints import ForeignKeyDef
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef, describe_part
from toasty_core.schema.types import Type
from toasty_mysql.alter import METADATA_LOCK, clause, locked
from toasty_mysql.checks import RowChecks
from toasty_mysql.ddl import settings
from toasty_mysql.futures import Futures
from toasty_mysql.implied import gone_implied, new_implied
from toasty_mysql.links import Link, links_of, resolved, stands
from toasty_mysql.option_changes import OptionCompiler
from toasty_mysql.quoted_columns import operation_in_backticks, schema_in_backticks
from toasty_mysql.sequences import is_for
from toasty_mysql.statements import DdlStatement
from toasty_sql.compiler import Statements
from toasty_sql.statements import SqlStatement


class MysqlCompiler(OptionCompiler):
    """Writes for the `version` of a `flavour`.

    `large` are the keys of the tables that others use meanwhile: statements on them say ALGORITHM and LOCK.
    """

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Statements:
        """The statements for one operation. Raises Unsupported with the reason."""
        schema = schema_in_backticks(operation, before)
        return super().compile(operation_in_backticks(operation, schema), schema)

    # whole migrations

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        schema = schema_in_backticks(operation, before)
        return RowChecks(self, schema).of(operation_in_backticks(operation, schema))

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations; a table that is made among them is not a large one."""
        state: SchemaSnapshot = before.draft()
        compiler, futures = self, Futures(self.dialect)
        waiting: list[tuple[str, tuple[str, ...]]] = []
        rest = len(operations)
        for operation, later in zip(operations, _retyped_later(operations), strict=True):
            compiler = compiler._with(compiler.large, later)
            schema = schema_in_backticks(operation, state)
            said = operation_in_backticks(operation, schema)
            checks = tuple(RowChecks(compiler, schema, futures).of(said))
            statements = super(MysqlCompiler, compiler).compile(said, schema)
            yield Compiled((operation,), tuple(statements), checks)
            rest -= 1
            waiting += _may_wait(operation)
            if not rest and not waiting:
                return  # what stands behind the last one, nobody asks
            futures.follow(operation, state)
            state = operation.apply(state)
            compiler = compiler._after(operation)
        self._must_stand(waiting, state)

    def _after(self, operation: Operation) -> MysqlCompiler:
        """The compiler for what comes behind an operation that makes, drops or renames a large table."""
        large = set(self.large)
        if isinstance(operation, ops.RenameTable) and operation.old in large:
            large = (large - {operation.old}) | {operation.new}
        elif isinstance(operation, ops.CreateTable):
            large.discard(operation.table.key)
        elif isinstance(operation, ops.DropTable):
            large.discard(operation.table)
        return self._with(frozenset(large), self.later)

    def _with(self, large: frozenset[str], later: frozenset[str]) -> MysqlCompiler:
        """The compiler for other circumstances."""
        if large == self.large and later == self.later:
            return self
        return MysqlCompiler(self.flavour, self.version, large, later)

    def _must_stand(
        self, columns: Iterable[tuple[str, tuple[str, ...]]], schema: SchemaSnapshot
    ) -> None:
        """Raises Unsupported where a foreign key had to make way for a change of type and has no way back."""
        for key, names in columns:
            table = schema.tables.get(key)
            there = tuple(name for name in names if table is not None and table.has_column(name))
            for link in links_of(table, there, schema) if table is not None else ():
                if not self.stands(link, schema):
                    raise _unlike(link)

    # tables

    def create_table(self, operation: ops.CreateTable, before: SchemaSnapshot) -> Statements:
        """CREATE TABLE with keys, checks and indexes."""
        table = operation.table
        keys = [resolved(key, before, table) for key in self.tables.chosen(table.foreign_keys)]
        full = evolve(
            table, foreign_keys=[key for key in keys if self._is_ready(table, key, before)]
        )
        for unique in self.tables.chosen(table.uniques):
            self._check_lengths(table, unique.columns, unique.name)
        self._check_lengths(table, table.key_columns, "PRIMARY")
        parents = [key.table for key in full.foreign_keys]
        yield DdlStatement(
            self.tables.create_table(full),
            effect=(Effect(table.key, METADATA_LOCK), *locked(parents, table.key)),
            proof=self.catalog.has_table(table.name),
        )

    def _is_ready(self, table: TableDef, key: ForeignKeyDef, before: SchemaSnapshot) -> bool:
        """Can the key stand now? One that waits for a change of type comes with that."""
        parent = table if key.table == table.key else before.table(key.table)
        waits = not self.later.isdisjoint((table.key, parent.key))
        return not waits or stands(key, table, parent, self.tables)

    def drop_table(self, operation: ops.DropTable, before: SchemaSnapshot) -> Statements:
        """DROP TABLE; one at a time, for MariaDB does two of them half."""
        table = before.table(operation.table)
        yield DdlStatement(
            f"DROP TABLE {self.dialect.table(table)}",
            effect=(Effect(table.key, METADATA_LOCK),),
            proof=self.catalog.has_table(table.name, there=False),
        )

    def rename_table(self, operation: ops.RenameTable, before: SchemaSnapshot) -> Statements:
        """RENAME TO; foreign keys to the table follow."""
        table = before.table(operation.old)
        rename = clause(f"RENAME TO {self.dialect.quote(operation.new)}", self.forms.catalog)
        proof = self.catalog.renamed_table(operation.old, operation.new)
        yield self.altered(table, [rename], proof=proof)

    def set_table_comment(
        self, operation: ops.SetTableComment, before: SchemaSnapshot
    ) -> Statements:
        """COMMENT; an empty one is none."""
        text = self.dialect.literal(operation.comment or "")
        change = clause(f"COMMENT = {text}", self.forms.table_setting)
        yield self.altered(before.table(operation.table), [change], again=True)

    # indexes

    def create_index(self, operation: ops.CreateIndex, before: SchemaSnapshot) -> Statements:
        """CREATE INDEX, when it is for this backend; the server's own for a foreign key may go then."""
        table, index = before.table(operation.table), operation.index
        if not only_for(self.dialect.name, index.only):
            return
        form = self.forms.index
        if str(settings(index.options).get("prefix", "")).upper() in ("FULLTEXT", "SPATIAL"):
            form = self.forms.special_index
        words = f" {' '.join(form.clauses())}" if self.is_large(table) else ""
        yield DdlStatement(
            self.tables.create_index(table, index) + words.replace(",", ""),
            effect=(form.effect(table.key),),
            proof=self.catalog.has_index(table.name, index.name),
        )
        after = evolve(table, indexes=(*table.indexes, index))
        yield from self.not_needed(after, gone_implied(table, after))

    def drop_index(self, operation: ops.DropIndex, before: SchemaSnapshot) -> Statements:
        """DROP INDEX, when it is for this backend, with another one for a foreign key that stood on it."""
        table = before.table(operation.table)
        index = table.index(operation.index)
        if not only_for(self.dialect.name, index.only):
            return
        after = evolve(table, indexes=[other for other in table.indexes if other != index])
        drop = clause(f"DROP INDEX {self.dialect.part(index.name)}", self.forms.index_drop)
        clauses = [drop, *self.needed(new_implied(table, after))]
        again = any(part.name == index.name for part in new_implied(table, after))
        proof = self.catalog.has_index(table.name, index.name, there=False)
        # Where the new one is called as the old one was, nothing tells, and a second time does no harm.
        yield self.altered(table, clauses, proof=None if again else proof, again=again)

    def rename_index(self, operation: ops.RenameIndex, before: SchemaSnapshot) -> Statements:
        """RENAME INDEX, when it is for this backend."""
        table, part = before.table(operation.table), self.dialect.part
        if only_for(self.dialect.name, table.index(operation.old).only):
            text = f"RENAME INDEX {part(operation.old)} TO {part(operation.new)}"
            proof = self.catalog.has_index(table.name, operation.new)
            yield self.altered(table, [clause(text, self.forms.index_name)], proof=proof)

    # sequences

    def has_sequence(self, sequence: SequenceDef) -> bool:
        """Is the sequence for this server?"""
        return is_for(sequence, self.dialect.flavour)

    def create_sequence(self, operation: ops.CreateSequence, before: SchemaSnapshot) -> Statements:
        """CREATE SEQUENCE."""
        yield self._sequence(operation, before, "CREATE", operation.sequence)

    def modify_sequence(self, operation: ops.ModifySequence, before: SchemaSnapshot) -> Statements:
        """ALTER SEQUENCE."""
        yield self._sequence(operation, before, "ALTER", operation.sequence)

    def drop_sequence(self, operation: ops.DropSequence, before: SchemaSnapshot) -> Statements:
        """DROP SEQUENCE."""
        yield self._sequence(operation, before, "DROP", None)

    def _sequence(
        self,
        operation: Operation,
        before: SchemaSnapshot,
        word: str,
        sequence: SequenceDef | None,
    ) -> Statement:
        if not self.dialect.is_mariadb:
            reason = "MySQL has no sequences; auto=True numbers the rows of a table"
            raise self.unsupported(operation, reason)
        named = sequence_of(operation, before)
        assert named is not None
        if named.schema is not None:
            raise self.unsupported(operation, "a schema is a database of its own here")
        words = _sequence_words(sequence, before.sequences.get(named.key)) if sequence else ""
        proof = self.catalog.has_table(named.name, there=word == "CREATE")
        return DdlStatement(
            f"{word} SEQUENCE {self.dialect.quote(named.name)}{words}",
            proof=None if word == "ALTER" else proof,
            again=word == "ALTER",
        )

    # the user's SQL

    def user_sql(self, sql: str) -> Iterator[Statement]:
        """One statement for each of the user's. Rows change in the transaction; the rest commits by itself."""
        from toasty_mysql.splitting import Sort, sort_of, split_sql

        for statement in split_sql(sql):
            sort = sort_of(statement)
            yield SqlStatement(
                statement, in_transaction=sort is Sort.ROWS, again=sort is Sort.REPEATABLE
            )


def _retyped_later(operations: Sequence[Operation]) -> list[frozenset[str]]:
    """For each operation, the tables of which a column gets another type after it."""
    if not any(isinstance(operation, ops.ModifyColumn) for operation in operations):
        return [frozenset()] * len(operations)
    found: list[frozenset[str]] = []
    later: frozenset[str] = frozenset()
    for operation in reversed(operations):
        found.append(later)
        if isinstance(operation, ops.ModifyColumn) and _is_retyped(operation):
            later |= {operation.table}
    return found[::-1]


def _is_retyped(operation: ops.ModifyColumn) -> bool:
    return isinstance(operation.type, Type) or operation.collation is not ops.UNSET


def _may_wait(operation: Operation) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The columns whose foreign keys may not stand now."""
    if isinstance(operation, ops.ModifyColumn):
        yield operation.table, (operation.column,)
    elif isinstance(operation, ops.CreateTable):
        columns = tuple(name for key in operation.table.foreign_keys for name in key.columns)
        if columns:
            yield operation.table.key, columns


def _unlike(link: Link) -> Unsupported:
    return Unsupported(
        f"{describe_part(link.key)} of {link.table.key} cannot stand any more",
        reason="its columns and those it points at have different types now",
        hint="change the type at the other end, too, in the same migration; or drop the foreign key before",
    )


def _sequence_words(sequence: SequenceDef, before: SequenceDef | None) -> str:
    """The settings; for ALTER, also those that go back to what is usual."""
    words = [
        f" {word} {value:d}"
        if value is not None
        else f" {usual}"
        if usual and was is not None
        else ""
        for word, usual, value, was in (
            ("START WITH", "", sequence.start, None),
            ("INCREMENT BY", "INCREMENT BY 1", sequence.increment, before and before.increment),
            ("MINVALUE", "NO MINVALUE", sequence.minimum, before and before.minimum),
            ("MAXVALUE", "NO MAXVALUE", sequence.maximum, before and before.maximum),
            ("CACHE", "CACHE 1000", sequence.cache, before and before.cache),
        )
    ]
    cycle = " CYCLE" if sequence.cycle else " NOCYCLE" if before and before.cycle else ""
    return "".join((*words, cycle))
