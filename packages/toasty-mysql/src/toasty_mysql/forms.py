"""How a change of a table is done: the ALGORITHM and LOCK that each server takes for it.

Measured on MySQL 9.7 and MariaDB 10.11 and 11.8: each clause was tried with INSTANT, NOCOPY, INPLACE and COPY in
turn, and the first that the server takes stands here. On a large table the statement says it, so that a surprise
is an error at once and not an hour of copying.
https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html and
https://mariadb.com/kb/en/innodb-online-ddl-overview/
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from attrs import evolve, frozen

from toasty_core.backends import Effect, Work
from toasty_mysql.flavour import Flavour

_ONLINE_COPY = (11, 2)
"""The MariaDB from which on a table is copied while others write to it."""


class Algorithm(IntEnum):
    """How the server does it, from the quickest to the slowest."""

    INSTANT = 0
    NOCOPY = 1
    INPLACE = 2
    COPY = 3


_WEIGHT = (Work.CATALOG, Work.SCAN, Work.BUILD, Work.REWRITE)


@frozen
class Form:
    """An algorithm, whether writers wait meanwhile, and the work that it is."""

    algorithm: Algorithm
    blocking: bool = False
    work: Work = Work.CATALOG

    @property
    def lock(self) -> str:
        """The lock in the server's words."""
        return "LOCK=SHARED" if self.blocking else "LOCK=NONE"

    def clauses(self) -> tuple[str, ...]:
        """What a statement says to have it so. INSTANT takes no lock to be named."""
        algorithm = f"ALGORITHM={self.algorithm.name}"
        return (algorithm,) if self.algorithm is Algorithm.INSTANT else (algorithm, self.lock)

    def effect(self, table: str) -> Effect:
        """What it means for the users of a table."""
        words = self.algorithm.name
        if self.algorithm is not Algorithm.INSTANT:
            words += f", {self.lock}"
        return Effect(table, words, self.work, self.blocking)


INSTANT = Form(Algorithm.INSTANT)
INPLACE = Form(Algorithm.INPLACE)
REBUILD = Form(Algorithm.INPLACE, work=Work.REWRITE)
BUILD = Form(Algorithm.INPLACE, work=Work.BUILD)
BLOCKING_BUILD = Form(Algorithm.INPLACE, True, Work.BUILD)
COPY = Form(Algorithm.COPY, True, Work.REWRITE)


def slowest(forms: Iterable[Form]) -> Form:
    """The form of several clauses in one statement: as slow as the slowest."""
    found = list(forms)
    if len(found) == 1:
        return found[0]
    return Form(
        max(form.algorithm for form in found),
        any(form.blocking for form in found),
        max((form.work for form in found), key=_WEIGHT.index),
    )


@frozen
class Forms:
    """The forms of each change, for a server."""

    flavour: Flavour
    version: tuple[int, ...]

    @property
    def is_mariadb(self) -> bool:
        """Is it MariaDB?"""
        return self.flavour is Flavour.MARIADB

    def _for(self, mysql: Form, mariadb: Form) -> Form:
        return mariadb if self.is_mariadb else mysql

    @property
    def copy(self) -> Form:
        """A new table beside the old one. Writers wait, but on a MariaDB that can follow them."""
        online = self.is_mariadb and self.version >= _ONLINE_COPY
        return evolve(COPY, blocking=not online)

    @property
    def catalog(self) -> Form:
        """A default, a comment, a name."""
        return INSTANT

    @property
    def table_setting(self) -> Form:
        """The comment or another setting of a table that no row depends on."""
        return self._for(INPLACE, INSTANT)

    @property
    def nullability(self) -> Form:
        """NULL becomes NOT NULL, or the other way."""
        return REBUILD

    @property
    def key(self) -> Form:
        """Another primary key: the table is sorted anew."""
        return REBUILD

    @property
    def index(self) -> Form:
        """A new index."""
        return self._for(BUILD, Form(Algorithm.NOCOPY, work=Work.BUILD))

    @property
    def special_index(self) -> Form:
        """A FULLTEXT or SPATIAL index."""
        return BLOCKING_BUILD

    @property
    def index_drop(self) -> Form:
        """An index goes."""
        return self._for(INPLACE, Form(Algorithm.NOCOPY))

    @property
    def index_name(self) -> Form:
        """An index gets another name."""
        return self._for(INPLACE, INSTANT)

    @property
    def foreign_key_drop(self) -> Form:
        """A foreign key goes."""
        return self._for(INPLACE, INSTANT)

    @property
    def unchecked_foreign_key(self) -> Form:
        """A foreign key with foreign_key_checks=0, and the index that it may need."""
        return self.index

    @property
    def text_growth(self) -> Form:
        """A longer VARCHAR whose length takes as many bytes as before."""
        return self._for(INPLACE, INSTANT)

    @property
    def text_leap(self) -> Form:
        """A longer VARCHAR whose length takes a byte more."""
        return self._for(self.copy, INSTANT)

    def collation(self, indexed: bool) -> Form:
        """Another collation of the same character set."""
        if not indexed:
            return self.text_growth
        return self._for(self.copy, self.index)

    def new_column(self, *, stored: bool, computed_default: bool, random_default: bool) -> Form:
        """A new column at the end."""
        if stored or random_default or (computed_default and not self.is_mariadb):
            return self.copy
        return INSTANT
