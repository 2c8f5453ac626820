"""What a model says about several of its fields: `index()`, `unique()`, `check()`, `foreign_key()`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from attrs import field as attribute
from attrs import frozen

from toasty_core.models.specs import Link
from toasty_core.schema.columns import Options
from toasty_core.schema.constraints import Action, CheckDef, Deferral, IndexColumn
from toasty_core.schema.values import Expression, coerce_expression

Part: TypeAlias = str | Expression | IndexColumn


@frozen(eq=False)
class IndexSpec:
    """An index as a model says it, of fields by their names in the class."""

    parts: tuple[Part, ...]
    name: str | None = None
    unique: bool = False
    where: Expression | None = None
    only: tuple[str, ...] = ()
    options: Options = attribute(factory=dict)


@frozen(eq=False)
class UniqueSpec:
    """A unique constraint as a model says it."""

    fields: tuple[str, ...]
    name: str | None = None
    deferral: Deferral | str | None = None
    only: tuple[str, ...] = ()
    options: Options = attribute(factory=dict)


def index(
    *parts: Part,
    name: str | None = None,
    unique: bool = False,
    where: Expression | str | None = None,
    only: Iterable[str] = (),
    options: Options | None = None,
) -> IndexSpec:
    """An index over fields, `expr("lower(name)")` or `IndexColumn("age", descending=True)`.

    :param name: without one, `idx_<table>_<columns>`; an index over expressions needs one.
    :param unique: no two rows may have the same values.
    :param where: only the rows for which this holds are in the index.
    :param only: the backends that it is for, by name; without it, all.
    :param options: by backend, e.g. `{"postgresql": {"using": "gin"}}`.

    ```python
    @model(indexes=[index("last_name", "first_name")])
    ```
    """
    return IndexSpec(parts, name, unique, coerce_expression(where), tuple(only), options or {})


def unique(
    *fields: str,
    name: str | None = None,
    deferral: Deferral | str | None = None,
    only: Iterable[str] = (),
    options: Options | None = None,
) -> UniqueSpec:
    """A unique constraint over several fields; without a name it is known by what it is.

    For one field, `field(unique=True)` makes a unique index.
    """
    return UniqueSpec(fields, name, deferral, tuple(only), options or {})


def check(
    condition: Expression | str,
    *,
    name: str | None = None,
    only: Iterable[str] = (),
    options: Options | None = None,
) -> CheckDef:
    """A condition that every row fulfils, in SQL: `check("age >= 0", name="adult")`."""
    return CheckDef(condition, name, tuple(only), options or {})


def foreign_key(
    fields: Iterable[str],
    target: type | str,
    references: Iterable[str] = (),
    *,
    name: str | None = None,
    on_delete: Action | str | None = None,
    on_update: Action | str | None = None,
    deferral: Deferral | str | None = None,
) -> Link:
    """A foreign key of several fields; without `references` it points at the target's key.

    For one field, `reference()` says it at the field, and takes the column's type from the target.

    ```python
    @model(foreign_keys=[foreign_key(["order_id", "number"], "Line", on_delete="cascade")])
    ```
    """
    return Link(
        target=target,
        columns=tuple(fields),
        references=tuple(references),
        name=name,
        on_delete=on_delete,
        on_update=on_update,
        deferral=deferral,
    )
