"""The pytest plugin: it starts what the collected tests need, and ends it."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from toasty_testservers import fixtures, kinds
from toasty_testservers.fixtures import SERVERS
from toasty_testservers.kind import Kind
from toasty_testservers.report import SHARED, Uses, what_ran
from toasty_testservers.servers import Servers

FOLDER = "toasty_servers_folder"
"""What a worker of pytest-xdist is told by its controller."""


def pytest_configure(config: pytest.Config) -> None:
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # as a shell does for what runs in the background
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # tests send Ctrl-C, also to children
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[SERVERS] = servers = Servers(kinds.all_kinds())
    if worker:
        servers.folder = Path(worker[FOLDER])
    for module in (fixtures, *kinds.modules()):
        config.pluginmanager.register(module)
    if worker:
        return
    config.pluginmanager.register(Table(servers))
    if config.pluginmanager.has_plugin("xdist"):
        config.pluginmanager.register(Controller(servers))


class Controller:
    """What the process does that hands tests to the workers of pytest-xdist."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers

    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[FOLDER] = str(self.servers.make_folder())

    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """No test runs before every worker has collected, so this is in time."""
        self.servers.launch(self.servers.asked_for())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    if config.option.collectonly:
        return
    servers = config.stash[SERVERS]
    needed = needed_by(session.items, servers)
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker:
        servers.ask_for(needed, worker["workerid"])
    else:
        servers.launch(needed)


def needed_by(items: list[pytest.Item], servers: Servers) -> list[Kind]:
    """The kinds that tests name, themselves or as the parameter of a fixture."""
    named: set[str] = set()
    for item in items:
        named.update(name for name in getattr(item, "fixturenames", ()) if name in servers.kinds)
        call = getattr(item, "callspec", None)
        values = call.params.values() if call else ()
        named.update(value.name for value in values if isinstance(value, Kind))
    return [kind for name, kind in servers.kinds.items() if name in named]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for kind in needed_by([item], item.config.stash[SERVERS]):
        item.user_properties.append((SHARED, kind.name))


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].close()


class Table:
    """The end of the session's output: what ran where."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.uses = Uses()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.uses.note(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if lines := what_ran(self.servers, self.uses):
            terminalreporter.section("database servers")
            for line in lines:
                terminalreporter.write_line(line)
