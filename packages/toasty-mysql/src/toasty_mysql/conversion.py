"""How values of one type become values of another, by meaning, and which of them cannot.

A plain MODIFY takes 1.5 for 2, a moment for its day and an enum's label for its number without a word; such values,
and those that would be an error half-way, are found before anything changes.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_mysql.families import family
from toasty_mysql.literals import text_literal
from toasty_mysql.room import overflow
from toasty_sql.families import Family


@frozen
class Conversion:
    """How a value becomes another. `sql` is the new value; None: what MODIFY does by itself is right.

    `unfit` are conditions (SQL) for values that have no place in the new type.
    """

    sql: str | None = None
    unfit: tuple[str, ...] = ()


def convert(value: str, old: Type, new: Type) -> Conversion:
    """How `value` (SQL, of type `old`) becomes one of type `new`."""
    old, new = old.for_backend("mysql"), new.for_backend("mysql")
    before, after = family(old), family(new)
    if old == new or Family.OTHER in (before, after):
        return Conversion()
    if before is after:
        return Conversion(unfit=_within(value, old, new))
    rule = _RULES.get((before, after))
    if rule is None:
        return Conversion(unfit=(f"{value} IS NOT NULL",))
    found = _uuid_digits(value) if _is_short_uuid(before, new) else rule(value)
    if isinstance(new, types.Enum) and new.native:
        found = Conversion(found.sql, (_unknown(value, new),))
    result = found.sql or value
    return Conversion(found.sql, (*found.unfit, *_too_large(result, found.unfit, old, new)))


def _present(value: str, fits: str) -> str:
    return f"{value} IS NOT NULL AND NOT COALESCE({fits}, FALSE)"


def _matches(value: str, pattern: str) -> str:
    return f"{value} REGEXP {text_literal(pattern)}"


# What a type has room for.


def _within(value: str, old: Type, new: Type) -> tuple[str, ...]:
    """The conditions for values that are too large, within one family."""
    if isinstance(new, types.Enum) and isinstance(old, types.Enum):
        return () if set(old.values) <= set(new.values) else (_unknown(value, new),)
    return _too_large(value, (), old, new)


def _too_large(value: str, guards: tuple[str, ...], old: Type, new: Type) -> tuple[str, ...]:
    """The condition for values that are too large for `new`. A value that is unfit otherwise is not looked at."""
    condition = overflow(value, old, new)
    if condition is None:
        return ()
    if not guards:
        return (condition,)
    guard = " OR ".join(f"({guard})" for guard in guards)
    return (f"CASE WHEN {guard} THEN FALSE ELSE {condition} END",)


# From text.

_INTEGER = r"^[[:space:]]*[+-]?[0-9]{1,60}[[:space:]]*$"
_NUMBER = r"^[[:space:]]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?[[:space:]]*$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MIDNIGHT = _DAY + r"([ T]00:00(:00([.]0*)?)?)?$"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_UUID = r"^[0-9a-fA-F]{32}$"
_TRUE = "('1', 'true', 't', 'yes', 'y', 'on')"
_FALSE = "('0', 'false', 'f', 'no', 'n', 'off')"


def _text_to_integer(value: str) -> Conversion:
    return Conversion(f"TRIM({value})", (_present(value, _matches(value, _INTEGER)),))


def _text_to_number(value: str) -> Conversion:
    return Conversion(f"TRIM({value})", (_present(value, _matches(value, _NUMBER)),))


def _text_to_boolean(value: str) -> Conversion:
    word = f"LOWER(TRIM({value}))"
    sql = f"CASE WHEN {word} IN {_TRUE} THEN 1 WHEN {word} IN {_FALSE} THEN 0 END"
    return Conversion(sql, (_present(value, f"{word} IN {_TRUE} OR {word} IN {_FALSE}"),))


def _is_day(text: str) -> str:
    """Is it a day that there is?"""
    return f"{_matches(text, _DAY)} AND CAST(LEFT({text}, 10) AS DATE) IS NOT NULL"


def _text_to_date(value: str) -> Conversion:
    text = f"TRIM({value})"
    fits = f"{_is_day(text)} AND {_matches(text, _MIDNIGHT)}"
    return Conversion(f"LEFT({text}, 10)", (_present(value, fits),))


def _text_to_moment(value: str) -> Conversion:
    text = f"TRIM({value})"
    fits = f"{_is_day(text)} AND {_matches(text, f'{_DAY}([ T]{_CLOCK})?$')}"
    return Conversion(f"REPLACE({text}, 'T', ' ')", (_present(value, fits),))


def _text_to_time(value: str) -> Conversion:
    text = f"TRIM({value})"
    return Conversion(text, (_present(value, _matches(text, f"^{_CLOCK}$")),))


def _text_to_uuid(value: str) -> Conversion:
    bare = f"LOWER(REPLACE(TRIM({value}), '-', ''))"
    return Conversion(bare, (_present(value, _matches(bare, _UUID)),))


def _text_to_json(value: str) -> Conversion:
    return Conversion(None, (_present(value, f"JSON_VALID({value})"),))


def _bytes_to_text(value: str) -> Conversion:
    text = f"CONVERT({value} USING utf8mb4)"
    return Conversion(text, (_present(value, f"CAST({text} AS BINARY) = {value}"),))


def _same(value: str) -> Conversion:
    return Conversion()


def _zero_or_one(value: str) -> Conversion:
    return Conversion(None, (_present(value, f"{value} IN (0, 1)"),))


def _whole(value: str) -> Conversion:
    return Conversion(None, (_present(value, f"ROUND({value}) = {value}"),))


def _moment_to_date(value: str) -> Conversion:
    return Conversion(None, (_present(value, f"TIME({value}) = '00:00:00'"),))


def _as_text(value: str) -> Conversion:
    return Conversion(f"CAST({value} AS CHAR)")


def _uuid_to_text(value: str) -> Conversion:
    """With dashes; MySQL keeps 32 digits, MariaDB's type writes dashes by itself."""
    digits = f"REPLACE({value}, '-', '')"
    cuts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return Conversion(
        f"CONCAT_WS('-', {', '.join(f'SUBSTR({digits}, {at}, {n})' for at, n in cuts)})"
    )


