"""Makers of fixtures, for the files of the kinds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from toasty_testservers.errors import Missing
from toasty_testservers.instance import OwnServer
from toasty_testservers.report import OWN
from toasty_testservers.server import Server

if TYPE_CHECKING:
    from toasty_testservers.kind import Kind
    from toasty_testservers.servers import Servers

T = TypeVar("T")

SERVERS: pytest.StashKey[Servers] = pytest.StashKey()
"""Where pytest's configuration keeps the servers of the session."""


def server_fixture(kind: Kind) -> Any:
    """A fixture for the whole session: the shared server of a kind."""

    @pytest.fixture(scope="session", name=kind.name)
    def provide(request: pytest.FixtureRequest) -> Server:
        servers = request.config.stash[SERVERS]
        return get_or_end(lambda: servers.server(kind), kind)

    return provide


def url_fixture(name: str, *kinds: Kind) -> Any:
    """A fixture for each test: the URL of a new empty database, on every one of the kinds."""

    @pytest.fixture(name=name, params=kinds, ids=[kind.name for kind in kinds])
    def provide(request: pytest.FixtureRequest) -> Iterator[str]:
        server: Server = request.getfixturevalue(request.param.name)
        with request.config.stash[SERVERS].database(server) as url:
            yield url

    return provide


@pytest.fixture
def own_server(request: pytest.FixtureRequest) -> Iterator[Callable[[str], OwnServer]]:
    """Gives this test a server of its own, which it may stop, kill and start again.

    Call it with the kind's name: `own_server("postgres18")`.
    """
    servers = request.config.stash[SERVERS]
    made: list[OwnServer] = []

    def make(kind: str) -> OwnServer:
        made.append(own_one(request.config, servers.kinds[kind]))
        request.node.user_properties.append((OWN, kind))
        return made[-1]

    yield make
    for server in made:
        server.discard()


def own_one(config: pytest.Config, kind: Kind) -> OwnServer:
    """A server of nobody else's, which whoever asks for it stops; if it is missing, the test ends."""
    return get_or_end(lambda: config.stash[SERVERS].own(kind), kind)


def get_or_end(get: Callable[[], T], kind: Kind) -> T:
    """What is got; if it is missing, the test is skipped, or fails where servers are required."""
    try:
        return get()
    except Missing as missing:
        reason = f"{kind.title}: {missing}"
    if required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def required() -> bool:
    """Must every server be there? TOASTY_REQUIRE_SERVERS says `all` or `none`; CI means all."""
    said = os.environ.get("TOASTY_REQUIRE_SERVERS")
    if said:
        return said == "all"
    return os.environ.get("CI", "").lower() in ("true", "1")
