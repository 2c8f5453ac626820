"""Random edits of a schema, as a developer's next version of the models would have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias, TypeVar

from attrs import evolve
from hypothesis import strategies as st

from toasty_core.operations import RenameColumn, RenameTable
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    NextValue,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
)

ValueT = TypeVar("ValueT")


class Draw(Protocol):
    """What Hypothesis gives to a composite strategy."""

    def __call__(self, strategy: st.SearchStrategy[ValueT], label: object = None) -> ValueT: ...


Edit: TypeAlias = Callable[[Draw, SchemaSnapshot], SchemaSnapshot]


def repaired(schema: SchemaSnapshot) -> SchemaSnapshot:
    """Without what cannot stand: foreign keys without a target, defaults without a sequence, one hint twice."""
    hints: set[str] = set()
    for key, table in schema.tables.items():
        hint = table.renamed_from
        if hint is not None and hint in hints:
            schema = schema.put(evolve(table, renamed_from=None))
        hints |= {hint} if hint is not None else set()
        schema = schema.put(_with_single_hints(schema.table(key)))
    return schema.map_tables(lambda table: _repaired(schema, table))


def _with_single_hints(table: TableDef) -> TableDef:
    hints = [column.renamed_from for column in table.columns]
    columns = [
        evolve(column, renamed_from=None) if column.renamed_from in hints[:number] else column
        for number, column in enumerate(table.columns)
    ]
    return evolve(table, columns=columns)


def _repaired(schema: SchemaSnapshot, table: TableDef) -> TableDef:
    columns = [
        evolve(column, default=None)
        if isinstance(column.default, NextValue) and column.default.sequence not in schema.sequences
        else column
        for column in table.columns
    ]
    keys = [key for key in table.foreign_keys if _stands(schema, key)]
    return evolve(table, columns=columns, foreign_keys=_different(keys))


def _stands(schema: SchemaSnapshot, key: ForeignKeyDef) -> bool:
    target = schema.tables.get(key.table)
    if target is None:
        return False
    references = key.references or target.key_columns
    keys = [target.key_columns, *(unique.columns for unique in target.uniques)]
    return references in keys and len(references) == len(key.columns)


def _different(items: Iterable[ValueT]) -> list[ValueT]:
    found: list[ValueT] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _a_table(draw: Draw, schema: SchemaSnapshot) -> TableDef | None:
    return draw(st.sampled_from(list(schema.tables.values()))) if schema.tables else None


def _on_a_table(edit: Callable[[Draw, SchemaSnapshot, TableDef], SchemaSnapshot]) -> Edit:
    def edited(draw: Draw, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = _a_table(draw, schema)
        return schema if table is None else edit(draw, schema, table)

    return edited


def _new_name(draw: Draw, taken: Iterable[str], names: tuple[str, ...]) -> str | None:
    free = [name for name in names if name not in set(taken)]
    return draw(st.sampled_from(free)) if free else None


def add_table(draw: Draw, schema: SchemaSnapshot) -> SchemaSnapshot:
    """A new table."""
    from toasty_core.testing.strategies import TABLE_NAMES, tables

    name = _new_name(draw, schema.tables, TABLE_NAMES)
    return schema if name is None else schema.put(draw(tables(name, tuple(schema.sequences))))


def _drop_table(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    return schema.drop(table.key)


def _rename_table(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    from toasty_core.testing.strategies import TABLE_NAMES

    name = _new_name(draw, schema.tables, TABLE_NAMES)
    if name is None:
        return schema
    schema = RenameTable(table.key, name).apply(schema)
    hint = table.key if draw(st.booleans()) else None
    return schema.put(evolve(schema.table(name), renamed_from=hint))


def _take_over_table(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    """A table gets a new name, and its old one goes to a new table at once."""
    from toasty_core.testing.strategies import tables

    renamed = _rename_table(draw, schema, table)
    return renamed if renamed.has_table(table.key) else renamed.put(draw(tables(table.name)))


def _add_column(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    from toasty_core.testing.strategies import HOSTILE_NAMES, PLAIN_NAMES, columns

    name = _new_name(draw, table.column_names, PLAIN_NAMES + HOSTILE_NAMES)
    if name is None:
        return schema
    return schema.put(table.with_column(draw(columns(name, tuple(schema.sequences)))))


def _drop_column(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    if len(table.columns) < 2:
        return schema
    name = draw(st.sampled_from(table.column_names))
    return schema.put(_freed(table, name).without_column(name))


def _freed(table: TableDef, column: str) -> TableDef:
    users = tuple(table.users_of(column))
    return evolve(
        table,
        primary_key=None if table.primary_key in users else table.primary_key,
        indexes=[item for item in table.indexes if item not in users],
        uniques=[item for item in table.uniques if item not in users],
        checks=[item for item in table.checks if item not in users],
        foreign_keys=[item for item in table.foreign_keys if item not in users],
    )


def _rename_column(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    from toasty_core.testing.strategies import HOSTILE_NAMES, PLAIN_NAMES

    new = _new_name(draw, table.column_names, PLAIN_NAMES + HOSTILE_NAMES)
    if new is None:
        return schema
    old = draw(st.sampled_from(table.column_names))
    schema = RenameColumn(table.key, old, new).apply(schema)
    table = schema.table(table.key)
    hint = old if draw(st.booleans()) else None
    return schema.put(table.replace_column(new, evolve(table.column(new), renamed_from=hint)))


def _take_over_column(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    """A column is dropped and another one gets its name, or the next edits give it to a new one."""
    if len(table.columns) < 2:
        return schema
    gone, stays = draw(st.lists(st.sampled_from(table.column_names), min_size=2, max_size=2))
    if gone == stays:
        return schema
    schema = repaired(schema.put(_freed(table, gone).without_column(gone)))
    schema = RenameColumn(table.key, stays, gone).apply(schema)
    table = schema.table(table.key)
    return schema.put(table.replace_column(gone, evolve(table.column(gone), renamed_from=stays)))


def _modify_column(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    from toasty_core.testing.strategies import columns

    name = draw(st.sampled_from(table.column_names))
    old, new = table.column(name), draw(columns(name, tuple(schema.sequences)))
    attributes = ("type", "nullable", "default", "auto", "generated", "comment", "options")
    chosen = draw(st.lists(st.sampled_from(attributes), min_size=1, unique=True))
    changes: dict[str, Any] = {attribute: getattr(new, attribute) for attribute in chosen}
    changed: ColumnDef = evolve(old, **changes)
    return schema.put(table.replace_column(name, changed))


def _add_part(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    from toasty_core.testing import strategies

    kind = draw(st.sampled_from([IndexDef, UniqueDef, CheckDef, ForeignKeyDef]))
    name = f"part_{draw(st.integers(0, 5))}"
    if name in _part_names(schema):
        return schema
    columns = table.column_names
    if kind is IndexDef:
        index = draw(strategies.indexes(columns, name))
        return schema.put(evolve(table, indexes=(*table.indexes, index)))
    if kind is UniqueDef:
        unique = draw(strategies.uniques(columns, draw(st.sampled_from([None, name]))))
        return schema.put(evolve(table, uniques=_different((*table.uniques, unique))))
    if kind is CheckDef:
        check = draw(strategies.checks(draw(st.sampled_from([None, name]))))
        return schema.put(evolve(table, checks=_different((*table.checks, check))))
    target = draw(st.sampled_from(list(schema.tables.values())))
    key = draw(strategies.foreign_keys(columns, target, draw(st.sampled_from([None, name]))))
    keys = table.foreign_keys if key is None else (*table.foreign_keys, key)
    return schema.put(evolve(table, foreign_keys=keys))


def _part_names(schema: SchemaSnapshot) -> set[str | None]:
    found: set[str | None] = set()
    for table in schema.tables.values():
        found |= {index.name for index in table.indexes} | {part.name for part in table.uniques}
        found |= {check.name for check in table.checks}
        found |= {key.name for key in table.foreign_keys}
    return found


_KINDS = ("indexes", "uniques", "checks", "foreign_keys")


def _with(table: TableDef, kind: str, parts: Iterable[Any]) -> TableDef:
    changes: dict[str, Any] = {kind: _different(parts)}
    return evolve(table, **changes)


def _drop_part(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    kind = draw(st.sampled_from(_KINDS))
    return schema.put(_with(table, kind, getattr(table, kind)[1:]))


def _rename_part(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    kind = draw(st.sampled_from(_KINDS))
    first, *rest = getattr(table, kind) or [None]
    none = () if kind == "indexes" else (None,)
    name = draw(st.sampled_from([*none, *(f"part_{number}" for number in range(6))]))
    if first is None or (name is not None and name in _part_names(schema)):
        return schema
    return schema.put(_with(table, kind, [evolve(first, name=name), *rest]))


def _has_index(table: TableDef, name: str) -> bool:
    return any(index.name == name for index in table.indexes)


def _swap_index_names(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    other = _a_table(draw, schema)
    if other is None or not (table.indexes and other.indexes) or other.key == table.key:
        return schema
    mine, theirs = table.indexes[0], other.indexes[0]
    if _has_index(other, mine.name) or _has_index(table, theirs.name):
        return schema
    schema = schema.put(evolve(table, indexes=(evolve(mine, name=theirs.name), *table.indexes[1:])))
    return schema.put(evolve(other, indexes=(evolve(theirs, name=mine.name), *other.indexes[1:])))


def _move_index_name(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    """An index goes, and another table gets one of its name."""
    from toasty_core.testing import strategies

    other = _a_table(draw, schema)
    if other is None or not table.indexes or other.key == table.key:
        return schema
    if _has_index(other, table.indexes[0].name):
        return schema
    index = draw(strategies.indexes(other.column_names, table.indexes[0].name))
    schema = schema.put(evolve(table, indexes=table.indexes[1:]))
    return schema.put(evolve(other, indexes=(*other.indexes, index)))


def _unique_to_index(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    named = [unique for unique in table.uniques if unique.name]
    if not named:
        return schema
    first = named[0]
    index = IndexDef(str(first.name), first.columns, unique=True)
    uniques = [unique for unique in table.uniques if unique is not first]
    return schema.put(evolve(table, uniques=uniques, indexes=(*table.indexes, index)))


def _change_key(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    columns = draw(st.lists(st.sampled_from(table.column_names), max_size=3, unique=True))
    name = draw(st.sampled_from([None, f"{table.name}_pk", f"{table.name}_key"]))
    key = PrimaryKeyDef(columns, name) if columns else None
    return schema.put(evolve(table, primary_key=key))


def _change_settings(draw: Draw, schema: SchemaSnapshot, table: TableDef) -> SchemaSnapshot:
    options: Any = draw(st.sampled_from([{}, {"sqlite": {"strict": True}}, {"mysql": {"a": 1}}]))
    comment = draw(st.sampled_from([None, "a comment"]))
    return schema.put(evolve(table, comment=comment, options=options))


def change_sequences(draw: Draw, schema: SchemaSnapshot) -> SchemaSnapshot:
    """A sequence comes, goes or changes."""
    name = draw(st.sampled_from(["numbers", "more numbers"]))
    if name in schema.sequences and draw(st.booleans()):
        return schema.drop_sequence(name)
    return schema.put_sequence(SequenceDef(name, increment=draw(st.integers(1, 3))))


EDITS: tuple[Edit, ...] = (
    add_table,
    change_sequences,
    *(
        _on_a_table(edit)
        for edit in (
            _drop_table,
            _rename_table,
            _take_over_table,
            _add_column,
            _drop_column,
            _rename_column,
            _take_over_column,
            _modify_column,
            _add_part,
            _drop_part,
            _rename_part,
            _swap_index_names,
            _move_index_name,
            _unique_to_index,
            _change_key,
            _change_settings,
        )
    ),
)
