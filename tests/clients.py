"""The databases' own clients, `psql`, `mariadb` or `mysql` and `mongosh`, as those use them who run scripts by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from attrs import frozen

from toasty_testservers import Server
from toasty_testservers.errors import Missing
from toasty_testservers.fixtures import SERVERS, required
from toasty_testservers.kind import Kind
from toasty_testservers.places import cache_folder

_MYSQL_CLIENTS = ("mariadb", "mysql")
"""Each speaks with both servers."""


@frozen
class Client:
    """A client program, and the server that it is to speak with."""

    program: str
    server: Server

    @property
    def runs_psql(self) -> bool:
        """Is it PostgreSQL's?"""
        return self.server.scheme == "postgresql"

    def run(self, script: str, url: str) -> subprocess.CompletedProcess[str]:
        """Runs a script against one of the server's databases, as README and pages say: unchanged."""
        return subprocess.run(
            self._command(url),
            input=script,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **self._password()},
        )

    def _command(self, url: str) -> list[str]:
        if self.runs_psql:
            return [self.program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", url]
        where = ("--host", self.server.host, "--port", str(self.server.port))
        database = url.rpartition("/")[2]
        return [self.program, "--no-defaults", *where, "--user", self.server.user, database]

    def _password(self) -> dict[str, str]:
        return {"MYSQL_PWD": self.server.password} if self.server.password else {}


@frozen
class Mongosh:
    """MongoDB's shell; `home` is where it writes its logs, instead of the user's own folder."""

    program: Path
    home: Path

    def run(self, script: Path, url: str) -> subprocess.CompletedProcess[str]:
        """Runs a script against a database, as the page on MongoDB says: unchanged."""
        return subprocess.run(
            [self.program, "--quiet", "--norc", url, script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "HOME": str(self.home)},
        )


def find_mongosh(home: Path) -> Mongosh:
    """MongoDB's shell: the one that `scripts/get-clients.sh` got, or the machine's. Without one as `client_of`."""
    places = [cache_folder() / "mongosh/node_modules/.bin/mongosh"]
    places += [Path(found) for found in [shutil.which("mongosh")] if found]
    for program in places:
        if _runs(program):
            return Mongosh(program, home)
    _do_without("no mongosh was found; to get it: bash scripts/get-clients.sh")


def client_of(request: pytest.FixtureRequest, kind: Kind) -> Client:
    """The client for a kind of server. Where there is none the test is skipped, or fails where servers are required."""
    server: Server = request.getfixturevalue(kind.name)
    names = ("psql",) if server.scheme == "postgresql" else _MYSQL_CLIENTS
    for program in _places(request.config.stash[SERVERS].kinds, server, names):
        if _runs(program):
            return Client(str(program), server)
    _do_without(f"no {' or '.join(names)} was found, neither beside {kind.title} nor on the PATH")


def _do_without(reason: str) -> NoReturn:
    if required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _places(kinds: dict[str, Kind], server: Server, names: tuple[str, ...]) -> Iterator[Path]:
    """Where a client may be: beside the servers of its family, and on the PATH."""
    family = [
        kind for kind in kinds.values() if (kind.scheme == "postgresql") == (names == ("psql",))
    ]
    own_first = sorted(family, key=lambda kind: kind.name != server.kind)
    for kind in own_first:
        try:
            home = kind.find().home
        except Missing:
            continue
        yield from (home / "bin" / name for name in names)
    yield from (Path(found) for name in names if (found := shutil.which(name)))


def _runs(program: Path) -> bool:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=30)
    except OSError:
        return False
    return done.returncode == 0
