"""Work side by side: in order, and nothing new after an error."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from toasty_mongo.lanes import Beside, side_by_side

# Nothing here is asked of a session: a name stands for one.
A: Any = "a"
B: Any = "b"
OTHER: Any = "other"


def test_results_come_in_the_order_of_the_tasks_though_two_are_under_way():
    both = threading.Barrier(2, timeout=10)

    def work(task, session):
        both.wait()
        return f"{task} in {session}"

    found = list(side_by_side(range(4), work, [A, B]))

    assert [task for task, _ in found] == [0, 1, 2, 3]
    assert {said.rpartition(" ")[2] for _, said in found} == {"a", "b"}


def test_one_session_is_one_thing_at_a_time():
    here = threading.current_thread()
    assert list(side_by_side("ab", lambda *_: threading.current_thread() is here, [A])) == [
        ("a", True),
        ("b", True),
    ]


def test_nothing_is_begun_after_an_error_and_what_is_under_way_ends():
    begun, ended = [], []

    def work(task, session):
        begun.append(task)
        if task == 1:
            raise ValueError("no")
        ended.append(task)

    with pytest.raises(ValueError, match="no"):
        list(side_by_side(range(100), work, [A, B]))

    assert max(begun) <= 3
    assert ended == [task for task in begun if task != 1]


def test_work_beside_the_rest_says_what_went_wrong_when_it_is_waited_for():
    def work(session):
        raise ValueError(session)

    beside = Beside(A)
    assert beside.is_done
    beside.begin(work, OTHER)
    with pytest.raises(ValueError, match="a"):
        beside.wait()
    beside.close()


def test_without_a_session_work_is_done_at_once():
    done = []
    Beside(None).begin(done.append, OTHER)

    assert done == ["other"]
