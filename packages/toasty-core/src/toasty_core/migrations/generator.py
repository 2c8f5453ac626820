"""Writes migration files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from toasty_core.errors import MigrationFileError
from toasty_core.migrations.files import VERSION, find_migrations
from toasty_core.migrations.render import Draft, render_with
from toasty_core.migrations.reversing import way_back
from toasty_core.migrations.slugs import slug
from toasty_core.operations import Operation

if TYPE_CHECKING:
    from toasty_core.diff import Diff

_TIMESTAMP = "%Y%m%d_%H%M%S"


@frozen
class GeneratedMigration:
    """A migration file that is not written yet: its place, its text, and what the text does.

    `not_restored` says what `down` does not bring back.
    """

    version: str
    path: Path
    text: str
    operations: tuple[Operation, ...]
    not_restored: tuple[str, ...] = ()


class MigrationGenerator:
    """Writes the migration files of one folder.

    ```python
    generator = MigrationGenerator("migrations")
    migration = generator.generate(diff, "my_changes")
    generator.write_migration_file(migration)
    ```
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.folder = Path(folder)

    def generate(
        self,
        diff: Diff,
        message: str,
        *,
        now: datetime | None = None,
        depends_on: Sequence[str] = (),
    ) -> GeneratedMigration:
        """The migration for `diff`; nothing is written yet.

        `message` becomes part of the name. `now` is the time for the version, in any zone (without one, UTC).
        A migration comes behind all that are there: when the last one is as new, the next second is taken.
        Raises MigrationFileError when the folder cannot be read or a value cannot be written as Python.
        """
        version = f"{self._timestamp(now)}_{slug(message)}"
        operations = tuple(diff.operations)
        back = way_back(operations, diff.before)
        text = render_with(Draft(version, message, operations, tuple(depends_on)), back)
        path = self.folder / f"{version}.py"
        return GeneratedMigration(version, path, text, operations, back.not_restored)

    def write_migration_file(self, migration: GeneratedMigration) -> Path:
        """Writes the file, whole or not at all, and never over another one; makes the folder when needed.

        Raises MigrationFileError when it cannot be written.
        """
        from toasty_core.schema.atomic import write_new

        try:
            write_new(migration.path, migration.text)
        except FileExistsError:
            raise self._exists(migration) from None
        except OSError as error:
            raise MigrationFileError(
                f"cannot write the migration: {error.strerror}",
                where=str(migration.path),
                hint="check the folder's permissions and the free space; nothing was written",
            ) from None
        return migration.path

    def _exists(self, migration: GeneratedMigration) -> MigrationFileError:
        if self.folder.exists() and not self.folder.is_dir():
            return MigrationFileError(
                "a file stands where the migrations folder should",
                where=str(self.folder),
                hint="name another folder: --dir migrations",
            )
        return MigrationFileError(
            "the migration file is there already",
            where=str(migration.path),
            hint="generate again: it gets another version",
        )

    def _timestamp(self, now: datetime | None) -> str:
        moment = _utc(now).replace(microsecond=0, tzinfo=None)
        last = _last(file.version for file in find_migrations(self.folder))
        return (
            max(moment, last + timedelta(seconds=1)).strftime(_TIMESTAMP)
            if last
            else moment.strftime(_TIMESTAMP)
        )


def _utc(now: datetime | None) -> datetime:
    if now is None:
        return datetime.now(timezone.utc)
    return now if now.tzinfo is None else now.astimezone(timezone.utc)


def _last(versions: Iterable[str]) -> datetime | None:
    """The latest time of the versions; those that name no time do not count."""
    for version in sorted(versions, reverse=True):
        match = VERSION.fullmatch(version)
        try:
            return datetime.strptime(match["timestamp"], _TIMESTAMP) if match else None
        except ValueError:
            continue
    return None
