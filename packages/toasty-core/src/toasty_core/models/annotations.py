"""The column type that a field's annotation means."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import sys
import types as python_types
import typing
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import attrs
from attrs import frozen

from toasty_core.models.naming import snake_case
from toasty_core.schema import types

_SIMPLE: dict[object, types.Type] = {
    int: types.Integer(),
    str: types.String(),
    float: types.Double(),
    bool: types.Boolean(),
    bytes: types.Binary(),
    datetime.datetime: types.DateTime(),
    datetime.date: types.Date(),
    datetime.time: types.Time(),
    datetime.timedelta: types.Interval(),
    decimal.Decimal: types.Decimal(),
    uuid.UUID: types.Uuid(),
    dict: types.Json(),
    list: types.Json(),
    typing.Any: types.Json(),
}
_OBJECTS = (dict, Mapping)
_LISTS = (list, Sequence)


Within: TypeAlias = tuple[type, ...]
"""The documents that a type stands in, from the outermost."""


@frozen
class Meaning:
    """What an annotation says of a column."""

    type: types.Type
    nullable: bool = False


class Unmappable(Exception):
    """This annotation means no column type; `hint` says what would."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def meaning(annotation: object) -> Meaning:
    """What `annotation` means; `X | None` may be null. Raises Unmappable."""
    try:
        return _remembered(annotation)
    except TypeError:  # it has no hash, so it cannot be remembered
        return _meaning(annotation)


def nullable(annotation: object) -> bool:
    """Does the annotation allow None? It needs to mean nothing else."""
    return type(None) in _members(annotation)


def is_any(annotation: object) -> bool:
    """Does the annotation leave open what stands there, so that a default of None fits?"""
    return typing.Any in _members(annotation)


def own_annotations(class_: type) -> dict[str, Any]:
    """The annotations in the class's own body, texts among them where they are not evaluated."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(class_, format=annotationlib.Format.FORWARDREF)
    found: dict[str, Any] = vars(class_).get("__annotations__", {})
    return found


def evaluate(annotation: object, names: dict[str, Any], local: Mapping[str, Any]) -> object:
    """The annotation as an object, if it is a text. Raises NameError, SyntaxError and their like."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    while isinstance(annotation, str):  # quoted by hand, and by `from __future__`
        annotation = eval(_code(annotation), names, local)
    if not is_class(annotation) and _has_text(annotation):
        holder = python_types.SimpleNamespace(__annotations__={"it": _marked(annotation)})
        return typing.get_type_hints(holder, names, dict(local), include_extras=True)["it"]
    return annotation


def _marked(annotation: Any) -> Any:
    """With the texts inside `list[...]` marked as such, which Python does by itself from 3.11 on."""
    if isinstance(annotation, str):
        return typing.ForwardRef(annotation)
    parts = tuple(_marked(part) for part in typing.get_args(annotation))
    origin: Any = typing.get_origin(annotation)
    if isinstance(annotation, python_types.GenericAlias):
        return origin[parts]
    return typing.Union[parts] if origin is typing.Union else annotation  # noqa: UP007


def is_class(annotation: object) -> bool:
    """Is it a class, and not `list[int]`, which Python 3.10 takes for one?"""
    return isinstance(annotation, type) and not isinstance(annotation, python_types.GenericAlias)


def _has_text(annotation: object) -> bool:
    """Is there a part that still has to be evaluated, such as in `list["Street"]`?"""
    if typing.get_origin(annotation) is typing.Literal:
        return False
    if typing.get_origin(annotation) is typing.Annotated:
        return _has_text(typing.get_args(annotation)[0])
    parts = typing.get_args(annotation)
    return any(isinstance(it, (str, typing.ForwardRef)) or _has_text(it) for it in parts)


@lru_cache(maxsize=1024)
def _code(text: str) -> python_types.CodeType:
    return compile(text.strip(), "<annotation>", "eval")


@lru_cache(maxsize=1024, typed=True)
def _remembered(annotation: object) -> Meaning:
    return _meaning(annotation)


def _show(annotation: object) -> str:
    return annotation.__qualname__ if isinstance(annotation, type) else str(annotation)


