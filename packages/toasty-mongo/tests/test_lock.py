"""The lock, where its holder has left a transaction open."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
from pymongo import MongoClient

from toasty_core.execution.lock import new_owner

_ENDED = {"$expr": {"$lte": ["$expires", "$$NOW"]}}


def until_its_lease_has_ended(lock):
    """By the server's clock; whoever reads sees the lock as it stands outside of the open transaction."""
    deadline = time.monotonic() + 10
    while not lock.count_documents(_ENDED):
        assert time.monotonic() < deadline, "the lease does not end"


@pytest.mark.parametrize("how", ["released for him", "his lease has ended"])
def test_an_open_transaction_of_a_dead_holder_holds_nobody_up(bench_at, how, own_server):
    server = own_server("mongoset")
    bench = bench_at(server.url("shop"))
    dead, ours = new_owner(), new_owner()
    with (
        bench.connect() as gone,
        bench.connect() as next_one,
        closing(MongoClient(server.url())) as judge,
    ):
        assert gone.take_lock(dead, 60 if how == "released for him" else 0.3) is None
        session = gone.live().session
        session.start_transaction()
        gone.live().database.toasty_lock.update_one({}, {"$inc": {"seen": 1}}, session=session)
        if how == "his lease has ended":
            until_its_lease_has_ended(judge.shop.toasty_lock)
        began = time.monotonic()
        if how == "released for him":
            next_one.release_lock(dead)
        assert next_one.take_lock(ours, 60) is None

        assert time.monotonic() - began < 10
        lock = judge.shop.toasty_lock.find_one()
        assert lock is not None
        assert lock["stale"] == []