def _is_short_uuid(before: Family, new: Type) -> bool:
    """Is it a UUID for a text without room for dashes?"""
    length = getattr(new, "length", None)
    return before is Family.UUID and family(new) is Family.TEXT and (length or 36) < 36


def _uuid_digits(value: str) -> Conversion:
    return Conversion(f"REPLACE({value}, '-', '')")


def _bytes_to_uuid(value: str) -> Conversion:
    return Conversion(f"LOWER(HEX({value}))", (_present(value, f"LENGTH({value}) = 16"),))


def _quoted_json(value: str) -> Conversion:
    return Conversion(f"JSON_QUOTE(CAST({value} AS CHAR))")


def _number_json(value: str) -> Conversion:
    return Conversion(f"CAST({value} AS CHAR)")


def _boolean_json(value: str) -> Conversion:
    return Conversion(f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END")


def _unquoted(value: str) -> str:
    return f"JSON_UNQUOTE({value})"


def _from_json(rule: Callable[[str], Conversion]) -> Callable[[str], Conversion]:
    return lambda value: rule(_unquoted(value))


def _through_text(rule: Callable[[str], Conversion]) -> Callable[[str], Conversion]:
    return lambda value: rule(f"CAST({value} AS CHAR)")


def _unknown(value: str, new: types.Enum) -> str:
    """The condition for labels that an enum does not have."""
    labels = ", ".join(map(text_literal, new.values))
    return f"{value} IS NOT NULL AND CAST({value} AS CHAR) NOT IN ({labels})"


_FROM_TEXT: dict[Family, Callable[[str], Conversion]] = {
    Family.INTEGER: _text_to_integer,
    Family.NUMBER: _text_to_number,
    Family.BOOLEAN: _text_to_boolean,
    Family.DATE: _text_to_date,
    Family.TIME: _text_to_time,
    Family.MOMENT: _text_to_moment,
    Family.UUID: _text_to_uuid,
    Family.JSON: _text_to_json,
}
_FROM_JSON = {after: rule for after, rule in _FROM_TEXT.items() if after is not Family.JSON}
_RULES: dict[tuple[Family, Family], Callable[[str], Conversion]] = {
    **{(Family.TEXT, after): rule for after, rule in _FROM_TEXT.items()},
    **{(Family.ENUM, after): _through_text(rule) for after, rule in _FROM_TEXT.items()},
    **{(Family.JSON, after): _from_json(rule) for after, rule in _FROM_JSON.items()},
    (Family.TEXT, Family.BYTES): _same,
    (Family.TEXT, Family.ENUM): _same,
    (Family.ENUM, Family.TEXT): _same,
    (Family.INTEGER, Family.TEXT): _same,
    (Family.INTEGER, Family.NUMBER): _same,
    (Family.INTEGER, Family.BOOLEAN): _zero_or_one,
    (Family.INTEGER, Family.JSON): _number_json,
    (Family.NUMBER, Family.TEXT): _same,
    (Family.NUMBER, Family.INTEGER): _whole,
    (Family.NUMBER, Family.BOOLEAN): _zero_or_one,
    (Family.NUMBER, Family.JSON): _number_json,
    (Family.BOOLEAN, Family.TEXT): _same,
    (Family.BOOLEAN, Family.INTEGER): _same,
    (Family.BOOLEAN, Family.NUMBER): _same,
    (Family.BOOLEAN, Family.JSON): _boolean_json,
    (Family.DATE, Family.TEXT): _same,
    (Family.DATE, Family.MOMENT): _same,
    (Family.DATE, Family.JSON): _quoted_json,
    (Family.TIME, Family.TEXT): _same,
    (Family.TIME, Family.JSON): _quoted_json,
    (Family.MOMENT, Family.TEXT): _same,
    (Family.MOMENT, Family.DATE): _moment_to_date,
    (Family.MOMENT, Family.JSON): _quoted_json,
    (Family.UUID, Family.TEXT): _uuid_to_text,
    (Family.UUID, Family.JSON): _quoted_json,
    (Family.BYTES, Family.TEXT): _bytes_to_text,
    (Family.BYTES, Family.UUID): _bytes_to_uuid,
    (Family.JSON, Family.TEXT): _same,
    (Family.JSON, Family.BYTES): _same,
}
