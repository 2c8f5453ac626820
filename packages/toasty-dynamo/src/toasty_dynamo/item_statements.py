"""What is done to the items of tables, as values; `working.py` does it.

None can stand in a transaction with others. All are repeatable: done a second time they do no harm, or
they know from their notes how far they came. The tables are named by their keys, without the URL's prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from toasty_core.backends import Effect, TableSize, Work
from toasty_core.schema.expression_trees import Condition
from toasty_dynamo.command_line import command_text
from toasty_dynamo.conversion import Conversion
from toasty_dynamo.costs import Cost
from toasty_dynamo.edits import Change, Edit, Moved, PartiqlTexts, Table
from toasty_dynamo.filters import ALWAYS, Av, Guard
from toasty_dynamo.limits import KeyPart
from toasty_dynamo.scanning import Reading
from toasty_dynamo.statements import DynamoStatement
from toasty_dynamo.values import Kind

Function = Callable[[dict[str, Any]], Mapping[str, Any] | None]


@frozen
class Unique:
    """Columns whose values stand only once, kept by sentinels (`sentinels.py`)."""

    columns: tuple[str, ...]


class ItemStatement(DynamoStatement):
    """What all have in common: the table's key, and the names of its key's attributes.

    `prefix` is what the names of tables begin with, for the text.
    """

    __slots__ = ()

    table: str
    key: tuple[str, ...]
    prefix: str

    @property
    def named(self) -> str:
        """The name that the service knows the table by."""
        return f"{self.prefix}{self.table}"

    @property
    def effects(self) -> tuple[Effect, ...]:
        return (Effect(self.table, "none but on each item", Work.SCAN),)

    @property
    def work(self) -> Cost | None:
        """What is done to the whole table, at most; None where it is only about some items."""
        return None

    def cost(self, sizes: Mapping[str, TableSize]) -> str | None:
        return self.work.text(sizes.get(self.table)) if self.work is not None else None


def _scan_text(table: str, key: tuple[str, ...], guard: Guard, only: tuple[str, ...] = ()) -> str:
    request = Reading(Table(table, key), guard, only).request()
    return command_text("Scan", request)


def _statement_text(table: str, key: tuple[str, ...], change: Change | None, guard: Guard) -> str:
    """The call for one item, with names in angle brackets in the place of its key's values."""
    edit = Edit({name: {"S": f"<{name}>"} for name in key}, _as_text(change), guard)
    words = PartiqlTexts(Table(table, key)).statement(edit)
    return command_text("ExecuteStatement", words)


def _as_text(change: Change | None) -> Change | None:
    """What is made for each item, as words."""
    if change is None:
        return None
    sets = ((n, v if isinstance(v, dict | Moved) else {"S": f"<{v}>"}) for n, v in change.sets)
    return Change(tuple(sets), change.removes)


@frozen
class ChangeItems(ItemStatement):
    """Changes the items that fulfil `pending`, each if it does so then; a second time it changes nothing more.

    No item may fulfil `left` when it is through: those that do are said to be `clash`.
    """

    table: str
    key: tuple[str, ...]
    change: Change
    pending: Guard
    left: Guard
    clash: str = "are not as they should be"
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def work(self) -> Cost | None:
        return Cost(scans=2, writes=1)

    def __str__(self) -> str:
        scan = _scan_text(self.named, self.key, self.pending, self.key)
        each = _statement_text(self.named, self.key, self.change, self.pending)
        return f"{scan}\n# for each of the items, 25 in a call:\n{each}"


@frozen
class ConvertItems(ItemStatement):
    """Gives an attribute's values another type, each where it is still the value that was read."""

    table: str
    key: tuple[str, ...]
    attribute: str
    conversion: Conversion
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def work(self) -> Cost | None:
        return Cost(scans=2, writes=1)

    def __str__(self) -> str:
        scan = _scan_text(
            self.named, self.key, self.conversion.pending(self.attribute), (self.attribute,)
        )
        from toasty_dynamo.filters import Test

        change = Change(((self.attribute, {"S": "<new value>"}),))
        guard = Test(self.attribute, "=", {"S": "<value>"})
        each = _statement_text(self.named, self.key, change, guard)
        kinds = f"{self.conversion.old.type} to {self.conversion.new.type}"
        return f"{scan}\n# for each of the items, from {kinds}, 25 in a call:\n{each}"


@frozen
class Column:
    """A column of the row that a function gets."""

    name: str
    kind: Kind


