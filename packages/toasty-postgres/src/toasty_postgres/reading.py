"""Reads defaults as PostgreSQL reports them and as they are written: both come out as the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

from attrs import field, frozen

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_core.schema.values import Default, Expression, Literal, NextValue, now, uuid
from toasty_postgres.nodes import NULL, Kind, Node, text_of
from toasty_postgres.simplifying import NOWHERE, base, is_text, understood
from toasty_postgres.tokens import NotUnderstood, tokens
from toasty_postgres.type_names import name_of
from toasty_postgres.values import read_array
from toasty_sql.brackets import without_brackets

_NOW = frozenset({"now()", "CURRENT_TIMESTAMP", "transaction_timestamp()"})
_NOW_OF_TYPE: dict[type[Type], frozenset[str]] = {
    types.Date: frozenset({"CURRENT_DATE"}),
    types.Time: frozenset({"LOCALTIME", "CURRENT_TIME"}),
    types.DateTime: frozenset({"LOCALTIMESTAMP"}),
}
_UUIDS = frozenset(
    {
        *("gen_random_uuid()", "uuidv4()", "gen_random_uuid()::text"),
        "replace(gen_random_uuid()::text, '-', '')",
    }
)
_NUMBERS = (
    *(types.SmallInteger, types.Integer, types.BigInteger),
    *(types.Float, types.Double, types.Decimal),
)
_TRUTHS = {"t": True, "true": True, "yes": True, "on": True, "1": True, "y": True}
_LIES = {"f": False, "false": False, "no": False, "off": False, "0": False, "n": False}
_HOURS_ONLY = re.compile(r"([+-]\d\d)\Z")
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_COUNT = re.compile(r"[+-]?\d+(?:\.\d+)?\Z")
_SPAN = re.compile(
    r"\s*(?:(?P<sign>[+-]?)(?P<h>\d+):(?P<m>\d\d)(?::(?P<s>\d\d(?:\.\d+)?))?"
    r"|(?P<count>[+-]?\d+(?:\.\d+)?)\s*(?P<unit>week|day|hour|min|sec)[a-z]*)",
    re.IGNORECASE,
)


@frozen
class Names:
    """What the texts of names mean: `sequences` are keys by how they stand in expressions, `home` is the schema
    whose tables have no schema in their keys."""

    sequences: Mapping[str, str] = field(factory=dict)
    home: str | None = None

    def sequence(self, text: str) -> str | None:
        """The key of the sequence that a text names; None when it cannot be read."""
        known = self.sequences.get(text)
        if known is not None:
            return known
        try:
            parts = [token.text for token in tokens(text) if not token.is_mark(".")]
        except NotUnderstood:
            return None
        return ".".join(parts[1:] if len(parts) > 1 and parts[0] == self.home else parts)


def read_default(sql: str | None, type_: Type, names: Names) -> Default | None:
    """The default that stands as `sql` in a column of `type_` (the type as read); None without one."""
    if sql is None:
        return None
    node = _understood(sql)
    if node is None:
        return Expression(without_brackets(sql))
    node = _without_cast(node, type_)
    if node == NULL:
        return None
    return _function(node, type_, names) or _value(node, type_)


@lru_cache(maxsize=4096)
def _understood(sql: str) -> Node | None:
    return understood(sql, NOWHERE)


def _without_cast(node: Node, type_: Type) -> Node:
    """A default is cast to its column's type anyway."""
    while node.kind is Kind.CAST and _is_implied(node, type_):
        node = node.parts[0]
    return node


def _is_implied(node: Node, type_: Type) -> bool:
    name, (part,) = name_of(type_), node.parts
    if node.word == name:
        return True
    if part.kind is Kind.NUMBER:
        return isinstance(type_, _NUMBERS)
    if part.kind not in (Kind.TEXT, Kind.ARRAY, Kind.WORD):
        return is_text(node.word) and is_text(name)
    if isinstance(type_, types.Array) and node.word.endswith("[]"):
        return name == "[]" or (is_text(node.word[:-2]) and is_text(name[:-2]))
    same = base(node.word).strip('"') == base(name).strip('"')
    return same or isinstance(type_, types.Enum) or (is_text(node.word) and is_text(name))


