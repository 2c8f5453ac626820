"""What the kit needs of a database server, for PostgreSQL and MySQL alike."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from toasty_core.testing import BackendSuite
from toasty_testservers.fixtures import SERVERS


class ServerSuite(BackendSuite):
    """The kit on a server; a class gives the fixture `server`."""

    @pytest.fixture
    def url(self, request, server):
        with request.config.stash[SERVERS].database(server) as url:
            yield url

    @pytest.fixture
    def bad_urls(self, server):
        secret = f"{server.scheme}://nobody:s3cret@{server.host}"
        return {
            "no server": f"{secret}:{free_port()}/shop",
            "no such database": f"{server.url('missing')}?password=s3cret",
            "no such user": f"{secret}:{server.port}/shop",
        }


def free_port() -> int:
    """A port at which nobody listens."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def version_of(server) -> tuple[int, ...]:
    """A server's version in numbers."""
    numbers = server.version.split("-")[0].split(".")
    return tuple(int(number) for number in numbers if number.isdigit())
