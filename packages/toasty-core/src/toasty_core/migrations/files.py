"""Migration files, by name: finding them imports nothing."""

from __future__ import annotations

import os
import re
from os import PathLike, fspath
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.errors import MigrationFileError

if TYPE_CHECKING:
    import ast
    from pathlib import Path

VERSION = re.compile(r"(?P<timestamp>\d{8}_\d{6})_\w+", re.ASCII)
"""`YYYYMMDD_HHMMSS_description`"""

_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # the latter is Windows' own
_CHUNK = 64 * 1024  # nearly every migration is shorter


class MigrationFile(NamedTuple):
    """A file of the migrations folder; `version` is its name without `.py`, `location` its path as text."""

    version: str
    location: str

    @classmethod
    def at(cls, path: str | PathLike[str]) -> MigrationFile:
        """The migration at a path."""
        location = fspath(path)
        return cls(os.path.basename(location).removesuffix(".py"), location)

    @property
    def path(self) -> Path:
        """Where the file is. Made when asked for: a thousand paths cost more than their files' names."""
        from pathlib import Path

        return Path(self.location)

    def read(self) -> bytes:
        """The file's bytes. Raises MigrationFileError when it cannot be read."""
        try:
            return _read(self.location)
        except OSError as error:
            raise MigrationFileError(
                f"cannot read the migration: {error.strerror}", where=self.location
            ) from None

    def parse(self, source: bytes) -> ast.Module:
        """The syntax tree of the file's bytes. Raises MigrationFileError with the line that is wrong."""
        import ast

        try:
            return ast.parse(source, self.location)
        except SyntaxError as error:
            where = f"{self.location}:{error.lineno}" if error.lineno else self.location
            line = (error.text or "").strip()
            hint = f"look at: {line}" if line else None
            raise MigrationFileError(
                f"this is no Python: {error.msg}", where=where, hint=hint
            ) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise MigrationFileError(f"this is no Python: {error}", where=self.location) from None


def _read(location: str) -> bytes:
    """A file's bytes, by half the calls to the system that a file object makes."""
    file = os.open(location, _READ_ONLY)
    try:
        parts = [os.read(file, _CHUNK)]
        while len(parts[-1]) == _CHUNK:
            parts.append(os.read(file, _CHUNK))
    finally:
        os.close(file)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class Listing(NamedTuple):
    """A folder's migrations, by timestamp, then name; and what looks like one but for its name."""

    files: tuple[MigrationFile, ...]
    misnamed: tuple[str, ...]
    """Names that begin with a digit as migrations' do, and go on in another way."""


def find_migrations(folder: str | PathLike[str]) -> tuple[MigrationFile, ...]:
    """The migration files of a folder, by timestamp, then name; none when there is no folder.

    Raises MigrationFileError when the folder cannot be read.
    """
    return list_folder(folder).files


def list_folder(folder: str | PathLike[str]) -> Listing:
    """What is in a folder of migrations; nothing when there is none. Raises as `find_migrations` does."""
    start = os.path.join(fspath(folder), "")
    versions = sorted(name[:-3] for name in _names(folder) if name.endswith(".py"))
    fits = {version: bool(VERSION.fullmatch(version)) for version in versions}
    return Listing(
        tuple(MigrationFile(v, f"{start}{v}.py") for v, fit in fits.items() if fit),
        tuple(f"{v}.py" for v, fit in fits.items() if not fit and v[:1].isdigit()),
    )


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
