"""One run in a process of its own, to be killed, interrupted, or run beside others.

python -m toasty_core.testing.child FOLDER URL MODULE:CLASS up|down [kill|interrupt MOMENT]
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from toasty_core.migrations.direction import Direction
from toasty_core.testing.watch import Stop, Watch, watched

if TYPE_CHECKING:
    from toasty_core.backends import Backend


@frozen
class Run:
    """What a child is to do. `at` is the number of the moment at which it stops."""

    folder: Path
    url: str
    backend: type[Backend]
    direction: Direction = Direction.UP
    stop: Stop | None = None
    at: int = 0

    def start(self) -> subprocess.Popen[str]:
        """Starts the child; its words go to pipes."""
        place = f"{self.backend.__module__}:{self.backend.__qualname__}"
        command = [sys.executable, "-m", __name__, str(self.folder), self.url, place]
        command += [self.direction.value]
        command += [self.stop.value, str(self.at)] if self.stop else []
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")

    def finish(self) -> subprocess.CompletedProcess[str]:
        """Starts the child and waits for its end."""
        child = self.start()
        out, err = child.communicate(timeout=120)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)


def main(arguments: list[str]) -> int:
    """What happens in the child: prints the versions that it ran, or the error."""
    from toasty_core import api
    from toasty_core.errors import ToastyError

    folder, url, place, direction, *rest = arguments
    module, _, name = place.partition(":")
    watch = Watch(Stop(rest[0]), int(rest[1])) if rest else Watch()
    hooks = watched(getattr(import_module(module), name)(), watch)
    project = api.Project(directory=Path(folder), url=url, hooks=hooks)
    try:
        report = api.up(project) if direction == Direction.UP.value else api.down(project)
    except ToastyError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for result in report.done:
        print(result.version)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
