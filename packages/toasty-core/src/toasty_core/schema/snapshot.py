"""A whole schema as one value, and a draft of one for long folds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from toasty_core.errors import SchemaError, suggest
from toasty_core.schema.constraints import names
from toasty_core.schema.tables import TableDef


@frozen
class SequenceDef:
    """A sequence of numbers that stands on its own. `only` names the backends that it is for; empty means all."""

    name: str
    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int | None = None
    schema: str | None = None
    only: tuple[str, ...] = field(default=(), converter=names)

    @property
    def key(self) -> str:
        """The name by which operations speak of it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


@frozen
class SchemaSnapshot:
    """All tables and sequences, by key. A change returns a new snapshot.

    ```python
    SchemaSnapshot.of(TableDef("users", [ColumnDef("id", "Integer")], primary_key=["id"]))
    ```
    """

    tables: Mapping[str, TableDef] = field(factory=dict)
    sequences: Mapping[str, SequenceDef] = field(factory=dict)

    @classmethod
    def of(cls, *tables: TableDef, sequences: Iterable[SequenceDef] = ()) -> SchemaSnapshot:
        """A snapshot of these tables. Raises SchemaError when two have one name."""
        found: dict[str, TableDef] = {}
        for table in tables:
            if table.key in found:
                raise SchemaError(f"two tables are called {table.key!r}")
            found[table.key] = table
        return cls(found, {sequence.key: sequence for sequence in sequences})

    @classmethod
    def from_schema(cls, schema: object) -> SchemaSnapshot:
        """The snapshot of `schema`: a snapshot, tables, or model classes (whatever has `__toasty_table__`).

        `load_models` reads modules and SQLAlchemy's metadata. Raises SchemaError for anything else.
        """
        if isinstance(schema, SchemaSnapshot):
            return schema
        if not isinstance(schema, Iterable):
            raise SchemaError(
                f"{schema!r} is no schema",
                hint='pass a list of models, or load_models("package.module")',
            )
        return cls.of(*(_table_of(item) for item in schema))

    def has_table(self, key: str) -> bool:
        """Is there a table of this name?"""
        return key in self.tables

    def table(self, key: str) -> TableDef:
        """The table of this name. Raises SchemaError with the nearest name."""
        try:
            return self.tables[key]
        except KeyError:
            near = suggest(key, list(self.tables))
            raise SchemaError(f"there is no table {key!r}", hint=near) from None

    def sequence(self, key: str) -> SequenceDef:
        """The sequence of this name. Raises SchemaError with the nearest name."""
        try:
            return self.sequences[key]
        except KeyError:
            near = suggest(key, list(self.sequences))
            raise SchemaError(f"there is no sequence {key!r}", hint=near) from None

    def referrers(self, key: str) -> Iterator[TableDef]:
        """The tables, itself included, that have a foreign key to the table of this name."""
        for table in self.tables.values():
            if any(foreign.table == key for foreign in table.foreign_keys):
                yield table

    def put(self, table: TableDef) -> SchemaSnapshot:
        """With `table` in the place of the one of its name."""
        return evolve(self, tables={**self.tables, table.key: table})

    def drop(self, key: str) -> SchemaSnapshot:
        """Without the table of this name."""
        return evolve(self, tables={k: v for k, v in self.tables.items() if k != key})

    def put_sequence(self, sequence: SequenceDef) -> SchemaSnapshot:
        """With `sequence` in the place of the one of its name."""
        return evolve(self, sequences={**self.sequences, sequence.key: sequence})

    def drop_sequence(self, key: str) -> SchemaSnapshot:
        """Without the sequence of this name."""
        return evolve(self, sequences={k: v for k, v in self.sequences.items() if k != key})

    def map_tables(self, change: Callable[[TableDef], TableDef]) -> SchemaSnapshot:
        """With every table changed."""
        tables = (change(table) for table in self.tables.values())
        return evolve(self, tables={table.key: table for table in tables})

    def draft(self) -> SnapshotDraft:
        """A copy that changes in place, so that folding n operations costs n and not n x tables."""
        return SnapshotDraft(dict(self.tables), dict(self.sequences))

    def frozen(self) -> SchemaSnapshot:
        """A value of its own, whatever happens to this one."""
        return self


class SnapshotDraft(SchemaSnapshot):
    """A snapshot under construction: `put` and `drop` change it and return it.

    Only who made it may hold it; everybody else gets `frozen()`.
    """

    tables: dict[str, TableDef]
    sequences: dict[str, Any]
    _children: dict[str, dict[str, None]] | None = None  # by table pointed at; made when asked for

    def referrers(self, key: str) -> Iterator[TableDef]:
        """The tables, itself included, that have a foreign key to the table of this name."""
        if self._children is None:
            object.__setattr__(self, "_children", {})
            for table in self.tables.values():
                self._link(table)
        yield from [self.tables[child] for child in (self._children or {}).get(key, ())]

    def _link(self, table: TableDef) -> None:
        if self._children is not None:
            for foreign in table.foreign_keys:
                self._children.setdefault(foreign.table, {})[table.key] = None

    def _unlink(self, table: TableDef | None) -> None:
        if self._children is not None and table is not None:
            for foreign in table.foreign_keys:
                self._children[foreign.table].pop(table.key, None)

    def put(self, table: TableDef) -> SchemaSnapshot:
        """Puts the table in place."""
        self._unlink(self.tables.get(table.key))
        self.tables[table.key] = table
        self._link(table)
        return self

    def drop(self, key: str) -> SchemaSnapshot:
        """Takes the table out in place."""
        self._unlink(self.tables.pop(key))
        return self

    def put_sequence(self, sequence: SequenceDef) -> SchemaSnapshot:
        """Puts the sequence in place."""
        self.sequences[sequence.key] = sequence
        return self

    def drop_sequence(self, key: str) -> SchemaSnapshot:
        """Takes the sequence out in place."""
        del self.sequences[key]
        return self

    def map_tables(self, change: Callable[[TableDef], TableDef]) -> SchemaSnapshot:
        """Changes every table in place."""
        changed = [change(table) for table in self.tables.values()]
        object.__setattr__(self, "_children", None)
        self.tables.clear()
        self.tables.update({table.key: table for table in changed})
        return self

    def frozen(self) -> SchemaSnapshot:
        """What stands now, as a value."""
        return SchemaSnapshot(dict(self.tables), dict(self.sequences))


def _table_of(item: object) -> TableDef:
    if isinstance(item, TableDef):
        return item
    describe = getattr(item, "__toasty_table__", None)
    table = describe() if callable(describe) else None
    if not isinstance(table, TableDef):
        raise SchemaError(f"{item!r} is no model", hint="decorate the class with @model")
    return table
