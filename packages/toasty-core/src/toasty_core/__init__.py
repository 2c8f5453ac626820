"""Toasty: schema migrations for SQL and NoSQL databases.

Public names are imported on first use, so that `import toasty_core` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

_MODULES: dict[str, tuple[str, ...]] = {
    "toasty_core.schema": (
        "Action",
        "CheckDef",
        "ColumnDef",
        "Deferral",
        "Expression",
        "ForeignKeyDef",
        "Generated",
        "Identity",
        "IndexColumn",
        "IndexDef",
        "Literal",
        "NextValue",
        "PrimaryKeyDef",
        "SchemaSnapshot",
        "SequenceDef",
        "Serial",
        "TableDef",
        "UniqueDef",
        "expr",
        "now",
        "types",
        "uuid",
    ),
    "toasty_core.schema.store": ("load_snapshot", "save_snapshot"),
    "toasty_core.diff": ("detect_changes",),
    "toasty_core.migrations": ("Migration", "MigrationContext", "MigrationGenerator"),
    "toasty_core.models": (
        "check",
        "field",
        "foreign_key",
        "index",
        "key",
        "load_models",
        "model",
        "reference",
        "unique",
    ),
    "toasty_core.backends": ("Backend", "Database", "Features", "Statement", "Support"),
    "toasty_core.plugins": ("hookimpl",),
}
_HOME: dict[str, str] = {name: module for module, names in _MODULES.items() for name in names}

__version__ = "0.1.0"
__all__ = [*sorted(_HOME), "__version__"]  # names from the table above


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'toasty_core' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value  # so that the next look-up is an ordinary one
    return value


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from toasty_core.backends import Backend as Backend
    from toasty_core.backends import Database as Database
    from toasty_core.backends import Features as Features
    from toasty_core.backends import Statement as Statement
    from toasty_core.backends import Support as Support
    from toasty_core.diff import detect_changes as detect_changes
    from toasty_core.migrations import Migration as Migration
    from toasty_core.migrations import MigrationContext as MigrationContext
    from toasty_core.migrations import MigrationGenerator as MigrationGenerator
    from toasty_core.models import *  # noqa: F403
    from toasty_core.plugins import hookimpl as hookimpl
    from toasty_core.schema import *  # noqa: F403
    from toasty_core.schema import types as types
    from toasty_core.schema.store import load_snapshot as load_snapshot
    from toasty_core.schema.store import save_snapshot as save_snapshot
