"""Reads a stored CREATE TABLE for what no pragma tells: names of constraints, checks, collations, ...

SQLite has accepted the text, so this follows its grammar and looks for no mistakes.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import Factory, define, evolve

from toasty_core.schema.columns import Options
from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    Deferral,
    ForeignKeyDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.values import Generated
from toasty_sqlite.reading import plain_expression
from toasty_sqlite.tokens import Tokens


@define
class ColumnText:
    """What the text says of one column beside its type, default and NOT NULL."""

    name: str
    collation: str | None = None
    generated: Generated | None = None
    on_conflict_not_null: str | None = None


@define
class TableText:
    """What the text says of a table. Columns are by name, in lower case."""

    columns: dict[str, ColumnText] = Factory(dict)
    primary_key: PrimaryKeyDef | None = None
    uniques: list[UniqueDef] = Factory(list)
    checks: list[CheckDef] = Factory(list)
    foreign_keys: list[ForeignKeyDef] = Factory(list)
    autoincrement: bool = False
    strict: bool = False
    without_rowid: bool = False


def read_table(sql: str) -> TableText:
    """What a CREATE TABLE says, as SQLite stores it."""
    return _Reader(Tokens(sql)).read()


class _Reader:
    """One pass over the text; `table` grows on the way."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.table = TableText()
        self.column = ColumnText("")
        self.name: str | None = None  # of the constraint that follows

    def read(self) -> TableText:
        tokens = self.tokens
        tokens.skip_to("(")
        tokens.skip()
        while tokens.key not in ("", ")"):
            if tokens.key in _TABLE_PARTS:
                self._table_part()
            else:
                self._column()
            tokens.take(",")
        tokens.skip()
        self._options()
        return self.table

    def _options(self) -> None:
        while self.tokens.key:
            if self.tokens.take("WITHOUT", "ROWID"):
                self.table.without_rowid = True
            elif self.tokens.take("STRICT"):
                self.table.strict = True
            else:
                self.tokens.skip()

    def _column(self) -> None:
        self.column = ColumnText(self.tokens.name())
        self.table.columns[self.column.name.lower()] = self.column
        self.tokens.skip_to(*_COLUMN_PARTS, ",", ")")
        while self.tokens.key not in ("", ",", ")"):
            read = _COLUMN_PARTS.get(self.tokens.key)
            self.tokens.skip()
            if read is not None:
                read(self)

    def _table_part(self) -> None:
        read = _TABLE_PARTS[self.tokens.key]
        self.tokens.skip()
        read(self)

    # What stands in both places.

    def constraint(self) -> None:
        self.name = self.tokens.name()

    def check(self) -> None:
        text = plain_expression(self.tokens.bracketed())
        self.table.checks.append(CheckDef(text, self._named(), options=self._on_conflict()))

    def _named(self) -> str | None:
        name, self.name = self.name, None
        return name

    def _on_conflict(self) -> Options:
        action = self._conflict()
        return {"sqlite": {"on_conflict": action}} if action else {}

    def _conflict(self) -> str | None:
        return self.tokens.skip().upper() if self.tokens.take("ON", "CONFLICT") else None

    # Parts of a table.

    def table_key(self) -> None:
        self.tokens.take("KEY")
        self._key(self._names())

    def table_unique(self) -> None:
        self._unique(self._names())

    def table_foreign_key(self) -> None:
        self.tokens.take("KEY")
        columns = self._names()
        self.tokens.take("REFERENCES")
        self._references(columns)
        if self.tokens.take("NOT", "DEFERRABLE"):
            self._deferral(Deferral.IMMEDIATE)
        elif self.tokens.take("DEFERRABLE"):
            self.deferrable()

    # Parts of a column.

    def column_key(self) -> None:
        self.tokens.take("KEY")
        _ = self.tokens.take("ASC") or self.tokens.take("DESC")
        self._key((self.column.name,))
        self.table.autoincrement |= self.tokens.take("AUTOINCREMENT")

    def column_unique(self) -> None:
        self._unique((self.column.name,))

    def column_references(self) -> None:
        self._references((self.column.name,))

    def no(self) -> None:
        if self.tokens.take("NULL"):
            self.column.on_conflict_not_null = self._conflict()
        elif self.tokens.take("DEFERRABLE"):
            self._initially()
            self._deferral(Deferral.IMMEDIATE)
        self.name = None

    def null(self) -> None:
        self._conflict()
        self.name = None

    def deferrable(self) -> None:
        self._deferral(self._initially())

    def default(self) -> None:
        if self.tokens.key == "(":
            self.tokens.bracketed()
        else:
            _ = self.tokens.take("-") or self.tokens.take("+")
            self.tokens.skip()
        self.name = None

    def collate(self) -> None:
        self.column.collation = self.tokens.name()
        self.name = None

    def generated(self) -> None:
        text = plain_expression(self.tokens.bracketed())
        stored = self.tokens.take("STORED")
        self.column.generated = Generated(text, stored=stored)
        self.name = None

    # How a constraint is put together.

    def _key(self, columns: tuple[str, ...]) -> None:
        name = self._named()
        self.table.primary_key = PrimaryKeyDef(columns, name, options=self._on_conflict())

    def _unique(self, columns: tuple[str, ...]) -> None:
        name = self._named()
        self.table.uniques.append(UniqueDef(columns, name, options=self._on_conflict()))

    def _names(self) -> tuple[str, ...]:
        """`(a COLLATE NOCASE, b DESC)`: the names alone."""
        self.tokens.take("(")
        names = []
        while self.tokens.key not in ("", ")"):
            names.append(self.tokens.name())
            self.table.autoincrement |= self.tokens.until(",", ")").upper() == "AUTOINCREMENT"
            self.tokens.take(",")
        self.tokens.skip()
        return tuple(names)

    def _references(self, columns: tuple[str, ...]) -> None:
        name = self._named()
        table = self.tokens.name()
        references = self._names() if self.tokens.key == "(" else ()
        actions = {"DELETE": Action.NO_ACTION, "UPDATE": Action.NO_ACTION}
        while self.tokens.key in ("ON", "MATCH"):
            what = self.tokens.skip().upper()
            event = self.tokens.skip().upper()
            if what == "ON":
                actions[event] = self._action()
        self.table.foreign_keys.append(
            ForeignKeyDef(
                columns,
                table,
                references,
                name,
                on_delete=actions["DELETE"],
                on_update=actions["UPDATE"],
            )
        )

    def _action(self) -> Action:
        first = self.tokens.skip().lower()
        return Action(f"{first} {self.tokens.skip().lower()}" if first in ("set", "no") else first)

    def _initially(self) -> Deferral:
        if self.tokens.take("INITIALLY", "DEFERRED"):
            return Deferral.DEFERRED
        self.tokens.take("INITIALLY", "IMMEDIATE")
        return Deferral.DEFERRABLE

    def _deferral(self, deferral: Deferral) -> None:
        if self.table.foreign_keys:
            last = self.table.foreign_keys.pop()
            self.table.foreign_keys.append(evolve(last, deferral=deferral))


_Part = Callable[[_Reader], None]

_TABLE_PARTS: dict[str, _Part] = {
    "CONSTRAINT": _Reader.constraint,
    "PRIMARY": _Reader.table_key,
    "UNIQUE": _Reader.table_unique,
    "CHECK": _Reader.check,
    "FOREIGN": _Reader.table_foreign_key,
}
_COLUMN_PARTS: dict[str, _Part] = {
    "CONSTRAINT": _Reader.constraint,
    "PRIMARY": _Reader.column_key,
    "NOT": _Reader.no,
    "NULL": _Reader.null,
    "UNIQUE": _Reader.column_unique,
    "CHECK": _Reader.check,
    "DEFAULT": _Reader.default,
    "COLLATE": _Reader.collate,
    "REFERENCES": _Reader.column_references,
    "DEFERRABLE": _Reader.deferrable,
    "AS": _Reader.generated,
}
