"""Reads defaults: what a column gets is a literal of its type, a portable function or an expression."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from uuid import UUID

from toasty_core.schema.values import Default, Expression, Literal, NextValue, now, uuid
from toasty_mysql.flavour import Flavour
from toasty_mysql.normal import Kind, Tree, lossy_text, normal_expression, normal_tree, tree_text
from toasty_mysql.server_types import BLOBS, INTEGERS, TEXTS, ServerType
from toasty_mysql.texts import shown

_BYTES = BLOBS | {"binary", "varbinary"}
_PADDED = frozenset(("char", "enum", "set"))
_MOMENTS = frozenset(("datetime", "timestamp"))
_MOMENT = re.compile(r"(\d+)-(\d+)-(\d+)(?:[T ](\d+):(\d+)(?::(\d+))?(?:\.(\d+))?)?\Z")
_TIME = re.compile(r"(-?)(\d+):(\d+)(?::(\d+))?(?:\.(\d+))?\Z")
# Numbers are read as digits side by side: 20000102, and 5 as five seconds.
_DIGITAL_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)(?:\.(\d+))?)?\Z")
_DIGITAL_TIME = re.compile(r"(-?)(\d+)(\d\d)(\d\d)(?:\.(\d+))?\Z")
_ON_UPDATE = re.compile(r"\bON\s+UPDATE\s+(.*)\Z", re.IGNORECASE | re.DOTALL)
_DIGITS = re.compile(r"\((\d)\)")
_NOW = {"date": "curdate", "time": "curtime"}


class DefaultReader:
    """Reads the defaults of one table's columns on one server."""

    def __init__(self, flavour: Flavour, columns: tuple[str, ...] = ()) -> None:
        self._flavour = flavour
        self._columns = columns

    def of_sql(self, sql: str | None, type_: ServerType) -> Default | None:
        """The default that stands as SQL behind DEFAULT; None without one, and for NULL."""
        if sql is None:
            return None
        # as MySQL reads them, for MariaDB takes bits for letters
        flavour = Flavour.MYSQL if type_.name == "bit" else self._flavour
        tree = normal_tree(sql, flavour, self._columns)
        if tree is None:
            return Expression(shown(normal_expression(sql, self._flavour, self._columns)))
        return self._of_tree(tree, type_)

    def of_value(self, value: str | None, type_: ServerType) -> Default | None:
        """The default that MySQL reports as a value, without quotes."""
        if value is None:
            return None
        if type_.name in _BYTES and value.startswith("0x"):
            return _bytes(bytes.fromhex(value[2:]), type_)
        if type_.name == "bit":
            return self.of_sql(value, type_)
        return self._literal(value, type_)

    def _of_tree(self, tree: Tree, type_: ServerType) -> Default | None:
        if tree.kind in (Kind.TEXT, Kind.NUMBER):
            return self._literal(tree.value, type_)
        if tree.kind is Kind.HEX and type_.name != "json":
            return self._of_hex(tree.value, type_)
        if tree.kind is Kind.WORD and tree.value == "NULL":
            return None
        if _is_now(tree, type_):
            return now()
        if tree == Tree(Kind.CALL, "uuid"):
            return uuid()
        if tree.kind is Kind.CALL and tree.value == "nextval":
            return NextValue(tree.args[0].value)
        return Expression(shown(tree_text(tree)))

    def _of_hex(self, digits: str, type_: ServerType) -> Literal:
        """Bytes are bytes, a text or a number, as the type wants it."""
        data = bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))
        if type_.name in _BYTES:
            return _bytes(data, type_)
        is_text = type_.name in TEXTS or type_.name in _MOMENTS or type_.name in ("date", "time")
        number = str(int.from_bytes(data, "big"))
        return self._literal(lossy_text(data) if is_text else number, type_)

    def _literal(self, text: str, type_: ServerType) -> Literal:
        """The value that a column of this type makes of a text or a number."""
        name = type_.name
        if name in _BYTES:
            return _bytes(text.encode("utf-8"), type_)
        if name in _MOMENTS or name in ("date", "time"):
            return Literal(self._moment(text, type_))
        if name in TEXTS:
            return Literal(shown(text.rstrip(" ") if name in _PADDED else text))
        try:
            return Literal(str(UUID(text)) if name == "uuid" else _number(Decimal(text), type_))
        except (InvalidOperation, ValueError):
            return Literal(text)

    def _moment(self, text: str, type_: ServerType) -> str:
        """A date or time with all its parts, and as many digits of a second as the type has."""
        digits = type_.numbers[0] if type_.numbers else 0
        if type_.name == "time":
            return self._time(text, digits)
        found = _MOMENT.match(text) or _DIGITAL_MOMENT.match(text)
        if found is None or not int(found[1]) or not int(found[2]) or not int(found[3]):
            return text
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        try:
            moment = datetime(year, month, day, hour, minute, second)
        except ValueError:
            return text
        if type_.name == "date":
            return moment.date().isoformat()
        more, tail = self._rounded(_micros(found[7]), digits)
        return f"{moment + timedelta(seconds=more)}{tail}"

    def _rounded(self, micros: int, digits: int) -> tuple[int, str]:
        """Microseconds as seconds more and the fraction as text: MySQL rounds what there is no room for."""
        unit = 10 ** (6 - digits)
        kept = micros - micros % unit
        if self._flavour is Flavour.MYSQL and (micros - kept) * 2 >= unit:
            kept += unit
        seconds, rest = divmod(kept, 1_000_000)
        return seconds, f".{rest:06}"[: digits + 1] if digits else ""

    def _time(self, text: str, digits: int) -> str:
        whole, point, rest = text.partition(".")
        found = _TIME.match(text) or _DIGITAL_TIME.match(f"{whole.zfill(6)}{point}{rest}")
        if found is None:
            return text
        sign, hours, minutes, seconds, fraction = found.groups()
        more, tail = self._rounded(_micros(fraction), digits)
        total = (int(hours) * 60 + int(minutes)) * 60 + int(seconds or 0) + more
        return f"{sign}{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}{tail}"


