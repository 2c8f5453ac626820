"""The migration that a file defines."""

from __future__ import annotations

import sys
from types import CodeType, ModuleType
from typing import NamedTuple

from toasty_core.errors import MigrationFileError
from toasty_core.migrations.arguments import LAZY
from toasty_core.migrations.compiled_files import compiled_file
from toasty_core.migrations.direction import Direction
from toasty_core.migrations.files import MigrationFile
from toasty_core.migrations.fingerprints import Fingerprint
from toasty_core.migrations.migration import Migration
from toasty_core.migrations.recording import file_error


class LoadedMigration(NamedTuple):
    """A migration, and the fingerprint of the bytes that it was made from."""

    migration: Migration
    fingerprint: Fingerprint


def load_migration(file: MigrationFile, known_hash: str | None = None) -> LoadedMigration:
    """The migration that the file defines; `known_hash` is that of its bytes, if they were read already.

    Raises MigrationFileError, with the line where there is one, when the file is no Python, fails when it is
    run, defines no migration or two, or one that cannot be right.
    """
    compiled = compiled_file(file, known_hash)
    migration_class = _only_class(_run(file, compiled.code), file)
    _check(migration_class, file)
    return LoadedMigration(migration_class(), compiled.fingerprint)


def _run(file: MigrationFile, code: CodeType) -> ModuleType:
    """The module. It is in `sys.modules` while it runs, as dataclasses and others look it up, and not after."""
    path = file.location
    module = ModuleType(f"toasty_migration_{file.version}")
    module.__file__ = path
    sys.modules[module.__name__] = module
    try:
        exec(code, module.__dict__)
    except MigrationFileError:
        raise
    except (Exception, SystemExit) as error:
        raise file_error(error, path, f"{file.path.name} fails") from error
    finally:
        sys.modules.pop(module.__name__, None)
    return module


def _only_class(module: ModuleType, file: MigrationFile) -> type[Migration]:
    classes = {
        id(value): value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Migration)
        and value.__module__ == module.__name__
    }
    if len(classes) == 1:
        return next(iter(classes.values()))
    if classes:
        names = " and ".join(value.__name__ for value in classes.values())
        raise MigrationFileError(
            f"{file.path.name} defines {len(classes)} migrations: {names}",
            where=str(file.path),
            hint="give each a file of its own",
        )
    raise MigrationFileError(
        f"{file.path.name} defines no migration",
        where=str(file.path),
        hint=f"write: class Migration_{file.version}(Migration)",
    )


def _check(migration: type[Migration], file: MigrationFile) -> None:
    if migration.version != file.version:
        given = f"says version = {migration.version!r}" if migration.version else "says no version"
        raise MigrationFileError(
            f"{file.path.name} {given}",
            where=str(file.path),
            hint=f'write: version = "{file.version}"',
        )
    for direction in Direction:
        _check_method(migration, direction, file)


def _check_method(migration: type[Migration], direction: Direction, file: MigrationFile) -> None:
    name = direction.value
    method = getattr(migration, name)
    hint = f"write: def {name}(self, db: MigrationContext) -> None"
    if method is getattr(Migration, name):
        raise MigrationFileError(
            f"{file.path.name} has no {name}()", where=str(file.path), hint=hint
        )
    code: CodeType | None = getattr(method, "__code__", None)
    if code is None:
        raise MigrationFileError(f"{name} is no function", where=str(file.path), hint=hint)
    where = f"{code.co_filename}:{code.co_firstlineno}"
    if code.co_flags & LAZY:
        raise MigrationFileError(
            f"{name}() must neither be async nor yield: it says what is to be done and does nothing",
            where=where,
            hint=hint,
        )
    if code.co_argcount != 2 or code.co_kwonlyargcount:
        words = ", ".join(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        raise MigrationFileError(
            f"{name}({words}) takes the wrong arguments", where=where, hint=hint
        )
