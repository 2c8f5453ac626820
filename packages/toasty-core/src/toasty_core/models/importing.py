"""Imports the user's module, and says where it fails."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from toasty_core.errors import ModelError, ToastyError, suggest
from toasty_core.models.failing_line import failing_line

_NO_MODELS = ("__main__", "conftest", "migrations", "tests")


def import_models(name: str, directory: Path) -> tuple[ModuleType, ...]:
    """The module, and below a package all its modules but tests, migrations and `__main__`.

    `directory` is searched first, as Python does with the one of a script. Raises ModelError with
    the file and line that failed.
    """
    with _on_path(directory):
        module = _import(name, directory)
        return (module, *(_import(below, directory) for below in _modules_below(module)))


def import_file(path: Path) -> tuple[ModuleType, ...]:
    """The module in a file; inside a package, by its name there, so that its imports work."""
    path = path.resolve()
    if not path.is_file():
        raise ModelError(f"There is no file {path}.", hint=_near_file(path))
    parts = [path.stem]
    root = path.parent
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    if path.name == "__init__.py":
        parts.pop()
    name = ".".join(parts)
    with _on_path(root):
        if len(parts) > 1 or path.name == "__init__.py":
            return import_models(name, root)
        return (_import_alone(name, path),)


def _import(name: str, directory: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ToastyError:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise _unknown(name, error.name, directory) from None
        raise _failed(name, error) from error
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error


def _import_alone(name: str, path: Path) -> ModuleType:
    """Imports a file that stands in no package, beside any other module of its name."""
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    name = f"_toasty_models_{name}" if known is not None else name
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ModelError(f"{path} is no Python file.", hint="name a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ToastyError:
        raise
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _failed(name, error) from error
    return module


def _failed(name: str, error: BaseException) -> ModelError:
    return ModelError(
        f"{name} cannot be imported: {type(error).__name__}: {error}",
        where=failing_line(error),
        hint=f"mend it until python -c 'import {name}' works",
    )


def _unknown(name: str, missing: str, directory: Path) -> ModelError:
    parent, _, _ = missing.rpartition(".")
    package = sys.modules.get(parent) if parent else None
    places = [str(directory)] if package is None else list(getattr(package, "__path__", ()))
    prefix = f"{parent}." if parent else ""
    known = [f"{prefix}{item.name}" for item in pkgutil.iter_modules(places)]
    whole = f" (asked for as {name!r})" if missing != name else ""
    hint = suggest(missing, known) or f"the modules in {', '.join(places)} are looked at first"
    return ModelError(f"There is no module {missing!r}{whole}.", hint=hint)


def _near_file(path: Path) -> str | None:
    names = [item.name for item in path.parent.glob("*.py")] if path.parent.is_dir() else []
    return suggest(path.name, names)


def _modules_below(package: ModuleType, prefix: str | None = None) -> Iterator[str]:
    """The names of a package's modules, all the way down."""
    prefix = prefix or f"{package.__name__}."
    for place in getattr(package, "__path__", ()):
        yield from _modules_in(place, prefix)


def _modules_in(place: str, prefix: str) -> Iterator[str]:
    for found in pkgutil.iter_modules([place]):
        if found.name in _NO_MODELS or found.name.startswith("test_"):
            continue
        yield f"{prefix}{found.name}"
        if found.ispkg:
            yield from _modules_in(str(Path(place, found.name)), f"{prefix}{found.name}.")


@contextmanager
def _on_path(directory: Path) -> Iterator[None]:
    """The directory comes first while the module is imported."""
    entry = str(directory.resolve())
    if entry in sys.path:
        yield
        return
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if entry in sys.path:
            sys.path.remove(entry)