def _meaning(annotation: object, within: Within = ()) -> Meaning:
    members = _members(annotation)
    rest = [member for member in members if member is not type(None)]
    if len(rest) != 1:
        raise Unmappable(
            f"{_show(annotation)} is of more than one type",
            "annotate one type, or say the column's with field(type=...)",
        )
    return Meaning(_type(rest[0], within), len(rest) < len(members))


def _members(annotation: object) -> tuple[object, ...]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin is typing.Union or origin is python_types.UnionType:
        nested = [_members(item) for item in typing.get_args(annotation)]
        return tuple(item for members in nested for item in members)
    return (annotation,)


def _type(annotation: object, within: Within) -> types.Type:
    simple = _SIMPLE.get(annotation)
    if simple is not None:
        return simple
    origin = typing.get_origin(annotation)
    if origin is not None:
        return _generic(annotation, origin, within)
    if isinstance(annotation, typing.NewType):
        return _type(annotation.__supertype__, within)
    if isinstance(annotation, type):
        return _class(annotation, within)
    raise Unmappable(
        f"{_show(annotation)} means no column type", 'say it with field(type="String(255)")'
    )


def _generic(annotation: object, origin: object, within: Within) -> types.Type:
    arguments = typing.get_args(annotation)
    if origin is typing.Literal and all(isinstance(item, str) for item in arguments):
        return types.Enum(*arguments)
    if origin in _LISTS:
        return types.Array(_meaning(arguments[0], within).type)
    if origin in _OBJECTS:
        return types.Json()
    raise Unmappable(
        f"{_show(annotation)} means no column type",
        'annotate a list or a dict, or say the type with field(type="Json")',
    )


def _class(class_: type, within: Within) -> types.Type:
    if issubclass(class_, enum.Enum):
        return types.Enum(*enum_values(class_), name=snake_case(class_.__name__))
    members = _document_fields(class_)
    if members is not None:
        return _document(class_, members, within)
    if typing.is_typeddict(class_):
        return types.Json()
    raise Unmappable(
        f"the class {class_.__qualname__} means no column type",
        "make it an attrs class for a nested document, or say the column's type with field(type=...)",
    )


def enum_values(class_: type[enum.Enum]) -> tuple[str, ...]:
    """What stands in the database for each member: its value if all are texts, else its name."""
    members = tuple(class_)
    if not members:
        raise Unmappable(f"the enum {class_.__qualname__} has no members", "give it one")
    if all(isinstance(member.value, str) for member in members):
        return tuple(member.value for member in members)
    return tuple(member.name for member in members)


def enum_value(member: enum.Enum) -> str:
    """What stands in the database for one member."""
    return enum_values(type(member))[tuple(type(member)).index(member)]


class _Member(typing.NamedTuple):
    annotation: object
    renamed_from: str | None


def _document_fields(class_: type) -> dict[str, _Member] | None:
    """The fields of a class that is a plain record, with their annotations and what their metadata says."""
    if attrs.has(class_):
        return {item.name: _member(item.type, item.metadata) for item in attrs.fields(class_)}
    if dataclasses.is_dataclass(class_):
        return {item.name: _member(item.type, item.metadata) for item in dataclasses.fields(class_)}
    return None


def _member(annotation: object, metadata: Mapping[Any, Any]) -> _Member:
    was = metadata.get("renamed_from")
    return _Member(annotation, was if isinstance(was, str) else None)


def _document(class_: type, members: dict[str, _Member], within: Within) -> types.Type:
    if class_ in within:
        raise Unmappable(f"{class_.__qualname__} contains itself", 'say field(type="Json")')
    names = vars(sys.modules[class_.__module__])
    fields = []
    for name, (annotation, was) in members.items():
        try:
            found = evaluate(annotation, names, {})
        except Exception as error:
            raise Unmappable(
                f"{class_.__qualname__}.{name} has an annotation that cannot be read: {error}",
                "import the name at the top of its module",
            ) from None
        inner = _meaning(found, (*within, class_))
        fields.append(types.Field(name, inner.type, nullable=inner.nullable, renamed_from=was))
    return types.Document(*fields)