@frozen
class TransformItems(ItemStatement):
    """Calls `function(row)` for the items that fulfil `guard`, exactly once for each that it changes.

    `keys` are those of the items where they are known; None: they are looked for.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    function: Function = field(eq=True)
    description: str
    guard: Guard = ALWAYS
    keys: tuple[Mapping[str, Av], ...] | None = None
    uniques: tuple[Unique, ...] = ()
    parts: tuple[KeyPart, ...] = ()
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def work(self) -> Cost | None:
        in_transactions = 2  # they cost twice
        return Cost(scans=1, writes=in_transactions) if self.keys is None else None

    def __str__(self) -> str:
        found = "the items with these keys" if self.keys is not None else "each of the items"
        first = (
            command_text("BatchGetItem", self._get())
            if self.keys is not None
            else _scan_text(self.named, self.key, self.guard)
        )
        return f"{first}\n# Python: {self.description}: {found}, with TransactWriteItems"

    def _get(self) -> dict[str, Any]:
        return {"RequestItems": {self.named: {"Keys": [dict(key) for key in self.keys or ()]}}}


@frozen
class Link:
    """A foreign key that inserted items are held against: its columns, and the other table's with its key."""

    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]
    parent_key: tuple[str, ...]


@frozen
class Rules:
    """What inserted items are held against: columns that must have a value, checks, foreign keys.

    Each check is its text and its tree.
    """

    columns: tuple[Column, ...] = ()
    required: tuple[str, ...] = ()
    checks: tuple[tuple[str, Condition], ...] = ()
    links: tuple[Link, ...] = ()


_NO_RULES = Rules()


@frozen
class PutItems(ItemStatement):
    """Puts new items in; where a key is taken, none of the transaction's is. `numbered` attributes are numbered."""

    table: str
    key: tuple[str, ...]
    items: tuple[Mapping[str, Any], ...]
    numbered: tuple[str, ...] = ()
    uniques: tuple[Unique, ...] = ()
    rules: Rules = _NO_RULES
    parts: tuple[KeyPart, ...] = ()
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def effects(self) -> tuple[Effect, ...]:
        return (Effect(self.table, "none but on each item"),)

    def __str__(self) -> str:
        puts = [
            {"Put": {"TableName": self.named, "Item": dict(item), **self._absent}}
            for item in self.items
        ]
        lines = []
        for at in range(0, len(puts), 98):
            lines.append(command_text("TransactWriteItems", {"TransactItems": puts[at : at + 98]}))
        return "\n".join(lines)

    @property
    def _absent(self) -> dict[str, Any]:
        return {
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": self.key[0]},
        }


@frozen
class UpsertItems(ItemStatement):
    """Sets attributes of the items whose `match` attributes have these values, or puts new items in.

    Of each of `rows`: the whole new item, and the names of the attributes that are set where it is there already.
    """

    table: str
    key: tuple[str, ...]
    match: tuple[str, ...]
    rows: tuple[tuple[Mapping[str, Any], tuple[str, ...]], ...]
    uniques: tuple[Unique, ...] = ()
    parts: tuple[KeyPart, ...] = ()
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def effects(self) -> tuple[Effect, ...]:
        return (Effect(self.table, "none but on each item"),)

    def __str__(self) -> str:
        found = ", ".join(self.match)
        lines = [
            f"# upsert {len(self.rows)} item(s) by {found}; an item that is there keeps the rest"
        ]
        for item, _ in self.rows:
            lines.append(command_text("PutItem", {"TableName": self.named, "Item": dict(item)}))
        return "\n".join(lines)


@frozen
class DeleteItems(ItemStatement):
    """Deletes the items that fulfil `guard`, or those with these keys."""

    table: str
    key: tuple[str, ...]
    guard: Guard = ALWAYS
    keys: tuple[Mapping[str, Av], ...] | None = None
    uniques: tuple[Unique, ...] = ()
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def work(self) -> Cost | None:
        writes = 2 if self.uniques else 1  # with their sentinels they go in transactions
        return Cost(scans=1, writes=writes) if self.keys is None else None

    def __str__(self) -> str:
        if self.keys is not None:
            edits = [Edit(key, None, self.guard) for key in self.keys]
            texts = PartiqlTexts(Table(self.named, self.key))
            words = {"Statements": [texts.statement(edit) for edit in edits]}
            return command_text("BatchExecuteStatement", words)
        scan = _scan_text(self.named, self.key, self.guard, self.key)
        each = _statement_text(self.named, self.key, None, self.guard)
        return f"{scan}\n# for each of the items, 25 in a call:\n{each}"
