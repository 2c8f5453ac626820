"""Migration files, by name: finding them imports nothing."""

from __future__ import annotations

import ast
import os
import re
from os import PathLike, fspath
from pathlib import Path

from attrs import field, frozen

from toasty_core.errors import MigrationFileError

VERSION = re.compile(r"(?P<timestamp>\d{8}_\d{6})_\w+", re.ASCII)
"""`YYYYMMDD_HHMMSS_description`"""


@frozen
class MigrationFile:
    """A file of the migrations folder; `version` is its name without `.py`."""

    version: str
    _location: str = field(alias="path", converter=fspath)

    @property
    def path(self) -> Path:
        """Where the file is. Made when asked for: a thousand paths cost more than their files' names."""
        return Path(self._location)

    def read(self) -> bytes:
        """The file's bytes. Raises MigrationFileError when it cannot be read."""
        try:
            with open(self._location, "rb", buffering=0) as file:
                return file.read()
        except OSError as error:
            raise MigrationFileError(
                f"cannot read the migration: {error.strerror}", where=str(self.path)
            ) from None

    def parse(self, source: bytes) -> ast.Module:
        """The syntax tree of the file's bytes. Raises MigrationFileError with the line that is wrong."""
        try:
            return ast.parse(source, str(self.path))
        except SyntaxError as error:
            where = f"{self.path}:{error.lineno}" if error.lineno else str(self.path)
            line = (error.text or "").strip()
            hint = f"look at: {line}" if line else None
            raise MigrationFileError(
                f"this is no Python: {error.msg}", where=where, hint=hint
            ) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise MigrationFileError(f"this is no Python: {error}", where=str(self.path)) from None


def find_migrations(folder: str | PathLike[str]) -> tuple[MigrationFile, ...]:
    """The migration files of a folder, by timestamp, then name; none when there is no folder.

    Raises MigrationFileError when the folder cannot be read.
    """
    versions = (name[:-3] for name in _names(folder) if name.endswith(".py"))
    return tuple(
        MigrationFile(version, os.path.join(folder, f"{version}.py"))
        for version in sorted(versions)
        if VERSION.fullmatch(version)
    )


def misnamed(folder: str | PathLike[str]) -> tuple[str, ...]:
    """The files that look like migrations but for their names, which begin with a digit as migrations' do."""
    names = (name for name in _names(folder) if name.endswith(".py") and name[0].isdigit())
    return tuple(sorted(name for name in names if not VERSION.fullmatch(name[:-3])))


def _names(folder: str | PathLike[str]) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if not entry.is_dir()]
    except FileNotFoundError:
        return []
    except NotADirectoryError:
        raise MigrationFileError(
            "a file stands where the migrations folder should",
            where=str(folder),
            hint="name another folder: --dir migrations",
        ) from None
    except OSError as error:
        raise MigrationFileError(
            f"cannot read the migrations folder: {error.strerror}", where=str(folder)
        ) from None
