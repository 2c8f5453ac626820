"""CPU seconds and peak memory of whole processes, taken in turn, so that ratios hold on a machine that drifts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Users' Pythons keep compiled modules, whatever this machine's setting is.
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


# A process begins with the peak memory of the one that it is forked from: ours would hide its own.
_LAUNCHER = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


@dataclass(frozen=True)
class Command:
    """One contender: what to run and where; `prepare` sets the stage before each run and is not counted."""

    name: str
    arguments: Sequence[str]
    folder: Path
    prepare: Callable[[], None] | None = None


@dataclass(frozen=True)
class Figures:
    """Medians of one contender: CPU in seconds (user and system), peak memory in MiB."""

    name: str
    cpu: float
    memory: float


@dataclass(frozen=True)
class Row:
    """One line of the report: ours against a base, and the goal for their ratio (None: no goal is set)."""

    work: str
    ours: Figures
    base: Figures
    goal: float | None

    @property
    def ratio(self) -> float:
        return self.ours.cpu / self.base.cpu

    @property
    def holds(self) -> bool:
        return self.goal is None or self.ratio <= self.goal


def run_once(command: Command) -> tuple[float, float]:
    """One run of a process: CPU seconds and peak memory in MiB. Raises when it fails."""
    if command.prepare is not None:
        command.prepare()
    launched = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _LAUNCHER, *command.arguments],
        cwd=command.folder,
        capture_output=True,
        text=True,
        env=_ENVIRONMENT,
    )
    status, cpu, memory = launched.stdout.split() or ("1", "0", "0")
    if status != "0":
        raise RuntimeError(f"{command.name} failed:\n{launched.stderr}")
    return float(cpu), int(memory) / 1024


def side_by_side(commands: Sequence[Command], rounds: int = 5) -> list[Figures]:
    """Every command once per round, after one round that is not counted."""
    samples: list[list[tuple[float, float]]] = [[] for _ in commands]
    for number in range(rounds + 1):
        for index, command in enumerate(commands):
            figures = run_once(command)
            if number:
                samples[index].append(figures)
    return [
        Figures(
            command.name,
            statistics.median(cpu for cpu, _ in taken),
            statistics.median(memory for _, memory in taken),
        )
        for command, taken in zip(commands, samples, strict=True)
    ]


def compare(work: str, ours: Command, base: Command, goal: float | None, rounds: int = 5) -> Row:
    """Ours against a base, in turn."""
    first, second = side_by_side([ours, base], rounds)
    return Row(work, first, second, goal)


def report(rows: Sequence[Row]) -> None:
    """Prints the table; medians of CPU seconds, the ratio, the goal."""
    print(f"\n{'work':58} {'ours':>8} {'base':>8} {'ratio':>7} {'goal':>6}  {'MiB':>5}")
    for row in rows:
        goal = f"{row.goal:.2f}" if row.goal is not None else "-"
        mark = "" if row.holds else "  over"
        print(
            f"{row.work:58} {row.ours.cpu:8.3f} {row.base.cpu:8.3f} {row.ratio:7.2f} {goal:>6}"
            f"  {row.ours.memory:5.0f}{mark}"
        )
    sys.stdout.flush()


def toasty(*arguments: str) -> list[str]:
    """The command line of the `toasty` that is installed beside this Python."""
    return [str(Path(sys.executable).with_name("toasty")), *arguments]


def python(*arguments: str) -> list[str]:
    """A command line of this Python."""
    return [sys.executable, *arguments]
