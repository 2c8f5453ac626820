"""Changes that do no harm a second time: a table is swept in segments, then again for what others wrote meanwhile."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import BatchWriter, read_again, shown_key
from toasty_dynamo.desk import Desk, found_in
from toasty_dynamo.edits import Change, Edit, Key, Now, made
from toasty_dynamo.filters import Test, fulfils
from toasty_dynamo.item_statements import ChangeItems, ConvertItems, ItemStatement
from toasty_dynamo.notes import Segment
from toasty_dynamo.progressing import Told
from toasty_dynamo.scanning import Page, Reading, pages

_PASSES = 10
"""How often what others wrote meanwhile is looked for."""
_SHOWN = 5


class Sweep(ABC):
    """Reads a table in segments, with checkpoints, and changes what it finds in batches of PartiQL."""

    def __init__(self, statement: ItemStatement, desk: Desk) -> None:
        self.desk = desk
        self.table = desk.table(statement)

    @abstractmethod
    def reading(self) -> Reading:
        """What is read."""

    @abstractmethod
    def edits(self, page: Page) -> Iterator[Edit]:
        """What becomes of the items of a page."""

    def run(self) -> None:
        """All segments, from where an earlier run stopped; then once more, for what others wrote meanwhile."""
        desk = self.desk
        about = desk.about(self.table)
        segments = desk.notes.segments(desk.segments_for(self.table))
        begun = sum(segment.items for segment in segments)
        told = Told(self.table.name, about, begun, desk.tell, desk.pace)
        if not desk.notes.said.get("swept"):
            desk.team.run(lambda segment: self._segment(segment, told), segments)
            if any(segment.after for segment in segments) or desk.notes.said.get("segments"):
                desk.notes.say(swept=True)
        self.settle()
        if desk.notes.said.get("segments"):
            desk.notes.finish()

    def _segment(self, segment: Segment, told: Told) -> None:
        desk = self.desk
        writer = BatchWriter(desk.client, self.table, desk.pace)
        for page in pages(desk.client, self.reading(), segment, desk.pace):
            edits = list(self.edits(page))
            for at in range(0, len(edits), 250):
                desk.check()
                writer.write(edits[at : at + 250])
            told.looked_at(page.looked_at, len(edits))
            segment = segment.moved(page.after, page.looked_at)
            if page.after is not None:
                desk.notes.save(segment)

    @abstractmethod
    def settle(self) -> None:
        """Looks whether anything is left, and changes that too. Raises StatementFailed where it stays."""


class Changing(Sweep):
    """A statement that changes all items in the same way."""

    def __init__(self, statement: ChangeItems, desk: Desk) -> None:
        super().__init__(statement, desk)
        self._statement = statement
        sets = statement.change.sets
        now = tuple((name, made(v) if isinstance(v, Now) else v) for name, v in sets)
        self._change = Change(now, statement.change.removes)

    def reading(self) -> Reading:
        return Reading(self.table, self._statement.pending, self.table.key)

    def edits(self, page: Page) -> Iterator[Edit]:
        guard, change = self._statement.pending, self._change
        return (Edit(self.table.key_of(item), change, guard) for item in page.items)

    def settle(self) -> None:
        for _ in range(_PASSES):
            late, clashing = self._pass()
            if clashing:
                raise StatementFailed(
                    f"{len(clashing)} items of {self._statement.table} {self._statement.clash}:"
                    f" {'; '.join(clashing[:_SHOWN])}",
                    hint="correct these items, and run the command again",
                )
            if not late:
                return
        raise StatementFailed(
            f"Items of {self._statement.table} keep coming that are not as they should be, though all were changed",
            hint="an application keeps writing the old form; stop it, and run the command again",
        )

    def _pass(self) -> tuple[int, list[str]]:
        """How many items were left and are changed now, and the keys of those that cannot be."""
        reading = Reading(self.table, self._statement.left, self.table.key)
        writer = BatchWriter(self.desk.client, self.table, self.desk.pace)
        late, clashing = 0, list[str]()
        for page in found_in(self.desk, reading):
            self.desk.check()
            edits = list(self.edits(page))
            refused = [edit.key for edit in writer.write(edits)]
            late += len(edits)
            clashing += [shown_key(key) for key in self._left(refused)]
        return late, clashing

    def _left(self, keys: Sequence[Key]) -> Iterator[Key]:
        """Those that are still not as they should be: others may have changed them, or deleted them."""
        for item in read_again(self.desk.client, self.table, keys, self.desk.pace):
            if fulfils(self._statement.left, item) and not fulfils(self._statement.pending, item):
                yield self.table.key_of(item)


class Converting(Sweep):
    """A statement that gives an attribute's values another type."""

    def __init__(self, statement: ConvertItems, desk: Desk) -> None:
        super().__init__(statement, desk)
        self._statement = statement
        self._name = statement.attribute

    def reading(self) -> Reading:
        pending = self._statement.conversion.pending(self._name)
        return Reading(self.table, pending, (self._name,))

    def edits(self, page: Page) -> Iterator[Edit]:
        for item in page.items:
            old = item[self._name]
            new = self._statement.conversion.result(old)
            if new is not None and new != old:
                key = self.table.key_of(item)
                size = len(str(old)) + len(str(new))
                yield Edit(key, Change(((self._name, new),)), Test(self._name, "=", old), size=size)

    def settle(self) -> None:
        """Others may have changed a value between the reading and the writing, or written the old form anew."""
        unfit: list[str] = []
        for _ in range(_PASSES):
            unfit, moved = self._pass()
            if not moved:
                break
        if unfit:
            raise StatementFailed(
                f"{len(unfit)} items of {self._statement.table} have a value of {self._name} that"
                f" cannot become {self._statement.conversion.new.type}: {'; '.join(unfit[:_SHOWN])}",
                hint="correct these items, or stop what writes them, and run the command again",
            )

    def _pass(self) -> tuple[list[str], int]:
        """The keys of items that cannot be converted, and how many were converted only now."""
        writer = BatchWriter(self.desk.client, self.table, self.desk.pace)
        convert = self._statement.conversion.result
        unfit: list[str] = []
        moved = 0
        for page in found_in(self.desk, self.reading()):
            self.desk.check()
            bad = [item for item in page.items if convert(item[self._name]) is None]
            unfit += [shown_key(self.table.key_of(item)) for item in bad]
            edits = list(self.edits(page))
            moved += len(edits)
            writer.write(edits)
        return unfit, moved


__all__ = ["Changing", "Converting", "Sweep"]
