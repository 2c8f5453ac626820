"""Tables as JSON, and back: one short object for each part, what is as usual left out.

By hand, not by cattrs: the vocabulary says most things in a short form of its own (`"auto": true`, `"columns":
["email"]`, `"type": "String(255)"`), so that nearly every attribute would need a hook, and importing cattrs
costs as much as loading a thousand tables does here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from attrs import NOTHING, Attribute, fields, frozen

from toasty_core.errors import SnapshotError, ToastyError, suggest
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import (
    CheckDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.json_values import from_json, sorted_deep, to_json
from toasty_core.schema.snapshot import SequenceDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import (
    Auto,
    Default,
    Expression,
    Function,
    FunctionName,
    Generated,
    Identity,
    Literal,
    NextValue,
    Serial,
)

_Value = TypeVar("_Value")
_Convert = Callable[[Any], Any]


_Slot: TypeAlias = tuple[str, Any, _Convert | None]
"""One attribute of a class: its name, its usual value, and how another one is written."""


@frozen
class Shape:
    """How a class stands in JSON: one key for each attribute that is not as usual."""

    make: Callable[..., Any]
    slots: tuple[_Slot, ...]
    readers: Mapping[str, _Convert]

    def write(self, value: object) -> dict[str, Any]:
        """The value's attributes as JSON."""
        data: dict[str, Any] = {}
        for name, usual, write in self.slots:
            item = getattr(value, name)
            if item is not usual and item != usual:
                data[name] = write(item) if write else item
        return data

    def read(self, data: Any) -> Any:
        """The value of these attributes; uses `data` up. Raises SnapshotError when they do not fit the class."""
        if type(data) is not dict:
            raise SnapshotError(f"{data!r} stands where an object should")
        for key, read in self.readers.items():
            if key in data:
                data[key] = read(data[key])
        try:
            return self.make(**data)
        except TypeError:
            raise self._misfit(data) from None

    def _misfit(self, given: Mapping[str, Any]) -> SnapshotError:
        known = [name for name, _, _ in self.slots]
        unknown = next((key for key in given if key not in known), None)
        if unknown is not None:
            return SnapshotError(f"unknown attribute {unknown!r}", hint=suggest(unknown, known))
        missing = [name for name, usual, _ in self.slots if usual is NOTHING and name not in given]
        what = f"{missing[0]!r} is missing" if missing else "a value has the wrong type"
        return SnapshotError(what)


def _shape(
    make: type[Any], writers: Mapping[str, _Convert], readers: Mapping[str, _Convert]
) -> Shape:
    saved = [a for a in fields(make) if a.eq]
    slots = tuple((a.name, _usual(a), writers.get(a.name)) for a in saved)
    return Shape(make, slots, readers)


def _usual(attribute: Attribute[Any]) -> Any:
    default = attribute.default
    make = getattr(default, "factory", None)
    return make() if make else default


# How single attributes are written and read.


@lru_cache(maxsize=4096)
def _write_type(type_: Type) -> str:
    return str(type_)


def _write_expression(value: Expression) -> Any:
    if not value.by_backend:
        return value.text
    text = {} if value.text is None else {"text": value.text}
    return {**text, "by_backend": dict(value.by_backend)}


def _read_expression(data: Any) -> Expression:
    return Expression(**data) if isinstance(data, dict) else Expression(data)


def _write_default(value: Default) -> Any:
    match value:
        case Literal(value=plain):
            data = to_json(plain)
            return {"literal": data} if data is None or isinstance(data, (list, dict)) else data
        case Function(name=name):
            return {"function": name.value}
        case NextValue(sequence=sequence):
            return {"next_value": sequence}
    return {"expression": _write_expression(value)}


_DEFAULTS: dict[str, Callable[[Any], Default]] = {
    "literal": lambda data: Literal(from_json(data)),
    "function": lambda data: Function(FunctionName(data)),
    "next_value": NextValue,
    "expression": _read_expression,
}


def _read_default(data: Any) -> Any:
    if type(data) is not dict:
        return data
    kind = next(iter(data), "")
    if len(data) != 1 or kind not in _DEFAULTS:
        raise SnapshotError(f"{data!r} is no default")
    return _DEFAULTS[kind](data[kind])


def _write_auto(value: Auto) -> Any:
    if isinstance(value, Serial):
        return "serial"
    return True if value == Identity() else {"identity": _IDENTITY.write(value)}


def _read_auto(data: Any) -> Any:
    if data is True:
        return data
    if data == "serial":
        return Serial()
    if isinstance(data, dict) and list(data) == ["identity"]:
        return _IDENTITY.read(data["identity"])
    raise SnapshotError(f"{data!r} is no way to number rows")


