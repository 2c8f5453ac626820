"""What an operation is, and how lists of them fold and turn around."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from enum import Enum
from typing import ClassVar

from attrs import fields, frozen

from toasty_core.errors import Irreversible
from toasty_core.schema.snapshot import SchemaSnapshot


class Hazard(Enum):
    """What an operation may do to data."""

    SAFE = "safe"
    LOSSY = "lossy"
    IRREVERSIBLE = "irreversible"


class Category(Enum):
    """The guide's migration types."""

    ADDITIVE = "additive"
    DESTRUCTIVE = "destructive"
    MODIFYING = "modifying"


@frozen(repr=False)
class Operation:
    """One change, as a value. It knows schemas and no database: that is the backend's matter.

    A subclass is a frozen value whose class name gives its kind: `AddColumn` is `add_column` in JSON, as a
    method of the migration context and as a method of the SQL backends. (No ABC: asking for the class of an operation
    would take three times as long, and a compiler asks dozens of times for each. And `frozen(repr=False)`: a
    `__repr__` for each class would cost every start 6 ms.)
    """

    kind: ClassVar[str] = "operation"
    category: ClassVar[Category] = Category.MODIFYING
    default_hazard: ClassVar[Hazard] = Hazard.SAFE

    def __init_subclass__(cls) -> None:
        cls.kind = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__)[1:]

    def __repr__(self) -> str:
        values = (f"{a.name}={getattr(self, a.name)!r}" for a in fields(type(self)))
        return f"{type(self).__name__}({', '.join(values)})"

    @abstractmethod
    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema after the operation. Raises SchemaError when it does not fit."""

    @abstractmethod
    def inverse(self, before: SchemaSnapshot) -> Operation:
        """The operation that leads back to `before`. Raises Irreversible with what is lost."""

    @abstractmethod
    def describe(self) -> str:
        """The operation in a few words: `add column users.email`."""

    @abstractmethod
    def touches(self) -> tuple[str, ...]:
        """The keys of the tables that it reads or changes."""

    @property
    def hazard(self) -> Hazard:
        """What it may do to data."""
        return self.default_hazard

    def hazard_from(self, before: SchemaSnapshot) -> Hazard:
        """What it may do to data, more exactly, as the schema before it is known."""
        return self.hazard

    def not_restored(self, before: SchemaSnapshot) -> str | None:
        """What `inverse` cannot bring back, as a sentence for the file; None when nothing is lost."""
        return None


def fold(operations: Iterable[Operation], schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema after all of `operations`; linear in their number.

    Raises SchemaError when one does not fit.
    """
    state: SchemaSnapshot = schema.draft()
    for operation in operations:
        state = operation.apply(state)
    return state.frozen()


def invert(operations: Iterable[Operation], before: SchemaSnapshot) -> list[Operation]:
    """The operations that lead from the folded schema back to `before`, last first.

    Raises Irreversible, naming the operation, when one has no way back.
    """
    state: SchemaSnapshot = before.draft()
    inverses: list[Operation] = []
    for operation in operations:
        try:
            inverses.append(operation.inverse(state))
        except Irreversible as error:
            raise Irreversible(error.what, where=error.where or operation.describe()) from None
        state = operation.apply(state)
    return inverses[::-1]
