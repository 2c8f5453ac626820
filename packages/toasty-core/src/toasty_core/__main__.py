"""The process `toasty`, which is also `python -m toasty_core`.

What is set here is for a process that runs one command and ends; who calls `main` from a program of their own
gets none of it.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

_OF_OTHERS = ("pluggy", "toasty_core.migrations.loading", "toasty_core.models.loading")
"""What is imported before code of other people is: plug-ins, migrations, models."""


def run() -> NoReturn:
    """Runs the command that `sys.argv` asks for, and ends the process with its exit code."""
    gc.disable()  # what is imported stays: to look for garbage in it takes 3 ms and finds none
    from toasty_core.cli import main

    gc.freeze()
    gc.enable()
    code = main()
    if _is_alone():
        _leave(code)
    gc.unfreeze()  # Python is to find all that it has to close
    sys.exit(code)


def _is_alone() -> bool:
    """Has only our own code run? Other people's may have files open that Python is to close."""
    import threading

    watched = sys.gettrace() or sys.getprofile()
    others = [name for name in _OF_OTHERS if name in sys.modules]
    return not watched and not others and threading.active_count() == 1


def _leave(code: int) -> NoReturn:
    """Ends the process now: to take everything apart first takes Python 10 ms, a sixth of `migrate:status`."""
    import atexit

    atexit._run_exitfuncs()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):  # a reader who left, or a stream that is closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
