"""Values as Python expressions, as a person would write them into a migration file."""

from __future__ import annotations

import ast
import datetime
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from keyword import iskeyword
from types import BuiltinFunctionType, FunctionType
from typing import Any
from uuid import UUID

from attrs import fields, has

from toasty_core.errors import MigrationFileError
from toasty_core.migrations.imports import Imports
from toasty_core.migrations.python_source import (
    Bracketed,
    Source,
    call,
    mapping,
    quote,
    quote_bytes,
    sequence,
)
from toasty_core.operations import Operation, SetTableOptions
from toasty_core.schema import (
    ColumnDef,
    Expression,
    Function,
    Identity,
    IndexColumn,
    Literal,
    PrimaryKeyDef,
    Type,
)

_ALWAYS_SHOWN = frozenset({(ColumnDef, "nullable"), (SetTableOptions, "options")})
_DATES = (datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone)


class Expressions:
    """Writes values as source, and notes in `imports` what the source needs."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def operation(self, operation: Operation, name: str) -> Bracketed:
        """A call with the operation's arguments: `db.add_column("users", ColumnDef(...))`."""
        positional: list[Source] = []
        named: dict[str, Source] = {}
        for attribute in fields(type(operation)):
            value = getattr(operation, attribute.name)
            usual = _usual(attribute.default)
            if usual is _MISSING and not attribute.kw_only:
                positional.append(self._attribute(attribute.name, value))
            elif value != usual or (type(operation), attribute.name) in _ALWAYS_SHOWN:
                named[attribute.name] = self._attribute(attribute.name, value)
        return call(name, positional, named)

    def definition(self, value: Any) -> Bracketed:
        """A call that makes a value of the vocabulary, without what is as usual."""
        class_: type = type(value)
        named: dict[str, Source] = {}
        for name, usual in _attributes(class_):
            item = getattr(value, name)
            if item != usual or (class_, name) in _ALWAYS_SHOWN:
                named[name] = self._attribute(name, item)
        return call(self._imports.core(class_.__name__), (), named)

    def _attribute(self, name: str, value: Any) -> Source:
        """What stands for an attribute, in the shortest form that its class understands."""
        if isinstance(value, str):
            return quote(value)
        if name in ("expression", "where", "using") and isinstance(value, Expression):
            return self._condition(value)
        if name == "options":
            return self._options(value)
        if name == "state":
            return sequence(self._state(item) for item in value)
        if name == "primary_key" and isinstance(value, PrimaryKeyDef):
            return self._key(value)
        if isinstance(value, tuple):
            return sequence(self._item(item) for item in value)
        return self._item(value)

    def _item(self, value: Any) -> Source:
        match value:
            case Type():
                return _type_text(value)
            case Literal(value=plain):
                return self.value(plain) if plain is not None else self._wrapped_none()
            case Identity() if value == Identity():
                return "True"
            case IndexColumn():
                return self._part(value)
        return self.value(value)

    def _wrapped_none(self) -> Source:
        return f"{self._imports.core('Literal')}(None)"

    def _condition(self, value: Expression) -> Source:
        plain = value.text is not None and not value.by_backend
        return quote(str(value.text)) if plain else self._expression(value)

    def _expression(self, value: Expression) -> Source:
        text = [] if value.text is None else [quote(value.text)]
        if all(name.isidentifier() and not iskeyword(name) for name, _ in value.by_backend):
            named: dict[str, Source] = {name: quote(sql) for name, sql in value.by_backend}
            return call(self._imports.core("expr"), text, named)
        by_backend = mapping((quote(name), quote(sql)) for name, sql in value.by_backend)
        return call(self._imports.core("Expression"), text, {"by_backend": by_backend})

    def _options(self, value: Any) -> Source:
        if not isinstance(value, Mapping):
            return self.value(value)
        return mapping((self._key_text(key), self._options(value[key])) for key in sorted(value))

    def _key(self, key: PrimaryKeyDef) -> Source:
        if key == PrimaryKeyDef(key.columns):
            return sequence(quote(name) for name in key.columns)
        return self.definition(key)

    def _part(self, part: IndexColumn) -> Source:
        if part.name is not None and part == IndexColumn(part.name):
            return quote(part.name)
        if part.expression is not None and part == IndexColumn(expression=part.expression):
            return self._expression(part.expression)
        return self.definition(part)

    def _state(self, operation: Operation) -> Source:
        name = type(operation).__name__
        self._imports.add("toasty_core.operations", name)
        return self.operation(operation, name)

    def value(self, value: Any) -> Source:
        """Any value that may stand in a row, as a default or as an option.

        Raises MigrationFileError when it has no form in Python source that we know.
        """
        write = _WRITERS.get(type(value))
        if write is not None:
            return write(self, value)
        if isinstance(value, Enum) and has_home(type(value), "toasty_core.schema"):
            return f"{self._imports.core(type(value).__name__)}.{value.name}"
        if isinstance(value, Mapping):
            return mapping((self._key_text(key), self.value(item)) for key, item in value.items())
        if has(type(value)) and has_home(type(value), "toasty_core.schema"):
            return self.definition(value)
        if isinstance(value, (FunctionType, BuiltinFunctionType)):
            return self._function(value)
        raise MigrationFileError(
            f"{value!r} cannot be written into a migration file",
            hint="use texts, numbers, truth values, bytes, dates, lists and dicts",
        )

    def _key_text(self, key: Any) -> str:
        text = self.value(key)
        return text if isinstance(text, str) else text.flat

    def _float(self, value: float) -> Source:
        return repr(value) if math.isfinite(value) else f'float("{value}")'

    def _decimal(self, value: Decimal) -> Source:
        self._imports.add("decimal", "Decimal")
        return call("Decimal", [quote(str(value))])

    def _uuid(self, value: UUID) -> Source:
        self._imports.add("uuid", "UUID")
        return call("UUID", [quote(str(value))])

    def _date(self, value: Any) -> Source:
        """By its `repr`, which is Python; a zone with a name has only its offset there."""
        zone = getattr(value, "tzinfo", None)
        if zone is not None and type(zone) is not datetime.timezone:
            value = value.replace(tzinfo=datetime.timezone(value.utcoffset()))
        self._imports.module("datetime")
        return _from_tree(ast.parse(repr(value), mode="eval").body)

    def _list(self, value: list[Any]) -> Source:
        return sequence(self.value(item) for item in value)

    def _tuple(self, value: tuple[Any, ...]) -> Source:
        return sequence((self.value(item) for item in value), "(", ")")

    def _set(self, value: Iterable[Any]) -> Source:
        items = sequence((self.value(item) for item in sorted(value, key=repr)), "{", "}")
        kind = type(value).__name__
        if not items.items:
            return f"{kind}()"
        return call(kind, [items]) if kind == "frozenset" else items

    def _portable(self, value: Function) -> Source:
        return f"{self._imports.core(value.name.value)}()"

    def _function(self, value: Callable[..., object]) -> Source:
        """A function by its name, when the file can import it."""
        module, name = value.__module__ or "", value.__qualname__
        importable = module != "__main__" and all(map(str.isidentifier, module.split(".")))
        if not importable or getattr(sys.modules.get(module), name, None) is not value:
            raise MigrationFileError(
                f"{name or value!r} cannot be written into a migration file",
                hint="define the function in a module, so that the file can import it",
            )
        self._imports.add(module, name)
        return str(name)


