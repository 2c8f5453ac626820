"""All migrations of a folder, in the order in which they are applied."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike, fspath
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.errors import HistoryError, MigrationFileError, suggest
from toasty_core.migrations.direction import Direction
from toasty_core.migrations.files import MigrationFile, list_folder
from toasty_core.migrations.fingerprints import digest, source_hash
from toasty_core.migrations.ordering import in_order

if TYPE_CHECKING:
    from toasty_core.migrations.migration import Migration
    from toasty_core.migrations.recording import Recording
    from toasty_core.schema.snapshot import SchemaSnapshot

_SAYS_VERSION = rb"(?m)^[ \t]+version\b[^=\n]*=[ \t]*[\"']([^\"'\n]+)[\"']"


class History(NamedTuple):
    """The migrations of a folder: by timestamp, then name, each behind those that it depends on.

    `dependencies` and `source_hashes` are by version. `notices` say what a person may want to know.
    """

    folder: str
    files: tuple[MigrationFile, ...] = ()
    dependencies: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    source_hashes: Mapping[str, str] = MappingProxyType({})
    notices: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: str | PathLike[str]) -> History:
        """Reads every file once, keeps none, imports none; a missing folder has no migrations.

        Raises MigrationFileError when a file cannot be read, HistoryError when a dependency is missing, some
        depend on each other, or two files say one version.
        """
        dependencies: dict[str, tuple[str, ...]] = {}
        hashes: dict[str, str] = {}
        found, misnamed = list_folder(folder)
        for file in found:
            source = file.read()
            hashes[file.version] = source_hash(source)
            if not _says_version(source, file.version):
                _check_version(file, source, found)
            if b"depends_on" in source:
                dependencies[file.version] = _depends_on(file, source)
        files = in_order(found, dependencies)
        notices = tuple(
            f"{name} is ignored: migrations are called YYYYMMDD_HHMMSS_description.py"
            for name in misnamed
        )
        return cls(fspath(folder), files, dependencies, hashes, notices)

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions in order."""
        return tuple(file.version for file in self.files)

    @property
    def head(self) -> str | None:
        """The version of the last migration; None when there is none."""
        return self.files[-1].version if self.files else None

    @property
    def digest(self) -> str:
        """A digest of all files: equal when nothing was added, taken away or edited."""
        pairs = (f"{version} {self.source_hashes[version]}" for version in self.versions)
        return digest("\n".join(pairs).encode())

    def file(self, version: str) -> MigrationFile:
        """The file of this version. Raises HistoryError with the nearest one."""
        for file in self.files:
            if file.version == version:
                return file
        raise HistoryError(
            f"there is no migration {version!r}",
            where=self.folder,
            hint=suggest(version, self.versions),
        )

    def load(self, file: MigrationFile) -> Migration:
        """The migration that a file defines, made anew. Raises MigrationFileError with file and line."""
        from toasty_core.migrations.loading import load_migration

        return load_migration(file).migration

    def recording(self, file: MigrationFile, direction: Direction) -> Recording:
        """What a file asks for, with the fingerprint of what was read.

        Raises MigrationFileError with file and line.
        """
        from toasty_core.migrations.loading import load_migration
        from toasty_core.migrations.recording import record

        loaded = load_migration(file, self.source_hashes.get(file.version))
        return record(loaded.migration, direction, loaded.fingerprint)

    def recordings(self, until: str | None = None) -> Iterator[Recording]:
        """What each file asks for on the way up, in order, up to and with the version `until`."""
        if until is not None:
            self.file(until)
        for file in self.files:
            yield self.recording(file, Direction.UP)
            if file.version == until:
                return

    def fold(self, until: str | None = None) -> SchemaSnapshot:
        """The schema after all migrations, or after those up to and with the version `until`.

        Raises MigrationFileError when a file cannot be recorded, SchemaError with file and line when an operation
        does not fit what stands before it.
        """
        from toasty_core.schema.snapshot import SchemaSnapshot

        schema: SchemaSnapshot = SchemaSnapshot().draft()
        for recording in self.recordings(until):
            schema = recording.apply(schema)
        return schema.frozen()


def _says_version(source: bytes, version: str) -> bool:
    """Does it say its own version, as `migrate:generate` writes it? Quicker to find out than to read what it says."""
    return f'\n    version = "{version}"'.encode() in source


def _check_version(file: MigrationFile, source: bytes, found: Sequence[MigrationFile]) -> None:
    """A copied file still says the version of the other one."""
    said = re.search(_SAYS_VERSION, source)
    if said is None or said.group(1) == file.version.encode():
        return
    value = _attribute(file, source, "version")
    version = value.value if isinstance(value, ast.Constant) else None
    others = [other for other in found if other.version == version]
    if version != file.version and others:
        raise HistoryError(
            f"two files say version {version!r}",
            where=f"{others[0].path} and {file.path}",
            hint=f'write version = "{file.version}" in {file.path.name}, or delete one of them',
        )


def _depends_on(file: MigrationFile, source: bytes) -> tuple[str, ...]:
    value = _attribute(file, source, "depends_on")
    if value is None:
        return ()
    try:
        given = ast.literal_eval(value)
    except ValueError:
        given = None
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
        raise MigrationFileError(
            "depends_on must be versions, written out",
            where=f"{file.path}:{value.lineno}",
            hint='write: depends_on = ("20250117_120000_add_user_email",)',
        )
    return tuple(names)


def _attribute(file: MigrationFile, source: bytes, name: str) -> ast.expr | None:
    """What a class of the file gives as the value of an attribute."""
    classes = (node for node in file.parse(source).body if isinstance(node, ast.ClassDef))
    for statement in (statement for node in classes for statement in node.body):
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return statement.value  # type: ignore[attr-defined, no-any-return]
    return None
