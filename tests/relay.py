"""A line to a server that breaks at a word: real bytes, real cuts."""

from __future__ import annotations

import contextlib
import socket
import threading

from toasty_core.url import Url


class Relay:
    """Passes bytes between a client and the server of `url`, until it is told to cut the line.

    The line is cut when a client sends `words`; with `after_answer` the server gets them and does what they say,
    and its answer never comes through. `times`: so often it is cut, and whoever comes again is let through; or
    always. `for_good`: after the first cut nobody comes through any more.
    """

    def __init__(
        self,
        url: str,
        words: bytes,
        *,
        after_answer: bool,
        times: int | None = None,
        for_good: bool = False,
    ) -> None:
        self.cuts = 0
        self._times = times
        self._for_good = for_good
        self._there = Url.parse(url)
        assert self._there.port is not None
        self._address = (self._there.host, self._there.port)
        self._words = words
        self._after_answer = after_answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The URL of the same database by this way, without TLS: else nobody could hear what is said."""
        here, place = self._listener.getsockname()[1], self._there
        if place.scheme == "mongodb":
            return f"mongodb://127.0.0.1:{here}/{place.database}?directConnection=true"
        postgres = place.scheme == "postgresql"
        options = "sslmode=disable&gssencmode=disable" if postgres else "ssl-mode=DISABLED"
        return f"{place.scheme}://{place.username}@127.0.0.1:{here}/{place.database}?{options}"

    def close(self) -> None:
        """Lets nobody in any more."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._for_good and self.cuts:
                    near.close()
                    continue
                far = socket.create_connection(self._address)
                cut = threading.Event()
                for ends in ((near, far), (far, near)):
                    thread = threading.Thread(target=self._pass_on, args=(*ends, near, cut))
                    thread.daemon = True
                    thread.start()

    def _pass_on(
        self,
        source: socket.socket,
        target: socket.socket,
        near: socket.socket,
        cut: threading.Event,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if source is near and self._words in data and self.cuts != self._times:
                    self.cuts += 1
                    cut.set()
                    if not self._after_answer:
                        break
                if source is not near and cut.is_set():
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
