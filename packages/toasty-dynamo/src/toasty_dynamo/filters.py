"""Conditions on items, in the two languages that DynamoDB has for them.

`ExpressionWords` are those of Scan and TransactWriteItems, with `#0` and `:0` for names and values; `PartiqlWords` are
those of statements. Names never stand in either as they are: some 570 of them are reserved.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import frozen

Av: TypeAlias = dict[str, Any]
"""A value as the service has it: `{"S": "text"}`."""
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@frozen
class Has:
    """The attribute is there, be it null."""

    name: str


@frozen
class Lacks:
    """The attribute is not there."""

    name: str


@frozen
class Is:
    """The attribute's value is of one of these types: `S`, `N`, `NULL`, ..."""

    name: str
    kinds: tuple[str, ...]


@frozen
class Test:
    """The attribute's value compares so with a value."""

    name: str
    operator: str
    value: Av


@frozen
class Size:
    """The length of the attribute's text (in units of UTF-16), bytes or list compares so with a number."""

    name: str
    operator: str
    number: Av


@frozen
class Both:
    """The values of two attributes compare so."""

    left: str
    operator: str
    right: str


@frozen
class Among:
    """The attribute's value is one of these."""

    name: str
    values: tuple[Av, ...] = ()


@frozen
class Every:
    """All of these hold; of none, that is so."""

    parts: tuple[Guard, ...] = ()


@frozen
class Either:
    """One of these holds."""

    parts: tuple[Guard, ...] = ()


@frozen
class Not:
    """This does not hold."""

    part: Guard


Guard: TypeAlias = "Has | Lacks | Is | Test | Size | Both | Among | Every | Either | Not"
ALWAYS = Every()


def is_empty(name: str) -> Guard:
    """There is no value, or null."""
    return Either((Lacks(name), Is(name, ("NULL",))))


class ExpressionWords:
    """Collects names and values for one expression, or several of one call."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Av] = {}

    def name(self, name: str) -> str:
        """What stands for the attribute."""
        return self.names.setdefault(name, f"#{len(self.names)}")

    def value(self, value: Av) -> str:
        """What stands for the value."""
        key = f":{len(self.values)}"
        self.values[key] = value
        return key

    def has(self, name: str) -> str:
        """The condition that it is there."""
        return f"attribute_exists({self.name(name)})"

    def lacks(self, name: str) -> str:
        """The condition that it is not there."""
        return f"attribute_not_exists({self.name(name)})"

    def is_of(self, name: str, kind: str) -> str:
        """The condition that it has this type."""
        return f"attribute_type({self.name(name)}, {self.value({'S': kind})})"

    def arguments(self) -> dict[str, Any]:
        """What the call takes for them."""
        names = {short: name for name, short in self.names.items()}
        found: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        if self.values:
            found["ExpressionAttributeValues"] = self.values
        return found


class PartiqlWords(ExpressionWords):
    """The same for PartiQL: names in quotes, values in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.parameters: list[Av] = []

    def name(self, name: str) -> str:
        return partiql_name(name)

    def value(self, value: Av) -> str:
        self.parameters.append(value)
        return "?"

    def has(self, name: str) -> str:
        return f"{self.name(name)} IS NOT MISSING"

    def lacks(self, name: str) -> str:
        return f"{self.name(name)} IS MISSING"


def partiql_name(name: str) -> str:
    """A table's or attribute's name in PartiQL."""
    return '"' + name.replace('"', '""') + '"'


def guard_text(guard: Guard, words: ExpressionWords) -> str:
    """The condition as text; empty for one that always holds."""
    match guard:
        case Has(name):
            return words.has(name)
        case Lacks(name):
            return words.lacks(name)
        case Is(name, kinds):
            return _joined([words.is_of(name, kind) for kind in kinds], " OR ")
        case Test(name, sign, value):
            return f"{words.name(name)} {sign} {words.value(value)}"
        case Size(name, sign, number):
            return f"size({words.name(name)}) {sign} {words.value(number)}"
        case Both(left, sign, right):
            return f"{words.name(left)} {sign} {words.name(right)}"
    return _composed(guard, words)


