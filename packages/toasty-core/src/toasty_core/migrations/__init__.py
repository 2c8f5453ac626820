"""Migration files: what they define, how they are found, recorded and written.

Names are imported on first use: looking at a folder of migrations needs none of what writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toasty_core.migrations.context import MigrationContext, Recorded
    from toasty_core.migrations.direction import Direction
    from toasty_core.migrations.files import MigrationFile, find_migrations
    from toasty_core.migrations.fingerprints import Fingerprint, fingerprint
    from toasty_core.migrations.generator import GeneratedMigration, MigrationGenerator
    from toasty_core.migrations.history import History
    from toasty_core.migrations.migration import Migration
    from toasty_core.migrations.recording import Recording, record
    from toasty_core.migrations.render import Draft, render_migration

_MODULES: dict[str, tuple[str, ...]] = {
    "context": ("MigrationContext", "Recorded"),
    "direction": ("Direction",),
    "files": ("MigrationFile", "find_migrations"),
    "fingerprints": ("Fingerprint", "fingerprint"),
    "generator": ("GeneratedMigration", "MigrationGenerator"),
    "history": ("History",),
    "migration": ("Migration",),
    "recording": ("Recording", "record"),
    "render": ("Draft", "render_migration"),
}
_HOME: dict[str, str] = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Direction",
    "Draft",
    "Fingerprint",
    "GeneratedMigration",
    "History",
    "Migration",
    "MigrationContext",
    "MigrationFile",
    "MigrationGenerator",
    "Recorded",
    "Recording",
    "find_migrations",
    "fingerprint",
    "record",
    "render_migration",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'toasty_core.migrations' has no attribute {name!r}")
    return getattr(import_module(f"toasty_core.migrations.{_HOME[name]}"), name)
