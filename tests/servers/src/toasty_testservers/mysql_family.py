"""What MariaDB and MySQL have in common."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from toasty_testservers.kind import Installation, Kind
from toasty_testservers.server import LOCALHOST, Server

SMALL_AND_FAST = (
    "--character-set-server=utf8mb4",  # without a file of defaults MariaDB takes latin1
    "--skip-log-bin",
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=16M",
    "--max-connections=300",
)


@frozen
class MysqlLike(Kind):
    """A server that speaks MySQL's protocol."""

    user: ClassVar[str] = "root"
    port: ClassVar[int] = 3306

    def reachable(self, found: Installation, session: Path) -> Installation:
        return found  # it runs as whoever runs the tests

    def where(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        """The options that say where all is."""
        return (
            *(f"--basedir={found.home}", f"--datadir={folder / 'data'}"),
            *(f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"),
            f"--tmpdir={folder}",  # a MariaDB that starts clears it of files that others use
            *(f"--bind-address={LOCALHOST}", f"--port={port}"),
        )

    def is_ready(self, found: Installation, port: int) -> bool:
        # The server speaks first, once it takes commands.
        try:
            with socket.create_connection((LOCALHOST, port), timeout=2) as line:
                return bool(line.recv(1))
        except OSError:
            return False

    def connect(self, server: Server) -> Any:
        import pymysql

        return pymysql.connect(
            host=server.host, port=server.port, user=server.user, password=server.password
        )

    def create_database(self, connection: Any, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def drop_database(self, connection: Any, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


def as_whom() -> tuple[str, ...]:
    """Root must be named: these servers run as root only when told so."""
    return ("--user=root",) if os.geteuid() == 0 else ()
