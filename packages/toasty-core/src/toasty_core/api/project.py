"""The project that a verb works on, and what it opens for that."""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.backends import Caution
from toasty_core.errors import Unsupported, UsageError
from toasty_core.plugins.hooks import Hooks
from toasty_core.url import Url

if TYPE_CHECKING:
    from pathlib import Path

    from toasty_core.backends import Backend, Database
    from toasty_core.migrations.history import History

__all__ = ["SNAPSHOT", "Project", "backend_of", "history_of", "open_database", "prepared"]

SNAPSHOT = ".schema.json"
"""The name of the stored snapshot in the folder of the migrations."""

_NO_HOOKS = Hooks()
_CAUTION = Caution()


class _Fields(NamedTuple):
    folder: str
    url: str | None
    models: object
    lock_timeout: float
    hooks: Hooks
    caution: Caution


class Project(_Fields):
    """Where the migrations are, which database they are for, and which models they follow.

    `directory` is the folder of the migration files. `url` is the database's URL and `models` what
    `load_models` reads, as text or as it is; each is needed only by the verbs that use it. `lock_timeout` is
    how many seconds to wait for somebody else who is migrating. `hooks` are the plug-ins, by default none:
    `toasty_core.plugins.load_hooks()` gives those that are installed. `caution` says which tables are large,
    and how long a statement waits for those who use them.

    ```python
    project = Project("migrations", url="sqlite:mydb.db", models="app.models")
    ```
    """

    __slots__ = ()

    def __new__(
        cls,
        directory: str | PathLike[str],
        url: str | None = None,
        models: object = None,
        lock_timeout: float = 60.0,
        hooks: Hooks = _NO_HOOKS,
        caution: Caution = _CAUTION,
    ) -> Project:
        return super().__new__(cls, fspath(directory), url, models, lock_timeout, hooks, caution)

    def __repr__(self) -> str:  # without the URL, which may hold a password
        return f"Project({self.folder!r}, models={self.models!r})"

    @property
    def directory(self) -> Path:
        """The folder of the migration files."""
        from pathlib import Path

        return Path(self.folder)

    @property
    def snapshot(self) -> Path:
        """The file of the stored snapshot."""
        return self.directory / SNAPSHOT


def history_of(project: Project) -> History:
    """The migration files in order; none are imported."""
    from toasty_core.migrations.history import History

    return History.read(project.folder)


def backend_of(project: Project) -> Backend | None:
    """The backend for the project's URL; None without one."""
    from toasty_core.plugins.lookup import backend_for

    if project.url is None:
        return None
    return backend_for(Url.parse(project.url).scheme, project.hooks)


def prepared(database: Database, caution: Caution) -> Backend:
    """The backend as the database needs it for a run. Raises Unsupported where it cannot make a backup."""
    if caution.backup and not database.backend.backups:
        raise Unsupported(
            f"A backup is asked for, and Toasty makes none on {database.backend.name}.",
            hint="make one by the database's own means, and leave --backup out",
            reason="--backup is for databases that back up a table by a call, as DynamoDB",
        )
    return database.prepare(caution)


def open_database(project: Project) -> Database:
    """A connection to the project's database. Raises UsageError without a URL."""
    from toasty_core.plugins.lookup import backend_for

    if project.url is None:
        raise UsageError(
            "No database URL is given.",
            hint="give one with --url sqlite:mydb.db, TOASTY_URL, or url in [tool.toasty]",
        )
    url = Url.parse(project.url)
    return backend_for(url.scheme, project.hooks).connect(url)
