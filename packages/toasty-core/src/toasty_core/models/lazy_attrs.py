"""Makes an attrs class of a model, when it is first used as one.

`generate` reads a thousand models and makes no object of any. What attrs writes for a class (its
constructor, `==`, `repr`) costs many times what reading the class costs, so it waits until somebody
asks for it. Nobody can tell the difference: whoever asks gets what attrs wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

_BUILDING = RLock()
_METHODS = ("__init__", "__repr__", "__eq__")
_FACTS = ("__attrs_attrs__", "__signature__")


class _Later:
    """Stands in a class for what attrs will write there."""

    __slots__ = ("_build", "_name", "_owner")

    def __init__(self, owner: type, name: str, build: Callable[[type], None]) -> None:
        self._owner = owner
        self._name = name
        self._build = build

    def __get__(self, instance: object | None, owner: type | None = None) -> Any:
        with _BUILDING:
            if vars(self._owner).get(self._name) is self:
                self._build(self._owner)
        found = getattr(self._owner, self._name)
        if instance is None or not hasattr(found, "__get__"):
            return found
        return found.__get__(instance, owner)


def make_lazy_attrs(class_: type, attributes: Callable[[], dict[str, Any]]) -> None:
    """Turns `class_` into an attrs class with the keyword-only `attributes()`, on first use.

    What the class itself defines of `__init__`, `__repr__`, `__eq__` and `__hash__` stays.
    """
    own = {name: name in vars(class_) for name in (*_METHODS, "__hash__")}
    if "__eq__" in vars(class_) and vars(class_).get("__hash__") is None:
        own["__hash__"] = True  # Python itself has put None there

    def build(owner: type) -> None:
        _define(owner, attributes(), own)

    for name in (*_METHODS, *_FACTS):
        if name not in vars(class_):
            setattr(class_, name, _Later(class_, name, build))
    if not own["__eq__"] and not own["__hash__"]:
        class_.__hash__ = None  # type: ignore[assignment]  # as attrs does: it can change


def _define(class_: type, attributes: dict[str, Any], own: dict[str, bool]) -> None:
    """Lets attrs write its methods over ours; until each is there, ours wait for the lock."""
    import attrs

    attrs.define(
        class_,
        these=attributes,
        slots=False,
        kw_only=True,
        auto_detect=False,
        init=not own["__init__"],
        repr=not own["__repr__"],
        eq=not own["__eq__"],
        unsafe_hash=False if own["__hash__"] else None,
    )
    for name in (*_METHODS, *_FACTS):
        if isinstance(vars(class_).get(name), _Later):  # attrs had nothing to write there
            delattr(class_, name)
