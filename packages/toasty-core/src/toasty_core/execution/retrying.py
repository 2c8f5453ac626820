"""Trying again where others are in the way: the step that made way, never the user's Python."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import frozen

from toasty_core.errors import DatabaseError, LockNotAvailable
from toasty_core.operations import Operation, Run, TransformRows

if TYPE_CHECKING:
    from toasty_core.backends import Caution, Compiled, Database
    from toasty_core.execution.plan import Step
    from toasty_core.execution.progress import Progress

__all__ = ["Attempt", "patiently"]

_Found = TypeVar("_Found")
_PAUSE = (0.2, 5.0)
"""The first and the longest pause between two tries, in seconds."""


class _Session(Protocol):
    @property
    def database(self) -> Database: ...
    @property
    def caution(self) -> Caution: ...
    @property
    def progress(self) -> Progress: ...


@frozen
class Attempt:
    """What is tried: these parts of a step."""

    step: Step
    session: _Session
    parts: tuple[Compiled, ...]

    @property
    def tries(self) -> int:
        """How often it may be tried: the user's Python once, as it may have done more than change rows."""
        once = any(isinstance(item, (Run, TransformRows)) for item in self._operations())
        return 1 if once else self.session.caution.tries

    def blamed(self, error: LockNotAvailable) -> LockNotAvailable:
        """The error with those who are in the way, where the database can tell."""
        tables = {key for item in self._operations() for key in item.touches()}
        try:
            error.blockers = self.session.database.blockers(sorted(tables))
        except DatabaseError:
            error.blockers = ()  # the error itself is what has to be told
        return error

    def _operations(self) -> Iterable[Operation]:
        return (item for part in self.parts for item in part.operations)


def patiently(call: Callable[[], _Found], attempt: Attempt) -> _Found:
    """What `call` gives; it is tried again, with pauses that grow, while others hold what it needs.

    Raises the last LockNotAvailable, with those who were in the way.
    """
    number = 1
    while True:
        try:
            return call()
        except LockNotAvailable as error:
            attempt.blamed(error)
            if number >= attempt.tries:
                error.hint = error.hint or _hint(number)
                raise
            pause = _pause(number)
            attempt.session.progress.retrying(attempt.step, error, pause)
        time.sleep(pause)
        number += 1


def _pause(number: int) -> float:
    """Longer from try to try, and random, so that two do not meet again and again."""
    import random  # for few: most runs wait for nobody

    shortest, longest = _PAUSE
    return random.uniform(0.5, 1.0) * min(shortest * 2.0 ** (number - 1), longest)


def _hint(number: int) -> str:
    word = "once" if number == 1 else f"{number} times"
    return f"tried {word}; end what is in the way, or run it again when less is going on"
