"""How values of one type become values of another, and which of them cannot.

PostgreSQL converts by itself where it has an assignment cast; elsewhere USING says how. Nothing is cut or
rounded silently: values that would lose something are found before anything changes.
https://www.postgresql.org/docs/current/sql-altertable.html (ALTER COLUMN ... TYPE), catalog-pg-cast.html
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from toasty_core.backends import Work
from toasty_core.schema import types
from toasty_core.schema.types import Type
from toasty_postgres.dialect import PostgresDialect
from toasty_postgres.families import family, room
from toasty_postgres.fitting import is_valid
from toasty_postgres.literals import text_literal
from toasty_sql.families import Family

_DIALECT = PostgresDialect()


@frozen
class Conversion:
    """`using` is the new value (None: PostgreSQL's own); `unfit` the condition for values that have none.

    `work` is what the database does with the table.
    """

    using: str | None = None
    unfit: str | None = None
    work: Work = Work.REWRITE


@frozen
class Change:
    """A column's change: `value` is its quoted name, `old` and `new` its types as PostgreSQL takes them."""

    value: str
    old: Type
    new: Type
    version: tuple[int, ...]

    @property
    def sql(self) -> str:
        """The new type in SQL."""
        return _DIALECT.type_sql(self.new)


def convert(change: Change) -> Conversion:
    """How the column's values become values of the new type."""
    before, after = family(change.old), family(change.new)
    if before is after and before is not Family.OTHER:
        return _within(before, change)
    rule = _RULES.get((before, after)) or _TO.get(after) or _FROM.get(before)
    return rule(change) if rule else _only_empty(change)


def lost_labels(change: Change) -> str | None:
    """The condition for labels that an enum loses; None when it loses none."""
    if not isinstance(change.new, types.Enum) or not isinstance(change.old, types.Enum):
        return None
    if set(change.old.values) <= set(change.new.values):
        return None
    return _no_label(change)


# within a family


def _within(kind: Family, change: Change) -> Conversion:
    rule = _WITHIN.get(kind)
    return rule(change) if rule else Conversion()


def _text_to_text(change: Change) -> Conversion:
    length, had = room(change.new), room(change.old)
    narrower = length is not None and (had is None or had > length)
    unfit = [f"char_length({change.value}) > {length}"] if narrower else []
    unfit += [lost] if (lost := lost_labels(change)) else []
    padded = isinstance(change.old, types.Char) or isinstance(change.new, types.Char)
    own_words = isinstance(change.old, types.Native) or isinstance(change.new, types.Native)
    work = Work.REWRITE if narrower or padded or own_words else Work.CATALOG
    return Conversion(None, " OR ".join(unfit) or None, work)


_BITS: dict[type[Type], int] = {types.SmallInteger: 15, types.Integer: 31, types.BigInteger: 63}


def _out_of_range(change: Change) -> str | None:
    bits = _BITS.get(type(change.new), 63)
    if _BITS.get(type(change.old), 64) <= bits:
        return None
    return f"{change.value} NOT BETWEEN {-(2**bits)} AND {2**bits - 1}"


def _integer_to_integer(change: Change) -> Conversion:
    return Conversion(None, _out_of_range(change))


def _too_large(change: Change) -> str | None:
    """The condition for numbers with more digits in front of the point than the type has."""
    assert isinstance(change.new, types.Decimal)
    if change.new.precision is None:
        return None
    scale = change.new.scale or 0
    rounded = f"round(({change.value})::numeric, {scale})"
    return f"abs({rounded}) >= 1e{change.new.precision - scale}"


def _decimal_to_decimal(change: Change) -> Conversion:
    old, new = change.old, change.new
    assert isinstance(old, types.Decimal)
    assert isinstance(new, types.Decimal)
    if new.precision is None:
        return Conversion(work=Work.CATALOG)
    scale, had = new.scale or 0, old.scale or 0
    if old.precision is not None and scale == had and new.precision >= old.precision:
        return Conversion(work=Work.CATALOG)
    unfit = [_too_large(change)]
    if old.precision is None or scale < had:
        unfit.append(f"{change.value} <> round({change.value}, {scale})")
    return Conversion(None, " OR ".join(part for part in unfit if part))


def _float_to_float(change: Change) -> Conversion:
    def is_short(type_: Type) -> bool:
        return isinstance(type_, types.Float) and (type_.precision or 53) < 25

    if is_short(change.old) == is_short(change.new):
        return Conversion(work=Work.CATALOG)
    value = change.value
    over = f"abs({value}) > 3.4e38 AND abs({value}) < 'Infinity'::float8"
    return Conversion(None, over if is_short(change.new) else None)


def _label_to_label(change: Change) -> Conversion:
    return Conversion(f"{change.value}::text::{change.sql}", lost_labels(change))


def _json_to_json(change: Change) -> Conversion:
    return Conversion()


def _array_to_array(change: Change) -> Conversion:
    words = f"{change.value}::text::{change.sql}"
    return Conversion(words, _invalid(change, f"{change.value}::text"))


def _time_to_time(change: Change) -> Conversion:
    return Conversion(f"{change.value}::{change.sql}")


def _moment_to_moment(change: Change) -> Conversion:
    """Our sessions stand at UTC, where PostgreSQL need not write the table anew."""
    return Conversion(work=Work.SCAN)


_WITHIN: dict[Family, Callable[[Change], Conversion]] = {
    Family.TEXT: _text_to_text,
    Family.ENUM: _label_to_label,
    Family.INTEGER: _integer_to_integer,
    Family.DECIMAL: _decimal_to_decimal,
    Family.FLOAT: _float_to_float,
    Family.TIME: _time_to_time,
    Family.MOMENT: _moment_to_moment,
    Family.JSON: _json_to_json,
    Family.ARRAY: _array_to_array,
}


# between families


def _to_text(change: Change) -> Conversion:
    """PostgreSQL turns everything into text by itself, and refuses what is too long."""
    length = room(change.new)
    return Conversion(None, f"char_length({change.value}::text) > {length}" if length else None)


def _invalid(change: Change, text: str) -> str | None:
    fits = is_valid(text, change.new, _DIALECT.type_sql(change.new), change.version)
    return f"{change.value} IS NOT NULL AND NOT coalesce({fits}, false)" if fits else None


def _from_text(change: Change) -> Conversion:
    return Conversion(f"{change.value}::{change.sql}", _invalid(change, f"{change.value}::text"))


def _from_label(change: Change) -> Conversion:
    return evolve(_from_text(change), using=f"{change.value}::text::{change.sql}")


def _no_label(change: Change) -> str:
    assert isinstance(change.new, types.Enum)
    labels = ", ".join(text_literal(label) for label in change.new.values)
    return f"{change.value} IS NOT NULL AND {change.value}::text NOT IN ({labels})"


def _to_label(change: Change) -> Conversion:
    return Conversion(f"{change.value}::text::{change.sql}", _no_label(change))


def _whole(change: Change) -> Conversion:
    value = change.value
    parts = [f"{value} <> trunc({value})", _out_of_range(change)]
    return Conversion(None, " OR ".join(part for part in parts if part))


def _to_decimal(change: Change) -> Conversion:
    finite = (
        f"{change.value} NOT IN ('NaN', 'Infinity', '-Infinity') AND " if _is_float(change) else ""
    )
    large = _too_large(change)
    endless = f"{change.value} IN ('Infinity', '-Infinity') OR " if _is_float(change) else ""
    return Conversion(None, f"{endless}{finite}{large}" if large else None)


def _is_float(change: Change) -> bool:
    return family(change.old) is Family.FLOAT


def _to_boolean(change: Change) -> Conversion:
    return Conversion(f"{change.value} <> 0", f"{change.value} NOT IN (0, 1)")


def _boolean_to_number(change: Change) -> Conversion:
    return Conversion(f"{change.value}::integer")


def _moment_to_date(change: Change) -> Conversion:
    return Conversion(None, f"{change.value} <> date_trunc('day', {change.value})")


def _as_it_is(change: Change) -> Conversion:
    return Conversion()


def _text_to_date(change: Change) -> Conversion:
    """A day with a time of day would lose it."""
    day = _from_text(change)
    loses = f"({change.value})::timestamp <> ({change.value})::date"
    return evolve(
        day,
        unfit=f"CASE WHEN {day.unfit} THEN true WHEN {change.value} IS NOT NULL THEN {loses} END",
    )


def _text_to_json(change: Change) -> Conversion:
    return _from_text(change)


def _to_json(change: Change) -> Conversion:
    word = "to_jsonb" if change.sql.upper() == "JSONB" else "to_json"
    return Conversion(f"{word}({change.value})")


def _from_json(change: Change) -> Conversion:
    """A text in JSON stands without its quotes."""
    text = f"({change.value} #>> '{{}}')"
    return Conversion(f"{text}::{change.sql}", _invalid(change, text))


def _text_to_bytes(change: Change) -> Conversion:
    return Conversion(f"convert_to({change.value}, 'UTF8')")


def _bytes_to_text(change: Change) -> Conversion:
    value = change.value
    length = room(change.new)
    unfit = f"position('\\x00'::bytea IN {value}) > 0"
    unfit += f" OR octet_length({value}) > {4 * length}" if length else ""
    return Conversion(f"convert_from({value}, 'UTF8')", unfit)


def _bytes_to_uuid(change: Change) -> Conversion:
    return Conversion(f"encode({change.value}, 'hex')::uuid", f"octet_length({change.value}) <> 16")


def _uuid_to_bytes(change: Change) -> Conversion:
    return Conversion(f"uuid_send({change.value})")


def _in_own_words(change: Change) -> Conversion:
    """A type in PostgreSQL's words: whether values fit only it can tell. A cast to a length would cut."""
    cuts = change.sql.upper().lstrip().startswith(("VARCHAR", "CHAR", "BIT", "VARBIT", "NATIONAL"))
    return Conversion(None if cuts else f"{change.value}::{change.sql}")


def _from_own_words(change: Change) -> Conversion:
    if family(change.new) is Family.TEXT:
        return _to_text(change)
    return Conversion(f"{change.value}::{change.sql}")


def _only_empty(change: Change) -> Conversion:
    """No value of the one type means a value of the other."""
    return Conversion(f"{change.value}::text::{change.sql}", f"{change.value} IS NOT NULL")


_RULES: dict[tuple[Family, Family], Callable[[Change], Conversion]] = {
    (Family.TEXT, Family.DATE): _text_to_date,
    (Family.TEXT, Family.JSON): _text_to_json,
    (Family.TEXT, Family.BYTES): _text_to_bytes,
    (Family.BYTES, Family.TEXT): _bytes_to_text,
    (Family.BYTES, Family.UUID): _bytes_to_uuid,
    (Family.UUID, Family.BYTES): _uuid_to_bytes,
    (Family.INTEGER, Family.DECIMAL): _to_decimal,
    (Family.INTEGER, Family.FLOAT): _as_it_is,
    (Family.INTEGER, Family.BOOLEAN): _to_boolean,
    (Family.DECIMAL, Family.INTEGER): _whole,
    (Family.DECIMAL, Family.FLOAT): _as_it_is,
    (Family.DECIMAL, Family.BOOLEAN): _to_boolean,
    (Family.FLOAT, Family.INTEGER): _whole,
    (Family.FLOAT, Family.DECIMAL): _to_decimal,
    (Family.FLOAT, Family.BOOLEAN): _to_boolean,
    (Family.BOOLEAN, Family.INTEGER): _boolean_to_number,
    (Family.BOOLEAN, Family.DECIMAL): _boolean_to_number,
    (Family.BOOLEAN, Family.FLOAT): _boolean_to_number,
    (Family.DATE, Family.MOMENT): _as_it_is,
    (Family.MOMENT, Family.DATE): _moment_to_date,
    (Family.JSON, Family.ARRAY): _only_empty,
    (Family.JSON, Family.BYTES): _only_empty,
    (Family.ENUM, Family.BYTES): _only_empty,
}
_TO: dict[Family, Callable[[Change], Conversion]] = {
    Family.TEXT: _to_text,
    Family.ENUM: _to_label,
    Family.JSON: _to_json,
    Family.OTHER: _in_own_words,
}
_FROM: dict[Family, Callable[[Change], Conversion]] = {
    Family.TEXT: _from_text,
    Family.ENUM: _from_label,
    Family.JSON: _from_json,
    Family.OTHER: _from_own_words,
}
