"""From one type to another on the server: aggregation expressions that give null where a value does not convert.

`$convert` alone would do harm: any text is true to it, and 1.9 becomes 1.
https://www.mongodb.com/docs/manual/reference/operator/aggregation/convert/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_mongo.validators import bson_types

Words = dict[str, Any]

_TRUE = ["true", "t", "yes", "y", "on", "1"]
_FALSE = ["false", "f", "no", "n", "off", "0"]
_NUMBERS = ["int", "long", "double", "decimal"]
_NOTHING = ["null", "missing", "undefined"]
_TEXTS = (types.String, types.Char, types.Text, types.Enum)
_WHOLE = (types.SmallInteger, types.Integer, types.BigInteger)
_BINARY = (types.Float, types.Double)


def needs_conversion(old: Type, new: Type) -> bool:
    """Do values of the old type have to change to be values of the new one?"""
    if old == new or isinstance(new, types.Json):
        return False
    if isinstance(new, types.Date) and isinstance(old, types.DateTime):
        return True
    if type(old) is type(new) and not isinstance(new, types.Array | types.Document | types.Native):
        return False
    mine, theirs = bson_types(old), bson_types(new)
    return not mine or not set(mine) <= set(theirs) or isinstance(new, types.Array)


def conversion(field: str, old: Type, new: Type, where: str) -> Words:
    """The new value of a field, `field` being its path with a `$` before it; null where it does not convert.

    Raises Unsupported where the server knows no way.
    """
    usual = bson_types(old)[:1]
    branches = [
        _branch(field, *case) for case in _likely_first(_cases(field, old, new, where), usual)
    ]
    kinds = [*_NOTHING, *_kept(new)]
    kept = {"case": {"$in": [{"$type": field}, kinds]}, "then": field}
    if not isinstance(new, types.Date | types.Array):
        return {"$switch": {"branches": [*branches, kept], "default": None}}  # most are to convert
    cut = {"case": {"$eq": [{"$type": field}, "date"]}, "then": _day(field)}
    first = [cut, kept] if isinstance(new, types.Date) else [kept]
    return {"$switch": {"branches": [*first, *branches], "default": None}}


def pending_filter(path: str, old: Type, new: Type) -> Words:
    """The documents whose field has not been converted yet."""
    field = f"${path}"
    if isinstance(new, types.Date) and isinstance(old, types.DateTime):
        date = {"$eq": [{"$type": field}, "date"]}
        return {path: {"$exists": True}, "$expr": {"$and": [date, {"$ne": [field, _day(field)]}]}}
    if isinstance(new, types.Array | types.Document):  # a filter's $type looks into lists
        kinds = [*_NOTHING, *_kept(new)]
        return {path: {"$exists": True}, "$expr": {"$not": [{"$in": [{"$type": field}, kinds]}]}}
    return {path: {"$exists": True, "$not": {"$type": ["null", *_kept(new)]}}}


def unfit(field: str, converted: Words, new: Type) -> Words:
    """Is there a value that does not convert, or is too long or none of those that an enum has?"""
    lost = {"$and": [{"$gt": [field, None]}, {"$lte": [converted, None]}]}
    match new:
        case types.String(length) | types.Char(length) if length:
            text = {"$eq": [{"$type": converted}, "string"]}
            size = {"$strLenCP": {"$cond": [text, converted, ""]}}
            return {"$or": [lost, {"$gt": [size, length]}]}
        case types.Enum(values=values):
            known = {"$in": [converted, list(values)]}
            return {"$or": [lost, {"$and": [{"$gt": [field, None]}, {"$not": [known]}]}]}
    return lost


def sure_filter(path: str, new: Type) -> Words | None:
    """Finds, with little work, the documents that have to be asked whether they convert; None: all of them."""
    match new:
        case types.SmallInteger() | types.Integer() | types.BigInteger():
            plain = r"^-?[0-9]{1,18}$"
        case types.Float() | types.Double() | types.Decimal():
            plain = r"^-?[0-9]{1,15}([.][0-9]{1,15})?$"
        case _:
            return None
    return {"$or": [{path: {"$not": {"$regex": plain}}}, {path: {"$type": "array"}}]}


def _kept(new: Type) -> list[str]:
    kinds = list(bson_types(new))
    return [kind for kind in kinds if not isinstance(new, types.Document | types.Array)] or kinds


def _day(field: str) -> Words:
    return {"$dateTrunc": {"date": field, "unit": "day"}}


_Case = tuple[list[str], Any]
"""What values of these types become."""


def _likely_first(cases: list[_Case], usual: Sequence[str]) -> list[_Case]:
    """The server tries one after the other, a million times."""
    return sorted(cases, key=lambda case: not set(usual) & set(case[0]))


def _branch(field: str, kinds: list[str], then: Any) -> Words:
    kind = {"$type": field}
    is_one = {"$in": [kind, kinds]} if len(kinds) > 1 else {"$eq": [kind, kinds[0]]}
    return {"case": is_one, "then": then}


def _to(kind: str, value: Any, otherwise: Any = None) -> Words:
    return {"$convert": {"input": value, "to": kind, "onError": otherwise, "onNull": None}}


def _read(kind: str, field: str) -> Words:
    """From text; blanks are taken away only where they are in the way."""
    return _to(kind, field, _to(kind, {"$trim": {"input": field}}))


def _cases(field: str, old: Type, new: Type, where: str) -> list[_Case]:
    if isinstance(new, _TEXTS):
        return [
            (["date"], _date_text(field, old)),
            ([*_NUMBERS, "bool", "objectId"], _to("string", field)),
        ]
    if isinstance(new, _WHOLE):
        whole = {"$eq": [field, {"$trunc": [field]}]}
        return [
            (["double", "decimal"], {"$cond": [whole, _to("long", field), None]}),
            (["string"], _read("long", field)),
            (["bool"], _to("int", field)),
        ]
    if isinstance(new, _BINARY):
        return [
            (["decimal", "bool"], _to("double", field)),
            (["string"], _read("double", field)),
        ]
    if isinstance(new, types.Decimal):
        return [
            (["int", "long", "double", "bool"], _to("decimal", field)),
            (["string"], _read("decimal", field)),
        ]
    return _rest(field, old, new, where)


def _rest(field: str, old: Type, new: Type, where: str) -> list[_Case]:
    lower = {"$toLower": {"$trim": {"input": field}}}
    if isinstance(new, types.Boolean):
        from_text = {
            "$switch": {
                "branches": [
                    {"case": {"$in": [lower, _TRUE]}, "then": True},
                    {"case": {"$in": [lower, _FALSE]}, "then": False},
                ],
                "default": None,
            }
        }
        number = {"$cond": [{"$in": [field, [0, 1]]}, {"$eq": [field, 1]}, None]}
        return [(["string"], from_text), (_NUMBERS, number)]
    if isinstance(new, types.Date | types.DateTime):
        moment = _to("date", {"$trim": {"input": field}})
        if isinstance(new, types.Date):
            moment = {"$dateTrunc": {"date": moment, "unit": "day"}}
        return [(["string"], moment)]
    if isinstance(new, types.Array) and not isinstance(old, types.Array):
        return [(list(bson_types(old)), [field])] if bson_types(old) else []
    if isinstance(new, types.Array | types.Document) and type(new) is type(old):
        return []
    if isinstance(old, types.Json):
        return []
    raise Unsupported(
        f"the values of {where} cannot become {new} on the server",
        reason=f"MongoDB has no conversion from {old}",
        hint="give using=expr(mongodb='{...}'), or use db.transform_rows into a new column",
    )


def _date_text(field: str, old: Type) -> Words:
    if isinstance(old, types.Date):
        return {"$dateToString": {"date": field, "format": "%Y-%m-%d"}}
    return {"$dateToString": {"date": field, "format": "%Y-%m-%d %H:%M:%S"}}
