"""MariaDB, as the machine's distribution has it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from attrs import frozen

from toasty_testservers import debian
from toasty_testservers.errors import Missing, NotToBeHad
from toasty_testservers.fixtures import server_fixture
from toasty_testservers.kind import Installation, Say
from toasty_testservers.mysql_family import SMALL_AND_FAST, MysqlLike, as_whom
from toasty_testservers.places import cache_folder
from toasty_testservers.programs import version_of

SYSTEM = Path("/usr")
ADMIN_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Servers may be in folders that are not on a user's PATH."""


@frozen
class MariaDb(MysqlLike):
    """MariaDB."""

    scheme: ClassVar[str] = "mariadb"

    def look(self) -> Installation:
        for home, origin in ((SYSTEM, "system"), (self._fetched, "cache, the system's apt")):
            server, maker = programs(home)
            version = version_of(server)
            if version and maker.exists():
                return Installation(home, version, origin)
        raise Missing("no MariaDB was found", self.command)

    @property
    def _fetched(self) -> Path:
        return cache_folder() / self.name / "usr"

    def get(self, say: Say) -> None:
        tree = self._fetched.parent
        debian.unpack(["mariadb-server-core", "mariadb-client-core"], tree, debian.OWN_SUITE, say)
        for name in ("sbin/mariadbd", "bin/mariadb", "bin/my_print_defaults", "bin/resolveip"):
            debian.wrap(tree, tree / "usr" / name)
        if not version_of(programs(self._fetched)[0]):
            raise NotToBeHad(f"the MariaDB in {tree} does not run here")

    def prepare(self, found: Installation, folder: Path) -> tuple[str, ...]:
        return (
            *(str(programs(found.home)[1]), "--no-defaults", *as_whom()),
            *(f"--basedir={found.home}", f"--datadir={folder / 'data'}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
            "--innodb-log-file-size=8M",
        )

    def serve(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        return (
            *(str(programs(found.home)[0]), "--no-defaults", *as_whom()),
            *self.where(found, folder, port),
            *SMALL_AND_FAST,
            "--innodb-flush-method=nosync",
        )


def programs(home: Path) -> tuple[Path, Path]:
    """The server, and what makes its data folder."""
    server = home / "sbin/mariadbd"
    if home == SYSTEM and not server.exists():
        server = Path(shutil.which("mariadbd", path=ADMIN_FOLDERS) or server)
    return server, home / "bin/mariadb-install-db"


MARIADB = MariaDb("mariadb", "MariaDB")

mariadb = server_fixture(MARIADB)
