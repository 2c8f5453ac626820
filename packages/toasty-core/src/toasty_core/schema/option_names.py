"""Options that name columns: they follow when a column is called otherwise.

What an option means is its backend's matter. But a fold is the same whichever backends are installed, so it goes by
the option's name: backends that name columns in options use these words for it, and others mean something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from attrs import evolve, frozen

from toasty_core.schema.columns import Options
from toasty_core.schema.constraints import IndexDef, PrimaryKeyDef, UniqueDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.text_names import ColumnText
from toasty_core.schema.values import Expression

PartT = TypeVar("PartT", TableDef, PrimaryKeyDef, UniqueDef, IndexDef)


class Names(Enum):
    """How the value of an option names columns; a value of another shape names none."""

    ONE = "as a text"
    LIST = "as a list of texts"
    KEYS = "as the names in a mapping"
    FILTER = "as the names in a document database's filter"
    TEXT = "in an expression"
    PARTS = "in expressions that stand in a list of mappings, under `sql`"


COLUMN_OPTIONS: Mapping[str, Names] = MappingProxyType(
    {
        "exclude": Names.PARTS,
        "include": Names.LIST,
        "length": Names.KEYS,
        "ops": Names.KEYS,
        "partialFilterExpression": Names.FILTER,
        "partition_by": Names.TEXT,
        "projection": Names.LIST,
        "subpartition_by": Names.TEXT,
        "ttl": Names.ONE,
        "using": Names.KEYS,
        "weights": Names.KEYS,
        "wildcardProjection": Names.KEYS,
    }
)
"""The options of all backends that name columns; `PARTITION BY` is one of them, too."""


@frozen
class OptionText:
    """The new name of a column in options: of its table, and of the table's keys and indexes."""

    text: ColumnText

    def in_part(self, part: PartT) -> PartT:
        """The part with the new name in its options."""
        if not part.options:
            return part
        options = self.in_options(part.options)
        return part if options == part.options else evolve(part, options=options)

    def in_options(self, options: Options) -> Options:
        """The options with the new name in those that name columns."""
        return {
            backend: {name: self._value(name, value) for name, value in given.items()}
            for backend, given in options.items()
        }

    def _value(self, name: str, value: Any) -> Any:
        how = COLUMN_OPTIONS.get(name, COLUMN_OPTIONS.get(name.lower().replace(" ", "_")))
        match how, value:
            case Names.ONE, str():
                return self._path(value)
            case Names.LIST, list() | tuple():
                return type(value)(map(self._path, value))
            case Names.KEYS, Mapping():
                return {self._path(key): item for key, item in value.items()}
            case Names.FILTER, Mapping():
                return {self._path(key): self._condition(key, value[key]) for key in value}
            case Names.TEXT, str():
                return self._sql(value)
            case Names.PARTS, list() | tuple():
                return [self._said(item) for item in value]
        return value

    def _path(self, name: Any) -> Any:
        """The column, or a field of a document that it holds."""
        old, new = self.text.old, self.text.new
        if name == old:
            return new
        is_field = isinstance(name, str) and name.startswith(f"{old}.")
        return new + name[len(old) :] if is_field and name not in self.text.columns else name

    def _condition(self, operator: str, value: Any) -> Any:
        """What stands behind an operator that joins conditions; anything else is no condition of columns."""
        if operator not in ("$and", "$or"):
            return value
        return [self._value("partialFilterExpression", item) for item in value]

    def _sql(self, text: str) -> str:
        return str(self.text.of(Expression(text)))

    def _said(self, item: Any) -> Any:
        if not isinstance(item, Mapping) or "sql" not in item:
            return item
        return {**item, "sql": self._sql(str(item["sql"]))}
