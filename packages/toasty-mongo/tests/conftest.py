"""Projects on a fresh database, and PyMongo beside them as the judge."""

from __future__ import annotations

from contextlib import closing

import pytest
from pymongo import MongoClient

from toasty_core.testing.bench import Bench
from toasty_mongo import MongoBackend


@pytest.fixture
def bench_at(tmp_path):
    """Makes a project for the database at a URL."""
    return lambda url: Bench(tmp_path / "migrations", url, MongoBackend(), lambda url, table: ())


@pytest.fixture
def bench(bench_at, mongo_url):
    return bench_at(mongo_url)


@pytest.fixture
def judge(mongo_url):
    with closing(MongoClient(mongo_url, uuidRepresentation="standard")) as client:
        yield client.get_default_database()
