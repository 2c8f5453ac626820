"""Asks a check of the items: how many do not fit, and some of them in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from toasty_core.backends import Statement, Violations
from toasty_core.errors import StatementFailed
from toasty_dynamo.checks import Broken, Orphaned, Question, Repeated, Unfit, Unkeyed
from toasty_dynamo.decoding import bare, decoded
from toasty_dynamo.desk import Desk, found_in
from toasty_dynamo.edits import Table
from toasty_dynamo.errors import code_of
from toasty_dynamo.evaluating import holds
from toasty_dynamo.filters import Av
from toasty_dynamo.item_statements import Link
from toasty_dynamo.journal import OwnTable
from toasty_dynamo.notes import Notes
from toasty_dynamo.pacing import ItemSettings
from toasty_dynamo.rules import missing, wanted
from toasty_dynamo.sentinels import sentinel_id

Item = Mapping[str, Av]
Name = Callable[[str], str]

_SHOWN = 5


def find(query: Statement, own: OwnTable, name: Name, settings: ItemSettings) -> Violations:
    """The items that do not fit. Raises StatementFailed for a question that is none of ours."""
    from botocore.exceptions import ClientError

    if not isinstance(query, Question):
        raise StatementFailed(f"{query} is no question for DynamoDB")
    desk = Desk(own, name, Notes(own, None, query), settings, lambda text: None)
    try:
        return _counted(query, _misfits(query, desk))
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return Violations(0)  # the migration makes the table, or it is gone


def _counted(query: Question, misfits: Iterator[tuple[Item, str]]) -> Violations:
    count, examples = 0, list[str]()
    for item, more in misfits:
        count += 1
        if len(examples) < _SHOWN:
            examples.append(f"{_words(query, item)}{more}")
    return Violations(count, tuple(examples))


def _misfits(query: Question, desk: Desk) -> Iterator[tuple[Item, str]]:
    match query.trial:
        case Repeated():
            yield from _repeated(query, desk)
        case Orphaned(link):
            yield from ((item, "") for item in _orphans(query, link, desk))
        case _:
            yield from ((item, "") for item in _items(query, desk) if _fails(query, item))


def _items(query: Question, desk: Desk) -> Iterator[dict[str, Av]]:
    for page in found_in(desk, query.reading(desk.name(query.table))):
        yield from page.items


def _fails(query: Question, item: Item) -> bool:
    match query.trial:
        case Unfit(name, conversion):
            return conversion.result(item[name]) is None
        case Broken(columns, condition):
            row = {column.name: decoded(column.kind, item.get(column.name)) for column in columns}
            return holds(condition, row) is False
        case Unkeyed(name):
            return query.trial.fails(item.get(name))
    return True


def _repeated(query: Question, desk: Desk) -> Iterator[tuple[Item, str]]:
    """One item for each value that stands more than once; of each value only a digest is kept in mind."""
    if not isinstance(query.trial, Repeated):
        return
    unique = query.trial.unique
    times: dict[bytes, int] = {}
    for item in _items(query, desk):
        digest = _digest(sentinel_id("", unique, item) or "")
        times[digest] = times.get(digest, 0) + 1
    several = {digest: count for digest, count in times.items() if count > 1}
    if not several:
        return
    for item in _items(query, desk):
        count = several.pop(_digest(sentinel_id("", unique, item) or ""), 0)
        if count:
            yield {name: item[name] for name in unique.columns}, f" stands {count} times"


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


def _orphans(query: Question, link: Link, desk: Desk) -> Iterator[Item]:
    table = Table(desk.name(query.table), query.key)
    for page in found_in(desk, query.reading(table.name)):
        pointed = [wanted(link.columns, item, link.references) for item in page.items]
        gone = list(missing(desk, link, [one for one in pointed if one is not None]))
        yield from (i for i, one in zip(page.items, pointed, strict=True) if one in gone)


def _words(query: Question, item: Item) -> str:
    names = [name for name in (*query.key, *query.shown) if name in item]
    return ", ".join(f"{name} = {_shown(bare(item[name]))}" for name in names)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
