"""MySQL 9, the version that Debian's newest suite has; with MariaDB it gives `mysql_url`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from attrs import frozen

from toasty_testservers import debian
from toasty_testservers.errors import Missing, NotToBeHad
from toasty_testservers.fixtures import server_fixture, url_fixture
from toasty_testservers.kind import Installation, Say
from toasty_testservers.kinds.mariadb import MARIADB
from toasty_testservers.mysql_family import SMALL_AND_FAST, MysqlLike, as_whom
from toasty_testservers.places import cache_folder
from toasty_testservers.programs import run, version_of

SUITE = "sid"
"""The one suite of Debian that has MySQL; its version moves."""

TEMPLATE = "template"
"""A new data folder takes 7 s to make and 0.1 s to copy."""


@frozen
class Mysql(MysqlLike):
    """MySQL, unpacked with its own C library: it runs on a much older system."""

    scheme: ClassVar[str] = "mysql"

    def look(self) -> Installation:
        home = self._fetched / "usr"
        version = version_of(home / "sbin/mysqld")
        if version and (self._fetched / TEMPLATE).is_dir():
            return Installation(home, version, f"cache, Debian {SUITE}")
        raise Missing("no MySQL was found", self.command)

    @property
    def _fetched(self) -> Path:
        return cache_folder() / self.name

    def get(self, say: Say) -> None:
        tree = self._fetched
        debian.unpack(["mysql-server-core"], tree, SUITE, say)
        debian.wrap(tree, tree / "usr/sbin/mysqld")
        if not version_of(tree / "usr/sbin/mysqld"):
            raise NotToBeHad(f"the MySQL in {tree} does not run here")
        say("making the data folder that new servers copy")
        self._make_template(tree)

    def _make_template(self, tree: Path) -> None:
        part, first = tree / f"{TEMPLATE}.part", tree / "first.sql"
        first.write_text("RENAME USER root@localhost TO root@'%';\n")  # tests come by TCP
        command = (
            *(str(tree / "usr/sbin/mysqld"), "--no-defaults", *as_whom(), "--initialize-insecure"),
            *(f"--basedir={tree / 'usr'}", f"--datadir={part}", f"--init-file={first}"),
            *(*self._quirks(tree / "usr"), "--innodb-redo-log-capacity=8M"),
        )
        run(list(command))
        # The file holds the server's identity, which copies must not share.
        (part / "auto.cnf").unlink(missing_ok=True)
        part.rename(tree / TEMPLATE)

    def _quirks(self, home: Path) -> tuple[str, ...]:
        """Folders that the package would have made, or that are elsewhere than it says."""
        return (f"--lc-messages-dir={home / 'share/mysql'}", "--secure-file-priv=")

    def prepare(self, found: Installation, folder: Path) -> tuple[str, ...]:
        return ("cp", "-a", str(found.home.parent / TEMPLATE), str(folder / "data"))

    def serve(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        return (
            *(str(found.home / "sbin/mysqld"), "--no-defaults", *as_whom()),
            *self.where(found, folder, port),
            *self._quirks(found.home),
            *SMALL_AND_FAST,
            *("--mysqlx=OFF", "--performance-schema=OFF", "--innodb-doublewrite=OFF"),
            "--innodb-redo-log-capacity=8M",
        )


MYSQL = Mysql("mysql", "MySQL")

mysql = server_fixture(MYSQL)
mysql_url = url_fixture("mysql_url", MARIADB, MYSQL)