_MISSING = object()

_WRITERS: dict[type, Callable[[Expressions, Any], Source]] = {
    str: lambda _, value: quote(value),
    bool: lambda _, value: repr(value),
    int: lambda _, value: repr(value),
    type(None): lambda _, value: repr(value),
    bytes: lambda _, value: quote_bytes(value),
    float: Expressions._float,
    Decimal: Expressions._decimal,
    UUID: Expressions._uuid,
    list: Expressions._list,
    tuple: Expressions._tuple,
    set: Expressions._set,
    frozenset: Expressions._set,
    Expression: Expressions._expression,
    Function: Expressions._portable,
    **dict.fromkeys(_DATES, Expressions._date),
}


def has_home(class_: type, package: str) -> bool:
    """Does a class belong to a package?"""
    return class_.__module__.startswith(f"{package}.")


@lru_cache(maxsize=4096)
def _type_text(type_: Type) -> str:
    return quote(str(type_))


@lru_cache(maxsize=64)
def _attributes(class_: type) -> tuple[tuple[str, Any], ...]:
    """The attributes that are part of a value, each with its usual value."""
    return tuple((a.name, _usual(a.default)) for a in fields(class_) if a.eq)


def _usual(default: Any) -> Any:
    make = getattr(default, "factory", None)
    if make is not None:
        return make()
    return _MISSING if repr(default) == "NOTHING" else default


def _from_tree(node: ast.expr) -> Source:
    """Source from a parsed `repr`: calls, words and constants."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return quote(node.value)
    if not isinstance(node, ast.Call):
        return ast.unparse(node)
    named: dict[str, Source] = {str(word.arg): _from_tree(word.value) for word in node.keywords}
    return call(ast.unparse(node.func), [_from_tree(item) for item in node.args], named)
