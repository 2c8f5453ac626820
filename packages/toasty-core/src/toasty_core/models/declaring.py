"""`@model`: makes a table's declaration of a plain class."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

import attrs
from attrs import frozen

from toasty_core.errors import ModelError
from toasty_core.models.annotations import own_annotations
from toasty_core.models.lazy_attrs import make_lazy_attrs
from toasty_core.models.specs import PLAIN, UNSAID, Link, Spec, field, key, reference
from toasty_core.models.table_parts import IndexSpec, UniqueSpec
from toasty_core.schema.columns import Options
from toasty_core.schema.constraints import CheckDef, PrimaryKeyDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression, Function, Literal, NextValue

if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_settings: object) -> Callable[[Any], Any]:
        return lambda decorator: decorator


_Class = TypeVar("_Class", bound=type)
_Value = TypeVar("_Value")
_ATTRIBUTE = "__toasty_model__"


@frozen(eq=False, kw_only=True)
class Declaration:
    """A model as it was written. Annotations and references are read later, when all models stand."""

    class_: type
    specs: Mapping[str, Spec]
    where: str
    local: Mapping[str, Any] = attrs.field(factory=dict)
    table: str | None = None
    schema: str | None = None
    abstract: bool = False
    primary_key: PrimaryKeyDef | tuple[str, ...] | None = None
    indexes: tuple[IndexSpec, ...] = ()
    uniques: tuple[UniqueSpec, ...] = ()
    checks: tuple[CheckDef, ...] = ()
    foreign_keys: tuple[Link, ...] = ()
    comment: str | None = None
    options: Options = attrs.field(factory=dict)
    renamed_from: str | None = None

    def place_of(self, field_name: str) -> str:
        """File and line of a field."""
        return _place_of(self.class_, field_name, self.where)


def declaration_of(item: object) -> Declaration | None:
    """The declaration of a class that is itself a model; None for anything else."""
    found = vars(item).get(_ATTRIBUTE) if isinstance(item, type) else None
    return found if isinstance(found, Declaration) else None


@overload
@dataclass_transform(kw_only_default=True, field_specifiers=(field, key, reference))
def model(class_: _Class, /) -> _Class: ...
@overload
@dataclass_transform(kw_only_default=True, field_specifiers=(field, key, reference))
def model(
    *,
    table: str | None = ...,
    schema: str | None = ...,
    abstract: bool = ...,
    primary_key: PrimaryKeyDef | Iterable[str] | None = ...,
    indexes: Iterable[IndexSpec] = ...,
    uniques: Iterable[UniqueSpec] = ...,
    checks: Iterable[CheckDef] = ...,
    foreign_keys: Iterable[Link] = ...,
    comment: str | None = ...,
    options: Options | None = ...,
    renamed_from: str | None = ...,
) -> Callable[[_Class], _Class]: ...
def model(
    class_: _Class | None = None,
    /,
    *,
    table: str | None = None,
    schema: str | None = None,
    abstract: bool = False,
    primary_key: PrimaryKeyDef | Iterable[str] | None = None,
    indexes: Iterable[IndexSpec] = (),
    uniques: Iterable[UniqueSpec] = (),
    checks: Iterable[CheckDef] = (),
    foreign_keys: Iterable[Link] = (),
    comment: str | None = None,
    options: Options | None = None,
    renamed_from: str | None = None,
) -> _Class | Callable[[_Class], _Class]:
    """Makes a class the model of a table, and an attrs class with a keyword-only constructor.

    Every annotated attribute is a column. Its type is that of the annotation; `X | None` may be
    null; a plain default is the constructor's and the column's. `key()`, `field()` and
    `reference()` say more. Methods, properties and `ClassVar`s are the class's own affair.

    :param table: the table's name; without one, the plural of the class's: `User` → `users`.
    :param schema: the table's namespace, where the database has them.
    :param abstract: no table of its own; its fields are those of the models that derive from it.
    :param primary_key: the key's fields when `key()` does not say them in the right order, or a
        `PrimaryKeyDef` to name the constraint.
    :param indexes: a list of `index(...)`.
    :param uniques: a list of `unique(...)`.
    :param checks: a list of `check(...)`.
    :param foreign_keys: a list of `foreign_key(...)`, for keys of several fields.
    :param comment: kept in the database, where it can.
    :param options: settings by backend, e.g. `{"sqlite": {"strict": True}}`.
    :param renamed_from: the table's name before, so that `generate` keeps its rows.

    Raises ModelError, here or when the models are read, with the class's file and line.

    ```python
    @model(indexes=[index("name", "email")])
    class User:
        id: int = key(auto=True)
        name: str
        email: str = field(unique=True)
        bio: str | None = None
    ```
    """
    frame = sys._getframe(1)
    where = f"{frame.f_code.co_filename}:{frame.f_lineno}"

    def declare(class_: _Class) -> _Class:
        if not isinstance(class_, type):
            raise ModelError(
                f"{class_!r} is no class.", where=where, hint="@model stands above one"
            )
        parts = _Parts(class_, where)
        declaration = Declaration(
            class_=class_,
            specs=_specs(class_, where),
            where=where,
            local=_local(class_, frame),
            table=table,
            schema=schema,
            abstract=abstract,
            primary_key=_key(primary_key),
            indexes=parts.read("indexes", indexes, IndexSpec),
            uniques=parts.read("uniques", uniques, UniqueSpec),
            checks=parts.read("checks", checks, CheckDef),
            foreign_keys=parts.read("foreign_keys", foreign_keys, Link),
            comment=comment,
            options=parts.options(options or {}),
            renamed_from=renamed_from,
        )
        _install(class_, declaration)
        return class_

    return declare if class_ is None else declare(class_)


_PART_CALLS: dict[type, str] = {
    IndexSpec: 'index("name")',
    UniqueSpec: 'unique("name", "email")',
    CheckDef: 'check("age >= 0")',
    Link: 'foreign_key(["order_id", "number"], "Line")',
}


@frozen
class _Parts:
    """Reads what `@model(...)` is given for a class, and refuses what cannot be meant."""

    class_: type
    where: str

    def read(self, name: str, items: object, kind: type[_Value]) -> tuple[_Value, ...]:
        """The items of a list of definitions. Raises ModelError."""
        if not isinstance(items, Iterable) or isinstance(items, str):
            raise self._error(f"{name}= is no list: {items!r}", f"{name}=[{_PART_CALLS[kind]}]")
        found = tuple(items)
        for item in found:
            if not isinstance(item, kind):
                what = f"{name}= has an item that cannot be one: {item!r}"
                raise self._error(what, f"{name}=[{_PART_CALLS[kind]}]")
        return found

    def options(self, options: Options) -> Options:
        """Settings by backend. Raises ModelError."""
        given: Mapping[str, object] = options
        for name, settings in given.items():
            if not isinstance(settings, Mapping):
                what = f"the option {name!r} belongs to no backend"
                raise self._error(what, f"options={{'sqlite': {{{name!r}: {settings!r}}}}}")
        return options

    def _error(self, what: str, example: str) -> ModelError:
        label = self.class_.__qualname__
        return ModelError(f"{label}: {what}.", where=self.where, hint=f"write @model({example})")


def _key(value: PrimaryKeyDef | Iterable[str] | None) -> PrimaryKeyDef | tuple[str, ...] | None:
    if value is None or isinstance(value, PrimaryKeyDef):
        return value
    return (value,) if isinstance(value, str) else tuple(value)


def _local(class_: type, frame: FrameType) -> Mapping[str, Any]:
    """The names that a model inside a function can see, for annotations that are texts."""
    return dict(frame.f_locals) if "<locals>" in class_.__qualname__ else {}


def _specs(class_: type, where: str) -> dict[str, Spec]:
    """What each annotated attribute says; the specs leave the class, as they are no values of it."""
    specs: dict[str, Spec] = {}
    body = vars(class_)
    for name, annotation in own_annotations(class_).items():
        if not _is_class_variable(annotation):
            specs[name] = _spec(body[name]) if name in body else PLAIN
            _refuse_mutable(specs[name].default, class_, name, where)
    for name in [name for name, value in body.items() if isinstance(value, Spec)]:
        if name not in specs:
            raise ModelError(
                f"{class_.__qualname__}.{name} has no type.",
                where=_place_of(class_, name, where),
                hint=f"annotate it: {name}: str = ...",
            )
        delattr(class_, name)
    return specs


def _spec(value: object) -> Spec:
    return value if isinstance(value, Spec) else Spec(default=value)


def _is_class_variable(annotation: object) -> bool:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if text.startswith(("ClassVar", "typing.ClassVar")):
        return True
    return "ClassVar" in str(getattr(annotation, "__origin__", ""))


def _place_of(class_: type, field_name: str, where: str) -> str:
    from toasty_core.models.field_lines import field_place

    return field_place(where, class_.__name__, field_name)


def _refuse_mutable(value: object, class_: type, name: str, where: str) -> None:
    if isinstance(value, (list, dict, set)):
        made_by = type(value).__name__ if not value else f"lambda: {value!r}"
        raise ModelError(
            f"{class_.__qualname__}.{name} has a default that all objects would share.",
            where=_place_of(class_, name, where),
            hint=f"write field(factory={made_by}), and server_default= if the column has one, too",
        )


def _install(class_: type, declaration: Declaration) -> None:
    def describe(_class: type) -> TableDef:
        """The table that this model means."""
        from toasty_core.models.native import read_model

        return read_model(_class)

    setattr(class_, _ATTRIBUTE, declaration)
    class_.__toasty_table__ = classmethod(describe)  # type: ignore[attr-defined]
    make_lazy_attrs(class_, lambda: _attributes(declaration.specs))


def _attributes(specs: Mapping[str, Spec]) -> dict[str, Any]:
    return {name: _attribute(spec) for name, spec in specs.items()}


def _attribute(spec: Spec) -> Any:
    if spec.factory is not None:
        return attrs.field(factory=spec.factory, init=spec.init)
    if spec.default is not UNSAID:
        return attrs.field(default=_of_constructor(spec.default), init=spec.init)
    given_by_database = spec.auto or spec.generated is not None or not spec.init
    return attrs.field(default=None if given_by_database else attrs.NOTHING, init=spec.init)


def _of_constructor(default: object) -> object:
    """The default of a new object: what only the database can compute is None there."""
    if isinstance(default, Literal):
        return default.value
    return None if isinstance(default, (Function, Expression, NextValue)) else default
