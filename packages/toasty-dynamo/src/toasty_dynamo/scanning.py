"""Reads a table in segments side by side, from where each of them stands.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from queue import Full, Queue
from typing import Any, NamedTuple

from attrs import frozen

from toasty_dynamo.batches import AGAIN
from toasty_dynamo.edits import Table
from toasty_dynamo.errors import code_of
from toasty_dynamo.filters import ALWAYS, Av, ExpressionWords, Guard, guard_text
from toasty_dynamo.notes import Segment
from toasty_dynamo.pacing import Pace

PAGE = 2_500
"""How many items are looked at before it is noted how far we are."""


class Page(NamedTuple):
    """Items that one call found, and the key behind which the next one goes on; None: there is no more."""

    items: list[dict[str, Av]]
    after: Mapping[str, Av] | None
    looked_at: int


@frozen
class Reading:
    """What is read: the items of a table that fulfil a guard, whole or (`only`) some attributes of them."""

    table: Table
    guard: Guard = ALWAYS
    only: tuple[str, ...] = ()
    page: int = PAGE

    def request(self) -> dict[str, Any]:
        """What Scan takes. Reads are consistent: what was written before is seen."""
        words = ExpressionWords()
        found: dict[str, Any] = {"TableName": self.table.name, "ConsistentRead": True}
        condition = guard_text(self.guard, words)
        if condition:
            found["FilterExpression"] = condition
        if self.only:
            names = dict.fromkeys((*self.table.key, *self.only))
            found["ProjectionExpression"] = ", ".join(words.name(name) for name in names)
        return {**found, **words.arguments()}


def pages(client: Any, reading: Reading, segment: Segment, pace: Pace) -> Iterator[Page]:
    """The pages of a segment, from where it stands."""
    request = {**reading.request(), "Limit": reading.page}
    if segment.total > 1:
        request |= {"Segment": segment.number, "TotalSegments": segment.total}
    if pace.capacity:
        request["ReturnConsumedCapacity"] = "TOTAL"
    after = segment.after
    while True:
        said = _scan(
            client, {**request, **({"ExclusiveStartKey": dict(after)} if after else {})}, pace
        )
        after = said.get("LastEvaluatedKey")
        yield Page(said["Items"], after, said["ScannedCount"])
        if after is None:
            return


def _scan(client: Any, request: dict[str, Any], pace: Pace) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    while True:
        pace.wait()
        try:
            said: dict[str, Any] = client.scan(**request)
        except ClientError as error:
            if code_of(error) not in AGAIN:
                raise
            pace.throttled(str(error))
        else:
            pace.used(float(said.get("ConsumedCapacity", {}).get("CapacityUnits", 0)))
            return said


class Stopped(Exception):
    """Another thread failed: this one ends too."""


class Team:
    """Works on segments side by side; when one fails or Ctrl-C comes, all end after the call that is under way."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def check(self) -> None:
        """Raises Stopped when it is over."""
        if self._over.is_set():
            raise Stopped

    def stop(self) -> None:
        """Says that it is over."""
        self._over.set()

    def run(self, work: Callable[[Segment], None], segments: Sequence[Segment]) -> None:
        """Does the work on each segment that is not through. Raises what the first that failed raised."""
        left = [segment for segment in segments if not segment.done]
        if len(left) == 1:
            work(left[0])
        elif left:
            self._side_by_side(work, left)

    def _side_by_side(self, work: Callable[[Segment], None], left: Sequence[Segment]) -> None:
        with ThreadPoolExecutor(len(left), thread_name_prefix="toasty") as pool:
            futures = [pool.submit(work, segment) for segment in left]
            try:
                _, going = wait(futures, return_when=FIRST_EXCEPTION)
                if going:
                    self.stop()
            except BaseException:  # Ctrl-C
                self.stop()
                raise
        errors = [error for error in (future.exception() for future in futures) if error]
        for error in sorted(errors, key=lambda error: isinstance(error, Stopped)):
            raise error


def gathered(
    read: Callable[[Segment], Iterator[Page]], segments: Sequence[Segment]
) -> Iterator[Page]:
    """The pages of several segments, as they come, read by threads; these end when nobody asks any more."""
    queue: Queue[Page | BaseException | None] = Queue(maxsize=2 * len(segments))
    team = Team()

    def put(found: Page | BaseException | None) -> None:
        while True:
            team.check()
            try:
                queue.put(found, timeout=0.2)
                return
            except Full:
                continue

    def work(segment: Segment) -> None:
        for page in read(segment):
            put(page)

    def all_of_it() -> None:
        try:
            Team().run(work, segments)
            put(None)
        except Stopped:
            return
        except BaseException as error:  # it is raised where the pages are asked for
            put(error)

    reader = threading.Thread(target=all_of_it, name="toasty-reader", daemon=True)
    reader.start()
    try:
        while (page := queue.get()) is not None:
            if isinstance(page, BaseException):
                raise page
            yield page
    finally:
        team.stop()
        reader.join()
