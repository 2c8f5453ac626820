"""Copies of tables, as values; `copying.py` does them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from toasty_core import operations as ops
from toasty_core.backends import Effect, Statement, Work, only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_dynamo.canonical import canonical_table
from toasty_dynamo.command_line import command_text
from toasty_dynamo.costs import Cost
from toasty_dynamo.indexes import is_local
from toasty_dynamo.item_statements import ItemStatement, Unique
from toasty_dynamo.names import BACKEND, OWN
from toasty_dynamo.planning import calls
from toasty_dynamo.rows import uniques_of
from toasty_dynamo.sentinels import DropSentinels, MakeSentinels
from toasty_dynamo.settings import table_settings
from toasty_dynamo.statements import Control, TableChange
from toasty_dynamo.tables import create_words, refuse_table


def copy_name(table: str) -> str:
    """What the copy is called that a table is made anew from."""
    return f"{OWN}copy_{table}"


class CopyStatement(ItemStatement):
    """What a copy does to a table."""

    __slots__ = ()


@frozen
class CopyTable(CopyStatement):
    """Copies all items into the table `target`, which it makes, until both hold the same; the old table stays.

    `create` is what CreateTable takes, but for the name. `renames` are attributes of the key under other names.
    With `anew` the old table then goes, is made again as `create` says, and gets the items back from the copy,
    which stays.
    """

    table: str
    key: tuple[str, ...]
    target: str
    target_key: tuple[str, ...]
    create: Mapping[str, Any]
    renames: tuple[tuple[str, str], ...] = ()
    anew: bool = False
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def effects(self) -> tuple[Effect, ...]:
        return (
            Effect(
                self.table, "none" if not self.anew else "another name", Work.REWRITE, self.anew
            ),
        )

    @property
    def work(self) -> Cost | None:
        """Copied and compared, and where it is made anew, copied back and looked for there."""
        return Cost(5, 3, 2) if self.anew else Cost(3, 2, 1)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        words = {"TableName": self.named, "StreamSpecification": stream}
        yield command_text("UpdateTable", words)
        yield command_text(
            "CreateTable", {**self.create, "TableName": f"{self.prefix}{self.target}"}
        )
        yield f"# all items of {self.table} are copied into {self.target}, side by side in segments;"
        yield "# what is written meanwhile follows from the stream, until both hold the same"
        if not self.anew:
            yield f"# {self.table} stays: move your applications over, then drop it with live.drop_left"
            return
        yield command_text("DeleteTable", {"TableName": self.named})
        yield "# the stream is read to its end"
        yield command_text("CreateTable", {**self.create, "TableName": self.named})
        yield f"# all items are copied back; {self.target} stays: delete it when all is well"


@frozen
class FollowTable(CopyStatement):
    """Does in `table` what was written since into the table `left` that a rename left behind."""

    table: str
    key: tuple[str, ...]
    left: str
    uniques: tuple[Unique, ...] = ()
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def effects(self) -> tuple[Effect, ...]:
        return ()

    @property
    def notice(self) -> str:
        return (
            f"{self.left} stays, and what applications write into it from now on is not in {self.table}:"
            f" move them over, then carry the rest over and drop it with live.drop_left({self.left!r})"
        )

    def __str__(self) -> str:
        return f"# the stream of {self.left} is read once more, and what it says is done in {self.table}"


def copies(
    operation: Operation, before: SchemaSnapshot, after: SchemaSnapshot, prefix: str = ""
) -> Iterator[Statement]:
    """The copies that an operation needs; none where the table can stay as it is.

    `prefix` is what the names of tables begin with.
    """
    match operation:
        case ops.RenameTable(old):
            yield from _renamed(old, before, after, prefix)
        case ops.ChangePrimaryKey(table):
            if before.table(table).key_columns != after.table(table).key_columns:
                yield from _anew(before.table(table), after.table(table), prefix)
        case ops.CreateIndex(table, index) if _local(after.table(table), index):
            yield from _anew(before.table(table), after.table(table), prefix)
        case ops.DropIndex(table, name):
            found = before.table(table).index(name)
            if _local(before.table(table), found):
                yield from _anew(before.table(table), after.table(table), prefix)
        case ops.RenameColumn(table, old, new) if old in before.table(table).key_columns:
            yield from _anew(before.table(table), after.table(table), prefix, ((old, new),))


def _local(table: TableDef, index: IndexDef) -> bool:
    return only_for(BACKEND, index.only) and is_local(table, index)


def _create(table: TableDef) -> dict[str, Any]:
    refuse_table(table)
    found = create_words(canonical_table(table), table.key)
    del found["TableName"]
    return found


def _renamed(
    old: str, before: SchemaSnapshot, after: SchemaSnapshot, prefix: str
) -> Iterator[Statement]:
    was = before.table(old)
    will = after.table(next(key for key in after.tables if not before.has_table(key)))
    yield CopyTable(was.key, was.key_columns, will.key, will.key_columns, _create(will))
    for unique in uniques_of(will):
        yield MakeSentinels(will.key, will.key_columns, unique)
        yield DropSentinels(was.key, was.key_columns, unique)
    changes = [TableChange(was.key, f"{prefix}{was.key}", (), None)]
    for key, table in after.tables.items():
        if key == will.key:
            changes.append(_settled(table, prefix))
        elif before.tables.get(key) != table:
            changes.append(TableChange(key, f"{prefix}{key}", (), canonical_table(table)))
    yield Control(tuple(changes))
    yield FollowTable(will.key, will.key_columns, was.key, uniques_of(will))


def _settled(table: TableDef, prefix: str) -> TableChange:
    """What CreateTable does not take, such as a time to live, and the record."""
    name, mine = f"{prefix}{table.key}", canonical_table(table)
    return TableChange(table.key, name, calls(None, mine, name)[1:], mine)


def _anew(
    was: TableDef, will: TableDef, prefix: str, renames: tuple[tuple[str, str], ...] = ()
) -> Iterator[Statement]:
    if table_settings(was).get("deletion_protection"):
        raise Unsupported(
            f"table {was.key!r} cannot be made anew",
            reason="it is protected: its option deletion_protection is True",
            hint="set the table's options without it first, in a migration of its own",
        )
    made = _create(will)
    target = copy_name(was.key)
    for unique in uniques_of(was):
        yield DropSentinels(was.key, was.key_columns, unique)
    yield CopyTable(was.key, was.key_columns, target, will.key_columns, made, renames, anew=True)
    for unique in uniques_of(will):
        yield MakeSentinels(will.key, will.key_columns, unique)
    yield Control((_settled(will, prefix),))


__all__ = ["CopyStatement", "CopyTable", "FollowTable", "copies", "copy_name"]
