"""The servers of one test session: which are needed, started, and shared by its processes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

from attrs import define, field

from toasty_testservers.errors import DidNotStart, Missing
from toasty_testservers.instance import Instance, OwnServer, Running, taken, wait
from toasty_testservers.kind import Kind
from toasty_testservers.places import SessionFolder
from toasty_testservers.server import Server


@define
class Servers:
    """What one process of a test session knows of its servers.

    The process that the developer started makes the folder and starts what all share. A worker
    of pytest-xdist is told the folder; it reads there where the shared servers are.
    """

    kinds: dict[str, Kind]
    folder: Path | None = None
    needed: set[str] = field(factory=set)
    _made: SessionFolder | None = None
    _instances: list[Instance] = field(factory=list)
    _connections: dict[str, Any] = field(factory=dict)

    def make_folder(self) -> Path:
        """The session's folder, made if there is none yet."""
        if self.folder is None:
            self._made = SessionFolder.make()
            self.folder = self._made.path
        return self.folder

    def ask_for(self, kinds: list[Kind], who: str) -> None:
        """A worker's way to say which kinds its tests need."""
        if self.folder:
            names = json.dumps([kind.name for kind in kinds])
            (self.folder / f"needed-by-{who}").write_text(names)

    def asked_for(self) -> list[Kind]:
        """What any worker said that it needs."""
        files = sorted(self.make_folder().glob("needed-by-*"))
        names = {name for file in files for name in json.loads(file.read_text())}
        return [kind for name, kind in self.kinds.items() if name in names]

    def launch(self, kinds: list[Kind]) -> None:
        """Start those that are there and not yet started, all at once, and wait for none."""
        for kind in kinds:
            new = kind.name not in self.needed
            self.needed.add(kind.name)
            # If it is missing, the tests that need it say so.
            if new and not kind.existing():
                with suppress(Missing):
                    self._launch(kind)

    def _launch(self, kind: Kind) -> None:
        instance = Instance.new(kind, self.make_folder(), kind.name)
        self._instances.append(instance)
        running = instance.launch()
        running.save(self._note(kind, "json"))
        watch = Thread(target=self._note_start, args=(instance, running), daemon=True)
        watch.start()

    def _note(self, kind: Kind, about: str) -> Path:
        return self.make_folder() / f"{kind.name}.{about}"

    def launched(self, kind: Kind) -> Running | None:
        """The shared server of a kind, if any process of this session launched it."""
        note = self._note(kind, "json")
        return Running.load(note) if note.exists() else None

    def server(self, kind: Kind) -> Server:
        """The server of a kind that all tests share, once it answers.

        Raises:
            Missing: there is none.
            DidNotStart: it is there and does not start.
        """
        if existing := kind.existing():
            return existing
        return self._shared(kind) or self._late(kind)

    def _shared(self, kind: Kind) -> Server | None:
        """The one that was launched before the tests; none if another program took its port."""
        running = self.launched(kind)
        if not running:
            return None
        try:
            wait(kind, kind.find(), running)
        except DidNotStart as error:
            if taken(error):
                return None
            raise
        return running.server(kind)

    def _late(self, kind: Kind) -> Server:
        """One that only this process knows."""
        instance = Instance.new(kind, self.make_folder(), f"{kind.name}-{os.getpid()}")
        self._instances.append(instance)
        return instance.start()

    def _note_start(self, instance: Instance, running: Running) -> None:
        """Notes how long it takes until it answers; a session may end before."""
        with suppress(DidNotStart, OSError):
            wait(instance.kind, instance.programs, running)
            self._note(instance.kind, "seconds").write_text(str(time.time() - running.since))

    def seconds_to_start(self, kind: Kind) -> float | None:
        """How long the shared server of a kind took; None if it has not answered."""
        try:
            return float(self._note(kind, "seconds").read_text())
        except (OSError, ValueError):
            return None

    def own(self, kind: Kind) -> OwnServer:
        """A server of its own for one test, started.

        Raises:
            Missing: there are no programs of this kind.
        """
        instance = Instance.new(kind, self.make_folder(), f"own-{kind.name}-{uuid4().hex[:8]}")
        self._instances.append(instance)
        return OwnServer(instance, instance.start())

    @contextmanager
    def database(self, server: Server) -> Iterator[str]:
        """The URL of a new empty database, which is dropped afterwards."""
        kind = self.kinds[server.kind]
        if server.kind not in self._connections:
            self._connections[server.kind] = kind.connect(server)
        connection = self._connections[server.kind]
        name = f"toasty_{os.getpid()}_{uuid4().hex[:8]}"
        kind.create_database(connection, name)
        try:
            yield server.url(name)
        finally:
            kind.drop_database(connection, name)

    def close(self) -> None:
        """Close connections, end every server that this process started, remove the folder."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        for instance in self._instances:
            instance.discard()
        self._instances.clear()
        if self._made:
            self._made.remove()
