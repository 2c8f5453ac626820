"""What a command's exit code says."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """The exit codes of `toasty`; errors bring their own, out of the same four."""

    FINE = 0
    """Done, or nothing to do."""
    ERROR = 1
    """Something is wrong; nothing more was done."""
    USAGE = 2
    """The command line, a URL or the configuration has to change."""
    PENDING = 3
    """Something is pending, differs, or needs an answer."""
    INTERRUPTED = 130
    """Ctrl-C, as shells write it."""
