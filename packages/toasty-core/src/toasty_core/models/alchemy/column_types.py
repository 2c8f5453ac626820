"""Reads SQLAlchemy's types: portable where they are, by backend where its words are others."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeGuard

from attrs import frozen
from sqlalchemy.types import TypeDecorator, TypeEngine

from toasty_core.models.alchemy.dialects import BACKENDS, dialect
from toasty_core.models.alchemy.type_ddl import ddl, exact, guess, portable_ddl, same_ddl
from toasty_core.schema import types


@frozen
class ReadType:
    """A type, and the collation that SQLAlchemy keeps in it."""

    type: types.Type
    collation: str | None = None


class NoSuchType(Exception):
    """No backend has words for the type."""


class TypeReader:
    """Reads types, those that are built alike only once."""

    def __init__(self) -> None:
        self._read: dict[Hashable, ReadType] = {}

    def read(self, type_: TypeEngine[Any]) -> ReadType:
        """The column type that is meant. Raises NoSuchType."""
        known = None if type_._variant_mapping else exact(type_)
        if known is not None:
            return ReadType(known, getattr(type_, "collation", None))
        key = _likeness(type_)
        found = self._read.get(key) if key is not None else None
        if found is None:
            found = _by_backend(type_)
            if key is not None:
                self._read[key] = found
        return found


def _likeness(type_: TypeEngine[Any]) -> Hashable | None:
    """Equal for types that are built alike; None when that cannot be told."""
    settings = [(name, value) for name, value in vars(type_).items() if name[0] != "_"]
    class_: type = type(type_)
    parts: list[Hashable] = [class_]
    for name, value in (*settings, *sorted(type_._variant_mapping.items())):
        part = _likeness(value) if isinstance(value, TypeEngine) else value
        if part is None and value is not None:
            return None
        parts.append((name, type(value), part))
    try:
        hash(key := tuple(parts))
    except TypeError:
        return None
    return key


def _by_backend(type_: TypeEngine[Any]) -> ReadType:
    base = guess(_implementation(type_))
    found = {name: _on(name, type_, base) for name in BACKENDS}
    known = {name: read for name, read in found.items() if read is not None}
    if not known:
        raise NoSuchType(repr(type_))
    collation = getattr(type_, "collation", None) if exact(type_) is not None else None
    return ReadType(_combine(known, base), collation)


def _implementation(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    while _is_wrapper(type_):
        type_ = type_.impl_instance
    return type_


def _is_wrapper(type_: TypeEngine[Any]) -> TypeGuard[TypeDecorator[Any]]:
    """Is it a decorator of the user's, and not one of SQLAlchemy's own types that is built as one?"""
    return isinstance(type_, TypeDecorator) and guess(type_) is None


def _resolve(type_: TypeEngine[Any], backend: str) -> TypeEngine[Any]:
    """The type that SQLAlchemy takes on a backend, through variants and decorators."""
    while True:
        variant = type_._variant_mapping.get(backend)
        if variant is not None:
            type_ = variant
        elif _is_wrapper(type_):
            type_ = type_.type_engine(dialect(backend))
        else:
            return type_


def _on(backend: str, type_: TypeEngine[Any], base: types.Type | None) -> types.Type | None:
    """The type on one backend: portable if its words are a portable type's, else the words."""
    resolved = _resolve(type_, backend)
    known = exact(resolved)
    if known is not None and (resolved is type_ or not getattr(resolved, "collation", None)):
        return _as_base(known, base, backend)
    words = ddl(resolved, backend)
    if words is None:
        return None
    for portable in (base, guess(resolved)):
        if portable is not None and same_ddl(words, portable_ddl(portable, backend), backend):
            return portable
    return types.Native(words, backend=backend)


def _as_base(type_: types.Type, base: types.Type | None, backend: str) -> types.Type:
    """The model's own type where its settings make no difference to the backend."""
    if base == type_ or type(base) is not type(type_):
        return type_
    return base if portable_ddl(type_, backend) == portable_ddl(base, backend) else type_


def _combine(found: dict[str, types.Type], base: types.Type | None) -> types.Type:
    """One type of what each backend takes; `base` is what the model says to all of them."""
    native = [type_ for type_ in found.values() if isinstance(type_, types.Native)]
    portable = [type_ for type_ in found.values() if not isinstance(type_, types.Native)]
    if not portable:
        return _of_words(found, [type_.sql for type_ in native], base)
    if not native and all(type_ == portable[0] for type_ in portable):
        return portable[0]
    default = base if base in portable else max(portable, key=portable.count)
    others = {name: type_ for name, type_ in found.items() if type_ != default}
    return types.Variant(default, others) if others else default


def _of_words(
    found: dict[str, types.Type], words: list[str], base: types.Type | None
) -> types.Type:
    """Nothing but words: one backend's own type, the same words for all, or words for each."""
    if len(found) == 1:
        return next(iter(found.values()))
    if base is None and len(set(words)) == 1:
        return types.Native(words[0])
    return types.Variant(base or next(iter(found.values())), found)