def _composed(guard: Guard, words: ExpressionWords) -> str:
    match guard:
        case Among(name, values):
            return _among(name, values, words)
        case Every(parts):
            return _joined([guard_text(part, words) for part in parts], " AND ")
        case Either(parts):
            return _joined([guard_text(part, words) for part in parts], " OR ")
        case Not(part):
            return f"(NOT {guard_text(part, words)})"
    raise AssertionError(f"{guard!r} is no condition")


def _among(name: str, values: tuple[Av, ...], words: ExpressionWords) -> str:
    """IN takes a hundred values in an expression, and fifty in PartiQL."""
    most = 50
    pieces = [values[at : at + most] for at in range(0, len(values), most)]
    listed = (", ".join(words.value(value) for value in piece) for piece in pieces)
    opening, closing = ("[", "]") if isinstance(words, PartiqlWords) else ("(", ")")
    texts = [f"{words.name(name)} IN {opening}{items}{closing}" for items in listed]
    return _joined(texts, " OR ") or words.lacks(name)


def _joined(texts: list[str], between: str) -> str:
    there = [text for text in texts if text]
    return there[0] if len(there) == 1 else f"({between.join(there)})" if there else ""


def names_in(guard: Guard) -> tuple[str, ...]:
    """The attributes that a condition speaks of."""
    match guard:
        case Every(parts) | Either(parts):
            return tuple(dict.fromkeys(name for part in parts for name in names_in(part)))
        case Not(part):
            return names_in(part)
        case Both(left, _, right):
            return (left, right)
    return (guard.name,)


def without(guard: Guard, fixed: tuple[str, ...]) -> Guard:
    """What is left of the condition when the parts that speak of these attributes alone hold already."""
    parts = guard.parts if isinstance(guard, Every) else (guard,)
    return Every(tuple(part for part in parts if not _only(part, fixed)))


def _only(guard: Guard, fixed: tuple[str, ...]) -> bool:
    return set(names_in(guard)) <= set(fixed)


def fulfils(guard: Guard, item: Mapping[str, Av]) -> bool:
    """Does an item that was read fulfil the condition, as the service would say?"""
    match guard:
        case Every(parts):
            return all(fulfils(part, item) for part in parts)
        case Either(parts):
            return any(fulfils(part, item) for part in parts)
        case Not(part):
            return not fulfils(part, item)
        case Has(name):
            return name in item
        case Lacks(name):
            return name not in item
        case Is(name, kinds):
            return name in item and next(iter(item[name])) in kinds
        case Among(name, values):
            return any(_compares(item.get(name), "=", value) for value in values)
        case Test(name, sign, value):
            return _compares(item.get(name), sign, value)
        case Both(left, sign, right):
            return right in item and _compares(item.get(left), sign, item[right])
    return _sized(guard, item)


def _sized(guard: Guard, item: Mapping[str, Av]) -> bool:
    if not isinstance(guard, Size) or guard.name not in item:
        return False
    ((kind, found),) = item[guard.name].items()
    if kind in ("N", "BOOL", "NULL"):
        return False
    length = len(found.encode("utf-16-le")) // 2 if kind == "S" else len(found)
    return _compares({"N": str(length)}, guard.operator, guard.number)


def _compares(value: Av | None, sign: str, other: Av) -> bool:
    """Values of two types are not equal, and neither is less."""
    if value is None:
        return sign == "<>"
    ((kind, left),), ((other_kind, right),) = value.items(), other.items()
    if kind != other_kind:
        return sign == "<>"
    if kind == "N":
        left, right = Decimal(left), Decimal(right)
    return bool(COMPARED[sign](left, right))
