"""One operation of a diff, with what its place in the order depends on."""

from __future__ import annotations

from enum import IntEnum

from attrs import frozen

from toasty_core.operations import Operation


class Rank(IntEnum):
    """The order of the operations on one table. What frees comes before what takes, in every table.

    An operation may need one of another table only if that has a lower rank; so there is always an order.
    """

    DROP_FOREIGN_KEY = 0
    DROP_TABLE_AT_ONCE = 1
    DROP_INDEX = 2
    DROP_UNIQUE = 3
    DROP_CHECK = 4
    DROP_KEY = 5
    DROP_COLUMN_AT_ONCE = 6
    RENAME_COLUMN = 7
    RENAME_PART = 8
    ADD_COLUMN = 9
    MODIFY_COLUMN = 10
    ADD_GENERATED = 11
    CHANGE_KEY = 12
    DROP_COLUMN = 13
    SET = 14
    ADD_UNIQUE = 15
    ADD_CHECK = 16
    CREATE_INDEX = 17
    CREATE_TABLE = 18
    ADD_FOREIGN_KEY = 19
    DROP_TABLE = 20


UNDER_A_FOREIGN_KEY = frozenset(
    {
        Rank.DROP_TABLE_AT_ONCE,
        Rank.DROP_INDEX,
        Rank.DROP_UNIQUE,
        Rank.DROP_KEY,
        Rank.DROP_COLUMN_AT_ONCE,
        Rank.RENAME_COLUMN,
        Rank.MODIFY_COLUMN,
        Rank.CHANGE_KEY,
        Rank.DROP_COLUMN,
        Rank.DROP_TABLE,
    }
)
"""What may only happen to a table when the foreign keys to it that go are gone."""

BEFORE_A_FOREIGN_KEY = frozenset(
    {
        Rank.RENAME_COLUMN,
        Rank.ADD_COLUMN,
        Rank.MODIFY_COLUMN,
        Rank.ADD_GENERATED,
        Rank.CHANGE_KEY,
        Rank.ADD_UNIQUE,
        Rank.CREATE_INDEX,
        Rank.CREATE_TABLE,
    }
)
"""What must have happened to a table when a new foreign key points at it."""


@frozen
class Step:
    """An operation on `table`.

    `targets` are the tables that the foreign keys it makes or takes away point at; `frees` and `takes` are
    the names of tables, indexes and constraints that are free after it, or must be before it.
    """

    operation: Operation
    rank: Rank
    table: str
    targets: tuple[str, ...] = ()
    frees: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
