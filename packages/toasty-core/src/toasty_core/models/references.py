"""Which model a reference means, and the type of the column that points at it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from toasty_core.errors import ModelError, suggest
from toasty_core.models.annotations import is_any, nullable
from toasty_core.models.declaring import Declaration, declaration_of
from toasty_core.models.model_fields import ModelField, ModelFields, fields_of
from toasty_core.models.specs import Link
from toasty_core.schema.type_syntax import coerce_type
from toasty_core.schema.types import Type


class References:
    """The models that are read together: each is looked into once.

    Names are looked up where the model stands: inside its function, in its module, then among all
    models that are read, then as a dotted path.
    """

    def __init__(self, declarations: Iterable[Declaration] = ()) -> None:
        self._by_name = {item.class_.__name__: item for item in declarations}
        self._fields: dict[type, ModelFields] = {}

    def fields(self, declaration: Declaration) -> ModelFields:
        """The model's fields."""
        found = self._fields.get(declaration.class_)
        if found is None:
            found = self._fields[declaration.class_] = fields_of(declaration)
        return found

    def target(self, link: Link, source: ModelFields, said_in: str) -> ModelFields:
        """The model that `link` points at. Raises ModelError with the nearest name."""
        declaration = self._declaration(link.target, source.declaration)
        if declaration is not None and not declaration.abstract:
            return self.fields(declaration)
        raise self._unknown(link, source, said_in, declaration)

    def targets(self, source: ModelFields) -> tuple[Declaration, ...]:
        """The models that `source` points at, in order."""
        links = [item.spec.link for item in source.fields.values() if item.spec.link is not None]
        links += source.declaration.foreign_keys
        return tuple(self.target(link, source, "a reference").declaration for link in links)

    def columns(self, link: Link, target: ModelFields, source: ModelFields) -> tuple[str, ...]:
        """The columns pointed at, as many as point. Raises ModelError."""
        names = link.references or target.key()
        columns = tuple(target.field(name, "a reference", source).column for name in names)
        if len(columns) == max(len(link.columns), 1):
            return columns
        key = ", ".join(names) or "nothing"
        raise source.error(
            f" points at {target.label} with {max(len(link.columns), 1)} field(s), "
            f"and the key there is {key}.",
            f"write @model(foreign_keys=[foreign_key([...], {target.label!r}, [...])])",
        )

    def column_type(
        self, item: ModelField, source: ModelFields, asked: tuple[str, ...] = ()
    ) -> Type:
        """The type of a field's column; a reference has the one of the field pointed at."""
        label = f"{source.label}.{item.name}"
        if label in asked:
            raise item.error(": its reference leads back to itself.", "point at another field")
        if item.spec.type is not None:
            return _coerced(item)
        if item.spec.link is None:
            return item.meaning().type
        target = self.target(item.spec.link, source, item.name)
        names = item.spec.link.references or target.key()
        if len(names) != 1:
            self.columns(item.spec.link, target, source)
        pointed_at = target.field(names[0], "a reference", source)
        return self.column_type(pointed_at, target, (*asked, label))

    def nullable(self, item: ModelField) -> bool:
        """May the field's column be null?"""
        if item.spec.nullable is not None:
            return item.spec.nullable
        if item.spec.default is None and is_any(item.annotation):
            return True
        if item.spec.link is None and item.spec.type is None:
            return item.meaning().nullable
        return nullable(item.annotation)

    def _declaration(self, target: type | str, source: Declaration) -> Declaration | None:
        if not isinstance(target, str):
            return declaration_of(target)
        module = vars(sys.modules[source.class_.__module__])
        for names in (source.local, module):
            found = declaration_of(names.get(target))
            if found is not None:
                return found
        return self._by_name.get(target) or _by_path(target)

    def _unknown(
        self, link: Link, source: ModelFields, said_in: str, found: Declaration | None
    ) -> ModelError:
        name = link.target if isinstance(link.target, str) else link.target.__qualname__
        if found is not None:
            return source.error(
                f": {said_in} points at {name}, which is abstract and has no table."
            )
        if not isinstance(link.target, str):
            hint: str | None = f"decorate {name} with @model"
        else:
            known = {
                *self._by_name,
                *_models_in(vars(sys.modules[source.declaration.class_.__module__])),
            }
            hint = suggest(name, known)
        return source.error(f": {said_in} points at {name!r}, which is no model.", hint)


def _models_in(names: dict[str, object]) -> list[str]:
    return [name for name, value in names.items() if declaration_of(value) is not None]


def _by_path(path: str) -> Declaration | None:
    """The model at `package.module.Class`, if that module is imported."""
    module, _, name = path.rpartition(".")
    found = sys.modules.get(module) if module else None
    return declaration_of(getattr(found, name, None)) if found is not None else None


def _coerced(item: ModelField) -> Type:
    from toasty_core.errors import TypeSyntaxError

    try:
        return coerce_type(item.spec.type)  # type: ignore[arg-type]  # the caller looked
    except TypeSyntaxError as error:
        raise item.error(f": {error.what}.", error.hint) from None
