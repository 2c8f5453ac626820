"""Settings of tables, indexes and uniques: `options={"dynamodb": {...}}`, each name stated and checked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from toasty_core.errors import Unsupported, suggest
from toasty_core.schema.columns import Options
from toasty_core.schema.constraints import IndexDef, UniqueDef
from toasty_core.schema.tables import TableDef
from toasty_dynamo.names import BACKEND

Words = dict[str, Any]

ON_DEMAND, PROVISIONED = "on_demand", "provisioned"
STREAMS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
STANDARD = "STANDARD"
CLASSES = (STANDARD, "STANDARD_INFREQUENT_ACCESS")
GLOBAL, LOCAL = "global", "local"
ALL, KEYS_ONLY = "ALL", "KEYS_ONLY"
SENTINEL = "sentinel"
"""The value of a unique's option `unique`: items of their own keep its values apart."""


class _Choice(NamedTuple):
    """An option: what it may be, in words and as a test, and what it is when nothing is said."""

    words: str
    test: Callable[[Any], bool]
    usual: Any = None


def _one_of(*values: Any, usual: Any = None) -> _Choice:
    return _Choice(f"one of {', '.join(map(repr, values))}", lambda value: value in values, usual)


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(text, str) for item in value.items() for text in item
    )


def _is_projection(value: Any) -> bool:
    if isinstance(value, str):
        return value in (ALL, KEYS_ONLY)
    return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)


_NUMBER = _Choice("a whole number from 1 on", lambda v: type(v) is int and v > 0)
_FLAG = _Choice("True or False", lambda v: isinstance(v, bool), False)

TABLE: Mapping[str, _Choice] = {
    "billing": _one_of(ON_DEMAND, PROVISIONED, usual=ON_DEMAND),
    "read_capacity": _NUMBER,
    "write_capacity": _NUMBER,
    "stream": _one_of(*STREAMS),
    "ttl": _Choice("the name of a column", lambda v: isinstance(v, str)),
    "point_in_time_recovery": _FLAG,
    "deletion_protection": _FLAG,
    "tags": _Choice("a mapping of texts", _is_texts, {}),
    "table_class": _one_of(*CLASSES, usual=STANDARD),
}
INDEX: Mapping[str, _Choice] = {
    "kind": _one_of(GLOBAL, LOCAL, usual=GLOBAL),
    "projection": _Choice(f"{ALL!r}, {KEYS_ONLY!r}, or a list of columns", _is_projection, ALL),
    "read_capacity": _NUMBER,
    "write_capacity": _NUMBER,
}
UNIQUE: Mapping[str, _Choice] = {"unique": _one_of(SENTINEL)}
UNSEEN = ("point_in_time_recovery", "tags", "table_class")
"""What DynamoDB Local does not know: there, introspection takes the migrations' word for it."""


def table_settings(table: TableDef) -> Words:
    """The options of a table, those that are as usual left out. Raises Unsupported."""
    found = _settings(TABLE, table.options, f"table {table.key!r}")
    _refuse_capacity(found, f"table {table.key!r}", found.get("billing") == PROVISIONED)
    return found


def index_settings(table: TableDef, index: IndexDef) -> Words:
    """The options of an index, those that are as usual left out. Raises Unsupported."""
    what = f"index {index.name!r} of {table.key}"
    found = _settings(INDEX, index.options, what)
    if isinstance(found.get("projection"), (list, tuple)):
        found["projection"] = sorted(found["projection"])
    if found.get("kind") == LOCAL and ("read_capacity" in found or "write_capacity" in found):
        raise Unsupported(f"{what} has a capacity", reason="a local index uses its table's")
    return found


def unique_settings(table: TableDef, unique: UniqueDef) -> Words:
    """The options of a unique. Raises Unsupported."""
    return _settings(UNIQUE, unique.options, f"unique ({', '.join(unique.columns)}) of {table.key}")


def _settings(choices: Mapping[str, _Choice], options: Options, what: str) -> Words:
    given = dict(options.get(BACKEND, {}))
    for name, value in given.items():
        if name not in choices:
            raise Unsupported(
                f"{what} has an option {name!r} for DynamoDB",
                reason=f"its options are {', '.join(choices)}",
                hint=suggest(name, choices),
            )
        if value is not None and not choices[name].test(value):
            raise Unsupported(
                f"the option {name!r} of {what} cannot be {value!r}",
                reason=f"it is {choices[name].words}",
            )
    return {
        name: given[name]
        for name in choices
        if given.get(name) is not None and given[name] != choices[name].usual
    }


def _refuse_capacity(found: Words, what: str, provisioned: bool) -> None:
    named = [name for name in ("read_capacity", "write_capacity") if name in found]
    if provisioned and len(named) < 2:
        raise Unsupported(
            f"{what} is provisioned, and its capacity is not said",
            reason="DynamoDB asks for read_capacity and write_capacity",
        )
    if named and not provisioned:
        raise Unsupported(
            f"{what} has a {named[0]}", reason="only a table with billing='provisioned' has one"
        )


def usual(choices: Mapping[str, _Choice], found: Mapping[str, Any], name: str) -> Any:
    """The value of an option, said or not."""
    return found.get(name, choices[name].usual)


__all__ = [
    "ALL",
    "GLOBAL",
    "INDEX",
    "KEYS_ONLY",
    "LOCAL",
    "ON_DEMAND",
    "PROVISIONED",
    "SENTINEL",
    "STANDARD",
    "STREAMS",
    "TABLE",
    "UNIQUE",
    "UNSEEN",
    "index_settings",
    "table_settings",
    "unique_settings",
    "usual",
]
