"""The fields of a model, those that it inherits included, with what their annotations mean."""

from __future__ import annotations

import sys
from typing import Any

from attrs import field, frozen

from toasty_core.errors import ModelError, suggest
from toasty_core.models.annotations import (
    Meaning,
    Unmappable,
    evaluate,
    is_class,
    meaning,
    own_annotations,
)
from toasty_core.models.declaring import Declaration, declaration_of
from toasty_core.models.naming import table_name
from toasty_core.models.specs import Spec


@frozen(eq=False)
class ModelField:
    """One field: `owner` is the declaration in whose class it stands."""

    name: str
    spec: Spec
    annotation: object
    owner: Declaration

    @property
    def column(self) -> str:
        """The column's name."""
        return self.spec.name or self.name

    def meaning(self) -> Meaning:
        """What the annotation means. Raises ModelError."""
        try:
            return meaning(self.annotation)
        except Unmappable as error:
            raise self.error(f": {error}.", error.hint) from None
        except ValueError as error:
            raise self.error(f": {error}.") from None

    def error(self, what: str, hint: str | None = None) -> ModelError:
        """An error that names the field and its place."""
        label = f"{self.owner.class_.__qualname__}.{self.name}"
        return ModelError(f"{label}{what}", where=self.owner.place_of(self.name), hint=hint)


@frozen(eq=False)
class ModelFields:
    """A model with its fields by name, and what its table is called."""

    declaration: Declaration
    fields: dict[str, ModelField] = field()

    @property
    def label(self) -> str:
        """The class's name, for errors."""
        return self.declaration.class_.__qualname__

    @property
    def table(self) -> str:
        """The table's name."""
        return self.declaration.table or table_name(self.declaration.class_.__name__)

    @property
    def table_key(self) -> str:
        """The name by which foreign keys speak of the table."""
        schema = self.declaration.schema
        return f"{schema}.{self.table}" if schema else self.table

    def column(self, name: str, said_in: str) -> str:
        """The column of the field `name`. Raises ModelError with the nearest name."""
        return self.field(name, said_in, self).column

    def field(self, name: str, said_in: str, asker: ModelFields) -> ModelField:
        """The field `name`. Raises ModelError with the nearest name, at the place of the `asker`."""
        found = self.fields.get(name)
        if found is None:
            what = f": {said_in} names a field {name!r} that {self.label} does not have."
            raise asker.error(what, suggest(name, list(self.fields)))
        return found

    def key(self) -> tuple[str, ...]:
        """The fields of the primary key, in order."""
        said = self.declaration.primary_key
        if said is None:
            return tuple(name for name, item in self.fields.items() if item.spec.key)
        return said if isinstance(said, tuple) else said.columns

    def error(self, what: str, hint: str | None = None) -> ModelError:
        """An error that names the model and its place."""
        return ModelError(f"{self.label}{what}", where=self.declaration.where, hint=hint)


def fields_of(declaration: Declaration) -> ModelFields:
    """The model's fields: the bases' first, in the order of the class's bodies."""
    fields: dict[str, ModelField] = {}
    for base in reversed(declaration.class_.__mro__):
        owner = declaration_of(base)
        if owner is not None:
            fields.update(_own_fields(owner))
    return ModelFields(declaration, fields)


def _own_fields(owner: Declaration) -> dict[str, ModelField]:
    annotations = own_annotations(owner.class_)
    names = vars(sys.modules[owner.class_.__module__])
    return {
        name: ModelField(name, spec, _evaluated(annotations[name], names, name, owner), owner)
        for name, spec in owner.specs.items()
    }


def _evaluated(annotation: object, names: dict[str, Any], name: str, owner: Declaration) -> object:
    if is_class(annotation):
        return annotation
    try:
        return evaluate(annotation, names, owner.local)
    except Exception as error:
        text = getattr(annotation, "__forward_arg__", annotation)
        raise ModelError(
            f"{owner.class_.__qualname__}.{name}: the annotation {text!r} cannot be read: {error}.",
            where=owner.place_of(name),
            hint="import what it names at run time, not only under TYPE_CHECKING",
        ) from None
