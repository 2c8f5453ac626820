"""Random schemas that PostgreSQL can hold: the kit's, with what it refuses taken out or made to fit."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve
from hypothesis import strategies as st

from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Deferral,
    Expression,
    ForeignKeyDef,
    Function,
    FunctionName,
    Generated,
    IndexColumn,
    IndexDef,
    Literal,
    NextValue,
    SchemaSnapshot,
    TableDef,
    Type,
    UniqueDef,
    types,
)
from toasty_core.testing.strategies import schemas

TEXTS = (types.String, types.Char, types.Text)
INTEGERS = (types.SmallInteger, types.Integer, types.BigInteger)
LOWER = "lower('%')"
CONDITIONS = {LOWER: "lower('%' COLLATE \"C\") <> ''", "\"a\" = '{b}:c'": "'{b}:c' != '%'"}


def possible_schemas(most: int = 4) -> st.SearchStrategy[SchemaSnapshot]:
    """Schemas that can be made on PostgreSQL."""
    return schemas(most).map(possible)


def possible(schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema without what PostgreSQL refuses."""
    tables = {key: _table(table) for key, table in schema.tables.items()}
    linked = {key: _linked(table, tables) for key, table in tables.items()}
    return evolve(schema, tables=linked)


def _type(column: ColumnDef) -> Type:
    return column.type.for_backend("postgresql")


def _table(table: TableDef) -> TableDef:
    columns = [_column(column) for column in table.columns]
    by_name = {column.name: column for column in columns}
    key = table.primary_key
    return evolve(
        table,
        columns=columns,
        primary_key=key if key and _can_be_key(key.columns, by_name) else None,
        indexes=[_index(it, by_name) for it in table.indexes if _can_be_index(it, by_name)],
        uniques=[it for it in table.uniques if _can_be_key(it.columns, by_name)],
        checks=[_check(check) for check in table.checks],
    )


def _column(column: ColumnDef) -> ColumnDef:
    type_ = _type(column)
    if column.generated is not None:
        return _generated(column)
    return evolve(
        column,
        default=column.default if _can_be_default(column.default, type_) else None,
        auto=column.auto if isinstance(type_, INTEGERS) else None,
        collation="C" if column.collation and isinstance(type_, TEXTS) else None,
    )


def _generated(column: ColumnDef) -> ColumnDef:
    assert column.generated is not None
    text = column.generated.expression.for_backend("postgresql") or "true"
    if text == LOWER:
        generated = Generated("'%' || 'it''s'")
        return evolve(column, type=types.Text(), generated=generated, collation=None)
    # There is no collation to compare texts by in a column that is made of no other.
    generated = Generated("length('{b}:c %') != 2" if "'" in text else text)
    return evolve(column, type=types.Boolean(), generated=generated, collation=None)


def _can_be_default(default: object, type_: Type) -> bool:
    match default:
        case None:
            return False
        case Literal(value=str(value)):
            return isinstance(type_, TEXTS) and len(value) <= (getattr(type_, "length", 99) or 99)
        case Literal(value=bool()):
            return isinstance(type_, types.Boolean)
        case Literal(value=int() | float()):
            return isinstance(type_, (*INTEGERS, types.Float, types.Double, types.Decimal))
        case Literal(value=bytes()):
            return isinstance(type_, types.Binary)
        case Literal():
            return isinstance(type_, types.Json | types.Document)
        case Function(name=FunctionName.NOW):
            return isinstance(type_, types.Date | types.Time | types.DateTime)
        case Function():
            return isinstance(type_, types.Uuid | types.String | types.Text)
        case NextValue():
            return isinstance(type_, INTEGERS)
        case Expression() as expression:
            text = expression.for_backend("postgresql")
            fitting: type[Type] = types.Text if text == LOWER else types.Boolean
            return text not in (None, "\"a\" = '{b}:c'") and isinstance(type_, fitting)
    return False


def _has_order(type_: Type) -> bool:
    """Can it be kept in a B-tree?"""
    if isinstance(type_, types.Array):
        return _has_order(type_.item)
    return not isinstance(type_, types.Json)


def _can_be_key(names: Iterable[str], columns: dict[str, ColumnDef]) -> bool:
    return all(_has_order(_type(columns[name])) for name in names)


def _can_be_index(index: IndexDef, columns: dict[str, ColumnDef]) -> bool:
    return _can_be_key(index.column_names, columns)


def _index(index: IndexDef, columns: dict[str, ColumnDef]) -> IndexDef:
    where = index.where
    return evolve(
        index,
        columns=[_part(part) for part in index.columns],
        where=None if where is None else _condition(where),
        options={},
    )


def _part(part: IndexColumn) -> IndexColumn:
    if part.expression is None:
        return part
    return evolve(part, expression=_condition(part.expression))


def _check(check: CheckDef) -> CheckDef:
    return evolve(check, expression=_condition(check.expression))


def _condition(expression: Expression) -> Expression:
    def fit(text: str) -> str:
        return CONDITIONS.get(text, text)

    by_backend = {name: fit(text) for name, text in expression.by_backend}
    text = expression.text
    if text is None and "postgresql" not in by_backend:
        text = "true"
    return Expression(None if text is None else fit(text), by_backend)


def _linked(table: TableDef, tables: dict[str, TableDef]) -> TableDef:
    keys = [key for key in table.foreign_keys if _fits(key, table, tables)]
    return evolve(table, foreign_keys=keys)


def _fits(key: ForeignKeyDef, table: TableDef, tables: dict[str, TableDef]) -> bool:
    target = tables[key.table]
    wanted = key.references or target.key_columns
    own = [table.column(name) for name in key.columns]
    pairs = zip(own, (target.column(name) for name in wanted), strict=False)
    alike = all(
        _type(mine) == _type(theirs) and not isinstance(_type(mine), types.Array)
        for mine, theirs in pairs
    )
    made = [*own, *(target.column(name) for name in wanted)]
    collations = {column.collation for column in made}
    plain = all(column.generated is None for column in made) and len(collations) < 2
    return bool(wanted) and alike and plain and _is_key(tuple(wanted), target)


def _is_key(columns: tuple[str, ...], target: TableDef) -> bool:
    uniques: list[UniqueDef] = [
        it for it in target.uniques if it.columns == columns and it.deferral is Deferral.IMMEDIATE
    ]
    return columns == target.key_columns or bool(uniques)
