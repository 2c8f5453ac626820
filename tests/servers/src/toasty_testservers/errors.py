"""What can go wrong with a test server."""

from __future__ import annotations

from attrs import frozen


@frozen
class Missing(Exception):
    """A kind of server is not on this machine.

    Attributes:
        reason: why there is none.
        command: what gets it.
    """

    reason: str
    command: str

    def __str__(self) -> str:
        return f"{self.reason}; to get it: {self.command}"


class NotToBeHad(Exception):
    """Getting a server failed; the text says why."""


class DidNotStart(Exception):
    """A server that is there did not start; the text ends with the last lines of its log."""
