"""Reads native models as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from attrs import evolve

from toasty_core.errors import ModelError
from toasty_core.models.columns import read_column
from toasty_core.models.declaring import Declaration, declaration_of
from toasty_core.models.model_fields import ModelFields
from toasty_core.models.naming import index_name
from toasty_core.models.references import References
from toasty_core.models.specs import Link
from toasty_core.models.table_parts import IndexSpec, UniqueSpec
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import (
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression

_Value = TypeVar("_Value")
_OWN = "toasty_"  # what the names of Toasty's own tables begin with


def read_model(class_: type) -> TableDef:
    """The table of one model. Raises ModelError, also for an abstract one."""
    declaration = declaration_of(class_)
    if declaration is None or declaration.abstract:
        raise ModelError(f"{class_.__qualname__} is no model with a table.")
    references = References([declaration])
    return _table(references.fields(declaration), references)


def read_models(classes: Iterable[type]) -> tuple[TableDef, ...]:
    """The tables of these models and of those that they point at.

    Raises ModelError where two have one name.
    """
    named = [declaration_of(class_) for class_ in classes]
    declarations = [item for item in named if item is not None and not item.abstract]
    references = References(declarations)
    tables: dict[str, Declaration] = {}
    result = []
    for model in _with_targets(declarations, references):
        _claim(model, tables)
        result.append(_table(model, references))
    return tuple(result)


def _with_targets(declarations: list[Declaration], references: References) -> Iterator[ModelFields]:
    """Each model once; those that are only pointed at come last."""
    waiting = list(dict.fromkeys(declarations))
    seen = {item.class_ for item in waiting}
    for declaration in waiting:
        model = references.fields(declaration)
        yield model
        for target in references.targets(model):
            if target.class_ not in seen:
                seen.add(target.class_)
                waiting.append(target)


def _claim(model: ModelFields, tables: dict[str, Declaration]) -> None:
    if model.table.startswith(_OWN):
        hint = f"names that begin with {_OWN!r} are Toasty's own: take another"
        raise model.error(f" has the table {model.table!r}.", hint)
    other = tables.setdefault(model.table_key, model.declaration)
    if other is not model.declaration:
        raise model.error(
            f" and {other.class_.__qualname__} (at {other.where}) have one table, "
            f"{model.table_key!r}.",
            'give one of them another: @model(table="...")',
        )


def _table(model: ModelFields, references: References) -> TableDef:
    declaration = model.declaration
    return TableDef(
        model.table,
        _columns(model, references),
        primary_key=_primary_key(model),
        indexes=_indexes(model),
        uniques=[_unique(model, item) for item in declaration.uniques],
        checks=declaration.checks,
        foreign_keys=list(_foreign_keys(model, references)),
        comment=declaration.comment,
        schema=declaration.schema,
        options=declaration.options,
        renamed_from=declaration.renamed_from,
    )


def _columns(model: ModelFields, references: References) -> tuple[ColumnDef, ...]:
    columns = [read_column(item, model, references) for item in model.fields.values()]
    if not columns:
        raise model.error(" has no fields.", "annotate one: id: int = key(auto=True)")
    if len({column.name for column in columns}) < len(columns):
        raise model.error(" has two columns of one name.", "look at the name= of its fields")
    return tuple(columns)


def _primary_key(model: ModelFields) -> PrimaryKeyDef | None:
    columns = tuple(model.column(name, "primary_key") for name in model.key())
    said = model.declaration.primary_key
    if isinstance(said, PrimaryKeyDef):
        return evolve(said, columns=columns)
    return PrimaryKeyDef(columns) if columns else None


def _indexes(model: ModelFields) -> list[IndexDef]:
    indexes = [_index(model, item) for item in model.declaration.indexes]
    for item in model.fields.values():
        for said, unique in ((item.spec.index, False), (item.spec.unique, True)):
            if said:
                name = said if isinstance(said, str) else index_name(model.table, [item.column])
                indexes.append(IndexDef(name, item.column, unique))
    names = [index.name for index in indexes]
    for name in names:
        if names.count(name) > 1:
            raise model.error(
                f" has two indexes called {name!r}.", "name one: index(..., name=...)"
            )
    return indexes


def _index(model: ModelFields, spec: IndexSpec) -> IndexDef:
    parts = [_part(model, part) for part in spec.parts]
    columns = [part.name for part in parts if part.name is not None]
    if not parts or (spec.name is None and len(columns) < len(parts)):
        raise model.error(
            " has an index over an expression without a name.", "index(..., name=...)"
        )
    name = spec.name or index_name(model.table, columns)
    return IndexDef(name, parts, spec.unique, spec.where, spec.only, spec.options)


def _part(model: ModelFields, part: str | Expression | IndexColumn) -> IndexColumn:
    if isinstance(part, Expression):
        return IndexColumn(expression=part)
    item = IndexColumn(part) if isinstance(part, str) else part
    return evolve(item, name=model.column(item.name, "an index")) if item.name else item


def _unique(model: ModelFields, spec: UniqueSpec) -> UniqueDef:
    columns = tuple(model.column(name, "unique()") for name in spec.fields)
    return _valid(
        model, lambda: UniqueDef(columns, spec.name, spec.deferral, spec.only, spec.options)
    )


def _foreign_keys(model: ModelFields, references: References) -> Iterator[ForeignKeyDef]:
    for item in model.fields.values():
        if item.spec.link is not None:
            yield _foreign_key(model, item.spec.link, (item.column,), references)
    for link in model.declaration.foreign_keys:
        columns = tuple(model.column(name, "foreign_key()") for name in link.columns)
        yield _foreign_key(model, link, columns, references)


def _foreign_key(
    model: ModelFields, link: Link, columns: tuple[str, ...], references: References
) -> ForeignKeyDef:
    target = references.target(link, model, ", ".join(columns))
    pointed_at = references.columns(link, target, model)
    return _valid(
        model,
        lambda: ForeignKeyDef(
            columns,
            target.table_key,
            pointed_at,
            name=link.name,
            on_delete=link.on_delete,
            on_update=link.on_update,
            deferral=link.deferral,
        ),
    )


def _valid(model: ModelFields, make: Callable[[], _Value]) -> _Value:
    try:
        return make()
    except ValueError as error:
        raise model.error(f": {error}.") from None
