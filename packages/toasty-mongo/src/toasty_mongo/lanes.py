"""Work that is done side by side: in threads of its own, each with a session of its own.

The sessions are noted in the lock, so that who takes it over can end what the server still does for them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from pymongo.client_session import ClientSession

LANES = 2
"""How many pieces of work are under way at once: a server gains little from more, and others use it too."""


class Beside:
    """One piece of work at a time beside the rest, with a session; without one it is done at once.

    To be ended with `close`, which waits.
    """

    def __init__(self, session: ClientSession | None) -> None:
        self._session = session
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None

    def begin(self, work: Callable[[ClientSession], None], otherwise: ClientSession) -> None:
        """Begins a piece of work; with the other session, and to its end, where there is none of our own."""
        from concurrent.futures import ThreadPoolExecutor

        self.wait()
        if self._session is None:
            work(otherwise)
            return
        self._pool = self._pool or ThreadPoolExecutor(1)
        self._under_way = self._pool.submit(work, self._session)

    @property
    def is_done(self) -> bool:
        """Is nothing under way?"""
        return self._under_way is None or (
            self._under_way.done() and not self._under_way.exception()
        )

    def wait(self) -> None:
        """Waits until the work is done. Raises what it raised."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def close(self) -> None:
        """Ends the thread, when its work is done."""
        if self._pool is not None:
            self._pool.shutdown()


_Task = TypeVar("_Task")
_Found = TypeVar("_Found")


def side_by_side(
    tasks: Iterable[_Task],
    work: Callable[[_Task, ClientSession], _Found],
    sessions: Sequence[ClientSession],
) -> Iterator[tuple[_Task, _Found]]:
    """Does each task with one of the sessions, as many at once as there are; gives them in order when they are done.

    The next task is asked for while others are under way. After an error no other is begun.
    """
    from concurrent.futures import ThreadPoolExecutor

    if len(sessions) == 1:
        for task in tasks:
            yield task, work(task, sessions[0])
        return
    free, under_way = deque(sessions), deque[tuple[_Task, "ClientSession", "Future[_Found]"]]()
    with ThreadPoolExecutor(len(sessions)) as pool:
        for task in tasks:
            if not free:
                done, session, future = under_way.popleft()
                yield done, future.result()
                free.append(session)
            session = free.popleft()
            under_way.append((task, session, pool.submit(work, task, session)))
        for done, _, future in under_way:
            yield done, future.result()