def _function(node: Node, type_: Type, names: Names) -> Default | None:
    text = text_of(node)
    if text in _NOW or text in _NOW_OF_TYPE.get(type(type_), ()):
        return now()
    if text in _UUIDS:
        return uuid()
    if node.kind is Kind.CALL and node.word == "nextval" and node.parts[0].kind is Kind.TEXT:
        key = names.sequence(node.parts[0].word)
        return None if key is None else NextValue(key)
    return None


def _value(node: Node, type_: Type) -> Default:
    try:
        return Literal(_literal(node, type_))
    except _NoLiteral:
        return Expression(text_of(node))


class _NoLiteral(Exception):
    """The node is no value of the type."""


def _literal(node: Node, type_: Type) -> Any:
    match node.kind:
        case Kind.TEXT:
            return read_value(node.word, type_)
        case Kind.NUMBER if isinstance(type_, _NUMBERS) or is_text(name_of(type_)):
            return read_value(node.word, type_)
        case Kind.NUMBER if isinstance(type_, types.Native):
            return Decimal(node.word) if "." in node.word else int(node.word)
        case Kind.WORD if node.word in ("true", "false"):
            return node.word == "true"
        case Kind.ARRAY if isinstance(type_, types.Array):
            return [_item(part, type_.item) for part in node.parts]
    raise _NoLiteral


def _item(node: Node, type_: Type) -> Any:
    return None if node == NULL else _literal(_without_cast(node, type_), type_)


def read_value(text: str, type_: Type) -> Any:
    """The value of `type_` that a text stands for; the text itself when it is none in Python."""
    read = _READERS.get(type(type_))
    try:
        if isinstance(type_, types.Array):
            return read_array(text, lambda item: read_value(item, type_.item))
        if isinstance(type_, types.DateTime):
            return _moment(text, zoned=type_.timezone)
        if isinstance(type_, types.Native) and type_.sql == "jsonb":
            return _json(text)
        return text if read is None else read(text)
    except (ValueError, InvalidOperation, KeyError):
        return text


def _truth(text: str) -> bool:
    return {**_TRUTHS, **_LIES}[text.strip().lower()]


def _moment(text: str, *, zoned: bool) -> datetime:
    found = datetime.fromisoformat(_for_python(text))
    if not zoned:
        return found.replace(tzinfo=None)
    return found.replace(tzinfo=found.tzinfo or timezone.utc).astimezone(timezone.utc)


def _time(text: str) -> time:
    return time.fromisoformat(_for_python(text))


def _for_python(text: str) -> str:
    """In the form that Python 3.10 reads: six digits behind the point, minutes in the zone."""
    text = _FRACTION.sub(lambda match: f".{match[1]:0<6}", text.strip().replace("Z", "+00"))
    return _HOURS_ONLY.sub(r"\1:00", text) if ":" in text else text


def _span(text: str) -> timedelta:
    found, position, text = timedelta(), 0, text.strip()
    if _COUNT.match(text):  # of seconds
        return timedelta(seconds=float(text))
    while position < len(text):
        match = _SPAN.match(text, position)
        if match is None:
            raise ValueError(text)
        found += _part_of_span(match)
        position = match.end()
    return found


def _part_of_span(match: re.Match[str]) -> timedelta:
    if match["unit"]:
        count = float(match["count"])
        unit = {"min": "minutes", "sec": "seconds"}.get(match["unit"].lower())
        return timedelta(**{unit or f"{match['unit'].lower()}s": count})
    span = timedelta(hours=int(match["h"]), minutes=int(match["m"]), seconds=float(match["s"] or 0))
    return -span if match["sign"] == "-" else span


def _bytes(text: str) -> bytes:
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:])
    if "\\" in text:
        raise ValueError(text)
    return text.encode()


def _json(text: str) -> Any:
    """An object or a list; what is simpler stays as it is written, as a text's own quotes would be lost."""
    found = json.loads(text)
    return found if isinstance(found, dict | list | bool | int | float) else text


def _decimal(text: str) -> Decimal:
    found = Decimal(text)
    if not found.is_finite():
        raise ValueError(text)
    return found + 0 if found == 0 else found.normalize()


_READERS: dict[type[Type], Callable[[str], Any]] = {
    types.SmallInteger: int,
    types.Integer: int,
    types.BigInteger: int,
    types.Float: float,
    types.Double: float,
    types.Decimal: _decimal,
    types.Boolean: _truth,
    types.Date: date.fromisoformat,
    types.Time: _time,
    types.Interval: _span,
    types.Uuid: UUID,
    types.Binary: _bytes,
    types.Json: _json,
}
