"""Reads SQLAlchemy's keys, uniques, checks and foreign keys."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, InvalidRequestError

from toasty_core.errors import ModelError, suggest
from toasty_core.models.alchemy.dialect_options import options_of
from toasty_core.models.alchemy.dialects import BACKENDS, expression, not_written
from toasty_core.models.alchemy.names import resolved_name
from toasty_core.schema.constraints import (
    CheckDef,
    Deferral,
    ForeignKeyDef,
    PrimaryKeyDef,
    UniqueDef,
)


def read_primary_key(table: sa.Table) -> PrimaryKeyDef | None:
    """The table's key, its columns in the key's own order."""
    key = table.primary_key
    columns = tuple(str(column.name) for column in key.columns)
    if not columns:
        return None
    return PrimaryKeyDef(columns, resolved_name(key, table), _with_conflict(key, "primary_key"))


def read_unique(unique: sa.UniqueConstraint, table: sa.Table, only: tuple[str, ...]) -> UniqueDef:
    """A unique constraint, those of `Column(unique=True)` among them."""
    return UniqueDef(
        tuple(str(column.name) for column in unique.columns),
        resolved_name(unique, table),
        _deferral(unique),
        only,
        _with_conflict(unique, "unique"),
    )


def _with_conflict(item: Any, kind: str) -> dict[str, dict[str, Any]]:
    """The options, and SQLite's ON CONFLICT where it stands at the only column."""
    options = options_of(item)
    if len(item.columns) == 1:
        at_column = options_of(next(iter(item.columns))).get("sqlite", {})
        clause = at_column.get(f"on_conflict_{kind}")
        if clause is not None:
            options.setdefault("sqlite", {}).setdefault("on_conflict", clause)
    return options


def read_check(check: sa.CheckConstraint, table: sa.Table, only: tuple[str, ...]) -> CheckDef:
    """A check. Raises ModelError when it is written for no backend."""
    found = expression(check.sqltext, [name for name in only if name in BACKENDS] or BACKENDS)
    if found is None:
        raise not_written(f"A check of table {table.key!r}", check.sqltext)
    return CheckDef(found, resolved_name(check, table), only, options_of(check))


def read_foreign_key(
    key: sa.ForeignKeyConstraint, table: sa.Table, only: tuple[str, ...]
) -> ForeignKeyDef:
    """A foreign key. Raises ModelError when what it points at is not there."""
    targets = [_target(element, table) for element in key.elements]
    options = options_of(key)
    if key.match:
        options.setdefault("postgresql", {})["match"] = key.match
    try:
        return ForeignKeyDef(
            tuple(str(element.parent.name) for element in key.elements),
            str(targets[0].table.key),
            tuple(str(target.name) for target in targets),
            resolved_name(key, table),
            key.ondelete,
            key.onupdate,
            _deferral(key),
            only,
            options,
        )
    except ValueError as error:
        raise ModelError(f"A foreign key of table {table.key!r}: {error}.") from None


def _target(element: sa.ForeignKey, table: sa.Table) -> sa.Column[Any]:
    try:
        return element.column
    except (InvalidRequestError, ArgumentError) as error:
        wanted = element.target_fullname.rpartition(".")[0]
        raise ModelError(
            f"Column {table.key}.{element.parent.name} points at "
            f"{element.target_fullname!r}, which is not in the metadata: {error}",
            hint=suggest(wanted, list(table.metadata.tables))
            or "import the module that declares it",
        ) from None


def _deferral(item: Any) -> Deferral:
    if (item.initially or "").upper() == "DEFERRED":
        return Deferral.DEFERRED
    return Deferral.DEFERRABLE if item.deferrable else Deferral.IMMEDIATE
