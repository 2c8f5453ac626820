"""A kind of server: what the harness must know of one."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from toasty_testservers.errors import Missing
from toasty_testservers.server import Server

Say = Callable[[str], None]
"""Takes one line about what is being done."""


@frozen
class Installation:
    """The programs of one server on this machine.

    Attributes:
        home: the folder that they are found from.
        version: the server's version.
        origin: where they came from, for people.
    """

    home: Path
    version: str
    origin: str


@frozen
class Kind(ABC):
    """One kind of server in one version.

    Attributes:
        name: of the session fixture that gives the server.
        title: its name for people.
    """

    name: str
    title: str

    scheme: ClassVar[str]
    user: ClassVar[str]
    port: ClassVar[int]
    """The port where a URL of an existing server has none."""

    stops_by: ClassVar[signal.Signals] = signal.SIGTERM
    """Asks for an orderly stop, soon."""

    dies_by: ClassVar[signal.Signals] = signal.SIGKILL
    """Ends it at once, with all of its processes; its data is not needed again."""

    refuses_root: ClassVar[bool] = False

    @property
    def variable(self) -> str:
        """The environment variable that may hold the URL of an existing server."""
        return f"TOASTY_TEST_{self.name.upper()}"

    @property
    def command(self) -> str:
        """What gets it, for people."""
        python = Path(sys.executable)
        if python.is_relative_to(Path.cwd()):
            python = python.relative_to(Path.cwd())
        get = f"{python} -m toasty_testservers get {self.name}"
        return f"{get} (or {self.variable}=URL of another)"

    def existing(self) -> Server | None:
        """The server that the environment names, if it does."""
        url = os.environ.get(self.variable)
        return Server.at(self.name, url, self.port) if url else None

    def find(self) -> Installation:
        """The programs on this machine.

        Raises:
            Missing: there are none, or nothing to start them with.
        """
        if not shutil.which("setpriv"):
            raise Missing("servers are started by setpriv, on Linux", "apt-get install util-linux")
        return self.look()

    @abstractmethod
    def look(self) -> Installation:
        """The programs on this machine.

        Raises:
            Missing: there are none.
        """

    @abstractmethod
    def get(self, say: Say) -> None:
        """Fetch the programs.

        Raises:
            NotToBeHad: that failed.
        """

    @abstractmethod
    def reachable(self, found: Installation, session: Path) -> Installation:
        """The programs where the user who runs the server can read them.

        Args:
            found: the programs.
            session: the session's folder, for a copy if one is needed.
        """

    @abstractmethod
    def prepare(self, found: Installation, folder: Path) -> tuple[str, ...]:
        """The command that makes a new data folder `data` in the server's own folder."""

    @abstractmethod
    def serve(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        """The command that becomes the server."""

    @abstractmethod
    def is_ready(self, found: Installation, port: int) -> bool:
        """Does it answer?"""

    @abstractmethod
    def connect(self, server: Server) -> Any:
        """A connection for making databases; it has `close()`."""

    @abstractmethod
    def create_database(self, connection: Any, name: str) -> None:
        """Make an empty database."""

    @abstractmethod
    def drop_database(self, connection: Any, name: str) -> None:
        """Drop a database, though others may still be connected."""
