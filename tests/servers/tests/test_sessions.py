"""What a session starts, shows and leaves behind."""

from __future__ import annotations

import re
import signal
import socket
import time
from pathlib import Path

import pytest

from toasty_testservers.places import PREFIX, SessionFolder, roomy_folder

TWO = """
from pathlib import Path
from toasty_testservers.fixtures import SERVERS

def test_one(postgres18, request): keep(request)
def test_two(postgres_url, request): keep(request)

def keep(request):
    Path("folder").write_text(str(request.config.stash[SERVERS].folder))
"""

SLEEPS = """
import time
from pathlib import Path

def test_one(postgres18, mariadb, own_server, request):
    from toasty_testservers.fixtures import SERVERS
    Path("folder").write_text(str(request.config.stash[SERVERS].folder))
    own = own_server("postgres18")
    Path("ports").write_text(f"{postgres18.port} {mariadb.port} {own.port}")
    time.sleep(60)
"""


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def within(seconds: float, condition) -> bool:
    """Does it become true in time?"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def row(output: str, title: str) -> list[str]:
    """The line of a kind in the table at the end."""
    (line,) = [line for line in output.splitlines() if line.startswith(f"{title}  ")]
    return re.split(r"  +", line)


@pytest.mark.parametrize("options", [("-p", "no:xdist"), ("-n", "2")], ids=["one", "two"])
def test_the_needed_servers_start_show_where_tests_ran_and_end(session, options):
    session.write(TWO)

    output = session.run(*options)

    assert "3 passed" in output
    _, version, port, start, tests, own, *_ = row(output, "PostgreSQL 18")
    assert re.fullmatch(r"18\.\d+", version)
    assert re.fullmatch(r"\d+\.\d s", start)
    assert (tests, own) == ("2", "0")
    assert row(output, "PostgreSQL 15")[4] == "1"
    assert "MariaDB" not in output
    assert not answers(int(port))
    assert not Path((session.folder / "folder").read_text()).exists()


def test_a_session_that_needs_no_server_starts_and_shows_none(session):
    session.write("def test_one(tmp_path): assert tmp_path")

    assert "database servers" not in session.run("-n", "0")


@pytest.mark.parametrize("options", [("-n", "0"), ("-n", "1")], ids=["one", "worker"])
def test_a_killed_session_leaves_no_server_and_the_next_removes_its_folder(session, options):
    session.write(SLEEPS)
    with session.start(*options) as process:
        ports = session.folder / "ports"
        assert within(60, lambda: ports.exists() and ports.read_text().count(" ") == 2)

        process.send_signal(signal.SIGKILL)

        numbers = [int(port) for port in ports.read_text().split()]
        assert within(20, lambda: not any(map(answers, numbers)))

    left = Path((session.folder / "folder").read_text())
    SessionFolder.make().remove()
    assert within(5, lambda: not left.exists())  # another session may be removing it just now


def test_what_is_interrupted_is_stopped(session):
    session.write(SLEEPS)
    with session.start("-n", "0") as process:
        ports = session.folder / "ports"
        assert within(60, lambda: ports.exists() and ports.read_text().count(" ") == 2)

        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)

    assert not any(answers(int(port)) for port in ports.read_text().split())
    assert not Path((session.folder / "folder").read_text()).exists()


@pytest.mark.parametrize("options", [("-n", "0"), ("-n", "2")], ids=["one", "two"])
@pytest.mark.parametrize(
    ("variables", "outcome"),
    [
        ({}, "2 skipped"),
        ({"CI": "true"}, "2 errors"),
        ({"TOASTY_REQUIRE_SERVERS": "all"}, "2 errors"),
        ({"CI": "true", "TOASTY_REQUIRE_SERVERS": "none"}, "2 skipped"),
    ],
)
def test_a_missing_server_is_a_skip_and_where_it_is_required_a_failure(
    session, options, variables, outcome
):
    session.write("def test_one(mysql): ...\ndef test_two(mysql): ...")

    output = session.run(*options, **variables, TOASTY_SERVERS_CACHE=str(session.folder / "empty"))

    assert outcome in output
    assert "-m toasty_testservers get mysql" in output
    assert "TOASTY_TEST_MYSQL" in output
    assert row(output, "MySQL")[1:4] == ["-", "-", "-"]
    assert "no MySQL was found" in row(output, "MySQL")[-1]


def test_an_own_server_that_is_missing_skips_too(session):
    session.write("def test_one(own_server): own_server('mysql')")

    output = session.run("-n", "0", TOASTY_SERVERS_CACHE=str(session.folder / "empty"))

    assert "1 skipped" in output
    assert "no MySQL was found" in output


def test_a_fixture_asked_for_late_gets_its_server(session):
    session.write(
        "def test_one(request): assert request.getfixturevalue('postgres18').port\n"
        "def test_two(request): assert request.getfixturevalue('postgres18').port\n"
    )

    assert "2 passed" in session.run("-n", "2")


def test_an_existing_server_is_used_instead(session, own_server):
    own = own_server("postgres18")
    session.write(f"def test_one(postgres_url): assert ':{own.port}/' in postgres_url")

    output = session.run("-n", "0", "-k", "postgres18", TOASTY_TEST_POSTGRES18=own.url())

    assert "1 passed" in output
    assert "TOASTY_TEST_POSTGRES18" in row(output, "PostgreSQL 18")[-1]


def test_a_folder_in_use_stays_and_one_without_owner_goes(tmp_path):
    held = SessionFolder.make(tmp_path)
    dead = tmp_path / f"{PREFIX}dead"
    dead.mkdir()
    (dead / "lock").touch()

    SessionFolder.make(tmp_path).remove()

    assert held.path.exists()
    assert not dead.exists()
    held.remove()
    assert list(tmp_path.iterdir()) == []


def test_data_goes_to_a_folder_that_is_there():
    assert roomy_folder().is_dir()
