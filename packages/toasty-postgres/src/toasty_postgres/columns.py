"""What changes of a column: its type with its values, then its rows' nulls, its default and its rules."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Statement, Work
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.values import Generated, Identity, Serial
from toasty_postgres import safe, sequences
from toasty_postgres.conversion import Change, Conversion, convert
from toasty_postgres.ddl import PostgresTableWriter
from toasty_postgres.deferred import LOOK_NOW, has_deferred
from toasty_postgres.effects import heavier
from toasty_postgres.enums import native_enum
from toasty_postgres.names import quote
from toasty_postgres.parts import Parts, comment_on_column
from toasty_postgres.statements import AroundViews, BatchedFill
from toasty_sql.statements import SqlStatement

_SET_EXPRESSION = (17,)


class ColumnChange:
    """One `ModifyColumn`, as statements; `large`: others write to the table, and it has many rows."""

    def __init__(
        self,
        operation: ops.ModifyColumn,
        before: SchemaSnapshot,
        writer: PostgresTableWriter,
        *,
        large: bool = False,
    ) -> None:
        self.operation, self.writer, self.large = operation, writer, large
        self.dialect, self.version = writer.dialect, writer.version
        self.table = before.table(operation.table)
        self.old = self.table.column(operation.column)
        self.new = operation.new_column(before)
        self.parts = Parts(writer, self.table, before)
        self.name = self.parts.name
        self.column = quote(operation.column)

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """The column, for the views that stand on it."""
        return ((self.name, self.old.name),)

    # what is different

    @cached_property
    def using(self) -> str | None:
        """The user's expression for the new values."""
        using = self.operation.using
        text = using.for_backend(self.dialect.name) if using else None
        return None if text is None else f"({text})"

    @cached_property
    def types(self) -> tuple[str, str]:
        """The type before and after, in SQL."""
        return self.dialect.type_sql(self.old.type), self.dialect.type_sql(self.new.type)

    @cached_property
    def conversion(self) -> Conversion | None:
        """How the values are converted; None when the type stays."""
        old, new = (column.type.for_backend(self.dialect.name) for column in (self.old, self.new))
        if self.types[0] == self.types[1]:
            if self.using is not None and not self._is_changed_enum:
                return Conversion(self.using)
            return Conversion(work=Work.BUILD) if self._is_collated_anew else None
        if self.using is not None:
            return Conversion(self.using)
        if self.new.generated is not None:
            return Conversion()
        found = convert(Change(self.column, old, new, self.version))
        return (
            evolve(found, work=heavier(found.work, Work.BUILD)) if self._is_collated_anew else found
        )

    @property
    def _is_changed_enum(self) -> bool:
        """Are the values carried over together with the enum's type?"""
        old, new = native_enum(self.old.type), native_enum(self.new.type)
        return old is not None and new is not None and old.values != new.values

    @property
    def _is_collated_anew(self) -> bool:
        return self.old.collation != self.new.collation

    @cached_property
    def defaults(self) -> tuple[str | None, str | None]:
        """The default before and after; one that a sequence gives is not one of them."""
        return self.dialect.default_sql(self.old), self.dialect.default_sql(self.new)

    def is_nullable(self, column: ColumnDef) -> bool:
        """May the database have nulls in it?"""
        return column.nullable and column.auto is None and column.name not in self.table.key_columns

    @property
    def becomes_filled(self) -> bool:
        """Must it have a value from now on, and had not to before?"""
        return self.is_nullable(self.old) and not self.is_nullable(self.new)

    @property
    def fill(self) -> str | None:
        """What nulls become; None for nothing."""
        given = self.operation.fill
        return None if given is None else self.dialect.value_sql(given, self.new.type)

    # the statements

    def statements(self) -> Iterator[Statement]:
        """All of them."""
        if self._generated(self.old) == self._generated(self.new):
            yield from self._changes()
        elif self.old.generated is not None and self.new.generated is None:
            yield from self._keep_values()
        elif self._can_set_expression:
            assert self.new.generated is not None
            text = self.writer.text(self.new.generated.expression)
            yield self._alter(
                [f"ALTER COLUMN {self.column} SET EXPRESSION AS ({text})"], Work.REWRITE
            )
            yield from self._comment()
        else:
            yield from self._made_again(self.new)

    def _generated(self, column: ColumnDef) -> tuple[str, bool] | None:
        found = column.generated
        return (self.writer.text(found.expression), found.stored) if found else None

    @property
    def _can_set_expression(self) -> bool:
        old, new = self.old.generated, self.new.generated
        same = old is not None and new is not None and old.stored == new.stored
        alike = self.types[0] == self.types[1] and self.old.nullable == self.new.nullable
        return same and alike and self.version >= _SET_EXPRESSION

    def _made_again(self, column: ColumnDef) -> Iterator[Statement]:
        """The column is dropped and made again: its values are computed anyway."""
        again = [self.parts.drop_column(self.old.name), *self.parts.add_column_again(column)]
        yield AroundViews(tuple(again), self.places)

    def _keep_values(self) -> Iterator[Statement]:
        """A computed column becomes a plain one, with the values that it has."""
        assert isinstance(self.old.generated, Generated)
        plain = evolve(self.old, generated=None)
        if self.old.generated.stored:
            yield self._alter([f"ALTER COLUMN {self.column} DROP EXPRESSION"])
        else:
            between = evolve(plain, name="toasty_plain", nullable=True, default=None)
            statements = [
                self.parts.alter(f"ADD COLUMN {self.writer.column(between, self.table)}"),
                SqlStatement(f"UPDATE {self.name} SET toasty_plain = {self.column}"),
                self.parts.drop_column(self.old.name),
                *self._named_back(between),
            ]
            yield AroundViews(tuple(statements), self.places)
        self.old = plain
        for name in ("types", "conversion", "defaults"):
            self.__dict__.pop(name, None)
        yield from self._changes()

    def _named_back(self, between: ColumnDef) -> Iterator[SqlStatement]:
        yield self.parts.alter(f"RENAME COLUMN {quote(between.name)} TO {self.column}")
        if not self.old.nullable:
            yield self.parts.alter(f"ALTER COLUMN {self.column} SET NOT NULL", work=Work.SCAN)
        again = evolve(self.old, generated=None)
        yield from list(self.parts.add_column_again(again))[1:]  # without the column itself

    def _changes(self) -> Iterator[Statement]:
        first, work = self._first()
        last, last_work = self._last()
        fills = list(self._fills())
        proof = list(safe.not_null(self.parts, self.old.name, self.version)) if self._proves else []
        if not fills:
            first, last, work = [*first, *last], [], heavier(work, last_work)
        yield from self._typed(first, work)
        yield from self._own_sequence_after_type()
        yield from fills
        if last:
            yield self._alter(last, last_work)
        yield from proof
        yield from self._numbered()
        yield from self._comment()

    @property
    def _proves(self) -> bool:
        return self.large and self.becomes_filled

    def _first(self) -> tuple[list[str], Work]:
        """The actions before rows are filled."""
        alter = f"ALTER COLUMN {self.column}"
        actions = []
        if isinstance(self.old.auto, Identity) and not isinstance(self.new.auto, Identity):
            actions.append(f"{alter} DROP IDENTITY")
        if self.is_nullable(self.new) and not self.is_nullable(self.old):
            actions.append(f"{alter} DROP NOT NULL")
        if self._drops_default:
            actions.append(f"{alter} DROP DEFAULT")
        if self.conversion is None:
            return actions, Work.CATALOG
        using = f" USING {self.conversion.using}" if self.conversion.using else ""
        words = f"{self.types[1]}{self.writer.collation(self.new)}{using}"
        return [*actions, f"{alter} TYPE {words}"], self.conversion.work

    @property
    def _drops_default(self) -> bool:
        """Does the old default go, if only while the type changes?"""
        was_serial = isinstance(self.old.auto, Serial) and not isinstance(self.new.auto, Serial)
        old, new = self.defaults
        return was_serial or (old is not None and (new is None or self.conversion is not None))

    def _last(self) -> tuple[list[str], Work]:
        """The actions once all rows are filled."""
        alter = f"ALTER COLUMN {self.column}"
        old, new = self.defaults
        actions, work = [], Work.CATALOG
        if new is not None and (new != old or self._drops_default):
            actions.append(f"{alter} SET DEFAULT {new}")
        if self.becomes_filled and not self._proves:
            actions.append(f"{alter} SET NOT NULL")
            work = Work.SCAN
        return actions, work

    def _typed(self, actions: list[str], work: Work) -> Iterator[Statement]:
        """ALTER TABLE; around a new type also the views and computed columns that stand on the old one."""
        if not actions:
            return
        alter = self._alter(actions, work)
        if self.conversion is None:
            yield alter
            return
        computed = self.parts.generated_from((self.old.name,))
        drops = [self.parts.drop_column(column.name) for column in computed]
        makes = [again for column in computed for again in self.parts.add_column_again(column)]
        places = (*self.places, *((self.name, column.name) for column in computed))
        yield AroundViews((*drops, alter, *makes), places)

    def _alter(self, actions: list[str], work: Work = Work.CATALOG) -> SqlStatement:
        return self.parts.alter(*actions, work=work)

    def _fills(self) -> Iterator[Statement]:
        """UPDATE of the nulls."""
        if self.fill is None:
            return
        if self.large:
            yield BatchedFill(self.name, self.table.key, self.new.name, self.fill)
            return
        where = f"{self.column} IS NULL"
        yield SqlStatement(f"UPDATE {self.name} SET {self.column} = {self.fill} WHERE {where}")
        if has_deferred(self.table):
            yield LOOK_NOW

    # numbers that the database gives

    def _own_sequence_after_type(self) -> Iterator[Statement]:
        old, new = self.old.auto, self.new.auto
        if isinstance(old, Serial) and isinstance(new, Serial) and self.types[0] != self.types[1]:
            sql = sequences.widen_own_sequence(self.name, self.old.name, self.types[1])
            yield SqlStatement(sql)
        if isinstance(old, Serial) and not isinstance(new, Serial):
            yield SqlStatement(sequences.drop_own_sequence(self.name, self.old.name))

    def _numbered(self) -> Iterator[Statement]:
        old, new = self.old.auto, self.new.auto
        alter = f"ALTER COLUMN {self.column}"
        if isinstance(old, Identity) and isinstance(new, Identity):
            changes = sequences.identity_changes(old, new, self.old.name)
            if changes:
                yield self._alter(changes)
        elif isinstance(new, Identity):
            yield self._alter([f"{alter} ADD {sequences.identity_sql(new)}"])
            yield SqlStatement(sequences.set_behind(self.name, self.old.name, new))
        elif isinstance(new, Serial) and not isinstance(old, Serial):
            own = sequences.own_sequence(self.table.name, self.table.schema, self.old.name)
            type_sql = self.types[1]
            owned = f"OWNED BY {self.name}.{self.column}"
            yield SqlStatement(f"CREATE SEQUENCE {own} AS {type_sql} {owned}")
            yield self._alter([f"{alter} SET DEFAULT {sequences.next_of(own)}"])
            yield SqlStatement(sequences.set_behind(self.name, self.old.name))

    def _comment(self) -> Iterator[Statement]:
        if self.old.comment != self.new.comment:
            yield comment_on_column(self.table, self.name, self.new)
