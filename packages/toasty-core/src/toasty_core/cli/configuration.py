"""The settings of a project: options over `TOASTY_*` variables over the configuration file.

The file is `toasty.toml`, or the table `[tool.toasty]` of `pyproject.toml`, in the current directory or the
nearest one above it:

    [tool.toasty]
    models = "app.models"                 # a module, module:attribute, or path/to/models.py
    dir = "migrations"                    # the default: beside the file
    url = "postgresql://app:${DB_PASSWORD}@localhost/app"
    lock-timeout = 30
    large-table = 100000                  # rows from which a table is changed online; "never"
    lock-wait = 3                         # seconds that a statement waits for others
    lock-tries = 20                       # how often it does, before the run gives up

Relative paths in it, the one in `url = "sqlite:app.db"` included, are relative to the file. `${NAME}` in `url`
stands for an environment variable, so that no password has to be in the file. (Options and `TOASTY_*` variables,
which click reads, are relative to the current directory.)
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.errors import ConfigError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toasty_core.api import Project
    from toasty_core.backends import Caution
    from toasty_core.plugins import Hooks

__all__ = ["DEFAULT_DIR", "NEVER", "Settings", "find_configuration", "make_project", "settle"]

DEFAULT_DIR = "migrations"
DEFAULT_LOCK_TIMEOUT = 60.0
NEVER = "never"
"""What `large-table` says where no table is so large that others must be able to go on meanwhile."""
_OWN, _SHARED = "toasty.toml", "pyproject.toml"

_VARIABLE = r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}"
_PLAIN_FILE = r"([A-Za-z][A-Za-z0-9.+\-]+):(?![/:\\])(?![A-Za-z]:[/\\])(.+)"
"""`scheme:name`, with neither `//` nor an absolute path nor a name like `:memory:` behind the scheme."""


class Settings(NamedTuple):
    """What can be set; None is not set. `file` is where the configuration was found."""

    url: str | None = None
    directory: str | None = None
    models: str | None = None
    lock_timeout: float | None = None
    file: str | None = None
    large_table: int | str | None = None
    lock_wait: float | None = None
    lock_tries: int | None = None
    allow_blocking: bool | None = None
    jobs: int | None = None
    backup: bool | None = None


_KEYS = (
    ("url", "url"),
    ("dir", "directory"),
    ("models", "models"),
    ("lock-timeout", "lock_timeout"),
    ("large-table", "large_table"),
    ("lock-wait", "lock_wait"),
    ("lock-tries", "lock_tries"),
    ("jobs", "jobs"),
)
"""The keys of the configuration file, and the settings that they stand for."""


def make_project(given: Settings, hooks: Hooks) -> Project:
    """The project that a command works on. `given` is what options and variables say.

    Raises ConfigError.
    """
    from toasty_core.api import Project

    settings = settle(given)
    _extend_path(settings.file)
    timeout = settings.lock_timeout
    return Project(
        directory=settings.directory or DEFAULT_DIR,
        url=settings.url,
        models=settings.models or None,
        lock_timeout=DEFAULT_LOCK_TIMEOUT if timeout is None else timeout,
        hooks=hooks,
        caution=_caution(settings),
    )


def _caution(settings: Settings) -> Caution:
    from toasty_core.backends import Caution

    usual, large, wait = Caution(), settings.large_table, settings.lock_wait
    known = usual.large_table if large is None else _rows(large)
    return Caution(
        large_table=known,
        allow_blocking=bool(settings.allow_blocking),
        lock_wait=usual.lock_wait if wait is None else wait,
        tries=usual.tries if settings.lock_tries is None else settings.lock_tries,
        jobs=usual.jobs if settings.jobs is None else settings.jobs,
        backup=settings.backup,
    )


def _rows(large: int | str) -> int | None:
    return None if large == NEVER else int(large)


def settle(given: Settings) -> Settings:
    """`given`, and for what it leaves open the configuration file. Raises ConfigError."""
    found = find_configuration(os.getcwd())
    chosen = {name: value for name, value in given._asdict().items() if value is not None}
    return found._replace(**chosen)


def find_configuration(start: str) -> Settings:
    """What the nearest configuration file says, from the folder `start` upwards; empty without one."""
    for folder in _upwards(start):
        own, shared = os.path.join(folder, _OWN), os.path.join(folder, _SHARED)
        table, section = _table(own), _section(shared)
        if table is not None and section is not None:
            raise ConfigError(
                f"Both {_OWN} and {_SHARED} configure Toasty in {folder}.",
                hint=f"move the settings of [tool.toasty] into {_OWN}",
            )
        if table is not None:
            return _settings(table, own, start)
        if section is not None:
            return _settings(section, shared, start)
    return Settings()


def _upwards(folder: str) -> Iterator[str]:
    """The folder, and those that it is in."""
    below = ""
    while folder != below:
        yield folder
        below, folder = folder, os.path.dirname(folder)


def _bytes(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def _table(file: str) -> dict[str, object] | None:
    """A TOML file's content; None without the file."""
    try:
        content = _bytes(file)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{_name(file)} cannot be read: {error.strerror}.", where=file) from error
    return _parse(content, file)


