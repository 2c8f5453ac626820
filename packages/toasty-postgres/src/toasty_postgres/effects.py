"""What a statement means for those who use a table meanwhile, as measured on PostgreSQL 15 and 18.

https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from __future__ import annotations

from enum import Enum

from toasty_core.backends import Effect, Work
from toasty_sql.statements import SqlStatement


class Lock(Enum):
    """The locks on tables that our statements take, in PostgreSQL's words."""

    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    ROW_SHARE = "ROW SHARE"

    @property
    def stops_writers(self) -> bool:
        """Does nobody else write while it is held?"""
        return self in (Lock.ACCESS_EXCLUSIVE, Lock.SHARE_ROW_EXCLUSIVE, Lock.SHARE)


def effect(table: str, lock: Lock = Lock.ACCESS_EXCLUSIVE, work: Work = Work.CATALOG) -> Effect:
    """The effect on one table; writers wait for long when there is work under a lock that stops them."""
    return Effect(table, lock.value, work, lock.stops_writers and work is not Work.CATALOG)


def ddl(sql: str, *effects: Effect) -> SqlStatement:
    """A statement that can stand in a transaction."""
    return SqlStatement(sql, effect=effects)


def alone(sql: str, *effects: Effect, again: bool = False) -> SqlStatement:
    """A statement that stands in no transaction; `again`: it does no harm a second time."""
    return SqlStatement(sql, in_transaction=False, again=again, effect=effects)


def heavier(one: Work, two: Work) -> Work:
    """Of two works, the one that takes longer."""
    order = (Work.CATALOG, Work.SCAN, Work.BUILD, Work.REWRITE)
    return max(one, two, key=order.index)
