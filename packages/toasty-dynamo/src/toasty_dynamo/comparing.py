"""Two tables held against each other: the old one, and its copy under another key or name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from attrs import frozen

from toasty_dynamo.batches import read_again
from toasty_dynamo.desk import Desk, found_in
from toasty_dynamo.edits import Table
from toasty_dynamo.filters import Av
from toasty_dynamo.scanning import Page, Reading

Item = Mapping[str, Av]


class Pair(NamedTuple):
    """The keys of an item in the old table and in the new one."""

    source: Item
    target: Item


@frozen
class Comparison:
    """What is compared: `made` gives what an item of the source is in the target, `renames` the names that differ."""

    desk: Desk
    source: Table
    target: Table
    made: Callable[[Item], Item]
    renames: Mapping[str, str]

    def different(self) -> Iterator[Pair]:
        """The items that one table has and the other has not, or has otherwise."""
        yield from self.unlike()
        only = tuple(dict.fromkeys((*self.target.key, *map(self._new_name, self.source.key))))
        for page in found_in(self.desk, Reading(self.target, only=only)):
            yield from self._strange(page)

    def unlike(self) -> Iterator[Pair]:
        """The items of the source that the target has not, or has otherwise."""
        for page in found_in(self.desk, Reading(self.source)):
            self.desk.check()
            yield from self._unlike(page.items)

    def _new_name(self, name: str) -> str:
        return self.renames.get(name, name)

    def _unlike(self, items: Sequence[Item]) -> Iterator[Pair]:
        """Those items of the source that the target has not, or has otherwise."""
        made = [self.made(item) for item in items]
        keys = [self.target.key_of(item) for item in made]
        there = {text_of(self.target.key_of(i)): i for i in self._read(self.target, keys)}
        for item, wanted, target in zip(items, made, keys, strict=True):
            if there.get(text_of(target)) != wanted:
                yield Pair(self.source.key_of(item), target)

    def _strange(self, page: Page) -> Iterator[Pair]:
        """Those items of the target that the source has not."""
        back = [{n: item[self._new_name(n)] for n in self.source.key} for item in page.items]
        there = {text_of(self.source.key_of(i)) for i in self._read(self.source, back)}
        for item, source in zip(page.items, back, strict=True):
            if text_of(source) not in there:
                yield Pair(source, self.target.key_of(item))

    def still(self, pairs: Sequence[Pair]) -> Iterator[Pair]:
        """Those pairs that differ now, each once: between two readings others may have written."""
        pairs = list({(text_of(p.source), text_of(p.target)): p for p in pairs}.values())
        now = list(self._read(self.source, [pair.source for pair in pairs]))
        yield from self._unlike(now)
        here = {text_of(self.source.key_of(item)) for item in now}
        gone = [pair for pair in pairs if text_of(pair.source) not in here]
        left = {
            text_of(self.target.key_of(i))
            for i in self._read(self.target, [p.target for p in gone])
        }
        yield from (pair for pair in gone if text_of(pair.target) in left)

    def _read(self, table: Table, keys: Sequence[Item]) -> Iterator[dict[str, Av]]:
        """The items with these keys; a busy item may be among them twice, which the service does not take."""
        unique = list({text_of(key): key for key in keys}.values())
        return read_again(self.desk.client, table, unique, self.desk.pace)


def text_of(found: Item) -> str:
    """A key as text, to look it up by."""
    return str(sorted(found.items()))
