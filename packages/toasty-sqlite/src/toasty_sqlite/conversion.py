"""How values of one type become values of another, by meaning, and which of them cannot.

SQLite's own CAST makes 0 of every text that is no number; here such a text is found before anything changes.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_sql.families import FAMILIES, Family
from toasty_sql.literals import text_literal


@frozen
class Conversion:
    """`sql` is the new value; `unfit` the condition for values that have none (SQL; None: all have one)."""

    sql: str
    unfit: str | None = None


def family(type_: Type) -> Family:
    """The family of a type; OTHER for a native one."""
    type_ = type_.for_backend("sqlite")
    return Family.TEXT if isinstance(type_, types.Enum) else FAMILIES.get(type(type_), Family.OTHER)


def convert(value: str, old: Type, new: Type) -> Conversion:
    """How `value` (SQL, of type `old`) becomes one of type `new`."""
    before, after = family(old), family(new)
    if Family.OTHER in (before, after):
        return Conversion(value)
    if before is Family.UUID and after is Family.TEXT:
        return Conversion(_uuid_text(value, new))
    if before is after:
        return Conversion(value)
    rule = _RULES.get((before, after))
    if rule is None and before is Family.JSON:
        rule = _RULES.get((Family.TEXT, after))
        value = _unquoted(value) if after in _QUOTED_IN_JSON else f"CAST({value} AS TEXT)"
    return rule(value) if rule else Conversion(value, f"{value} IS NOT NULL")


def unknown_label(value: str, old: Type, new: Type) -> str | None:
    """The condition for labels that an enum loses; None when it loses none.

    A text that was no enum before is taken as it is, as any text is: SQLite's enums are texts.
    """
    wanted, had = new.for_backend("sqlite"), old.for_backend("sqlite")
    if not isinstance(wanted, types.Enum) or not isinstance(had, types.Enum):
        return None
    if set(had.values) <= set(wanted.values):
        return None
    labels = ", ".join(text_literal(label) for label in wanted.values)
    return f"{value} IS NOT NULL AND {value} NOT IN ({labels})"


_QUOTED_IN_JSON = (Family.DATE, Family.TIME, Family.MOMENT, Family.UUID)


def _unquoted(value: str) -> str:
    """A text in JSON without its quotes; anything else as it stands."""
    text = f"CAST({value} AS TEXT)"
    found = f"WHEN json_type({value}) = 'text' THEN json_extract({value}, '$')"
    return f"CASE WHEN NOT json_valid({value}) THEN {text} {found} ELSE {text} END"


def _uuid_text(value: str, new: Type) -> str:
    """32 digits, with dashes where there is room for them."""
    length = getattr(new.for_backend("sqlite"), "length", None)
    if length is not None and length < 36:
        return value
    cuts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    dashed = "||'-'||".join(f"substr({value}, {start}, {count})" for start, count in cuts)
    return f"CASE WHEN length({value}) = 32 THEN {dashed} ELSE {value} END"


def _present(value: str, fits: str) -> str:
    return f"{value} IS NOT NULL AND NOT COALESCE({fits}, 0)"


def _digits(text: str) -> str:
    """Is the text digits and nothing else?"""
    return f"{text} <> '' AND {text} NOT GLOB '*[^0-9]*'"


def _unsigned(value: str) -> str:
    """Without white space, and without one sign."""
    return f"substr(trim({value}), 1 + (substr(trim({value}), 1, 1) IN ('+', '-')))"


def _is_integer(value: str) -> str:
    bare = _unsigned(value)
    return f"({_digits(bare)} AND length(ltrim({bare}, '0')) <= 18)"


def _is_number(value: str) -> str:
    bare = _unsigned(value)
    point = f"length({bare}) - length(replace({bare}, '.', '')) <= 1 AND {bare} GLOB '*[0-9]*'"
    plain = f"{bare} NOT GLOB '*[^0-9.]*' AND {point}"
    scientific = f"{bare} GLOB '[0-9]*[eE]*' AND json_valid({bare})"
    return f"(({plain}) OR ({scientific}))"


def _text_to_integer(value: str) -> Conversion:
    return Conversion(f"CAST(trim({value}) AS INTEGER)", _present(value, _is_integer(value)))


def _text_to_number(value: str) -> Conversion:
    return Conversion(f"CAST(trim({value}) AS NUMERIC)", _present(value, _is_number(value)))


_TRUE, _FALSE = "('1', 'true', 't', 'yes', 'y', 'on')", "('0', 'false', 'f', 'no', 'n', 'off')"


def _text_to_boolean(value: str) -> Conversion:
    word = f"lower(trim({value}))"
    sql = f"CASE WHEN {word} IN {_TRUE} THEN 1 WHEN {word} IN {_FALSE} THEN 0 END"
    return Conversion(sql, _present(value, f"{word} IN {_TRUE} OR {word} IN {_FALSE}"))


_DAY = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'"


def _begins_with_day(value: str) -> str:
    day = f"substr(trim({value}), 1, 10)"
    real = f"{day} >= '0001' AND date({day}, '+0 days') IS {day}"
    return f"{day} GLOB {_DAY} AND {real}"


def _is_clock(text: str) -> str:
    """Is it a time of day that Python reads, too: not 24:00, and nothing but digits and signs?"""
    form = f"{text} GLOB '[0-2][0-9]:[0-5][0-9]*' AND {text} NOT GLOB '*[^0-9:.Z+-]*'"
    return f"{form} AND {text} < '24' AND time({text}) IS NOT NULL"


def _is_midnight(value: str) -> str:
    return f"trim(substr(trim({value}), 11), 'T0:. ') = ''"


def _text_to_date(value: str) -> Conversion:
    fits = f"{_begins_with_day(value)} AND {_is_midnight(value)}"
    return Conversion(f"substr(trim({value}), 1, 10)", _present(value, fits))


def _text_to_moment(value: str) -> Conversion:
    text = f"trim({value})"
    whole = f"CASE WHEN length({text}) = 10 THEN {text} || ' 00:00:00.000000' ELSE replace({text}, 'T', ' ') END"
    clock = f"substr({text}, 11, 1) IN (' ', 'T') AND {_is_clock(f'substr({text}, 12)')}"
    fits = f"{_begins_with_day(value)} AND (length({text}) = 10 OR {clock})"
    return Conversion(whole, _present(value, fits))


def _text_to_time(value: str) -> Conversion:
    text = f"trim({value})"
    return Conversion(text, _present(value, _is_clock(text)))


def _text_to_uuid(value: str) -> Conversion:
    bare = f"lower(replace(trim({value}, ' {{}}'), '-', ''))"
    return Conversion(
        bare, _present(value, f"length({bare}) = 32 AND {bare} NOT GLOB '*[^0-9a-f]*'")
    )


def _text_to_json(value: str) -> Conversion:
    """SQLite keeps JSON as text; but a text that looks like a number would become one ('007')."""
    return Conversion(
        value, f"{value} IS NOT NULL AND {_is_number(value)} AND NOT json_valid({value})"
    )


def _as(word: str) -> Callable[[str], Conversion]:
    return lambda value: Conversion(f"CAST({value} AS {word})")


def _same(value: str) -> Conversion:
    return Conversion(value)


def _whole(value: str) -> Conversion:
    return Conversion(
        f"CAST({value} AS INTEGER)", _present(value, f"CAST({value} AS INTEGER) = {value}")
    )


def _zero_or_one(value: str) -> Conversion:
    return Conversion(f"CAST({value} AS INTEGER)", _present(value, f"{value} IN (0, 1)"))


def _date_to_moment(value: str) -> Conversion:
    return Conversion(
        f"CASE WHEN length({value}) = 10 THEN {value} || ' 00:00:00.000000' ELSE {value} END"
    )


def _moment_to_date(value: str) -> Conversion:
    fits = f"{_begins_with_day(value)} AND {_is_midnight(value)}"
    return Conversion(f"substr({value}, 1, 10)", _present(value, fits))


def _boolean_to_json(value: str) -> Conversion:
    return Conversion(f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {value} END")


def _quoted_json(value: str) -> Conversion:
    return Conversion(f"CASE WHEN {value} IS NOT NULL THEN json_quote({value}) END")


def _bytes_to_uuid(value: str) -> Conversion:
    return Conversion(f"lower(hex({value}))", _present(value, f"length({value}) = 16"))


_RULES: dict[tuple[Family, Family], Callable[[str], Conversion]] = {
    (Family.TEXT, Family.INTEGER): _text_to_integer,
    (Family.TEXT, Family.NUMBER): _text_to_number,
    (Family.TEXT, Family.BOOLEAN): _text_to_boolean,
    (Family.TEXT, Family.DATE): _text_to_date,
    (Family.TEXT, Family.TIME): _text_to_time,
    (Family.TEXT, Family.MOMENT): _text_to_moment,
    (Family.TEXT, Family.UUID): _text_to_uuid,
    (Family.TEXT, Family.JSON): _text_to_json,
    (Family.TEXT, Family.BYTES): _as("BLOB"),
    (Family.INTEGER, Family.TEXT): _as("TEXT"),
    (Family.INTEGER, Family.NUMBER): _same,
    (Family.INTEGER, Family.BOOLEAN): _zero_or_one,
    (Family.INTEGER, Family.JSON): _same,
    (Family.NUMBER, Family.TEXT): _as("TEXT"),
    (Family.NUMBER, Family.INTEGER): _whole,
    (Family.NUMBER, Family.BOOLEAN): _zero_or_one,
    (Family.NUMBER, Family.JSON): _same,
    (Family.BOOLEAN, Family.TEXT): _as("TEXT"),
    (Family.BOOLEAN, Family.INTEGER): _same,
    (Family.BOOLEAN, Family.NUMBER): _same,
    (Family.BOOLEAN, Family.JSON): _boolean_to_json,
    (Family.DATE, Family.TEXT): _same,
    (Family.DATE, Family.MOMENT): _date_to_moment,
    (Family.DATE, Family.JSON): _quoted_json,
    (Family.TIME, Family.TEXT): _same,
    (Family.TIME, Family.JSON): _quoted_json,
    (Family.MOMENT, Family.TEXT): _same,
    (Family.MOMENT, Family.DATE): _moment_to_date,
    (Family.MOMENT, Family.JSON): _quoted_json,
    (Family.UUID, Family.JSON): _quoted_json,
    (Family.BYTES, Family.TEXT): _as("TEXT"),
    (Family.BYTES, Family.UUID): _bytes_to_uuid,
    (Family.JSON, Family.TEXT): _as("TEXT"),
    (Family.JSON, Family.BYTES): _as("BLOB"),
}
