"""A server process of ours, with its data."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

from attrs import asdict, define, field, frozen

from toasty_testservers.errors import DidNotStart
from toasty_testservers.kind import Installation, Kind
from toasty_testservers.processes import Launch, free_port, is_alive, kill_family, launch, send
from toasty_testservers.server import Server

PATIENCE = 90.0
"""Seconds that a server may take to start: the machine may be busy."""

TRIES = 3
"""A free port may be taken by another before the server has it."""


@frozen
class Running:
    """A process that was started, maybe by another process of ours."""

    pid: int
    port: int
    version: str
    since: float
    log: str

    def server(self, kind: Kind) -> Server:
        """What tests may know of it."""
        return Server(kind.name, kind.scheme, self.port, kind.user, version=self.version)

    def save(self, file: Path) -> None:
        """Let the other processes of this session know it."""
        part = file.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.rename(file)

    @classmethod
    def load(cls, file: Path) -> Running:
        return cls(**json.loads(file.read_text()))


@define
class Instance:
    """One server: its programs, its folder, and its process while it runs."""

    kind: Kind
    programs: Installation
    folder: Path
    running: Running | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def new(cls, kind: Kind, session: Path, name: str) -> Instance:
        """One that has not been started.

        Args:
            kind: which server.
            session: the session's folder.
            name: of its own folder there.

        Raises:
            Missing: there are no programs of this kind.
        """
        return cls(kind, kind.reachable(kind.find(), session), session / name)

    def launch(self) -> Running:
        """Start it and do not wait for it; it keeps its port and data if it ran before."""
        port = self.running.port if self.running else free_port()
        lines = [self.kind.serve(self.programs, self.folder, port)]
        if not (self.folder / "data").exists():
            lines.insert(0, self.kind.prepare(self.programs, self.folder))
        started = time.time()
        what = Launch(tuple(lines), self.folder, self.kind.dies_by, self.kind.refuses_root)
        self._process = launch(what)
        pid, version = self._process.pid, self.programs.version
        self.running = Running(pid, port, version, started, str(what.log))
        return self.running

    def start(self) -> Server:
        """Start it and wait until it answers.

        Raises:
            DidNotStart: it ended, or takes too long.
        """
        for left in reversed(range(TRIES)):
            running = self.launch()
            try:
                wait(self.kind, self.programs, running)
                break
            except DidNotStart as error:
                if not left or not taken(error):
                    raise
                self.running = None
        return running.server(self.kind)

    def stop(self) -> None:
        """Stop it in order; its data stays."""
        self._end(self.kind.stops_by)

    def kill(self) -> None:
        """Kill it and its children by -9, as if the machine had gone down; its data stays."""
        if self._process:
            kill_family(self._process.pid)
            self._process.wait()

    def discard(self) -> None:
        """End it at once and remove its data."""
        self._end(self.kind.dies_by)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, by: signal.Signals) -> None:
        if not self._process or self._process.poll() is not None:
            return
        send(self._process.pid, by)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


def wait(kind: Kind, programs: Installation, running: Running) -> None:
    """Wait until a server answers.

    Raises:
        DidNotStart: it ended, or takes too long.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if kind.is_ready(programs, running.port):
            return
        if not is_alive(running.pid):
            raise DidNotStart(f"{kind.title} ended while it started:\n{tail(running.log)}")
        time.sleep(0.02)
    raise DidNotStart(f"{kind.title} gave no answer in {PATIENCE:g} s:\n{tail(running.log)}")


def tail(log: str, size: int = 2000) -> str:
    """The end of a log."""
    try:
        return Path(log).read_text(errors="replace")[-size:]
    except OSError:
        return f"(no log at {log})"


def taken(error: DidNotStart) -> bool:
    """Did it fail because another has its port?"""
    return "in use" in str(error)


@define
class OwnServer:
    """A server for one test alone, which may stop and kill it."""

    _instance: Instance
    _server: Server

    @property
    def kind(self) -> str:
        return self._server.kind

    @property
    def host(self) -> str:
        return self._server.host

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def user(self) -> str:
        return self._server.user

    @property
    def pid(self) -> int:
        """Its first process, since it was last started."""
        running = self._instance.running
        return running.pid if running else 0

    @property
    def version(self) -> str:
        return self._server.version

    def url(self, database: str = "") -> str:
        """The URL of one of its databases; it stays the same after `start()`."""
        return self._server.url(database)

    def create_database(self, name: str) -> str:
        """Make an empty database, and return its URL."""
        kind = self._instance.kind
        connection = kind.connect(self._server)
        try:
            kind.create_database(connection, name)
        finally:
            connection.close()
        return self.url(name)

    def kill(self) -> None:
        """Kill it by -9 with all of its sessions, as if the machine had gone down."""
        self._instance.kill()

    def stop(self) -> None:
        """Stop it in order."""
        self._instance.stop()

    def start(self) -> None:
        """Start it again, on the same port and data, and wait until it answers."""
        self._server = self._instance.start()

    def discard(self) -> None:
        """End it at once and remove its data."""
        self._instance.discard()
