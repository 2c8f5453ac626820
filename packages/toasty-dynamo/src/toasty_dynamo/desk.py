"""What a statement on items is done with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from attrs import define, field

from toasty_dynamo.edits import Table
from toasty_dynamo.item_statements import ItemStatement
from toasty_dynamo.notes import Notes, Segment
from toasty_dynamo.pacing import ItemSettings, Pace
from toasty_dynamo.progressing import Tell
from toasty_dynamo.scanning import Page, Reading, Team, gathered, pages

if TYPE_CHECKING:
    from toasty_dynamo.journal import OwnTable

_FEW = 1_000
"""A table of fewer items is read in one segment."""


@define
class Desk:
    """What a statement is done with: the client, Toasty's own table, notes, pace, and who is told."""

    own: OwnTable
    name: Callable[[str], str]
    notes: Notes
    settings: ItemSettings
    tell: Tell
    pace: Pace = field(init=False)
    team: Team = field(init=False, factory=Team)

    def __attrs_post_init__(self) -> None:
        self.pace = Pace(self.settings)

    @property
    def client(self) -> Any:
        """boto3's client of DynamoDB."""
        return self.own.client

    def table(self, statement: ItemStatement) -> Table:
        """The statement's table as the service knows it."""
        return Table(self.name(statement.table), statement.key)

    def check(self) -> None:
        """Raises LockLost, and Stopped where another thread failed."""
        self.team.check()
        self.own.lock.check()

    def segments_for(self, table: Table) -> int:
        """In how many segments to read it; AWS counts items too seldom to know that a table is small."""
        aws = ".amazonaws.com" in self.client.meta.endpoint_url
        return self.settings.segments if aws or self.about(table) >= _FEW else 1

    def about(self, table: Table) -> int:
        """How many items the table has, as the service last counted them."""
        return int(self.client.describe_table(TableName=table.name)["Table"].get("ItemCount", 0))


def found_in(desk: Desk, reading: Reading) -> Iterator[Page]:
    """All pages of a table, read in segments side by side where it is not small."""
    total = desk.segments_for(reading.table)
    if total == 1:
        return pages(desk.client, reading, Segment(0, 1), desk.pace)
    segments = [Segment(number, total) for number in range(total)]
    return gathered(lambda segment: pages(desk.client, reading, segment, desk.pace), segments)


__all__ = ["Desk", "found_in"]
