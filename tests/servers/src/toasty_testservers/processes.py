"""Server processes: born with a will to die with pytest, looked at, and killed."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from attrs import frozen

from toasty_testservers.server import LOCALHOST

NOBODY = 65534
"""The user who runs what refuses to run as root."""


@frozen
class Launch:
    """How to start one server process.

    Attributes:
        lines: shell commands; all but the last prepare, the last one becomes the server.
        folder: its own folder, where it runs and writes its log.
        dies_by: the signal it gets when whoever started it dies.
        refuses_root: it must not run as root.
    """

    lines: tuple[tuple[str, ...], ...]
    folder: Path
    dies_by: signal.Signals
    refuses_root: bool = False

    @property
    def log(self) -> Path:
        return self.folder / "log"


def launch(what: Launch) -> subprocess.Popen[bytes]:
    """Start a server and do not wait for it.

    The kernel signals it when the thread that started it ends, however that happens: also when
    pytest is killed by -9. Says who: prctl(2), PR_SET_PDEATHSIG. Hence only the main thread may.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("test servers are started by the main thread: they die with it")
    what.folder.mkdir(parents=True, exist_ok=True)
    drops = what.refuses_root and drops_root()
    if drops:
        os.chown(what.folder, NOBODY, NOBODY)
    with what.log.open("ab") as log:
        return subprocess.Popen(
            [*guard(what.dies_by, drops), "sh", "-c", script(what.lines)],
            cwd=what.folder,
            env=environment(what.folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is for pytest alone
        )


def guard(dies_by: signal.Signals, drops: bool) -> list[str]:
    """The command in front: a change of user clears the death signal, so one program does both."""
    user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if drops else []
    return ["setpriv", *user, f"--pdeathsig={dies_by.name.removeprefix('SIG')}"]


def script(lines: tuple[tuple[str, ...], ...]) -> str:
    """`prepare && exec server`: the process keeps its number and its death signal."""
    *prepare, server = [shlex.join(line) for line in lines]
    return " && ".join([*prepare, f"exec {server}"])


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the developer's own settings (PGDATA, MYSQL_HOME, ~/.my.cnf) reaches a server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(folder)}


def is_alive(pid: int) -> bool:
    """Does this process run? One that ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def children(pid: int) -> list[int]:
    """The processes that a process started itself."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found


def send(pid: int, which: signal.Signals) -> None:
    """Signal a process, if it is still there."""
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        return


def kill_family(pid: int) -> None:
    """Kill a server and its children by -9, as if the machine went down.

    PostgreSQL's sessions are processes: killing the first alone lets busy ones work on.
    """
    send(pid, signal.SIGSTOP)  # so that it has no more children
    family = [pid, *children(pid)]
    for member in family:
        send(member, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(map(is_alive, family)) and time.monotonic() < deadline:
        time.sleep(0.005)


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
        return port


def drops_root() -> bool:
    """Must a server that refuses root run as another user?"""
    return os.geteuid() == 0
