"""Finds the models that a target means, of whatever kind, and reads them as one schema."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from toasty_core.errors import ModelError, suggest
from toasty_core.models.alchemy_loaded import alchemy_metadata, read_alchemy
from toasty_core.models.declaring import declaration_of
from toasty_core.models.importing import import_file, import_models
from toasty_core.models.native import read_models
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef

if TYPE_CHECKING:
    from toasty_core.plugins.hooks import Hooks


@frozen(eq=False)
class _Found:
    """What a target holds: native models, SQLAlchemy's MetaData, and tables as they are."""

    models: list[type] = field(factory=list)
    metadata: list[object] = field(factory=list)
    tables: list[TableDef] = field(factory=list)

    def __bool__(self) -> bool:
        return bool(any(map(_has_table, self.models)) or self.metadata or self.tables)


def _has_table(model: type) -> bool:
    declaration = declaration_of(model)
    return declaration is not None and not declaration.abstract


def load_models(
    target: object, hooks: Hooks | None = None, *, directory: Path | None = None
) -> SchemaSnapshot:
    """The schema that the models mean.

    :param target: a text as `--models` takes it, or the thing itself:

        - `"package.module"`: all native models, and all tables of every SQLAlchemy (or SQLModel)
          base, MetaData or Table that the module holds. Below a package its modules are imported,
          too, all but tests, migrations and `__main__`.
        - `"module:Base"`, `"module:metadata"`, `"module:User"`: what an attribute holds.
        - `"path/to/models.py"`.
        - a module, a MetaData, a declarative base, a native model, or a list of them.
    :param hooks: plug-ins, which are asked about a text first.
    :param directory: where modules are looked for first; without it, the current directory.

    Native models that are only pointed at are read, too. Raises ModelError: what is unknown or
    cannot be imported, two tables of one name, no models at all.
    """
    if isinstance(target, SchemaSnapshot):
        return target
    if isinstance(target, str) and hooks is not None:
        offered = hooks.model_source(target)
        if offered is not None:
            return offered
    with _no_collection():
        found = _search(target, directory or Path.cwd())
        if not found:
            raise _nothing_in(target)
        schema = _read(found)
    if isinstance(target, str) and not (schema.tables or schema.sequences):
        raise _no_tables_in(target)
    return schema


@contextmanager
def _no_collection() -> Iterator[None]:
    """Models are made to stay: looking for garbage among them is half of the time they take."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _search(target: object, directory: Path) -> _Found:
    found = _Found()
    for thing in _resolve(target, directory) if isinstance(target, str) else (target,):
        _collect(thing, found, deep=True)
    return found


def _resolve(target: str, directory: Path) -> tuple[object, ...]:
    module, _, attribute = target.partition(":") if ":\\" not in target else (target, "", "")
    if module.endswith(".py") or "/" in module or "\\" in module:
        modules = import_file(directory / module)
    else:
        modules = import_models(_checked(module, target), directory)
    if not attribute:
        return modules
    thing: object = modules[0]
    for name in attribute.split("."):
        if not hasattr(thing, name):
            near = suggest(name, [known for known in dir(thing) if not known.startswith("_")])
            raise ModelError(f"{module} has no attribute {name!r}.", where=target, hint=near)
        thing = getattr(thing, name)
    return (thing,)


def _checked(module: str, target: str) -> str:
    if all(part.isidentifier() for part in module.split(".")):
        return module
    raise ModelError(
        f"{target!r} names no models.",
        hint="write package.module, module:Base or path/to/models.py",
    )


def _collect(thing: object, found: _Found, *, deep: bool) -> None:
    """Adds to `found` what `thing` is or holds."""
    if isinstance(thing, ModuleType):
        for value in list(vars(thing).values()):
            if not isinstance(value, (ModuleType, str)):
                _collect(value, found, deep=False)
        return
    if isinstance(thing, TableDef):
        found.tables.append(thing)
        return
    if declaration_of(thing) is not None:
        _add(found.models, thing)
        return
    metadata = alchemy_metadata(thing)
    if metadata is not None:
        _add(found.metadata, metadata)
    elif deep and isinstance(thing, Iterable) and not isinstance(thing, (str, bytes, type)):
        for item in thing:
            _collect(item, found, deep=True)


def _add(things: list[Any], thing: object) -> None:
    if not any(known is thing for known in things):
        things.append(thing)


def _read(found: _Found) -> SchemaSnapshot:
    native = [*found.tables, *read_models(found.models)]
    described = read_alchemy(found.metadata) if found.metadata else SchemaSnapshot()
    tables: dict[str, TableDef] = {}
    for table in (*native, *described.tables.values()):
        if table.key in tables:
            raise ModelError(
                f"Two models have one table, {table.key!r}.", hint="give one of them another name"
            )
        tables[table.key] = table
    return SchemaSnapshot(tables, described.sequences)


def _nothing_in(target: object) -> ModelError:
    name = target if isinstance(target, str) else getattr(target, "__name__", repr(target))
    return ModelError(
        f"There are no models in {name}.",
        hint="decorate classes with @model, or name a module that holds SQLAlchemy models",
    )


def _no_tables_in(target: str) -> ModelError:
    """A base alone does not know the modules with its models; an empty schema would drop every table."""
    module = target.partition(":")[0].removesuffix(".py").replace("/", ".")
    package = module.rpartition(".")[0] or "app.models"
    return ModelError(
        f"There are no tables in {target}.",
        hint=f"name what defines the models, as their modules must be imported: --models {package}",
    )
