"""1,000 migrations on PostgreSQL and MariaDB against bare driver loops with the same statements and commits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from measure import Command, Row, compare, python, toasty
from projects import server_migrations
from toasty_testservers.kinds import all_kinds
from toasty_testservers.server import Server
from toasty_testservers.servers import Servers

COUNT = 1000


def rows(folder: Path) -> list[Row]:
    """Up of 1,000 migrations on each server; nothing to do, and status, when they are applied."""
    servers = Servers(all_kinds())
    try:
        return [
            *_on(servers, folder, "postgres18", "postgresql"),
            *_on(servers, folder, "mariadb", "mysql"),
        ]
    finally:
        servers.close()


def _on(servers: Servers, folder: Path, kind: str, dialect: str) -> list[Row]:
    place = folder / kind
    server_migrations(place, COUNT, dialect)
    server = servers.server(servers.kinds[kind])
    ours, bare = f"bench_{kind}_ours", f"bench_{kind}_bare"
    url = server.url(ours)
    up = Command("up", toasty("migrate:up", "--url", url), place, _anew(servers, server, ours))
    base = Command(
        "bare", python("bare_server.py", server.url(bare)), place, _anew(servers, server, bare)
    )
    status = Command("status", toasty("migrate:status", "--url", url), place)
    bare_status = Command("bare", python("bare_server_status.py", server.url(bare)), place)
    return [
        compare(
            f"up 1,000 on {server.version} / bare loop, as many files", up, base, 1.4, rounds=3
        ),
        compare(f"status, 1,000 applied, {kind} / bare query", status, bare_status, None),
    ]


def _anew(servers: Servers, server: Server, name: str) -> Callable[[], None]:
    """Drops and makes a database, before each run."""
    kind = servers.kinds[server.kind]

    def make() -> None:
        connection = kind.connect(server)
        kind.drop_database(connection, name)
        kind.create_database(connection, name)
        connection.close()

    return make
