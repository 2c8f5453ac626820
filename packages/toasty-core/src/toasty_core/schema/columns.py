"""A column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import field, frozen

from toasty_core.schema.type_syntax import coerce_type
from toasty_core.schema.types import Type
from toasty_core.schema.values import (
    Auto,
    Default,
    Generated,
    coerce_auto,
    coerce_default,
)

Options: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Settings by backend name, e.g. `{"sqlite": {"strict": True}}`; each backend documents its own."""


@frozen
class ColumnDef:
    """A column as it stands in a schema.

    `type` is a portable type, as a text (`"String(255)"`) or a value. `default` is what the database
    puts into rows that bring nothing: a literal, `now()`, `uuid()` or `expr("...")`; an explicit null is
    `expr("NULL")`. `auto=True` numbers the rows. `generated` is computed from other columns.
    `renamed_from` is a hint of the models and no part of the schema.
    """

    name: str
    type: Type = field(converter=coerce_type)
    nullable: bool = False
    default: Default | None = field(default=None, converter=coerce_default)
    auto: Auto | None = field(default=None, converter=coerce_auto)
    generated: Generated | None = None
    collation: str | None = None
    comment: str | None = None
    options: Options = field(factory=dict)
    renamed_from: str | None = field(default=None, eq=False, repr=False)

    @property
    def needs_fill(self) -> bool:
        """A new column like this leaves existing rows without a value that they must have."""
        given = self.default is not None or self.auto is not None or self.generated is not None
        return not self.nullable and not given