def _micros(fraction: str | None) -> int:
    return int((fraction or "").ljust(6, "0")[:6])


def _bytes(data: bytes, type_: ServerType) -> Literal:
    """BINARY(n) fills up with zeros, which the catalog shows on MariaDB only."""
    return Literal(data.rstrip(b"\0") if type_.name == "binary" else data)


def _number(value: Decimal, type_: ServerType) -> int | float | bool | Decimal:
    name = type_.name
    if name in INTEGERS or name in ("year", "bit"):
        whole = int(value.quantize(Decimal(1), ROUND_HALF_UP))
        is_boolean = name == "tinyint" and type_.numbers == (1,) and whole in (0, 1)
        return bool(whole) if is_boolean else whole
    if name == "decimal":
        scale = type_.numbers[1] if len(type_.numbers) > 1 else 0
        return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return float(f"{value:.6g}") if name == "float" else float(value)


def _is_now(tree: Tree, type_: ServerType) -> bool:
    """Is it the present, in a form for this type?"""
    if tree.kind is not Kind.CALL:
        return False
    if tree.value == _NOW.get(type_.name):
        return True
    plain = all(arg.kind is Kind.NUMBER for arg in tree.args)
    return tree.value == "current_timestamp" and plain


def on_update(sql: str | None) -> tuple[str | None, str | None]:
    """What stands behind DEFAULT in front of `ON UPDATE`, and the time that stands behind it."""
    found = _ON_UPDATE.search(sql) if sql is not None else None
    if sql is None or found is None:
        return sql, None
    return sql[: found.start()].strip() or None, moment_of_update(found[1])


def moment_of_update(text: str) -> str:
    """The time that an UPDATE puts into a column, in one spelling: `CURRENT_TIMESTAMP(6)`."""
    digits = _DIGITS.search(text)
    return f"CURRENT_TIMESTAMP({digits[1]})" if digits and digits[1] != "0" else "CURRENT_TIMESTAMP"
