"""Reads types as they are written in models and migration files: `"Decimal(10, 2)"`.

The text is a Python expression, parsed by `ast` and never evaluated.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from toasty_core.errors import TypeSyntaxError, suggest
from toasty_core.schema import types

_OF_FIELDS = ("nullable", "renamed_from")
_CLASSES: dict[str, type[types.Type]] = {class_.__name__: class_ for class_ in types.ALL}


def coerce_type(value: types.Type | type[types.Type] | str) -> types.Type:
    """The type that is meant: a `Type` is itself, a class is called, a text is parsed.

    Raises TypeSyntaxError when it is none of them.
    """
    if isinstance(value, str):
        return parse_type(value)
    if isinstance(value, types.Type):
        return value
    if value in _CLASSES.values():
        return parse_type(value.__name__)
    raise TypeSyntaxError(
        f"{value!r} is no column type",
        hint='write a text such as "String(255)" or types.String(255)',
    )


@lru_cache(maxsize=4096)
def parse_type(text: str) -> types.Type:
    """The type that `text` names, e.g. `"Array(Integer)"`. Raises TypeSyntaxError with the nearest name."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise TypeSyntaxError(f"cannot read the type {text!r}: {error.msg}") from None
    return _type(node, text)


def _type(node: ast.expr, text: str) -> types.Type:
    if isinstance(node, ast.Name):
        return _build(node.id, [], {}, text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        arguments = [_argument(item, text) for item in node.args]
        named = {word.arg: _argument(word.value, text) for word in node.keywords if word.arg}
        return _build(node.func.id, arguments, named, text)
    raise TypeSyntaxError(f"cannot read the type {text!r}", hint='write e.g. "String(255)"')


def _argument(node: ast.expr, text: str) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Field":
        return _field(node, text)
    return _type(node, text)


def _field(node: ast.Call, text: str) -> types.Field:
    values = [_argument(item, text) for item in node.args]
    named = {word.arg: _argument(word.value, text) for word in node.keywords}
    for name in named:
        if name not in _OF_FIELDS:
            what = f"a Field has no {name!r} in {text!r}"
            raise TypeSyntaxError(what, hint=suggest(str(name), _OF_FIELDS))
    was = named.get("renamed_from")
    if len(values) != 2 or not isinstance(values[0], str) or not isinstance(values[1], types.Type):
        raise TypeSyntaxError(f"a Field needs a name and a type in {text!r}")
    if was is not None and not isinstance(was, str):
        raise TypeSyntaxError(f"renamed_from of a Field is the name that it had, in {text!r}")
    return types.Field(values[0], values[1], nullable=bool(named.get("nullable")), renamed_from=was)


def _build(name: str, arguments: list[object], named: dict[str, object], text: str) -> types.Type:
    class_ = _CLASSES.get(name)
    if class_ is None:
        raise TypeSyntaxError(
            f"there is no type {name!r}", where=text, hint=suggest(name, list(_CLASSES))
        )
    try:
        if class_ is types.Variant:
            return types.Variant(arguments[0], named)  # type: ignore[arg-type]
        return class_(*arguments, **named)
    except (TypeError, ValueError, IndexError) as error:
        reason = str(error).replace("__init__() ", "")
        raise TypeSyntaxError(f"cannot read the type {text!r}: {reason}") from None
