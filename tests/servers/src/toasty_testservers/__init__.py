"""Real database servers for Toasty's own tests: got, started, shared by all tests, stopped."""

from toasty_testservers.instance import OwnServer
from toasty_testservers.server import Server

__all__ = ["OwnServer", "Server"]
