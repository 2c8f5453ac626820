"""The code and the checksum of migration files, kept in `__pycache__` as Python keeps its own.

A kept file belongs to the bytes that it was made of, told by their hash. Python's `.pyc` is told by size and time of
the source instead, and can run what a file said a moment ago; it also knows no checksum, for which the source would
have to be parsed after all.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.errors import MigrationFileError
from toasty_core.migrations.files import MigrationFile
from toasty_core.migrations.fingerprints import Fingerprint, checksum, source_hash
from toasty_core.schema.collecting import no_collection

if TYPE_CHECKING:
    import ast

_FORMAT = 1


class CompiledFile(NamedTuple):
    """What a migration file's bytes are made into."""

    code: CodeType
    fingerprint: Fingerprint


def compiled_file(file: MigrationFile, known_hash: str | None = None) -> CompiledFile:
    """The file's code and fingerprint, kept from an earlier run or made anew.

    `known_hash` is that of the bytes that the caller has read already: what is kept of those is taken without
    reading them again. Raises MigrationFileError, with the line, when the file cannot be read or is no Python.
    """
    place = _place(file.location)
    kept = _kept(place, known_hash, file.location) if known_hash else None
    return kept or _read(file, place)


def _read(file: MigrationFile, place: str | None) -> CompiledFile:
    source = file.read()
    hashed = source_hash(source)
    kept = _kept(place, hashed, file.location)
    if kept is not None:
        return kept
    with no_collection():
        tree = file.parse(source)
        made = CompiledFile(_code(file, tree), Fingerprint(checksum(tree), hashed))
    if not sys.dont_write_bytecode:
        _keep(place, made, file.location)
    return made


def _code(file: MigrationFile, tree: ast.Module) -> CodeType:
    try:
        return compile(tree, file.location, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"{file.location}:{error.lineno}"
        raise MigrationFileError(f"this is no Python: {error.msg}", where=where) from None


def _place(location: str) -> str | None:
    """Beside Python's own, under a name of ours; None where this Python keeps nothing."""
    try:
        return cache_from_source(location).removesuffix(".pyc") + ".toasty"
    except NotImplementedError:
        return None


def _kept(place: str | None, hashed: str, location: str) -> CompiledFile | None:
    """What was kept of these bytes at this path; tracebacks need the path."""
    if place is None:
        return None
    try:
        with open(place, "rb", buffering=0) as file:
            format_, of, at, checked, code = marshal.loads(file.read())
    except (OSError, EOFError, ValueError, TypeError):
        return None
    if (format_, of, at) != (_FORMAT, hashed, location) or not isinstance(code, CodeType):
        return None
    return CompiledFile(code, Fingerprint(checked, hashed))


def _keep(place: str | None, made: CompiledFile, location: str) -> None:
    """Writes whole or not at all. What cannot be kept is made again the next time."""
    if place is None:
        return
    found = made.fingerprint
    data = marshal.dumps((_FORMAT, found.source_hash, location, found.checksum, made.code))
    draft = f"{place}.{os.getpid()}.tmp"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(draft, "wb") as file:
            file.write(data)
        os.replace(draft, place)
    except OSError:
        with suppress(OSError):
            os.unlink(draft)
