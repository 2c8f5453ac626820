"""Keys, checks and foreign keys of the catalogs as definitions."""

from __future__ import annotations

from typing import Any

from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    Deferral,
    ForeignKeyDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_postgres.catalog_rows import ConstraintRow, Surroundings
from toasty_postgres.forms import expression, given_name, options
from toasty_postgres.simplifying import Scope

_ACTIONS = {
    "a": Action.NO_ACTION,
    "r": Action.RESTRICT,
    "c": Action.CASCADE,
    "n": Action.SET_NULL,
    "d": Action.SET_DEFAULT,
}
_MATCHES = {"f": "FULL", "p": "PARTIAL"}

Columns = dict[int, str]
Said = dict[str, Any]


def read_primary_key(row: ConstraintRow, columns: Columns, said: Said) -> PrimaryKeyDef:
    """A primary key; `said` is what its index says."""
    deferral = _deferral(row)
    if deferral is not Deferral.IMMEDIATE:
        said = {**said, "deferral": deferral.value}
    said = {**said, "without_overlaps": row.period}
    return PrimaryKeyDef(_names(row.columns, columns), given_name(row.name), options(said))


def read_unique(row: ConstraintRow, columns: Columns, said: Said) -> UniqueDef:
    """A unique constraint; `said` is what its index says."""
    return UniqueDef(
        _names(row.columns, columns),
        given_name(row.name),
        _deferral(row),
        options=options({**said, "without_overlaps": row.period}),
    )


def read_check(row: ConstraintRow, scope: Scope) -> CheckDef:
    """A check."""
    said = {
        "not_valid": row.enforced and not row.validated,
        "not_enforced": not row.enforced,
        "no_inherit": row.no_inherit,
    }
    return CheckDef(
        expression(row.definition or "", scope), given_name(row.name), options=options(said)
    )


def read_foreign_key(row: ConstraintRow, columns: Columns, around: Surroundings) -> ForeignKeyDef:
    """A foreign key."""
    said = {
        "not_valid": row.enforced and not row.validated,
        "not_enforced": not row.enforced,
        "match": _MATCHES.get(row.match),
        "set_columns": list(_names(row.set_columns, columns)),
        "period": row.period,
    }
    return ForeignKeyDef(
        _names(row.columns, columns),
        around.key(row.target_schema, row.target),
        row.references or (),
        given_name(row.name),
        _ACTIONS[row.on_delete],
        _ACTIONS[row.on_update],
        _deferral(row),
        options=options(said),
    )


def _names(numbers: list[int] | None, columns: Columns) -> tuple[str, ...]:
    return tuple(columns[number] for number in numbers or ())


def _deferral(row: ConstraintRow) -> Deferral:
    if row.deferred:
        return Deferral.DEFERRED
    return Deferral.DEFERRABLE if row.deferrable else Deferral.IMMEDIATE