def _write_options(value: Mapping[str, Any]) -> Any:
    return sorted_deep(to_json(value))


def _write_enum(value: Any) -> Any:
    return value.value


def _write_parts(parts: tuple[IndexColumn, ...]) -> list[Any]:
    return [part.name if part == IndexColumn(part.name) else _PART.write(part) for part in parts]


def _read_parts(data: Any) -> list[Any]:
    return [item if isinstance(item, str) else _PART.read(item) for item in _list(data)]


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise SnapshotError(f"{data!r} stands where a list should")
    return data


_OPTIONS: dict[str, _Convert] = {"options": _write_options}
_ENUMS: dict[str, _Convert] = {
    "deferral": _write_enum,
    "on_delete": _write_enum,
    "on_update": _write_enum,
}
_IDENTITY = _shape(Identity, {}, {})
_GENERATED = _shape(Generated, {"expression": _write_expression}, {"expression": _read_expression})
_PART = _shape(IndexColumn, {"expression": _write_expression}, {"expression": _read_expression})

COLUMN = _shape(
    ColumnDef,
    {
        **_OPTIONS,
        "type": _write_type,
        "default": _write_default,
        "auto": _write_auto,
        "generated": _GENERATED.write,
    },
    {
        "options": from_json,
        "default": _read_default,
        "auto": _read_auto,
        "generated": _GENERATED.read,
    },
)
PRIMARY_KEY = _shape(PrimaryKeyDef, _OPTIONS, {"options": from_json})
INDEX = _shape(
    IndexDef,
    {**_OPTIONS, "columns": _write_parts, "where": _write_expression},
    {"options": from_json, "columns": _read_parts, "where": _read_expression},
)
UNIQUE = _shape(UniqueDef, {**_OPTIONS, **_ENUMS}, {"options": from_json})
CHECK = _shape(
    CheckDef,
    {**_OPTIONS, "expression": _write_expression},
    {"options": from_json, "expression": _read_expression},
)
FOREIGN_KEY = _shape(ForeignKeyDef, {**_OPTIONS, **_ENUMS}, {"options": from_json})
SEQUENCE = _shape(SequenceDef, {}, {})

PARTS: dict[str, Shape] = {
    "columns": COLUMN,
    "indexes": INDEX,
    "uniques": UNIQUE,
    "checks": CHECK,
    "foreign_keys": FOREIGN_KEY,
}
"""The lists of a table, each with the shape of its items."""


def _write_key(key: PrimaryKeyDef) -> Any:
    return list(key.columns) if key == PrimaryKeyDef(key.columns) else PRIMARY_KEY.write(key)


def _read_key(data: Any) -> Any:
    return data if isinstance(data, list) else PRIMARY_KEY.read(data)


def _part_writer(shape: Shape) -> _Convert:
    return lambda parts: [shape.write(part) for part in parts]


def _part_reader(word: str, shape: Shape) -> _Convert:
    def read(data: Any) -> list[Any]:
        return [_placed(shape.read, item, word) for item in _list(data)]

    return read


TABLE = _shape(
    TableDef,
    {
        **_OPTIONS,
        "primary_key": _write_key,
        **{name: _part_writer(shape) for name, shape in PARTS.items()},
    },
    {
        "options": from_json,
        "primary_key": _read_key,
        **{name: _part_reader(name, shape) for name, shape in PARTS.items()},
    },
)


def read_table(data: Any) -> TableDef:
    """The table. Raises SnapshotError that says which part of it cannot be read."""
    table: TableDef = _placed(TABLE.read, data, "tables")
    return table


def read_sequence(data: Any) -> SequenceDef:
    """The sequence. Raises SnapshotError when it cannot be read."""
    sequence: SequenceDef = _placed(SEQUENCE.read, data, "sequences")
    return sequence


class Misplaced(SnapshotError):
    """Something cannot be read; `path` leads to it: the names of the table and of the column."""

    def __init__(self, what: str, *, hint: str | None, path: tuple[str, ...]) -> None:
        super().__init__(what, hint=hint)
        self.path = path


def _placed(read: Callable[[Any], _Value], data: Any, word: str) -> _Value:
    try:
        return read(data)
    except (ToastyError, ValueError, TypeError, AttributeError) as error:
        what, hint = (
            (error.what, error.hint) if isinstance(error, ToastyError) else (str(error), None)
        )
        name = data.get("name") if isinstance(data, dict) else None
        inner = error.path if isinstance(error, Misplaced) else ()
        raise Misplaced(what, hint=hint, path=(str(name or word), *inner)) from None