def _section(file: str) -> dict[str, object] | None:
    """The table `[tool.toasty]`; a file that does not name it is not parsed."""
    try:
        content = _bytes(file)
    except OSError:
        return None  # somebody else's file: only what it says of us could matter
    if b"toasty" not in content:
        return None
    tool = _parse(content, file).get("tool")
    section = tool.get("toasty") if isinstance(tool, dict) else None
    if section is not None and not isinstance(section, dict):
        raise ConfigError("[tool.toasty] must be a table.", where=file)
    return section


def _parse(content: bytes, file: str) -> dict[str, object]:
    from importlib import import_module

    reader = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table: dict[str, object] = reader.loads(content.decode("utf-8"))
    except ValueError as error:  # not UTF-8, or not TOML
        raise ConfigError(f"{_name(file)} is no valid TOML: {error}", where=file) from error
    return table


def _settings(table: Mapping[str, object], file: str, start: str) -> Settings:
    keys = dict(_KEYS)
    values = {keys[name]: _value(name, table[name], file) for name in keys if name in table}
    unknown = sorted(set(table) - set(keys))
    if unknown:
        known = ", ".join(keys)
        raise ConfigError(
            f"Toasty knows no setting '{unknown[0]}'.",
            where=_where(file),
            hint=suggest(unknown[0].replace("_", "-"), keys) or f"the settings are: {known}",
        )
    return _resolved(Settings(**values, file=file), file, start)  # type: ignore[arg-type]  # checked by _value


def _value(name: str, value: object, file: str) -> object:
    """The value, if it is of the kind that the key wants. Raises ConfigError."""
    if name in ("lock-timeout", "lock-wait"):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fits, words = number and value >= 0, "a number of seconds"  # type: ignore[operator]
    elif name == "large-table":
        fits = value == NEVER or (type(value) is int and value >= 0)
        words = f'a number of rows, or "{NEVER}"'
    elif name in ("lock-tries", "jobs"):
        fits, words = type(value) is int and value >= 1, "a whole number, 1 or more"
    else:
        fits, words = isinstance(value, str) and value != "", "a text"
    if fits:
        return value
    raise ConfigError(f"The setting '{name}' must be {words}.", where=_where(file))


def _name(file: str) -> str:
    return os.path.basename(file)


def _where(file: str) -> str:
    return file if _name(file) == _OWN else f"[tool.toasty] in {file}"


def _resolved(settings: Settings, file: str, start: str) -> Settings:
    """With variables filled in, and paths that hold from `start`."""
    url, models = settings.url, settings.models
    folder = os.path.dirname(file)
    if url is not None:
        url = _beside(_filled_in(url, file), folder, start)
    shown = "" if folder == start else folder
    if models is not None and models.endswith(".py"):
        models = os.path.join(shown, models)
    directory = os.path.join(shown, settings.directory or DEFAULT_DIR)
    return settings._replace(url=url, directory=directory, models=models)


def _filled_in(url: str, file: str) -> str:
    def fill(match: re.Match[str]) -> str:
        try:
            return os.environ[match[1]]
        except KeyError:
            raise ConfigError(
                f"The setting 'url' needs the environment variable {match[1]}, which is not set.",
                where=_where(file),
                hint=f"export {match[1]}=..., or give --url",
            ) from None

    return re.sub(_VARIABLE, fill, url)


def _beside(url: str, folder: str, start: str) -> str:
    """A URL that names a file without its folder, made to hold from elsewhere too."""
    plain = re.fullmatch(_PLAIN_FILE, url)
    if plain is None or folder == start:
        return url
    from urllib.parse import quote

    return f"{plain[1]}:{quote(folder.replace(os.sep, '/'), safe='/:')}/{plain[2]}"


def _extend_path(file: str | None) -> None:
    """Let models be imported from the current directory, and from where the configuration is."""
    folders = [os.getcwd(), *([os.path.dirname(file)] if file else [])]
    sys.path[:0] = [folder for folder in dict.fromkeys(folders) if folder not in sys.path]
